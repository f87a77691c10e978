/** Deliveries, outside the published description (docs/guide/webhooks.md). */

export interface Delivery {
  webhook_delivery_id: string
  webhook_id: string
  event_id: string
  event_type: string | null
  svix_id: string
  status: 'pending' | 'delivered' | 'failed' | 'held'
  attempt_count: number
  next_attempt_at: string | null
  last_attempt_at: string | null
  last_status_code: number | null
  last_error: string | null
  created_at: string
}

export interface DeliveryAttempt {
  attempt_number: number
  started_at: string
  duration_ms: number
  is_successful: boolean
  status_code: number | null
  error: string | null
  response_body: string | null
}

export interface TestResult {
  is_successful?: boolean
  status_code?: number | null
  duration_ms?: number
  error?: string | null
}

/** One event type a line; nothing = every type. */
export function typesIn(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((type) => type !== '')
}
