import type { Operation } from '../operation.ts'
import { createWebhook } from './create.ts'
import { webhookDeliveryOperations } from './deliveries/index.ts'
import { deleteWebhook } from './delete.ts'
import { getWebhookOperation } from './get.ts'
import { listWebhooksOperation } from './list.ts'
import { rotateWebhookSecret } from './rotate_secret.ts'
import { testWebhook } from './test.ts'
import { updateWebhook } from './update.ts'

export const webhookOperations: Operation[] = [
  createWebhook,
  getWebhookOperation,
  listWebhooksOperation,
  updateWebhook,
  deleteWebhook,
  testWebhook,
  rotateWebhookSecret,
  ...webhookDeliveryOperations,
]
