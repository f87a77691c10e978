/** The Instant Keys of a person: links that open the doors of their mobile keys. */
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { useCommand, useList } from '../../api/queries.ts'
import type { Answer, InstantKey, UserIdentity } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { toast } from '../../kit/toasts.ts'
import { InstantKeyDialog } from '../shared/instant-key.tsx'

const keysOf = (answer: Answer<'/instant_keys/list'>): InstantKey[] => answer.instant_keys

const columns: Column<InstantKey>[] = [
  {
    id: 'created_at',
    header: 'Made',
    width: 'minmax(190px, 1fr)',
    cell: ({ created_at }) => <DateTime at={created_at} />,
  },
  {
    id: 'expires_at',
    header: 'Good until',
    width: 'minmax(190px, 1fr)',
    cell: ({ expires_at }) => <DateTime at={expires_at} />,
  },
]

type Open = { what: 'generate' } | { what: 'link' | 'delete'; key: InstantKey } | null

export function InstantKeys({ person }: { person: UserIdentity }) {
  const { user_identity_id, display_name } = person
  const list = useList('/instant_keys/list', { user_identity_id }, keysOf, { paged: false })
  const generate = useCommand('/user_identities/generate_instant_key', ['instant_key', 'client_session'])
  const remove = useCommand('/instant_keys/delete', ['client_session', 'access_method'])
  const [open, setOpen] = useState<Open>(null)
  const close = (): void => setOpen(null)
  const key = open !== null && 'key' in open ? open.key : null
  return (
    <>
      <DataTable
        label="Instant Keys"
        list={list}
        columns={columns}
        rowId={({ instant_key_id }) => instant_key_id}
        rowName={() => `an Instant Key of ${display_name}`}
        idName="instant_key_id"
        onOpen={(one) => setOpen({ what: 'link', key: one })}
        actions={(one) => [
          { id: 'link', label: 'Show link and QR code', onAction: () => setOpen({ what: 'link', key: one }) },
          { id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setOpen({ what: 'delete', key: one }) },
        ]}
        filters={
          <Button icon={KeyRound} onPress={() => setOpen({ what: 'generate' })}>
            Generate Instant Key
          </Button>
        }
        empty={
          <EmptyState title="No Instant Keys">
            An Instant Key is a link to the doors of {display_name}’s mobile keys, for a phone without an app. A grant
            with a mobile key makes one by itself.
          </EmptyState>
        }
      />
      <Dialog title="Generate Instant Key" isOpen={open?.what === 'generate'} onClose={close} size="small">
        <ActionForm
          submitLabel="Generate"
          onCancel={close}
          onSubmit={async (values) => {
            const { instant_key } = await generate.mutateAsync({
              user_identity_id,
              max_use_count: Number(textOf(values, 'max_use_count') ?? '1'),
            })
            setOpen({ what: 'link', key: instant_key })
          }}
        >
          <p>The link opens all doors of {display_name}’s mobile keys, for a week.</p>
          <TextField
            label="Phones that may open it"
            name="max_use_count"
            inputMode="numeric"
            defaultValue="1"
            isRequired
            hint="The link is used up once this many phones have opened it."
          />
        </ActionForm>
      </Dialog>
      <InstantKeyDialog
        name={display_name}
        url={key?.instant_key_url ?? ''}
        isOpen={open?.what === 'link'}
        onClose={close}
      />
      <Confirm
        title="Delete this Instant Key?"
        isOpen={open?.what === 'delete'}
        onClose={close}
        confirmLabel="Delete Instant Key"
        isDangerous
        onConfirm={async () => {
          await remove.mutateAsync({ instant_key_id: key?.instant_key_id ?? '' })
          toast('Instant Key deleted')
        }}
      >
        The link opens nothing any more. The person’s mobile keys stay as they are.
      </Confirm>
    </>
  )
}
