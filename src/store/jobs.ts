/**
 * The job table. A job is "look at X again", never "do step 3": it is unique on (workspace, kind, key), and asking
 * twice is asking once. Workers take batches with SKIP LOCKED and hold leases; a lease that is not renewed ends, and
 * another worker takes the job up (design.md section 1).
 */
import type { Store } from './store.ts'

export interface TakenJob {
  workspace_id: string
  kind: string
  key: string
  run_at: string
  generation: number
  /** Failed runs so far. */
  attempts: number
  lease_id: string
  /** The request that last asked for it; null = none did. */
  request_id: string | null
  /** The step of a trace that last asked for it; null = none is recorded. */
  traceparent: string | null
}

/** A workspace's own time in SQL: `w` is its row, `$1` the machine's time in milliseconds. */
const WORKSPACE_TIME = `coalesce(w.clock_frozen_at, to_timestamp(($1::float8 + w.clock_offset_ms) / 1000.0))`

/** Takes up to `limit` due jobs of these kinds; each gets a lease of its own that ends after `leaseMs` unless it is renewed. */
export function takeJobs(
  store: Store,
  nowMs: number,
  limit: number,
  leaseMs: number,
  kinds: readonly string[],
): Promise<TakenJob[]> {
  return store.system<TakenJob>(
    `UPDATE job SET lease_id = gen_random_uuid(), lease_until = now() + $3::float8 * interval '1 ms'
       FROM (SELECT j.workspace_id, j.kind, j.key FROM job j JOIN workspace w USING (workspace_id)
              WHERE j.run_at <= ${WORKSPACE_TIME} AND (j.lease_until IS NULL OR j.lease_until < now())
                AND j.kind = ANY($4)
              ORDER BY j.run_at LIMIT $2 FOR UPDATE OF j SKIP LOCKED) due
      WHERE job.workspace_id = due.workspace_id AND job.kind = due.kind AND job.key = due.key
      RETURNING job.workspace_id, job.kind, job.key, job.run_at, job.generation, job.attempts, job.lease_id, job.request_id, job.traceparent`,
    [nowMs, limit, leaseMs, kinds],
  )
}

/** Jobs of a kind that are due and not done: how many, and for how many seconds the oldest, by its workspace's clock. */
export interface OverdueJobs {
  kind: string
  due: number
  lag_seconds: number
}

/** What is due and not done in the whole installation. */
export function overdueJobs(
  store: Store,
  nowMs: number,
): Promise<{ kind: string; due: number; lag_seconds: number }[]> {
  return store.system(
    `SELECT j.kind, count(*)::int AS due, max(extract(epoch FROM ${WORKSPACE_TIME} - j.run_at))::float8 AS lag_seconds
       FROM job j JOIN workspace w USING (workspace_id)
      WHERE j.run_at <= ${WORKSPACE_TIME} GROUP BY j.kind`,
    [nowMs],
  )
}

/** Milliseconds until the next job of these kinds in any workspace is due by its clock, or null when none is waiting. */
export async function untilNextJob(store: Store, nowMs: number, kinds: readonly string[]): Promise<number | null> {
  const rows = await store.system<{ wait_ms: number | null }>(
    `SELECT min(extract(epoch FROM j.run_at - ${WORKSPACE_TIME}) * 1000)::float8 AS wait_ms
       FROM job j JOIN workspace w USING (workspace_id)
      WHERE w.clock_frozen_at IS NULL AND j.lease_until IS NULL AND j.kind = ANY($2)`,
    [nowMs, kinds],
  )
  return rows[0]?.wait_ms ?? null
}

/** Renews leases that are still held. */
export async function renewLeases(store: Store, leaseIds: string[], leaseMs: number): Promise<void> {
  await store.system(`UPDATE job SET lease_until = now() + $2::float8 * interval '1 ms' WHERE lease_id = ANY($1)`, [
    leaseIds,
    leaseMs,
  ])
}

/** Gives jobs back that are still held: they are free to be taken at once. */
export async function releaseLeases(store: Store, leaseIds: string[]): Promise<void> {
  await store.system('UPDATE job SET lease_id = NULL, lease_until = NULL WHERE lease_id = ANY($1)', [leaseIds])
}

