import { operation } from '../operation.ts'
import { requireWebhook, shown } from './access.ts'

export const getWebhookOperation = operation<{ webhook_id: string }>({
  path: '/webhooks/get',
  async handle({ webhook_id }, call) {
    const [webhook] = await shown(call, [await requireWebhook(call, webhook_id)])
    return { webhook }
  },
})
