import { ChangeSet } from '../../domain/changes.ts'
import { operation } from '../operation.ts'
import { requireWebhook } from './access.ts'

/** Its pending deliveries go with it: their jobs find nothing and end. */
export const deleteWebhook = operation<{ webhook_id: string }>({
  path: '/webhooks/delete',
  async handle({ webhook_id }, call) {
    await call.decide(async () => {
      const webhook = await requireWebhook(call, webhook_id)
      return { changes: new ChangeSet().delete('webhook', { webhook_id: webhook.webhook_id }), result: undefined }
    })
  },
})
