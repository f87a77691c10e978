/**
 * The clock of a sandbox workspace: frozen, moved, let run again. Moving it forward does what falls due on the way, in
 * the order of its time (design.md section 3).
 */
import { toIso, workspaceNow, type WorkspaceClockSetting } from '../clock.ts'
import { setClock } from '../store/accounts.ts'
import { dueJobs, nextJobAt, pullForward, putOff } from '../store/jobs.ts'
import type { Store } from '../store/store.ts'
import { CHECK_TELLINGS, systemsInDoubt } from '../store/tellings.ts'
import type { Workspaces } from '../store/workspaces.ts'
import { SYNC_SYSTEM } from './health.ts'
import { POLL_MS } from './sync.ts'
import type { Worker } from './worker.ts'

/** Due work did not end in time; `remaining` names it. */
export class NotSettled extends Error {
  override name = 'NotSettled'
  readonly remaining: { kind: string; key: string }[]
  constructor(remaining: { kind: string; key: string }[]) {
    super(`Work is still going on: ${remaining.map((job) => `${job.kind} ${job.key}`).join(', ')}`)
    this.remaining = remaining
  }
}

export interface ClockTools {
  store: Store
  workspaces: Workspaces
  worker: Worker
}

const SETTLE_MS = 30_000
/** A look that is due so soon (milliseconds) is one that is made again because the last one failed. */
const SOON_MS = 10_000

/** Waits until no due work remains in the workspace; answers what remains after `timeoutMs`. */
export async function settle(
  { store, workspaces, worker }: ClockTools,
  workspaceId: string,
  timeoutMs = SETTLE_MS,
): Promise<{ kind: string; key: string }[]> {
  let remaining: { kind: string; key: string }[] = []
  worker.jobsWritten()
  await worker.whenIdle(async () => {
    const now = await workspaces.nowIso(workspaceId)
    const [jobs, inDoubt] = await Promise.all([dueJobs(store, workspaceId, now), systemsInDoubt(store, workspaceId)])
    remaining = [...jobs, ...inDoubt.map((key) => ({ kind: CHECK_TELLINGS, key }))]
    return remaining.length === 0
  }, timeoutMs)
  return remaining
}

/** Sets the clock and makes this process see it at once; others hear of it from the database. */
async function set(
  { store, workspaces, worker }: ClockTools,
  workspaceId: string,
  setting: WorkspaceClockSetting,
): Promise<void> {
  await setClock(store, workspaceId, setting)
  workspaces.forget(workspaceId)
  worker.jobsWritten()
}

/** Stops the clock at `atMs`, or where it is. */
export async function freeze(
  tools: ClockTools,
  workspaceId: string,
  setting: WorkspaceClockSetting,
  atMs: number,
): Promise<void> {
  await set(tools, workspaceId, { clock_offset_ms: setting.clock_offset_ms, clock_frozen_at: toIso(atMs) })
  // A clock that was set back would leave the next look at each system far off.
  await pullForward(tools.store, workspaceId, SYNC_SYSTEM, toIso(atMs + POLL_MS))
}

/** Lets a frozen clock run on from where it stands. */
export async function resume(tools: ClockTools, workspaceId: string, setting: WorkspaceClockSetting): Promise<void> {
  if (setting.clock_frozen_at === null) return
  const offset = Date.parse(setting.clock_frozen_at) - tools.store.clock.now()
  await set(tools, workspaceId, { clock_offset_ms: offset, clock_frozen_at: null })
}

/**
 * Moves the clock forward to `toMs`: stops at every instant at which work falls due, and goes on when it is done. Systems
 * are looked at once, at the end: a month holds 4,320 looks at each, and nobody can have changed one on the way.
 * @throws NotSettled when due work does not end; the clock then stands where it got to.
 */
export async function advance(tools: ClockTools, workspaceId: string, toMs: number): Promise<void> {
  const { store, workspaces } = tools
  for (;;) {
    const remaining = await settle(tools, workspaceId)
    if (remaining.length > 0) throw new NotSettled(remaining)
    const workspace = await workspaces.get(workspaceId)
    if (workspace === undefined) return
    const nowMs = workspaceNow(store.clock, workspace)
    if (nowMs >= toMs) return
    await putOff(store, workspaceId, SYNC_SYSTEM, { after: toIso(nowMs + SOON_MS), until: toIso(toMs) })
    const next = await nextJobAt(store, workspaceId, toIso(toMs))
    const stepMs = next === null ? toMs : Math.max(nowMs + 1, Math.min(toMs, Date.parse(next)))
    const isFrozen = workspace.clock_frozen_at !== null
    await set(tools, workspaceId, {
      clock_offset_ms: isFrozen ? workspace.clock_offset_ms : stepMs - store.clock.now(),
      clock_frozen_at: isFrozen ? toIso(stepMs) : null,
    })
  }
}
