/** What the operations on webhooks share. */
import { presentWebhook } from '../../domain/present/webhook.ts'
import type { Json, WebhookRecord } from '../../domain/records.ts'
import { getWebhook } from '../../store/webhooks.ts'
import { errors } from '../errors.ts'
import type { Call } from '../operation.ts'
import { isUuid } from '../people.ts'

/** @throws ApiError 404 `webhook_not_found` */
export async function requireWebhook(call: Call, webhookId: string): Promise<WebhookRecord> {
  const webhook = isUuid(webhookId) ? await getWebhook(call.services.store, call.workspaceId, webhookId) : undefined
  if (webhook === undefined) throw errors.notFound('webhook', { webhook_id: webhookId })
  return webhook
}

export function shown(call: Call, webhook: WebhookRecord): Json {
  return presentWebhook(webhook, call.services.sealer.open(webhook.secret_sealed))
}

/** `*` stands for all. Each type once. @throws ApiError 400 `invalid_event_types` naming those that do not exist */
export function checkedEventTypes(call: Call, eventTypes: readonly string[]): string[] {
  const { contract } = call.services
  const unknown = eventTypes.filter((type) => type !== '*' && !contract.eventTypes.has(type))
  if (unknown.length > 0) {
    const names = unknown.map((type) => `'${type}'`).join(', ')
    throw errors.badRequest('invalid_event_types', `Unknown event types: ${names}`, { invalid_event_types: unknown })
  }
  return [...new Set(eventTypes)]
}
