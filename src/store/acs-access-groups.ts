/** Access groups, read with what stands between our wish and their system. */
import type { PendingMembership, PresentableAccessGroup } from '../domain/present/acs-access-group.ts'
import type { AcsAccessGroupRecord } from '../domain/records.ts'
import { scopeByAccount, type AcsScope } from './acs-scope.ts'
import { Conditions, containing } from './conditions.ts'
import type { Store } from './store.ts'

export type AcsAccessGroupView = PresentableAccessGroup & { provider: string }

/** Groups found at a system are managed when their account manages by itself what it finds. */
const IS_MANAGED = '(t.is_managed OR a.automatically_manage_new_devices)'

const VIEW = `SELECT t.*, s.provider, ${IS_MANAGED} AS is_managed_on_wire
  FROM acs_access_group t
  JOIN acs_system s ON s.workspace_id = t.workspace_id AND s.acs_system_id = t.acs_system_id
  JOIN connected_account a ON a.workspace_id = t.workspace_id AND a.connected_account_id = t.connected_account_id
 WHERE t.workspace_id = $1`

export interface AcsAccessGroupFilters {
  scope: AcsScope
  is_managed: boolean
  acs_access_group_id?: string | undefined
  acs_access_group_ids?: readonly string[] | undefined
  acs_system_id?: string | undefined
  acs_user_id?: string | undefined
  user_identity_id?: string | undefined
  search?: string | undefined
}

export async function listAcsAccessGroups(
  store: Store,
  workspaceId: string,
  filters: AcsAccessGroupFilters,
): Promise<AcsAccessGroupView[]> {
  const where = scopeByAccount(new Conditions(), filters.scope)
  where.and((p) => `${IS_MANAGED} = ${p}`, filters.is_managed)
  if (filters.acs_access_group_id !== undefined)
    where.and((p) => `t.acs_access_group_id = ${p}`, filters.acs_access_group_id)
  if (filters.acs_access_group_ids !== undefined)
    where.and((p) => `t.acs_access_group_id = ANY(${p}::uuid[])`, filters.acs_access_group_ids)
  if (filters.acs_system_id !== undefined) where.and((p) => `t.acs_system_id = ${p}`, filters.acs_system_id)
  const ofUsers = (test: string): string =>
    `t.acs_access_group_id IN (SELECT unnest(u.acs_access_group_ids) FROM acs_user u WHERE u.workspace_id = $1 AND ${test})`
  if (filters.acs_user_id !== undefined) where.and((p) => ofUsers(`u.acs_user_id = ${p}`), filters.acs_user_id)
  if (filters.user_identity_id !== undefined)
    where.and((p) => ofUsers(`u.user_identity_id = ${p}`), filters.user_identity_id)
  if (filters.search !== undefined) {
    where.and((p) => `(t.name ILIKE ${p} OR t.acs_access_group_id::text ILIKE ${p})`, containing(filters.search))
  }
  const groups = await store.read<AcsAccessGroupView>(
    workspaceId,
    `${VIEW}${where.text} ORDER BY t.created_at, t.acs_access_group_id`,
    where.values,
  )
  const pending = await pendingMemberships(store, workspaceId, groups)
  for (const group of groups) group.pending_memberships = pending.get(group.acs_access_group_id) ?? []
  return groups
}

export async function getAcsAccessGroup(
  store: Store,
  workspaceId: string,
  id: string,
  isManaged: boolean,
  scope: AcsScope,
): Promise<AcsAccessGroupView | undefined> {
  const rows = await listAcsAccessGroups(store, workspaceId, { scope, is_managed: isManaged, acs_access_group_id: id })
  return rows[0]
}

/** The group made for a purpose of ours, if it stands. */
export async function findGroupByManagedKey(
  store: Store,
  workspaceId: string,
  acsSystemId: string,
  managedKey: string,
): Promise<AcsAccessGroupRecord | undefined> {
  const rows = await store.read<AcsAccessGroupRecord>(
    workspaceId,
    'SELECT * FROM acs_access_group WHERE workspace_id = $1 AND acs_system_id = $2 AND managed_key = $3',
    [acsSystemId, managedKey],
  )
  return rows[0]
}

/** Of these groups, those made for one door that only these users are in. */
export function entranceGroupsWithout(
  store: Store,
  workspaceId: string,
  groupIds: readonly string[],
  userIds: readonly string[],
): Promise<AcsAccessGroupRecord[]> {
  if (groupIds.length === 0) return Promise.resolve([])
  return store.read(
    workspaceId,
    `SELECT g.* FROM acs_access_group g
      WHERE g.workspace_id = $1 AND g.acs_access_group_id = ANY($2::uuid[]) AND g.managed_key LIKE 'entrance:%' AND NOT g.is_deleting
        AND NOT EXISTS (SELECT 1 FROM acs_user u WHERE u.workspace_id = $1 AND u.acs_access_group_ids @> ARRAY[g.acs_access_group_id]
                          AND NOT u.is_deleting AND u.acs_user_id <> ALL($3::uuid[]))`,
    [groupIds, userIds],
  )
}

/** Users whose membership their system has not confirmed yet, by group: one statement, and it looks at waiting users alone. */
async function pendingMemberships(
  store: Store,
  workspaceId: string,
  groups: readonly AcsAccessGroupRecord[],
): Promise<Map<string, PendingMembership[]>> {
  const byGroup = new Map<string, PendingMembership[]>(groups.map((group) => [group.acs_access_group_id, []]))
  if (groups.length === 0) return byGroup
  const waiting = await store.read<{
    acs_user_id: string
    waiting_since: string
    wished: string[]
    reported: string[] | null
    is_deferred: boolean
  }>(
    workspaceId,
    `SELECT u.acs_user_id, coalesce(u.dirty_since, u.created_at) AS waiting_since, u.acs_access_group_ids AS wished, u.reported->'acs_access_group_ids' AS reported,
            (u.reported IS NOT NULL AND u.retry_at IS NOT NULL AND u.attempts = 0) AS is_deferred
       FROM acs_user u WHERE u.workspace_id = $1 AND u.is_dirty AND NOT u.is_deleting AND u.acs_system_id = ANY($2::uuid[])
       ORDER BY u.dirty_since, u.acs_user_id LIMIT 1000`,
    [[...new Set(groups.map((group) => group.acs_system_id))]],
  )
  for (const { acs_user_id, waiting_since, wished, reported, is_deferred } of waiting) {
    for (const id of wished.filter((one) => reported?.includes(one) !== true))
      byGroup.get(id)?.push({ acs_user_id, is_member: true, is_deferred, since: waiting_since })
    for (const id of (reported ?? []).filter((one) => !wished.includes(one)))
      byGroup.get(id)?.push({ acs_user_id, is_member: false, since: waiting_since })
  }
  return byGroup
}
