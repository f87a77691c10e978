/** The system's own ids of what its rows name, and what else a change is told with. */
import type { AcsAccessGroupRecord, AcsSystemRecord } from '../domain/records.ts'
import { ENTRANCE_REMOVED, isDeletedExternally } from '../domain/sync/marks.ts'
import type { Store } from '../store/store.ts'
import type { AppliedChange } from '../systems/kit/driver.ts'
import { dueGroups, type DueGroups, type ExternalIds } from './desired.ts'
import { loadJoins, type Joins } from './joins.ts'
import { rowId, type Kind, type Row } from './rows.ts'

export interface KnownIds extends ExternalIds {
  groups: Map<string, string>
  users: Map<string, string>
  /** Our ids of groups and users that the system has not taken yet. */
  awaited: ReadonlySet<string>
  /** Our ids of users that somebody deleted at the system. */
  lost: ReadonlySet<string>
  /** What else is in the stays of the credentials. */
  joins: Joins
}

/**
 * The system's ids of the doors of a system, and of the groups and users that `rows` refer to. `now`: where a system's
 * groups have no times, the time by which users are in them.
 */
export async function externalIdsFor(
  store: Store,
  system: AcsSystemRecord,
  rows: readonly Row[],
  now: string | null = null,
): Promise<KnownIds> {
  const groupIds = rows.flatMap((row) => ('acs_access_group_ids' in row ? row.acs_access_group_ids : []))
  const userIds = rows.flatMap((row) => ('acs_user_id' in row && row.acs_user_id !== null ? [row.acs_user_id] : []))
  const [entrances, groups, users, joins] = await Promise.all([
    store.read<{ id: string; external_id: string }>(
      system.workspace_id,
      // Of doors that the system does not have any more it is not told.
      'SELECT acs_entrance_id AS id, external_id FROM acs_entrance WHERE workspace_id = $1 AND acs_system_id = $2 AND NOT errors @> $3::jsonb',
      [system.acs_system_id, JSON.stringify([{ error_code: ENTRANCE_REMOVED }])],
    ),
    store.getMany(system.workspace_id, 'acs_access_group', 'acs_access_group_id', groupIds),
    store.getMany(system.workspace_id, 'acs_user', 'acs_user_id', userIds),
    loadJoins(store, system, rows),
  ])
  return {
    joins,
    holders: new Map(users.map((user) => [user.acs_user_id, user])),
    entrances: new Map(entrances.map((row) => [row.id, row.external_id])),
    groups: new Map(
      groups.flatMap((row) => (row.external_id === null ? [] : [[row.acs_access_group_id, row.external_id]])),
    ),
    users: new Map(users.flatMap((row) => (row.external_id === null ? [] : [[row.acs_user_id, row.external_id]]))),
    awaited: new Set([
      ...groups.flatMap((row) => (row.external_id === null && !row.is_deleting ? [row.acs_access_group_id] : [])),
      ...users.flatMap((row) => (row.external_id === null && !row.is_deleting ? [row.acs_user_id] : [])),
    ]),
    due: new Map(now === null ? [] : rows.flatMap((row) => duePartOf(row, groups, now))),
    lost: new Set(users.flatMap((row) => (isDeletedExternally(row) ? [row.acs_user_id] : []))),
  }
}

function duePartOf(row: Row, groups: readonly AcsAccessGroupRecord[], now: string): [string, DueGroups][] {
  if (!('acs_access_group_ids' in row)) return []
  const times = new Map(groups.map((group) => [group.acs_access_group_id, group]))
  return [[row.acs_user_id, dueGroups(row.acs_access_group_ids, times, now)]]
}

/** Later changes of the batch refer to what earlier ones created. */
export function learn(known: KnownIds, kind: Kind, row: Row, applied: AppliedChange): void {
  if (applied.external_id === null) return
  if (kind === 'acs_access_group') known.groups.set(rowId(kind, row), applied.external_id)
  if (kind === 'acs_user') known.users.set(rowId(kind, row), applied.external_id)
}
