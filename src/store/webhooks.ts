/** Webhooks, and what is still to be delivered to them. */
import type { Json, WebhookDeliveryRecord, WebhookRecord } from '../domain/records.ts'
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
      WHERE d.workspace_id = $1 AND d.webhook_id = ANY($2) AND d.last_error IS NOT NULL
        AND (d.status = 'pending' OR d.last_attempt_at > $3)
      GROUP BY d.webhook_id`,
    [webhookIds, since],
  )
}

/** A delivery with all that a send needs. */
export interface DueDelivery extends Pick<
  WebhookDeliveryRecord,
  'webhook_delivery_id' | 'webhook_id' | 'event_id' | 'status' | 'attempt_count' | 'next_attempt_at'
> {
  url: string
  secret_sealed: string
  event_type: string
  payload: Json
  is_sandbox: boolean
}

/** The deliveries with these ids, in the order of their events. Those of a deleted webhook or event are not there. */
export function getDueDeliveries(store: Store, workspaceId: string, ids: readonly string[]): Promise<DueDelivery[]> {
  return store.read(
    workspaceId,
    `SELECT d.webhook_delivery_id, d.webhook_id, d.event_id, d.status, d.attempt_count, d.next_attempt_at,
            w.url, w.secret_sealed, e.event_type, e.payload, s.is_sandbox
       FROM webhook_delivery d
       JOIN webhook w USING (workspace_id, webhook_id)
       JOIN event e USING (workspace_id, event_id)
       JOIN workspace s USING (workspace_id)
      WHERE d.workspace_id = $1 AND d.webhook_delivery_id = ANY($2)
      ORDER BY e.position`,
    [ids],
  )
}

/** One try of a delivery: what the row becomes, and the lease it was made under. */
export interface DeliveryAttempt extends Pick<
  WebhookDeliveryRecord,
  | 'webhook_delivery_id'
  | 'status'
  | 'attempt_count'
  | 'next_attempt_at'
  | 'last_attempt_at'
  | 'last_status_code'
  | 'last_error'
> {
  lease_id: string
}

/**
 * Writes tries of deliveries, and answers with the ids of those that were written: not those whose job another worker
 * has taken over or whose webhook is gone. Each row is decided on its own, so one statement serves many jobs.
 */
export async function recordAttempts(
  store: Store,
  workspaceId: string,
  attempts: readonly DeliveryAttempt[],
): Promise<Set<string>> {
  const rows = await store.execute<{ webhook_delivery_id: string }>(
    workspaceId,
    `UPDATE webhook_delivery d
        SET status = x.status, attempt_count = x.attempt_count, next_attempt_at = x.next_attempt_at,
            last_attempt_at = x.last_attempt_at, last_status_code = x.last_status_code, last_error = x.last_error
       FROM jsonb_to_recordset($2::jsonb) AS x(
              webhook_delivery_id uuid, lease_id uuid, status text, attempt_count integer, next_attempt_at timestamptz,
              last_attempt_at timestamptz, last_status_code integer, last_error text)
       JOIN job j ON j.workspace_id = $1 AND j.kind = 'deliver_webhook' AND j.key = x.webhook_delivery_id::text
                 AND j.lease_id = x.lease_id
      WHERE d.workspace_id = $1 AND d.webhook_delivery_id = x.webhook_delivery_id
        AND d.status = 'pending' AND d.attempt_count = x.attempt_count - 1
      RETURNING d.webhook_delivery_id`,
    [JSON.stringify(attempts)],
  )
  return new Set(rows.map((row) => row.webhook_delivery_id))
}