/**
 * Ends a run. The job is gone unless it was asked for again meanwhile or `again_at` names a time: then it stays and is
 * free to be taken. `failure` counts the run as failed and says why.
 */
export async function finishJob(
  store: Store,
  job: TakenJob,
  outcome: { again_at?: string; again_in_ms?: number; failure?: string } = {},
): Promise<void> {
  const match = 'workspace_id = $1 AND kind = $2 AND key = $3 AND lease_id = $4'
  const values = [job.workspace_id, job.kind, job.key, job.lease_id]
  if (outcome.again_in_ms !== undefined) {
    // Still due by the workspace's clock; a lease of nobody keeps it from being taken too soon.
    await store.system(
      `UPDATE job SET lease_id = NULL, lease_until = now() + $5::float8 * interval '1 ms', attempts = attempts + 1 WHERE ${match}`,
      [...values, outcome.again_in_ms],
    )
    return
  }
  if (outcome.again_at === undefined) {
    const gone = await store.system(`DELETE FROM job WHERE ${match} AND generation = $5 RETURNING 1 AS gone`, [
      ...values,
      job.generation,
    ])
    if (gone.length > 0) return
    await store.system(
      `UPDATE job SET lease_id = NULL, lease_until = NULL, attempts = 0, last_error = NULL WHERE ${match}`,
      values,
    )
    return
  }
  // Asked for again while it ran: the earlier of the two times holds.
  await store.system(
    `UPDATE job SET lease_id = NULL, lease_until = NULL, last_error = $6,
            attempts = CASE WHEN $6::text IS NULL THEN 0 ELSE attempts + 1 END,
            run_at = CASE WHEN generation = $7 THEN $5::timestamptz ELSE least(run_at, $5::timestamptz) END
      WHERE ${match}`,
    [...values, outcome.again_at, outcome.failure ?? null, job.generation],
  )
}

/** The work of a workspace that is due by its clock at `time`, whether or not somebody is at it. */
export async function dueJobs(
  store: Store,
  workspaceId: string,
  time: string,
): Promise<{ kind: string; key: string; last_error: string | null }[]> {
  return store.read(
    workspaceId,
    'SELECT kind, key, last_error FROM job WHERE workspace_id = $1 AND run_at <= $2 ORDER BY run_at LIMIT 20',
    [time],
  )
}

/** When the next job of a workspace is due, at `until` at the latest; null when there is none by then. */
export async function nextJobAt(store: Store, workspaceId: string, until: string): Promise<string | null> {
  const rows = await store.read<{ run_at: string | null }>(
    workspaceId,
    'SELECT min(run_at) AS run_at FROM job WHERE workspace_id = $1 AND run_at <= $2',
    [until],
  )
  return rows[0]?.run_at ?? null
}

/** Jobs of a kind that would fall due in between wait until the end of it; those that somebody runs are left to them. */
export async function putOff(
  store: Store,
  workspaceId: string,
  kind: string,
  { after, until }: { after: string; until: string },
): Promise<void> {
  await store.execute(
    workspaceId,
    `UPDATE job SET run_at = $4 WHERE workspace_id = $1 AND kind = $2 AND run_at > $3 AND run_at < $4
        AND (lease_until IS NULL OR lease_until < now())`,
    [kind, after, until],
  )
}

/** Jobs of a kind are due at `at` at the latest. */
export async function pullForward(store: Store, workspaceId: string, kind: string, at: string): Promise<void> {
  await store.execute(workspaceId, 'UPDATE job SET run_at = $3 WHERE workspace_id = $1 AND kind = $2 AND run_at > $3', [
    kind,
    at,
  ])
}

/**
 * Ends the other jobs of a kind that were asked for the same thing: the run that now begins serves them all. Jobs that
 * another worker holds stay with it.
 */
export async function endSiblings(
  store: Store,
  workspaceId: string,
  kind: string,
  subject: string,
  ownKey: string,
): Promise<void> {
  await store.execute(
    workspaceId,
    `DELETE FROM job WHERE workspace_id = $1 AND kind = $2 AND key LIKE $3 || '/%' AND key <> $4 AND lease_id IS NULL`,
    [kind, subject, ownKey],
  )
}
