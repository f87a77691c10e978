import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useCommand, useList } from '../../api/queries.ts'
import type { Answer, Webhook } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { StatusPill } from '../../kit/status-pill.tsx'
import { ShownOnce } from './once.tsx'
import { typesIn } from './webhook-types.ts'

/** The published model has no place for warnings: the server adds them. */
function WebhookPill({ webhook }: { webhook: Webhook }) {
  const { warnings = [] } = webhook as { warnings?: { warning_code: string }[] }
  if (warnings.some(({ warning_code }) => warning_code === 'webhook_disabled'))
    return <StatusPill tone="bad">Disabled</StatusPill>
  if (warnings.length > 0) return <StatusPill tone="warn">Failing</StatusPill>
  return <StatusPill tone="good">Working</StatusPill>
}

const columns: Column<Webhook>[] = [
  { id: 'url', header: 'URL', width: 'minmax(240px, 3fr)', cell: (webhook) => webhook.url },
  {
    id: 'event_types',
    header: 'Events',
    width: 'minmax(140px, 1fr)',
    cell: ({ event_types = [] }) =>
      event_types.length === 0
        ? 'All'
        : event_types.length === 1
          ? event_types[0]
          : `${String(event_types.length)} types`,
  },
  { id: 'status', header: 'Status', width: '140px', cell: (webhook) => <WebhookPill webhook={webhook} /> },
]

const webhooksOf = (answer: Answer<'/webhooks/list'>): Webhook[] => answer.webhooks

export function Webhooks() {
  const list = useList('/webhooks/list', {}, webhooksOf, { paged: false })
  const create = useCommand('/webhooks/create')
  const [isCreating, setCreating] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const close = (): void => setCreating(false)
  return (
    <>
      <DataTable
        label="Webhooks"
        list={list}
        columns={columns}
        rowId={(webhook) => webhook.webhook_id}
        rowName={(webhook) => webhook.url}
        idName="webhook_id"
        href={(webhook) => `/developer/webhooks/${webhook.webhook_id}`}
        filters={
          <Button look="primary" icon={Plus} onPress={() => setCreating(true)}>
            Add Webhook
          </Button>
        }
        empty={
          <EmptyState title="There is no webhook">
            A webhook is an address of yours that hears of every event, signed, as it happens.
          </EmptyState>
        }
      />
      <Dialog title="Add Webhook" isOpen={isCreating} onClose={close}>
        <ActionForm
          submitLabel="Create"
          onCancel={close}
          onSubmit={async (values) => {
            const event_types = typesIn(textOf(values, 'event_types'))
            const { webhook } = await create.mutateAsync({
              url: textOf(values, 'url') ?? '',
              ...(event_types.length === 0 ? {} : { event_types }),
            })
            close()
            setSecret(webhook.secret ?? '')
          }}
        >
          <TextField label="URL" name="url" type="url" isRequired isMono placeholder="https://" />
          <TextField
            label="Event types"
            name="event_types"
            rows={4}
            isMono
            hint="One a line, as access_method.issued. Empty: every event."
          />
        </ActionForm>
      </Dialog>
      {secret !== null && (
        <ShownOnce title="The webhook’s secret" label="Secret" secret={secret} onClose={() => setSecret(null)} />
      )}
    </>
  )
}
