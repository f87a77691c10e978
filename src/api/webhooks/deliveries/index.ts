import type { Operation } from '../../operation.ts'
import { getWebhookDelivery } from './get.ts'
import { listWebhookDeliveries } from './list.ts'
import { resendWebhookDeliveries } from './resend.ts'

export const webhookDeliveryOperations: Operation[] = [
  listWebhookDeliveries,
  getWebhookDelivery,
  resendWebhookDeliveries,
]
