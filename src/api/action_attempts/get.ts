import { presentActionAttempt } from '../../domain/present/action-attempt.ts'
import type { ActionAttemptRecord } from '../../domain/records.ts'
import { getActionAttempt, isOfAccounts } from '../../store/action-attempts.ts'
import { scopeOfCaller } from '../events/scope.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { isUuid } from '../people.ts'

export const getActionAttemptOperation = operation<{ action_attempt_id: string }>({
  path: '/action_attempts/get',
  async handle({ action_attempt_id }, call) {
    const attempt = await getActionAttempt(call.services.store, call.workspaceId, action_attempt_id)
    if (attempt === undefined || !(await isInScope(attempt, call))) {
      throw errors.notFound('action_attempt', { action_attempt_id })
    }
    return { action_attempt: presentActionAttempt(attempt) }
  },
})

/** A client session sees what was done with something of its own, or at a system of its accounts. */
async function isInScope(attempt: ActionAttemptRecord, call: Call): Promise<boolean> {
  const scope = await scopeOfCaller(call)
  if (scope === undefined) return true
  const ids = idsIn({
    ...attempt.input,
    device_id: attempt.device_id,
    acs_encoder_id: attempt.busy_encoder_id ?? attempt.input['acs_encoder_id'],
  })
  if (ids.some((id) => scope.ids.includes(id))) return true
  return isOfAccounts(call.services.store, call.workspaceId, ids, scope.ids)
}

function idsIn(input: Record<string, unknown>): string[] {
  return Object.entries(input).flatMap(([key, value]) =>
    key.endsWith('_id') && typeof value === 'string' && isUuid(value) ? [value] : [],
  )
}
