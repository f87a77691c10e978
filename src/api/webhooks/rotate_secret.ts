import { toIso } from '../../clock.ts'
import { ChangeSet } from '../../domain/changes.ts'
import { makeWebhookSecret } from '../../webhooks/sign.ts'
import { operation } from '../operation.ts'
import { OWN, requireWebhook, shown } from './access.ts'

/** How long deliveries carry signatures under both secrets (as Svix does it). */
const BOTH_HOLD_MS = 24 * 3_600_000

/**
 * Gives a webhook a new secret. For 24 hours deliveries are signed with the one before as well; a second rotation within
 * that time ends the oldest at once.
 */
export const rotateWebhookSecret = operation<{ webhook_id: string }>({
  path: '/webhooks/rotate_secret',
  contract: {
    ...OWN,
    request: {
      type: 'object',
      properties: { webhook_id: { type: 'string', format: 'uuid' } },
      required: ['webhook_id'],
    },
  },
  async handle({ webhook_id }, call) {
    const { ids, sealer } = call.services
    const secret_sealed = sealer.seal(makeWebhookSecret(ids))
    const rotated = await call.decide(async () => {
      const webhook = await requireWebhook(call, webhook_id)
      const fields = {
        secret_sealed,
        previous_secret_sealed: webhook.secret_sealed,
        previous_secret_ends_at: toIso(call.nowMs + BOTH_HOLD_MS),
      }
      const { version } = webhook
      const changes = new ChangeSet().update('webhook', 'webhook_id', {
        webhook_id: webhook.webhook_id,
        version,
        ...fields,
      })
      return { changes, result: { ...webhook, ...fields } }
    })
    const [webhook] = await shown(call, [rotated])
    return { webhook, previous_secret_ends_at: rotated.previous_secret_ends_at }
  },
})
