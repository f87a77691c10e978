/** The job `grant_clock`: what happens to a grant because time passes (core.md 6.10). */
import { ChangeSet } from '../domain/changes.ts'
import { nextBoundary, reportLate } from '../domain/grants/clock.ts'
import { endGrant } from '../domain/grants/end.ts'
import { GrantPlan } from '../domain/grants/plan.ts'
import { loadGrantFacts } from '../store/access-grants.ts'
import type { Store } from '../store/store.ts'
import type { Workspaces } from '../store/workspaces.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { JobOutcome, JobRun } from './worker.ts'

export interface GrantClockOptions {
  store: Store
  workspaces: Workspaces
  definitionOf: (provider: string) => SystemDefinition
}

/** Handler of the job: key = access_grant_id. */
export async function runGrantClock(
  run: JobRun,
  { store, workspaces, definitionOf }: GrantClockOptions,
): Promise<JobOutcome> {
  const now = await workspaces.nowIso(run.workspaceId)
  const nowMs = Date.parse(now)
  return store.decide(
    run.workspaceId,
    () => now,
    async () => {
      const facts = await loadGrantFacts(store, run.workspaceId, run.key, definitionOf)
      if (facts === undefined || facts.grant.is_deleting) return { changes: new ChangeSet(), result: undefined }
      const { grant } = facts
      const isOver = grant.ends_at !== null && Date.parse(grant.ends_at) <= nowMs
      if (isOver) return { changes: grant.is_ended ? new ChangeSet() : endGrant(facts, now), result: undefined }
      const plan = new GrantPlan(facts, now)
      reportLate(plan)
      const next = nextBoundary(grant, nowMs)
      return { changes: plan.changes, result: next === null ? undefined : { again_at: next } }
    },
    run.fence,
  )
}
