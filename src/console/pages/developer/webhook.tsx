/** One webhook: what it was sent, what came of it, and sending again. */
import { FlaskConical, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { callAs } from '../../api/client.ts'
import { invalidateKinds, useAnswer, useAnswerAs, useCommand, useList } from '../../api/queries.ts'
import { useQueryClient } from '@tanstack/react-query'
import type { Webhook } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DataTable, TwoLines, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { MoreMenu } from '../../kit/menu.tsx'
import { Facts, Page, PageOf, Section } from '../../kit/page.tsx'
import { Pills } from '../../kit/pills.tsx'
import { EmptyState, ErrorState, Notice } from '../../kit/problem.tsx'
import { useFilter } from '../../kit/search.ts'
import { Spinner } from '../../kit/spinner.tsx'
import { StatusPill, type Tone } from '../../kit/status-pill.tsx'
import { toast } from '../../kit/toasts.ts'
import { useAction } from '../../kit/use-action.ts'
import { ShownOnce } from './once.tsx'
import { typesIn, type Delivery, type DeliveryAttempt, type TestResult } from './webhook-types.ts'
import styles from './developer.module.css'

const CRUMBS = [
  { label: 'Developer', href: '/developer' },
  { label: 'Webhooks', href: '/developer/webhooks' },
]

export default function WebhookPage() {
  const { webhook_id = '' } = useParams()
  return (
    <PageOf query={useAnswer('/webhooks/get', { webhook_id })} title="Webhook" crumbs={CRUMBS}>
      {({ webhook }) => <WebhookView webhook={webhook} />}
    </PageOf>
  )
}

type Open = 'edit' | 'test' | 'rotate' | 'delete' | Delivery | null

function WebhookView({ webhook }: { webhook: Webhook }) {
  const { webhook_id, url, event_types = [] } = webhook
  const { warnings = [] } = webhook as { warnings?: { warning_code: string; message: string }[] }
  const navigate = useNavigate()
  const remove = useCommand('/webhooks/delete')
  const [open, setOpen] = useState<Open>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const close = (): void => setOpen(null)
  return (
    <Page
      title={url}
      crumbs={CRUMBS}
      actions={
        <>
          <Button icon={FlaskConical} onPress={() => setOpen('test')}>
            Send a test
          </Button>
          <Button onPress={() => setOpen('edit')}>Edit</Button>
          <MoreMenu
            label="More actions"
            actions={[
              { id: 'rotate', label: 'Change the secret', onAction: () => setOpen('rotate') },
              { id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setOpen('delete') },
            ]}
          />
        </>
      }
    >
      {warnings.map(({ warning_code, message }) => (
        <Notice key={warning_code} tone={warning_code === 'webhook_disabled' ? 'bad' : 'warn'}>
          <p>{message}</p>
        </Notice>
      ))}
      <Facts
        facts={[
          ['Events', event_types.length === 0 ? 'All' : event_types.join(', ')],
          ['webhook_id', <CopyableId key="id" id={webhook_id} what="webhook_id" />],
        ]}
      />
      <Section title="Deliveries">
        <Deliveries webhookId={webhook_id} onOpen={setOpen} />
      </Section>

      {open === 'edit' && <EditWebhook webhook={webhook} onClose={close} />}
      {open === 'test' && <TestWebhook webhook={webhook} onClose={close} />}
      <Confirm
        title="Change the secret?"
        isOpen={open === 'rotate'}
        onClose={close}
        confirmLabel="Change"
        onConfirm={async () => {
          const answer = await callAs<{ webhook: Webhook }>('/webhooks/rotate_secret', { webhook_id })
          setSecret(answer.webhook.secret ?? '')
        }}
      >
        <p>
          For 24 hours every message is signed with the new secret and with the one before, so that nothing is lost
          while you set the new one.
        </p>
      </Confirm>
      <Confirm
        title="Delete this webhook?"
        isOpen={open === 'delete'}
        onClose={close}
        confirmLabel="Delete"
        isDangerous
        onConfirm={async () => {
          await remove.mutateAsync({ webhook_id })
          toast('Webhook deleted')
          void navigate('/developer/webhooks')
        }}
      >
        <p>{url} hears of nothing any more. What waits for it is not sent.</p>
      </Confirm>
      {typeof open === 'object' && open !== null && <DeliveryDialog delivery={open} onClose={close} />}
      {secret !== null && (
        <ShownOnce title="The new secret" label="Secret" secret={secret} onClose={() => setSecret(null)} />
      )}
    </Page>
  )
}

const TONES: Readonly<Record<Delivery['status'], Tone>> = {
  pending: 'busy',
  delivered: 'good',
  failed: 'bad',
  held: 'warn',
}
const NAMES: Readonly<Record<Delivery['status'], string>> = {
  pending: 'To be sent',
  delivered: 'Delivered',
  failed: 'Given up',
  held: 'Held',
}

const columns: Column<Delivery>[] = [
  {
    id: 'event_type',
    header: 'Event',
    width: 'minmax(220px, 2fr)',
    cell: (delivery) => <TwoLines first={delivery.event_type ?? 'An event that is gone'} second={delivery.svix_id} />,
  },
  {
    id: 'created_at',
    header: 'Since',
    width: DATE_TIME_WIDTH,
    cell: (delivery) => <DateTime at={delivery.created_at} />,
  },
  { id: 'tries', header: 'Tries', width: '70px', isNumber: true, cell: (delivery) => delivery.attempt_count },
  {
    id: 'answer',
    header: 'Last answer',
    width: 'minmax(140px, 1fr)',
    cell: ({ last_status_code, last_error }) => last_status_code ?? last_error ?? '–',
  },
  {
    id: 'status',
    header: 'Status',
    width: '140px',
    cell: ({ status }) => <StatusPill tone={TONES[status]}>{NAMES[status]}</StatusPill>,
  },
]

const deliveriesOf = (answer: Record<string, unknown>): Delivery[] => answer['webhook_deliveries'] as Delivery[]

function Deliveries({ webhookId, onOpen }: { webhookId: string; onOpen: (delivery: Delivery) => void }) {
  const [status, setStatus] = useFilter<string>('status', 'all')
  const list = useList(
    '/webhooks/deliveries/list',
    { webhook_id: webhookId, order: 'newest_first', ...(status === 'all' ? {} : { status }) },
    deliveriesOf,
  )
  return (
    <DataTable
      label="Deliveries"
      list={list}
      columns={columns}
      rowId={(delivery) => delivery.webhook_delivery_id}
      rowName={(delivery) => delivery.event_type ?? delivery.svix_id}
      idName="webhook_delivery_id"
      actions={(delivery) => [{ id: 'open', label: 'Details and resend', onAction: () => onOpen(delivery) }]}
      filters={
        <Pills
          label="Status"
          options={[{ id: 'all', label: 'All' }, ...Object.entries(NAMES).map(([id, label]) => ({ id, label }))]}
          value={status}
          onChange={setStatus}
        />
      }
      empty={<EmptyState title="Nothing was sent yet" />}
    />
  )
}

/** The tries of one delivery, and sending it again. */
function DeliveryDialog({ delivery, onClose }: { delivery: Delivery; onClose: () => void }) {
  const { webhook_delivery_id } = delivery
  const client = useQueryClient()
  const { run, isPending } = useAction()
  const { data, error, refetch } = useAnswerAs<{ webhook_delivery: Delivery & { attempts: DeliveryAttempt[] } }>(
    '/webhooks/deliveries/get',
    { webhook_delivery_id },
  )
  const { data: event } = useAnswer('/events/get', { event_id: delivery.event_id })
  return (
    <Dialog title={delivery.event_type ?? 'Delivery'} isOpen onClose={onClose} size="large">
      {data === undefined ? (
        error === null ? (
          <Spinner label="Loading" />
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )
      ) : (
        <>
          {data.webhook_delivery.attempts.length === 0 && <p>It was not tried yet.</p>}
          <ol className={styles.attempts}>
            {data.webhook_delivery.attempts.map((attempt) => (
              <li key={attempt.attempt_number}>
                <StatusPill tone={attempt.is_successful ? 'good' : 'bad'}>
                  {attempt.status_code === null ? 'No answer' : String(attempt.status_code)}
                </StatusPill>{' '}
                <DateTime at={attempt.started_at} /> · {attempt.duration_ms} ms
                {attempt.error !== null && <p>{attempt.error}</p>}
                {attempt.response_body !== null && attempt.response_body !== '' && (
                  <pre className={styles.payload} tabIndex={0} aria-label="The answer">
                    {attempt.response_body}
                  </pre>
                )}
              </li>
            ))}
          </ol>
          {event !== undefined && (
            <pre className={styles.payload} tabIndex={0} aria-label="The event that was sent">
              {JSON.stringify(event.event, null, 2)}
            </pre>
          )}
        </>
      )}
      <Button
        icon={RotateCw}
        isPending={isPending}
        onPress={() =>
          run(async () => {
            await callAs('/webhooks/deliveries/resend', { webhook_delivery_id })
            await invalidateKinds(client, ['webhook_delivery', 'webhook'])
            toast('It is sent again')
          })
        }
      >
        Resend
      </Button>
    </Dialog>
  )
}

function EditWebhook({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const update = useCommand('/webhooks/update')
  return (
    <Dialog title="Edit webhook" isOpen onClose={onClose}>
      <ActionForm
        submitLabel="Save"
        onCancel={onClose}
        onSubmit={async (values) => {
          await update.mutateAsync({
            webhook_id: webhook.webhook_id,
            event_types: typesIn(textOf(values, 'event_types')),
          })
          onClose()
          toast('Webhook saved')
        }}
      >
        <TextField
          label="Event types"
          name="event_types"
          rows={6}
          isMono
          defaultValue={(webhook.event_types ?? []).join('\n')}
          hint="One a line, as access_method.issued. Empty: every event."
        />
      </ActionForm>
    </Dialog>
  )
}

function TestWebhook({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const [result, setResult] = useState<TestResult | null>(null)
  const client = useQueryClient()
  return (
    <Dialog title="Send a test" isOpen onClose={onClose}>
      <ActionForm
        submitLabel="Send"
        onCancel={onClose}
        cancelLabel="Close"
        onSubmit={async (values) => {
          const answer = await callAs<Record<string, unknown>>('/webhooks/test', {
            webhook_id: webhook.webhook_id,
            event_type: textOf(values, 'event_type') ?? '',
          })
          setResult(testResultOf(answer))
          await invalidateKinds(client, ['webhook'])
        }}
      >
        <p>
          A signed event of this type is sent now. It names no resource and carries <code>is_test</code>.
        </p>
        <TextField
          label="Event type"
          name="event_type"
          isRequired
          isMono
          defaultValue={webhook.event_types?.[0] ?? 'access_method.issued'}
        />
        {result !== null && (
          <Notice
            tone={result.error == null ? 'info' : 'bad'}
            title={result.error == null ? 'It was taken' : 'It was not taken'}
          >
            <p>
              {result.status_code ?? 'No answer'}
              {result.duration_ms !== undefined && ` after ${String(result.duration_ms)} ms`}
            </p>
            {result.error != null && <p>{result.error}</p>}
          </Notice>
        )}
      </ActionForm>
    </Dialog>
  )
}

/** The one object of the answer, whatever it is called. */
function testResultOf(answer: Record<string, unknown>): TestResult {
  const found = Object.values(answer).find((value) => typeof value === 'object' && value !== null)
  return found ?? answer
}
