/** A webhook as it goes over the wire. `secret` is the opened one: create, get and list all show it (core.md section 12). */
import type { Json, WebhookRecord } from '../records.ts'

export function presentWebhook(
  webhook: Pick<WebhookRecord, 'webhook_id' | 'url' | 'event_types'>,
  secret: string,
): Json {
  const { webhook_id, url, event_types } = webhook
  return { webhook_id, url, event_types, secret }
}
