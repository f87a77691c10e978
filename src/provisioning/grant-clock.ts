/** The job `grant_clock`: what happens to a grant because time passes (core.md 6.10). */
import { ChangeSet } from '../domain/changes.ts'
import { DELAY_NOTICE_MS, nextBoundary } from '../domain/grants/clock.ts'
import { endGrant } from '../domain/grants/end.ts'
import type { AccessMethodRecord } from '../domain/records.ts'
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
      if (facts === undefined) return { changes: new ChangeSet(), result: undefined }
      const { grant } = facts
      const isOver = grant.ends_at !== null && Date.parse(grant.ends_at) <= nowMs
      if (isOver) return { changes: grant.is_ended ? new ChangeSet() : endGrant(facts, now), result: undefined }
      const changes = new ChangeSet()
      for (const method of facts.methods) reportLate(changes, method, facts.grantKeysOf(method), nowMs, now)
      const next = nextBoundary(grant, nowMs)
      return { changes, result: next === null ? undefined : { again_at: next } }
    },
    run.fence,
  )
}

/** An access method that needs nobody's hand and is not issued shortly before, or at, its start is reported. */
function reportLate(changes: ChangeSet, method: AccessMethodRecord, keys: string[], nowMs: number, now: string): void {
  if (method.is_issued || method.is_encoding_required || method.is_assignment_required) return
  // It says already that it cannot be issued, and why.
  if (method.errors.some((error) => error.error_code === 'failed_to_issue')) return
  const startsAt = Date.parse(method.starts_at)
  const about = {
    access_method_id: method.access_method_id,
    access_grant_ids: method.access_grant_ids,
    ...(keys.length > 0 ? { access_grant_keys: keys } : {}),
  }
  if (nowMs >= startsAt) {
    const error = {
      created_at: now,
      error_code: 'failed_to_issue',
      message:
        'The access method was not issued by its start. See the errors of its credential and of the access system.',
    }
    changes.update('access_method', 'access_method_id', {
      access_method_id: method.access_method_id,
      version: method.version,
      errors: [...method.errors, error],
      warnings: method.warnings.filter((warning) => warning.warning_code !== 'delay_in_issuing'),
    })
    changes.event('access_method.failed_to_issue', about)
    return
  }
  if (
    nowMs < startsAt - DELAY_NOTICE_MS ||
    method.warnings.some((warning) => warning.warning_code === 'delay_in_issuing')
  )
    return
  const warning = {
    created_at: now,
    warning_code: 'delay_in_issuing',
    message: 'The access method starts soon and is not issued yet.',
  }
  changes.update('access_method', 'access_method_id', {
    access_method_id: method.access_method_id,
    version: method.version,
    warnings: [...method.warnings, warning],
  })
  changes.event('access_method.delay_in_issuing', about)
}
