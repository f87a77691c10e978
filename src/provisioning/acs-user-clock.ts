/** The job `acs_user_clock`: a user with a schedule of its own is told to the system again when it starts and ends. */
import { ChangeSet } from '../domain/changes.ts'
import type { Store } from '../store/store.ts'
import type { Workspaces } from '../store/workspaces.ts'
import type { JobOutcome, JobRun } from './worker.ts'

/** Handler of the job: key = acs_user_id. */
export async function runAcsUserClock(
  run: JobRun,
  { store, workspaces }: { store: Store; workspaces: Workspaces },
): Promise<JobOutcome> {
  const now = await workspaces.nowIso(run.workspaceId)
  return store.decide(
    run.workspaceId,
    () => now,
    async () => {
      const user = await store.get(run.workspaceId, 'acs_user', 'acs_user_id', run.key)
      const changes = new ChangeSet()
      if (user === undefined || user.is_deleting) return { changes, result: undefined }
      const boundaries = [user.access_starts_at, user.access_ends_at].filter((at) => at !== null)
      const told = user.last_successful_sync_at
      if (boundaries.some((at) => at <= now && (told === null || told < at))) {
        changes.update('acs_user', 'acs_user_id', {
          acs_user_id: user.acs_user_id,
          version: user.version,
          is_dirty: true,
          dirty_since: now,
          retry_at: null,
          attempts: 0,
        })
        changes.job('provision', user.acs_system_id, now)
      }
      const next = boundaries.filter((at) => at > now).sort()[0]
      return { changes, result: next === undefined ? undefined : { again_at: next } }
    },
    run.fence,
  )
}
