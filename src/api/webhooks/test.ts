import { ChangeSet } from '../../domain/changes.ts'
import { plainDescription } from '../../domain/events.ts'
import { messageId } from '../../webhooks/sign.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { checkedEventTypes, OWN, requireWebhook } from './access.ts'

interface Params {
  webhook_id: string
  event_type: string
}

/**
 * Sends a signed event of the given type to one webhook, now, and answers with what came of it. The event carries what
 * all events carry, and `is_test`; it is not kept. A test that succeeds enables a webhook that was disabled.
 */
export const testWebhook = operation<Params>({
  path: '/webhooks/test',
  contract: {
    ...OWN,
    request: {
      type: 'object',
      properties: {
        webhook_id: { type: 'string', format: 'uuid' },
        event_type: { type: 'string', minLength: 1 },
      },
      required: ['webhook_id', 'event_type'],
    },
  },
  async handle({ webhook_id, event_type }, call) {
    const { ids, webhooks } = call.services
    const webhook = await requireWebhook(call, webhook_id)
    checkedEventTypes(call, [event_type])
    if (event_type === '*')
      throw errors.invalidField('event_type', "Must be one event type: '*' stands for all of them")
    const event = testEvent(call, ids.uuid(), event_type)
    const id = messageId(ids.uuid())
    const sent = await webhooks.send(
      webhook,
      call.workspace.is_sandbox,
      call.nowMs,
      { id, body: JSON.stringify(event) },
      new AbortController().signal,
    )
    const isEnabledAgain = sent.error === null && webhook.disabled_at !== null && (await enable(call, webhook_id))
    return {
      webhook_test: {
        webhook_id: webhook.webhook_id,
        event_id: event.event_id,
        event_type,
        svix_id: id,
        is_successful: sent.error === null,
        status_code: sent.status_code,
        error: sent.error,
        response_body: sent.response_body,
        duration_ms: sent.duration_ms,
        is_webhook_enabled_again: isEnabledAgain,
      },
    }
  },
})

function testEvent(call: Call, event_id: string, event_type: string) {
  const description = call.services.contract.eventTypes.get(event_type)
  return {
    event_id,
    event_type,
    workspace_id: call.workspaceId,
    created_at: call.now,
    occurred_at: call.now,
    ...(description === undefined ? {} : { event_description: plainDescription(description) }),
    is_test: true,
  }
}

/** Answers whether the webhook was disabled. */
function enable(call: Call, webhookId: string): Promise<boolean> {
  return call.decide(async () => {
    const { webhook_id, version, disabled_at } = await requireWebhook(call, webhookId)
    const changes = new ChangeSet()
    if (disabled_at === null) return { changes, result: false }
    changes.update('webhook', 'webhook_id', { webhook_id, version, disabled_at: null, failing_since: null })
    return { changes, result: true }
  })
}
