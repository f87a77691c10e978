/** User identities, read with the ACS users linked to them. */
import type { UserIdentityRecord } from '../domain/records.ts'
import type { LinkedAcsUser } from '../domain/present/user-identity.ts'
import type { IdentityBelongings } from '../domain/user-identities/delete.ts'
import type { UserIdentityInput } from '../domain/user-identities/user-identity.ts'
import { Conditions, containing, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

export type UserIdentityView = UserIdentityRecord & { acs_users: LinkedAcsUser[] }

const VIEW = `SELECT t.*, coalesce((
    SELECT jsonb_agg(jsonb_build_object('acs_user_id', u.acs_user_id, 'acs_system_id', u.acs_system_id, 'errors', u.errors)
                     ORDER BY u.created_at, u.acs_user_id)
      FROM acs_user u WHERE u.workspace_id = t.workspace_id AND u.user_identity_id = t.user_identity_id), '[]') AS acs_users
  FROM user_identity t WHERE t.workspace_id = $1`

export interface UserIdentityFilters {
  /** Managed identities, or those found at systems and not taken over yet. */
  is_managed: boolean
  user_identity_ids?: readonly string[]
  search?: string
  created_before?: string
  /** Identities with a user in this system. */
  acs_system_id?: string
}

export async function getUserIdentity(
  store: Store,
  workspaceId: string,
  by: { user_identity_id: string } | { user_identity_key: string } | { email_address: string },
  isManaged: boolean,
): Promise<UserIdentityView | undefined> {
  const [condition, value] =
    'user_identity_id' in by
      ? ['t.user_identity_id = $2', by.user_identity_id]
      : 'user_identity_key' in by
        ? ['t.user_identity_key = $2', by.user_identity_key]
        : ['lower(t.email_address) = lower($2)', by.email_address]
  const [row] = await store.read<UserIdentityView>(workspaceId, `${VIEW} AND ${condition} AND t.is_managed = $3`, [
    value,
    isManaged,
  ])
  return row
}

export function getUserIdentities(
  store: Store,
  workspaceId: string,
  ids: readonly string[],
): Promise<UserIdentityView[]> {
  if (ids.length === 0) return Promise.resolve([])
  return store.read(workspaceId, `${VIEW} AND t.user_identity_id = ANY($2) ORDER BY t.created_at, t.user_identity_id`, [
    ids,
  ])
}

export function listUserIdentities(
  store: Store,
  workspaceId: string,
  filters: UserIdentityFilters,
  cut: PageCut,
): Promise<UserIdentityView[]> {
  const where = new Conditions().and((p) => `t.is_managed = ${p}`, filters.is_managed)
  if (filters.user_identity_ids !== undefined)
    where.and((p) => `t.user_identity_id = ANY(${p}::uuid[])`, filters.user_identity_ids)
  if (filters.created_before !== undefined) where.and((p) => `t.created_at < ${p}`, filters.created_before)
  if (filters.acs_system_id !== undefined) {
    where.and(
      (p) =>
        `EXISTS (SELECT 1 FROM acs_user u WHERE u.workspace_id = $1 AND u.user_identity_id = t.user_identity_id AND u.acs_system_id = ${p})`,
      filters.acs_system_id,
    )
  }
  if (filters.search !== undefined) {
    where.and(
      (p) =>
        `(t.full_name ILIKE ${p} OR t.phone_number ILIKE ${p} OR t.email_address ILIKE ${p} OR t.user_identity_id::text ILIKE ${p})`,
      containing(filters.search),
    )
  }
  const page = cut(where.next)
  return store.read(workspaceId, `${VIEW}${where.text}${page.where} ${page.tail}`, [...where.values, ...page.values])
}

/** The fields that are unique per workspace. */
export const UNIQUE_FIELDS = ['user_identity_key', 'email_address', 'phone_number'] as const

export interface TakenBy {
  field: (typeof UNIQUE_FIELDS)[number]
  user_identity_id: string
}

/** Whether another identity than `exceptId` has the key, e-mail address or phone number. */
export async function findTakenIdentity(
  store: Store,
  workspaceId: string,
  input: UserIdentityInput,
  exceptId: string | null = null,
): Promise<TakenBy | undefined> {
  const given = UNIQUE_FIELDS.filter((field) => typeof input[field] === 'string')
  if (given.length === 0) return undefined
  const rows = await store.read<UserIdentityRecord>(
    workspaceId,
    `SELECT * FROM user_identity WHERE workspace_id = $1 AND user_identity_id IS DISTINCT FROM $5::uuid
        AND (user_identity_key = $2 OR lower(email_address) = lower($3) OR phone_number = $4)`,
    [input.user_identity_key ?? null, input.email_address ?? null, input.phone_number ?? null, exceptId],
  )
  for (const field of given) {
    const same = (row: UserIdentityRecord): boolean =>
      field === 'email_address'
        ? row.email_address?.toLowerCase() === input.email_address?.toLowerCase()
        : row[field] === input[field]
    const twin = rows.find(same)
    if (twin !== undefined) return { field, user_identity_id: twin.user_identity_id }
  }
  return undefined
}

/** Ids of all access grants of an identity, ended ones included. */
export async function grantsOfIdentity(store: Store, workspaceId: string, userIdentityId: string): Promise<string[]> {
  const rows = await store.read<{ access_grant_id: string }>(
    workspaceId,
    'SELECT access_grant_id FROM access_grant WHERE workspace_id = $1 AND user_identity_id = $2 ORDER BY created_at, access_grant_id',
    [userIdentityId],
  )
  return rows.map((row) => row.access_grant_id)
}

/** Everything beside grants that goes with an identity. */
export async function belongingsOfIdentity(
  store: Store,
  workspaceId: string,
  userIdentityId: string,
): Promise<IdentityBelongings> {
  const [users, phones, sessions, instantKeys] = await Promise.all([
    store.getMany(workspaceId, 'acs_user', 'user_identity_id', [userIdentityId]),
    store.getMany(workspaceId, 'phone', 'user_identity_id', [userIdentityId]),
    store.getMany(workspaceId, 'client_session', 'user_identity_id', [userIdentityId]),
    store.getMany(workspaceId, 'instant_key', 'user_identity_id', [userIdentityId]),
  ])
  const userIds = users.map((user) => user.acs_user_id)
  const sessionIds = sessions.map((session) => session.client_session_id)
  const [credentials, methods] = await Promise.all([
    store.getMany(workspaceId, 'acs_credential', 'acs_user_id', userIds),
    store.getMany(workspaceId, 'access_method', 'client_session_id', sessionIds),
  ])
  return { users, credentials, phones, sessions, instantKeys, methods }
}
