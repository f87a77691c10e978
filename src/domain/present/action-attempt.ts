/** An action attempt as it goes over the wire: pending, or ended by exactly one of a result and an error (core.md section 10). */
import type { ActionAttemptRecord, Json } from '../records.ts'

export function presentActionAttempt(
  attempt: Pick<ActionAttemptRecord, 'action_attempt_id' | 'action_type' | 'status' | 'result' | 'error'>,
): Json {
  const { action_attempt_id, action_type, status } = attempt
  return {
    action_attempt_id,
    action_type,
    status,
    result: status === 'success' ? (attempt.result ?? {}) : null,
    error:
      status === 'error' ? (attempt.error ?? { type: 'uncategorized_error', message: 'The action failed.' }) : null,
  }
}
