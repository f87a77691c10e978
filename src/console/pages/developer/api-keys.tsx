import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useCommand, useList } from '../../api/queries.ts'
import type { Answer, ListedApiKey } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { toast } from '../../kit/toasts.ts'
import { ShownOnce } from './once.tsx'

const columns: Column<ListedApiKey>[] = [
  { id: 'name', header: 'Name', width: 'minmax(160px, 2fr)', cell: (key) => key.name },
  { id: 'token', header: 'Key', width: '140px', cell: (key) => <code>…{key.token_hint}</code> },
  { id: 'created_at', header: 'Created', width: DATE_TIME_WIDTH, cell: (key) => <DateTime at={key.created_at} /> },
  {
    id: 'last_used_at',
    header: 'Last used',
    width: DATE_TIME_WIDTH,
    cell: (key) => <DateTime at={key.last_used_at} none="Never" />,
  },
]

const keysOf = (answer: Answer<'/console/api_keys/list'>): ListedApiKey[] => answer.api_keys

export function ApiKeys() {
  const list = useList('/console/api_keys/list', {}, keysOf, { paged: false })
  const create = useCommand('/console/api_keys/create')
  const remove = useCommand('/console/api_keys/delete')
  const [isCreating, setCreating] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const [deleting, setDeleting] = useState<ListedApiKey | null>(null)
  const close = (): void => setCreating(false)
  const add = (
    <Button look="primary" icon={Plus} onPress={() => setCreating(true)}>
      Add API Key
    </Button>
  )
  return (
    <>
      <DataTable
        label="API keys"
        list={list}
        columns={columns}
        rowId={(key) => key.api_key_id}
        rowName={(key) => key.name}
        idName="api_key_id"
        actions={(key) => [{ id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setDeleting(key) }]}
        filters={add}
        empty={<EmptyState title="There is no API key">A program signs in with one.</EmptyState>}
      />
      <Dialog title="Add API Key" isOpen={isCreating} onClose={close}>
        <ActionForm
          submitLabel="Create"
          onCancel={close}
          onSubmit={async (values) => {
            const { api_key } = await create.mutateAsync({ name: textOf(values, 'name') ?? '' })
            close()
            setSecret(api_key.token)
          }}
        >
          <TextField label="Name" name="name" isRequired hint="What it is for: the property management system." />
        </ActionForm>
      </Dialog>
      {secret !== null && (
        <ShownOnce title="The new API key" label="API key" secret={secret} onClose={() => setSecret(null)} />
      )}
      <Confirm
        title={`Delete “${deleting?.name ?? ''}”?`}
        isOpen={deleting !== null}
        onClose={() => setDeleting(null)}
        confirmLabel="Delete"
        isDangerous
        onConfirm={async () => {
          await remove.mutateAsync({ api_key_id: deleting?.api_key_id ?? '' })
          toast('API key deleted')
        }}
      >
        <p>Programs that use it are refused from now on. What they have granted stays.</p>
      </Confirm>
    </>
  )
}
