/** Access grants, read for callers. What a change of one is decided on is read in grant-facts.ts. */
import type { MobileKeyAccess } from '../domain/present/access-method.ts'
import type { AccessGrantRecord, AccessMethodRecord } from '../domain/records.ts'
import { Conditions, containing, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

export { loadGrantFacts } from './grant-facts.ts'

export interface AccessGrantFilters {
  access_grant_ids?: readonly string[]
  /** null = grants without a key. */
  access_grant_key?: string | null
  reservation_key?: string
  user_identity_id?: string
  acs_system_id?: string
  acs_entrance_id?: string
  device_id?: string
  space_id?: string
  customer_key?: string
  /** Part of its names and keys, or of its person's name, e-mail address or telephone number. */
  search?: string
}

/** Grants `t` that reach a space or a door of a customer. */
function ofCustomer(parameter: string): string {
  return `(EXISTS (SELECT 1 FROM space s WHERE s.workspace_id = $1 AND s.space_id = ANY(t.space_ids) AND s.customer_key = ${parameter})
    OR EXISTS (SELECT 1 FROM acs_entrance e JOIN connected_account a ON a.workspace_id = e.workspace_id AND a.connected_account_id = e.connected_account_id
                WHERE e.workspace_id = $1 AND e.acs_entrance_id = ANY(t.door_ids) AND a.customer_key = ${parameter}))`
}

/** The grant with this id or key, if it reaches something of the customer given. */
export async function getAccessGrant(
  store: Store,
  workspaceId: string,
  by: { access_grant_id: string } | { access_grant_key: string },
  customerKey: string | null = null,
): Promise<AccessGrantRecord | undefined> {
  const where = new Conditions()
  if ('access_grant_id' in by) where.and((p) => `t.access_grant_id = ${p}`, by.access_grant_id)
  else where.and((p) => `t.access_grant_key = ${p}`, by.access_grant_key)
  if (customerKey !== null) where.and(ofCustomer, customerKey)
  const [row] = await store.read<AccessGrantRecord>(
    workspaceId,
    // A key may be that of a grant that is being deleted, and of the one that has it now.
    `SELECT t.* FROM access_grant t WHERE t.workspace_id = $1${where.text} ORDER BY t.is_deleting, t.created_at DESC LIMIT 1`,
    where.values,
  )
  return row
}

/** Grants of the person that have not ended. */
export function liveGrantsOfIdentity(store: Store, workspaceId: string, userIdentityId: string): Promise<string[]> {
  return liveGrantsOfIdentities(store, workspaceId, [userIdentityId])
}

/** Grants of these people that have not ended. */
export async function liveGrantsOfIdentities(
  store: Store,
  workspaceId: string,
  userIdentityIds: readonly string[],
): Promise<string[]> {
  if (userIdentityIds.length === 0) return []
  const rows = await store.read<{ access_grant_id: string }>(
    workspaceId,
    'SELECT access_grant_id FROM access_grant WHERE workspace_id = $1 AND user_identity_id = ANY($2) AND NOT is_ended',
    [userIdentityIds],
  )
  return rows.map((row) => row.access_grant_id)
}

/** Grants that name one of these doors and have not ended. */
export async function liveGrantsOfDoors(
  store: Store,
  workspaceId: string,
  doorIds: readonly string[],
): Promise<string[]> {
  if (doorIds.length === 0) return []
  const rows = await store.read<{ access_grant_id: string }>(
    workspaceId,
    'SELECT access_grant_id FROM access_grant WHERE workspace_id = $1 AND door_ids && $2::uuid[] AND NOT is_ended',
    [doorIds],
  )
  return rows.map((row) => row.access_grant_id)
}

export function listAccessGrants(
  store: Store,
  workspaceId: string,
  filters: AccessGrantFilters,
  cut: PageCut,
): Promise<AccessGrantRecord[]> {
  const where = new Conditions()
  const { access_grant_ids, access_grant_key, reservation_key, user_identity_id } = filters
  if (access_grant_ids !== undefined) where.and((p) => `t.access_grant_id = ANY(${p}::uuid[])`, access_grant_ids)
  if (access_grant_key === null) where.always('t.access_grant_key IS NULL')
  else if (access_grant_key !== undefined) where.and((p) => `t.access_grant_key = ${p}`, access_grant_key)
  if (reservation_key !== undefined) where.and((p) => `t.reservation_key = ${p}`, reservation_key)
  if (user_identity_id !== undefined) where.and((p) => `t.user_identity_id = ${p}`, user_identity_id)
  if (filters.acs_entrance_id !== undefined)
    where.and((p) => `t.door_ids @> ARRAY[${p}::uuid]`, filters.acs_entrance_id)
  if (filters.device_id !== undefined) where.and((p) => `${p}::uuid = ANY(t.device_ids)`, filters.device_id)
  if (filters.space_id !== undefined) where.and((p) => `t.space_ids @> ARRAY[${p}::uuid]`, filters.space_id)
  if (filters.acs_system_id !== undefined) {
    where.and(
      (p) =>
        `t.door_ids && ARRAY(SELECT e.acs_entrance_id FROM acs_entrance e WHERE e.workspace_id = $1 AND e.acs_system_id = ${p})`,
      filters.acs_system_id,
    )
  }
  if (filters.customer_key !== undefined) where.and(ofCustomer, filters.customer_key)
  if (filters.search !== undefined) {
    where.and(
      (
        p,
      ) => `(t.display_name ILIKE ${p} OR t.access_grant_key ILIKE ${p} OR t.reservation_key ILIKE ${p} OR t.access_grant_id::text ILIKE ${p}
        OR EXISTS (SELECT 1 FROM user_identity i WHERE i.workspace_id = $1 AND i.user_identity_id = t.user_identity_id
                      AND (i.full_name ILIKE ${p} OR i.email_address ILIKE ${p} OR i.phone_number ILIKE ${p})))`,
      containing(filters.search),
    )
  }
  const page = cut(where.next)
  return store.read(
    workspaceId,
    `SELECT t.* FROM access_grant t WHERE t.workspace_id = $1${where.text}${page.where} ${page.tail}`,
    [...where.values, ...page.values],
  )
}

/** Access methods of the grants, oldest first. */
export function methodsOfGrants(
  store: Store,
  workspaceId: string,
  grantIds: readonly string[],
): Promise<AccessMethodRecord[]> {
  if (grantIds.length === 0) return Promise.resolve([])
  return store.read(
    workspaceId,
    'SELECT * FROM access_method WHERE workspace_id = $1 AND access_grant_ids && $2::uuid[] ORDER BY created_at, access_method_id',
    [grantIds],
  )
}

/** A row of {@link mobileKeysOf}: the token still sealed. */
export type SealedMobileKey = Omit<MobileKeyAccess, 'client_session_token'> & { token_sealed: string }

/** The newest Instant Key and client session of each of these methods that has one. */
export function mobileKeysOf(
  store: Store,
  workspaceId: string,
  methodIds: readonly string[],
): Promise<SealedMobileKey[]> {
  if (methodIds.length === 0) return Promise.resolve([])
  return store.read(
    workspaceId,
    `SELECT m.access_method_id, s.client_session_id, s.token_sealed, k.short_code
       FROM access_method m
       JOIN client_session s ON s.workspace_id = m.workspace_id AND s.client_session_id = m.client_session_id
       LEFT JOIN instant_key k ON k.workspace_id = m.workspace_id AND k.client_session_id = s.client_session_id AND k.access_method_id = m.access_method_id
      WHERE m.workspace_id = $1 AND m.access_method_id = ANY($2)`,
    [methodIds],
  )
}

/** Managed groups that stand for these grants: what their people are put into on group-based systems. */
export async function groupsOfGrants(
  store: Store,
  workspaceId: string,
  grantIds: readonly string[],
): Promise<string[]> {
  const rows = await store.read<{ acs_access_group_id: string }>(
    workspaceId,
    `SELECT DISTINCT a.acs_access_group_id FROM access_grant g
       JOIN acs_user u ON u.workspace_id = g.workspace_id AND u.user_identity_id = g.user_identity_id
       JOIN acs_access_group a ON a.workspace_id = g.workspace_id AND a.acs_access_group_id = ANY(u.acs_access_group_ids)
      WHERE g.workspace_id = $1 AND g.access_grant_id = ANY($2) AND a.is_managed AND a.acs_entrance_ids <@ g.door_ids
        AND a.starts_at = g.starts_at AND a.ends_at IS NOT DISTINCT FROM g.ends_at`,
    [grantIds],
  )
  return rows.map((row) => row.acs_access_group_id)
}
