import { requestAttempt } from '../../domain/attempts/request.ts'
import { ChangeSet } from '../../domain/changes.ts'
import { presentActionAttempt } from '../../domain/present/action-attempt.ts'
import { pendingReset } from '../../store/workspaces-admin.ts'
import { operation } from '../operation.ts'

const DEADLINE_MS = 60_000

/**
 * Empties the sandbox and connects its virtual systems anew; keys, members and webhooks stay. While a reset is under
 * way, asking again answers with that one.
 */
export const resetSandboxOperation = operation({
  path: '/workspaces/reset_sandbox',
  isSandboxOnly: true,
  async handle(_params, call) {
    const attempt = await call.decide(async () => {
      const changes = new ChangeSet()
      const pending = await pendingReset(call.services.store, call.workspaceId)
      if (pending !== undefined) return { changes, result: pending }
      const made = requestAttempt(changes, {
        workspace_id: call.workspaceId,
        action_type: 'RESET_SANDBOX_WORKSPACE',
        input: {},
        deadlineMs: DEADLINE_MS,
        now: call.now,
        nowMs: call.nowMs,
        ids: call.services.ids,
      })
      return { changes, result: made }
    })
    return { action_attempt: presentActionAttempt(attempt) }
  },
})
