import { presentWebhookAttempt, presentWebhookDelivery } from '../../../domain/present/webhook-delivery.ts'
import { listAttempts } from '../../../store/webhooks.ts'
import { messageId } from '../../../webhooks/sign.ts'
import { operation } from '../../operation.ts'
import { OWN, requireDelivery } from '../access.ts'

/** One delivery with its tries, first to last. */
export const getWebhookDelivery = operation<{ webhook_delivery_id: string }>({
  path: '/webhooks/deliveries/get',
  contract: {
    ...OWN,
    request: {
      type: 'object',
      properties: { webhook_delivery_id: { type: 'string', format: 'uuid' } },
      required: ['webhook_delivery_id'],
    },
  },
  async handle({ webhook_delivery_id }, call) {
    const delivery = await requireDelivery(call, webhook_delivery_id)
    const attempts = await listAttempts(call.services.store, call.workspaceId, delivery.webhook_delivery_id)
    const shown = presentWebhookDelivery(delivery, delivery.event_type, messageId(delivery.webhook_delivery_id))
    return { webhook_delivery: { ...shown, attempts: attempts.map(presentWebhookAttempt) } }
  },
})
