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
    const changed = await call.decide(async () => {
      const webhook = await requireWebhook(call, webhook_id)
      const types = checkedEventTypes(call, event_types)
      const changes = new ChangeSet().update('webhook', 'webhook_id', {
        webhook_id: webhook.webhook_id,
        version: webhook.version,
        event_types: types,
      })
      return { changes, result: { ...webhook, event_types: types } }
    })
    const [webhook] = await shown(call, [changed])
    return { webhook }
  },
})
