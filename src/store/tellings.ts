/**
 * What access systems are being told, as rows: a telling is written before the system is told and goes in the command
 * that records what it answered. So whoever has the next turn at the system knows what a worker that was killed, or that
 * stands still, may have said or may yet say. All times are the database's.
 */
import type { TellingRecord, TellingSubject } from '../domain/records.ts'
import type { Store } from './store.ts'
import type { SystemPlace } from './system-leases.ts'

/**
 * After somebody else has told the system something, what the one before said too late is looked for after this long, and
 * again after the next of them (milliseconds). Whoever goes on says so itself (`endTelling`): these are for one that ends
 * before it can. The longer it stood still, the later that is found.
 */
const CHECKS_MS = [10_000, 60_000, 300_000, 1_800_000, 7_200_000, 43_200_000]
/** A check that the system did not let happen comes again after this (milliseconds). */
const PUT_OFF_MS = 60_000
/** Work that is due by then (milliseconds) is waited for by who waits for all that is due. */
const SOON_MS = 15_000

/** Kind of the job that checks the tellings of a system; its key is the acs_system_id. */
export const CHECK_TELLINGS = 'check_tellings'

const after = (ms: string): string => `now() + ${ms} * interval '1 ms'`

/**
 * Writes down what is about to be told, and renews the teller's turn. From here on what others left behind is overtaken.
 * Answers whether the turn is still the teller's; if not, nothing may be told.
 */
export async function beginTelling(
  store: Store,
  { workspace_id, acs_system_id }: SystemPlace,
  holder: string,
  telling_id: string,
  subjects: readonly TellingSubject[],
  leaseMs: number,
): Promise<boolean> {
  const rows = await store.execute(
    workspace_id,
    `WITH turn AS (UPDATE system_lease SET held_until = ${after('$6::float8')}
         WHERE workspace_id = $1 AND acs_system_id = $2 AND holder = $3 RETURNING 1),
       overtaken AS (UPDATE telling SET lost_at = now(), check_at = ${after('$7::float8')}, version = version + 1
         WHERE workspace_id = $1 AND acs_system_id = $2 AND lost_at IS NULL AND EXISTS (SELECT FROM turn))
     INSERT INTO telling (workspace_id, telling_id, acs_system_id, subjects, check_at)
     SELECT $1::uuid, $4::uuid, $2::uuid, $5::jsonb, ${after('$7::float8')} FROM turn RETURNING 1`,
    [acs_system_id, holder, telling_id, JSON.stringify(subjects), leaseMs, CHECKS_MS[0]],
  )
  return rows.length > 0
}

/**
 * Whoever was telling could not record it, and says that it has ended: what the system was told is checked once more, at
 * once. Also when the telling is gone by now: then it had been given up.
 */
export async function endTelling(
  store: Store,
  { workspace_id, acs_system_id }: SystemPlace,
  telling_id: string,
  subjects: readonly TellingSubject[],
): Promise<void> {
  await store.execute(
    workspace_id,
    `INSERT INTO telling (workspace_id, telling_id, acs_system_id, subjects, lost_at, is_over, check_at)
     SELECT $1::uuid, $3::uuid, s.acs_system_id, $4::jsonb, now(), true, now()
       FROM acs_system s WHERE s.workspace_id = $1 AND s.acs_system_id = $2
     ON CONFLICT (workspace_id, telling_id) DO UPDATE SET subjects = excluded.subjects, is_over = true,
       lost_at = coalesce(telling.lost_at, now()), check_at = now(), version = telling.version + 1`,
    [acs_system_id, telling_id, JSON.stringify(subjects)],
  )
}

/** The system did nothing of it: there is nothing to record, and nothing to check. */
export async function forgetTelling(
  store: Store,
  { workspace_id, acs_system_id }: SystemPlace,
  telling_id: string,
): Promise<void> {
  await store.execute(
    workspace_id,
    'DELETE FROM telling WHERE workspace_id = $1 AND acs_system_id = $2 AND telling_id = $3',
    [acs_system_id, telling_id],
  )
}

/** Tellings of a system that are to be checked now, oldest first. */
export function tellingsToCheck(store: Store, { workspace_id, acs_system_id }: SystemPlace): Promise<TellingRecord[]> {
  return store.read<TellingRecord>(
    workspace_id,
    'SELECT * FROM telling WHERE workspace_id = $1 AND acs_system_id = $2 AND check_at <= now() ORDER BY began_at',
    [acs_system_id],
  )
}

/** The telling has been checked: it is checked again later, or given up after the last time. One that has changed meanwhile stays as it is. */
export async function checkLater(store: Store, telling: TellingRecord): Promise<void> {
  const { workspace_id, telling_id, version, checks } = telling
  const nextMs = CHECKS_MS[checks + 1]
  const match = 'workspace_id = $1 AND telling_id = $2 AND version = $3'
  await (nextMs === undefined
    ? store.execute(workspace_id, `DELETE FROM telling WHERE ${match}`, [telling_id, version])
    : store.execute(
        workspace_id,
        `UPDATE telling SET checks = checks + 1, check_at = ${after('$4::float8')}, version = version + 1 WHERE ${match}`,
        [telling_id, version, nextMs],
      ))
}

/** Nobody has told the system anything since: it is overtaken from now on, and checked as one that was. */
export async function overtake(store: Store, telling: TellingRecord): Promise<void> {
  await store.execute(
    telling.workspace_id,
    `UPDATE telling SET lost_at = now(), check_at = ${after('$4::float8')}, version = version + 1
      WHERE workspace_id = $1 AND telling_id = $2 AND version = $3 AND lost_at IS NULL`,
    [telling.telling_id, telling.version, CHECKS_MS[0]],
  )
}

/** The system cannot be asked now: its tellings that are to be checked wait. */
export async function putOffChecks(store: Store, { workspace_id, acs_system_id }: SystemPlace): Promise<void> {
  await store.execute(
    workspace_id,
    `UPDATE telling SET check_at = ${after('$3::float8')}, version = version + 1
      WHERE workspace_id = $1 AND acs_system_id = $2 AND check_at <= now()`,
    [acs_system_id, PUT_OFF_MS],
  )
}

/** Systems whose tellings are to be checked, and of which no job says so yet. */
export function systemsToCheck(store: Store): Promise<SystemPlace[]> {
  return store.system<SystemPlace>(
    `SELECT DISTINCT t.workspace_id, t.acs_system_id FROM telling t WHERE t.check_at <= now() AND NOT EXISTS (
       SELECT FROM job j WHERE j.workspace_id = t.workspace_id AND j.kind = $1 AND j.key = t.acs_system_id::text)`,
    [CHECK_TELLINGS],
  )
}

/** Systems of a workspace with a telling whose first check comes soon: what they hold is not sure until then. */
export async function systemsInDoubt(store: Store, workspaceId: string): Promise<string[]> {
  const rows = await store.read<{ acs_system_id: string }>(
    workspaceId,
    `SELECT DISTINCT acs_system_id FROM telling
      WHERE workspace_id = $1 AND lost_at IS NOT NULL AND checks = 0 AND check_at <= ${after('$2::float8')}`,
    [SOON_MS],
  )
  return rows.map(({ acs_system_id }) => acs_system_id)
}
