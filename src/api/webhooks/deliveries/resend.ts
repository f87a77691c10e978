import { resendDeliveries } from '../../../store/webhooks.ts'
import { errors } from '../../errors.ts'
import { operation, type Call } from '../../operation.ts'
import { instantParam } from '../../people.ts'
import { OWN, requireDelivery, requireWebhook } from '../access.ts'

interface Params {
  webhook_delivery_id?: string
  webhook_id?: string
  since?: string
  include_delivered?: boolean
}

const UUID = { type: 'string', format: 'uuid' }

/**
 * Sends again, at once and under the same `svix-id`: one delivery whatever became of it, or what a webhook has not taken
 * of the events since a time (`include_delivered`: all of them). The waits between further tries begin anew.
 */
export const resendWebhookDeliveries = operation<Params>({
  path: '/webhooks/deliveries/resend',
  contract: {
    ...OWN,
    request: {
      type: 'object',
      anyOf: [
        { properties: { webhook_delivery_id: UUID }, required: ['webhook_delivery_id'] },
        {
          properties: { webhook_id: UUID, since: { type: 'string' }, include_delivered: { type: 'boolean' } },
          required: ['webhook_id', 'since'],
        },
      ],
    },
  },
  async handle(params, call) {
    const { store, clockTools } = call.services
    const what = await readWhat(params, call)
    const resent_count = await resendDeliveries(store, call.workspaceId, call.now, what)
    clockTools.worker.jobsWritten()
    return { resent_count }
  },
})

async function readWhat({ webhook_delivery_id, webhook_id, since, include_delivered }: Params, call: Call) {
  if (webhook_delivery_id !== undefined) {
    if (webhook_id !== undefined || since !== undefined) {
      throw errors.invalidField(
        'webhook_delivery_id',
        'Cannot be combined with webhook_id and since: send one or the other',
      )
    }
    const delivery = await requireDelivery(call, webhook_delivery_id)
    refuseDisabled(await requireWebhook(call, delivery.webhook_id))
    return { webhook_delivery_id: delivery.webhook_delivery_id }
  }
  if (webhook_id === undefined) {
    throw errors.invalidField(
      'webhook_delivery_id',
      'Required: or webhook_id with since, for all that it has not taken',
    )
  }
  if (since === undefined) throw errors.invalidField('since', 'Required with webhook_id')
  const sinceInstant = instantParam('since', since)
  const webhook = await requireWebhook(call, webhook_id)
  refuseDisabled(webhook)
  return { webhook_id: webhook.webhook_id, since: sinceInstant, include_delivered: include_delivered ?? false }
}

/** @throws ApiError 400 `webhook_disabled` */
function refuseDisabled({ webhook_id, disabled_at }: { webhook_id: string; disabled_at: string | null }): void {
  if (disabled_at === null) return
  const message = `The webhook is disabled since ${disabled_at}, because every delivery to it had failed for five days. Mend the receiver and call /webhooks/test: a test that succeeds enables the webhook again. Then resend.`
  throw errors.badRequest('webhook_disabled', message, { webhook_id, disabled_at })
}
