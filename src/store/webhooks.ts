/** Webhooks, what is still to be delivered to them, and the log of every try. */
import type { Json, WebhookAttemptRecord, WebhookDeliveryRecord, WebhookRecord } from '../domain/records.ts'
import { currentRequestId, currentTraceparent } from '../trace.ts'
import { Conditions, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

export function getWebhook(store: Store, workspaceId: string, webhookId: string): Promise<WebhookRecord | undefined> {
  return store.get(workspaceId, 'webhook', 'webhook_id', webhookId)
}

export function listWebhooks(store: Store, workspaceId: string): Promise<WebhookRecord[]> {
  return store.read(workspaceId, 'SELECT * FROM webhook WHERE workspace_id = $1 ORDER BY created_at, webhook_id')
}

/** Deliveries that a webhook has not taken: those to be tried again, and those given up, with why the latest try failed. */
export interface FailingDeliveries {
  webhook_id: string
  waiting: number
  given_up: number
  last_error: string
  last_attempt_at: string
}

/** What these webhooks have not taken since `since` or are still to be sent again; webhooks without are left out. */
export function failingDeliveries(
  store: Store,
  workspaceId: string,
  webhookIds: readonly string[],
  since: string,
): Promise<FailingDeliveries[]> {
  if (webhookIds.length === 0) return Promise.resolve([])
  return store.read(
    workspaceId,
    `SELECT d.webhook_id, count(*) FILTER (WHERE d.status = 'pending')::int AS waiting,
            count(*) FILTER (WHERE d.status = 'failed')::int AS given_up,
            (array_agg(d.last_error ORDER BY d.last_attempt_at DESC))[1] AS last_error, max(d.last_attempt_at) AS last_attempt_at
       FROM webhook_delivery d JOIN event e USING (workspace_id, event_id)
      WHERE d.workspace_id = $1 AND d.webhook_id = ANY($2) AND d.last_error IS NOT NULL AND d.status <> 'held'
        AND (d.status = 'pending' OR d.last_attempt_at > $3)
      GROUP BY d.webhook_id`,
    [webhookIds, since],
  )
}

/** A delivery with all that a send needs. */
export interface DueDelivery extends Pick<
  WebhookDeliveryRecord,
  | 'webhook_delivery_id'
  | 'webhook_id'
  | 'event_id'
  | 'status'
  | 'attempt_count'
  | 'next_attempt_at'
  | 'resend_count'
  | 'attempts_before_resend'
> {
  url: string
  secret_sealed: string
  previous_secret_sealed: string | null
  previous_secret_ends_at: string | null
  failing_since: string | null
  disabled_at: string | null
  event_type: string
  payload: Json
  is_sandbox: boolean
}

/** The deliveries with these ids, in the order of their events. Those of a deleted webhook or event are not there. */
export function getDueDeliveries(store: Store, workspaceId: string, ids: readonly string[]): Promise<DueDelivery[]> {
  return store.read(
    workspaceId,
    `SELECT d.webhook_delivery_id, d.webhook_id, d.event_id, d.status, d.attempt_count, d.next_attempt_at,
            d.resend_count, d.attempts_before_resend, w.url, w.secret_sealed, w.previous_secret_sealed,
            w.previous_secret_ends_at, w.failing_since, w.disabled_at, e.event_type, e.payload, s.is_sandbox
       FROM webhook_delivery d
       JOIN webhook w USING (workspace_id, webhook_id)
       JOIN event e USING (workspace_id, event_id)
       JOIN workspace s USING (workspace_id)
      WHERE d.workspace_id = $1 AND d.webhook_delivery_id = ANY($2)
      ORDER BY e.position`,
    [ids],
  )
}

/** One try of a delivery: what the row becomes, what the log says of it, and the lease it was made under. */
export interface DeliveryAttempt
  extends
    Pick<
      WebhookDeliveryRecord,
      | 'webhook_delivery_id'
      | 'status'
      | 'attempt_count'
      | 'next_attempt_at'
      | 'last_attempt_at'
      | 'last_status_code'
      | 'last_error'
      | 'resend_count'
    >,
    Pick<WebhookAttemptRecord, 'started_at' | 'duration_ms' | 'response_body' | 'sweep_at'> {
  lease_id: string
}

/**
 * Writes tries of deliveries with their lines of the log, and answers with the ids of those that were written: not those
 * whose job another worker has taken over or whose webhook is gone. Each row is decided on its own, so one statement
 * serves many jobs. What was asked for again while the try was under way stays due; what is held meanwhile stays held.
 */
export async function recordAttempts(
  store: Store,
  workspaceId: string,
  attempts: readonly DeliveryAttempt[],
): Promise<Set<string>> {
  const rows = await store.execute<{ webhook_delivery_id: string }>(
    workspaceId,
    `WITH tried AS (
       SELECT * FROM jsonb_to_recordset($2::jsonb) AS x(
         webhook_delivery_id uuid, lease_id uuid, status text, attempt_count integer, next_attempt_at timestamptz,
         last_attempt_at timestamptz, last_status_code integer, last_error text, resend_count integer,
         started_at timestamptz, duration_ms integer, response_body text, sweep_at timestamptz)),
     written AS (
       UPDATE webhook_delivery d
          SET status = CASE WHEN x.status = 'delivered' THEN 'delivered'
                            WHEN d.status = 'held' OR d.resend_count <> x.resend_count THEN d.status ELSE x.status END,
              next_attempt_at = CASE WHEN x.status = 'delivered' THEN NULL
                                     WHEN d.status = 'held' OR d.resend_count <> x.resend_count THEN d.next_attempt_at
                                     ELSE x.next_attempt_at END,
              attempt_count = x.attempt_count, last_attempt_at = x.last_attempt_at,
              last_status_code = x.last_status_code, last_error = x.last_error
         FROM tried x
         JOIN job j ON j.workspace_id = $1 AND j.kind = 'deliver_webhook' AND j.key = x.webhook_delivery_id::text
                   AND j.lease_id = x.lease_id
        WHERE d.workspace_id = $1 AND d.webhook_delivery_id = x.webhook_delivery_id
          AND d.status IN ('pending', 'held') AND d.attempt_count = x.attempt_count - 1
        RETURNING d.webhook_delivery_id, d.webhook_id),
     logged AS (
       INSERT INTO webhook_attempt (workspace_id, webhook_delivery_id, attempt_number, started_at, duration_ms,
                                    status_code, error, response_body, sweep_at)
       SELECT $1, x.webhook_delivery_id, x.attempt_count, x.started_at, x.duration_ms, x.last_status_code,
              x.last_error, x.response_body, x.sweep_at
         FROM tried x JOIN written USING (webhook_delivery_id)
       ON CONFLICT DO NOTHING),
     health AS (
       SELECT t.webhook_id,
              CASE WHEN bool_or(x.status = 'delivered') THEN NULL ELSE min(x.last_attempt_at) END AS failing_since
         FROM tried x JOIN written t USING (webhook_delivery_id) GROUP BY t.webhook_id),
     webhooks AS (
       UPDATE webhook w SET failing_since = h.failing_since, version = w.version + 1 FROM health h
        WHERE w.workspace_id = $1 AND w.webhook_id = h.webhook_id
          AND (w.failing_since IS NULL) <> (h.failing_since IS NULL))
     SELECT webhook_delivery_id FROM written`,
    [JSON.stringify(attempts)],
  )
  return new Set(rows.map((row) => row.webhook_delivery_id))
}

/** What is still to be sent to a disabled webhook waits until it is asked for again. */
export async function holdDeliveries(store: Store, workspaceId: string, webhookId: string): Promise<void> {
  await store.execute(
    workspaceId,
    `UPDATE webhook_delivery SET status = 'held', next_attempt_at = NULL
      WHERE workspace_id = $1 AND webhook_id = $2 AND status = 'pending'`,
    [webhookId],
  )
}

/** What is sent again: one delivery, or those of a webhook whose events were stored at `since` or later. */
export type Resend = { webhook_delivery_id: string } | { webhook_id: string; since: string; include_delivered: boolean }

/** Makes deliveries due at `now`, with the waits of their tries begun anew. Answers how many. */
export async function resendDeliveries(store: Store, workspaceId: string, now: string, what: Resend): Promise<number> {
  const [condition, values] =
    'webhook_delivery_id' in what
      ? ['webhook_delivery_id = $5::uuid', [what.webhook_delivery_id]]
      : [
          `webhook_id = $5::uuid AND created_at >= $6::timestamptz AND ($7 OR status <> 'delivered')`,
          [what.webhook_id, what.since, what.include_delivered],
        ]
  const rows = await store.execute<{ count: number }>(
    workspaceId,
    `WITH asked AS (
       UPDATE webhook_delivery
          SET status = 'pending', next_attempt_at = $2::timestamptz, resend_count = resend_count + 1,
              attempts_before_resend = attempt_count
        WHERE workspace_id = $1 AND ${condition} RETURNING webhook_delivery_id),
     jobs AS (
       INSERT INTO job (workspace_id, kind, key, run_at, request_id, traceparent)
       SELECT $1::uuid, 'deliver_webhook', webhook_delivery_id::text, $2::timestamptz, $3::uuid, $4::text FROM asked
       ON CONFLICT (workspace_id, kind, key) DO UPDATE
         SET run_at = least(job.run_at, excluded.run_at), generation = job.generation + 1,
             request_id = excluded.request_id, traceparent = excluded.traceparent,
             lease_until = CASE WHEN job.lease_id IS NULL THEN NULL ELSE job.lease_until END)
     SELECT count(*)::int AS count FROM asked`,
    [now, currentRequestId(), currentTraceparent(), ...values],
  )
  return rows[0]?.count ?? 0
}

/** A delivery as the log shows it; its event's type is null when the event is gone. */
export type LoggedDelivery = WebhookDeliveryRecord & { event_type: string | null }

export interface DeliveryFilters {
  webhook_id?: string | undefined
  event_id?: string | undefined
  status?: string | undefined
  /** Written at this time or later. */
  since?: string | undefined
}

const LOGGED = `SELECT t.*, e.event_type FROM webhook_delivery t
  LEFT JOIN event e ON e.workspace_id = t.workspace_id AND e.event_id = t.event_id`

export function listDeliveries(
  store: Store,
  workspaceId: string,
  filters: DeliveryFilters,
  cut: PageCut,
): Promise<LoggedDelivery[]> {
  const conditions = new Conditions()
  if (filters.webhook_id !== undefined) conditions.and((id) => `t.webhook_id = ${id}::uuid`, filters.webhook_id)
  if (filters.event_id !== undefined) conditions.and((id) => `t.event_id = ${id}::uuid`, filters.event_id)
  if (filters.status !== undefined) conditions.and((status) => `t.status = ${status}`, filters.status)
  if (filters.since !== undefined) conditions.and((since) => `t.created_at >= ${since}::timestamptz`, filters.since)
  const { where, tail, values } = cut(conditions.next)
  return store.read(workspaceId, `${LOGGED} WHERE t.workspace_id = $1${conditions.text}${where} ${tail}`, [
    ...conditions.values,
    ...values,
  ])
}

export async function getDelivery(store: Store, workspaceId: string, id: string): Promise<LoggedDelivery | undefined> {
  const rows = await store.read<LoggedDelivery>(
    workspaceId,
    `${LOGGED} WHERE t.workspace_id = $1 AND t.webhook_delivery_id = $2`,
    [id],
  )
  return rows[0]
}

/** The tries of a delivery, first to last; those of more than 30 days ago are gone. */
export function listAttempts(
  store: Store,
  workspaceId: string,
  webhookDeliveryId: string,
): Promise<WebhookAttemptRecord[]> {
  return store.read(
    workspaceId,
    'SELECT * FROM webhook_attempt WHERE workspace_id = $1 AND webhook_delivery_id = $2 ORDER BY attempt_number',
    [webhookDeliveryId],
  )
}

/** Forgets the tries of all workspaces whose time to be swept has come; `now` by the machine's clock. */
export async function sweepWebhookAttempts(store: Store, now: string): Promise<void> {
  await store.system('DELETE FROM webhook_attempt WHERE sweep_at < $1', [now])
}
