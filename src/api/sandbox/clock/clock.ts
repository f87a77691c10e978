/** `/sandbox/clock/*` and `/sandbox/settle`: the workspace's clock in the hands of a test (design.md section 3). */
import { toIso, workspaceNow } from '../../../clock.ts'
import { advance, freeze, NotSettled, resume } from '../../../provisioning/workspace-clock.ts'
import { ApiError, errors } from '../../errors.ts'
import { operation, type Call, type Operation } from '../../operation.ts'
import { parseInstant } from '../../validation.ts'

const access = { security: ['api_key', 'pat_with_workspace'], documented: false, response_key: 'clock' }

async function presentClock(call: Call): Promise<{ clock: { now: string; is_frozen: boolean } }> {
  const { workspaces, clock } = call.services
  const workspace = (await workspaces.get(call.workspaceId)) ?? call.workspace
  return { clock: { now: toIso(workspaceNow(clock, workspace)), is_frozen: workspace.clock_frozen_at !== null } }
}

/** What is kept in a workspace lies at most some years ahead of its clock, and instants end with the year 9999. */
const LATEST_CLOCK_MS = Date.parse('9990-01-01T00:00:00.000Z')
const CLOCK_ENDS = 'The clock ends with the year 9989'

function instant(field: string, text: string): number {
  const ms = parseInstant(text)
  if (ms === null)
    throw errors.invalidField(field, 'Invalid datetime: use ISO 8601, for example 2025-08-01T15:00:00.000Z')
  if (ms > LATEST_CLOCK_MS) throw errors.invalidField(field, CLOCK_ENDS)
  return ms
}

function stillBusy(error: unknown): unknown {
  if (!(error instanceof NotSettled)) return error
  return new ApiError(409, 'not_settled', `${error.message}. Clear the fault or wait, then try again.`, {
    data: { remaining: error.remaining },
  })
}

/** What time it is in the workspace, and whether its clock stands. */
export const getClock = operation({
  path: '/sandbox/clock/get',
  contract: access,
  isSandboxOnly: true,
  handle: (_params, call) => presentClock(call),
})

/** Stops the workspace's clock: where it is, or at `now`. It never goes back. */
export const freezeClock = operation<{ now?: string }>({
  path: '/sandbox/clock/freeze',
  contract: { ...access, request: { type: 'object', properties: { now: { type: 'string' } } } },
  isSandboxOnly: true,
  async handle({ now }, call) {
    await freeze(
      call.services.clockTools,
      call.workspaceId,
      call.workspace,
      now === undefined ? call.nowMs : instant('now', now),
    )
    return presentClock(call)
  },
})

/** Moves the clock ahead, `to` a time or by `seconds`, and answers when all that falls due until then is done. */
export const advanceClock = operation<{ to?: string; seconds?: number }>({
  path: '/sandbox/clock/advance',
  contract: {
    ...access,
    request: { type: 'object', properties: { to: { type: 'string' }, seconds: { type: 'number', minimum: 0 } } },
  },
  isSandboxOnly: true,
  async handle({ to, seconds }, call) {
    if ((to === undefined) === (seconds === undefined))
      throw errors.invalidInput({ path: [], message: 'Must specify exactly one of `to` and `seconds`' })
    const target = to === undefined ? call.nowMs + (seconds ?? 0) * 1000 : instant('to', to)
    if (target < call.nowMs)
      throw errors.invalidField(
        'to',
        `The clock does not run backwards: it is ${call.now}. Freeze it at an earlier time instead`,
      )
    if (target > LATEST_CLOCK_MS) throw errors.invalidField('seconds', CLOCK_ENDS)
    try {
      await advance(call.services.clockTools, call.workspaceId, target)
    } catch (error) {
      throw stillBusy(error)
    }
    return presentClock(call)
  },
})

/** Lets the clock run again from where it stands. */
export const resumeClock = operation({
  path: '/sandbox/clock/resume',
  contract: access,
  isSandboxOnly: true,
  async handle(_params, call) {
    await resume(call.services.clockTools, call.workspaceId, call.workspace)
    return presentClock(call)
  },
})

/** Answers when no work that is due remains: what was asked for has reached the access systems. */
export const settleWork = operation({
  path: '/sandbox/settle',
  contract: { ...access, response_key: null },
  isSandboxOnly: true,
  async handle(_params, call) {
    const remaining = await call.services.settle(call.workspaceId)
    if (remaining.length > 0) throw stillBusy(new NotSettled(remaining))
  },
})

export const clockOperations: Operation[] = [getClock, freezeClock, advanceClock, resumeClock, settleWork]
