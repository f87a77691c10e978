/** A delivery of an event to a webhook, and its tries, as they go over the wire: outside the published contract. */
import type { Json, WebhookAttemptRecord, WebhookDeliveryRecord } from '../records.ts'

/** `svix_id` is what the receiver was sent as `svix-id`; `eventType` is null when the event is gone. */
export function presentWebhookDelivery(
  delivery: WebhookDeliveryRecord,
  eventType: string | null,
  svixId: string,
): Json {
  return {
    webhook_delivery_id: delivery.webhook_delivery_id,
    workspace_id: delivery.workspace_id,
    webhook_id: delivery.webhook_id,
    event_id: delivery.event_id,
    event_type: eventType,
    svix_id: svixId,
    status: delivery.status,
    attempt_count: delivery.attempt_count,
    next_attempt_at: delivery.next_attempt_at,
    last_attempt_at: delivery.last_attempt_at,
    last_status_code: delivery.last_status_code,
    last_error: delivery.last_error,
    created_at: delivery.created_at,
  }
}

export function presentWebhookAttempt(attempt: WebhookAttemptRecord): Json {
  return {
    attempt_number: attempt.attempt_number,
    started_at: attempt.started_at,
    duration_ms: attempt.duration_ms,
    is_successful: attempt.error === null,
    status_code: attempt.status_code,
    error: attempt.error,
    response_body: attempt.response_body,
  }
}
