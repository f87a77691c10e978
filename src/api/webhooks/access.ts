/** What the operations on webhooks share. */
import { presentWebhook } from '../../domain/present/webhook.ts'
import type { Json, WebhookRecord } from '../../domain/records.ts'
import { toIso } from '../../clock.ts'
import { failingDeliveries, getDelivery, getWebhook, type LoggedDelivery } from '../../store/webhooks.ts'
import { errors } from '../errors.ts'
import type { Call, Operation } from '../operation.ts'
import { isUuid } from '../people.ts'

/** What operations on webhooks outside the published contract declare. */
export const OWN = {
  methods: ['POST'],
  security: ['api_key', 'pat_with_workspace'],
  response_key: null,
  documented: false,
} satisfies Operation['contract']

/** @throws ApiError 404 `webhook_delivery_not_found` */
export async function requireDelivery(call: Call, id: string): Promise<LoggedDelivery> {
  const delivery = isUuid(id) ? await getDelivery(call.services.store, call.workspaceId, id) : undefined
  if (delivery === undefined) throw errors.notFound('webhook_delivery', { webhook_delivery_id: id })
  return delivery
}

/** @throws ApiError 404 `webhook_not_found` */
export async function requireWebhook(call: Call, webhookId: string): Promise<WebhookRecord> {
  const webhook = isUuid(webhookId) ? await getWebhook(call.services.store, call.workspaceId, webhookId) : undefined
  if (webhook === undefined) throw errors.notFound('webhook', { webhook_id: webhookId })
  return webhook
}

/** Deliveries that were given up are told of for this long. */
const TOLD_FOR_MS = 7 * 24 * 60 * 60 * 1000

export async function shown(call: Call, webhooks: readonly WebhookRecord[]): Promise<Json[]> {
  const { store, sealer } = call.services
  const ids = webhooks.map((webhook) => webhook.webhook_id)
  const failing = await failingDeliveries(store, call.workspaceId, ids, toIso(call.nowMs - TOLD_FOR_MS))
  const byId = new Map(failing.map((one) => [one.webhook_id, one]))
  return webhooks.map((webhook) =>
    presentWebhook(webhook, sealer.open(webhook.secret_sealed), byId.get(webhook.webhook_id)),
  )
}

/** `*` stands for all. Each type once. @throws ApiError 400 `invalid_event_types` naming those that do not exist */
export function checkedEventTypes(call: Call, eventTypes: readonly string[]): string[] {
  const { contract } = call.services
  const unknown = eventTypes.filter((type) => type !== '*' && !contract.eventTypes.has(type))
  if (unknown.length > 0) {
    const names = unknown.map((type) => `'${type}'`).join(', ')
    const message = `Unknown event types: ${names}. /openapi.json lists those there are; '*' stands for all.`
    throw errors.badRequest('invalid_event_types', message, { invalid_event_types: unknown })
  }
  if (eventTypes.length === 0) {
    throw errors.invalidField(
      'event_types',
      "Must name at least one: leave it out for all events, send ['*'], or delete the webhook with /webhooks/delete",
    )
  }
  return [...new Set(eventTypes)]
}
