/** A webhook as it goes over the wire. `secret` is the opened one: create, get and list all show it (core.md section 12). */
import type { Json, Problem, WebhookRecord } from '../records.ts'

/** What a webhook has not taken. */
export interface Failing {
  waiting: number
  given_up: number
  last_error: string
  last_attempt_at: string
}

export function presentWebhook(
  webhook: Pick<WebhookRecord, 'webhook_id' | 'url' | 'event_types' | 'failing_since' | 'disabled_at'>,
  secret: string,
  failing: Failing | undefined,
): Json {
  const { webhook_id, url, event_types, failing_since, disabled_at } = webhook
  const warnings = [
    ...(disabled_at === null ? [] : [disabled(disabled_at, failing_since)]),
    ...(failing === undefined ? [] : [deliveriesFailing(failing)]),
  ]
  return { webhook_id, url, event_types, secret, warnings }
}

function disabled(disabled_at: string, failing_since: string | null): Problem {
  const since = failing_since === null ? 'for five days' : `since ${failing_since}`
  return {
    created_at: disabled_at,
    warning_code: 'webhook_disabled',
    message: `Nothing is sent: every delivery had failed ${since}. Events are kept meanwhile. Mend the receiver; a /webhooks/test that succeeds enables the webhook again, and /webhooks/deliveries/resend with since sends what it missed.`,
  }
}

/** Outside the published model, which has no place for it: else a receiver that is away would go unnoticed. */
function deliveriesFailing({ waiting, given_up, last_error, last_attempt_at }: Failing): Problem {
  const counts = [
    ...(waiting === 0 ? [] : [`${events(waiting)} will be sent again`]),
    ...(given_up === 0
      ? []
      : [`${events(given_up)} of the last week were given up (send them again with /webhooks/deliveries/resend)`]),
  ].join(', ')
  return {
    created_at: last_attempt_at,
    warning_code: 'deliveries_failing',
    message: `The receiver does not take events: ${last_error}; ${counts}. Check that the receiver is reachable at its url and answers 2xx within 15 seconds.`,
  }
}

function events(count: number): string {
  return count === 1 ? '1 event' : `${count} events`
}
