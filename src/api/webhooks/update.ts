import { ChangeSet } from '../../domain/changes.ts'
import { operation } from '../operation.ts'
import { checkedEventTypes, requireWebhook, shown } from './access.ts'

interface Params {
  webhook_id: string
  event_types: string[]
}

/** Replaces the event types; deliveries already written are still made. */
export const updateWebhook = operation<Params>({
  path: '/webhooks/update',
  async handle({ webhook_id, event_types }, call) {
    const types = checkedEventTypes(call, event_types)
    return call.decide(async () => {
      const webhook = await requireWebhook(call, webhook_id)
      const changes = new ChangeSet().update('webhook', 'webhook_id', {
        webhook_id: webhook.webhook_id,
        version: webhook.version,
        event_types: types,
      })
      return { changes, result: { webhook: shown(call, { ...webhook, event_types: types }) } }
    })
  },
})
