import { listWebhooks } from '../../store/webhooks.ts'
import { operation } from '../operation.ts'
import { shown } from './access.ts'

export const listWebhooksOperation = operation<object>({
  path: '/webhooks/list',
  async handle(_params, call) {
    const webhooks = await listWebhooks(call.services.store, call.workspaceId)
    return { webhooks: await shown(call, webhooks) }
  },
})
