/** Users of access systems, read with their identity's contact data: one statement for one user as for a page of them. */
import type { IdentityContact, PendingAssignment } from '../domain/present/acs-user.ts'
import type { AcsUserRecord } from '../domain/records.ts'
import { scopeOwned, type AcsScope } from './acs-scope.ts'
import { Conditions, containing, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

export type AcsUserView = AcsUserRecord & {
  provider: string
  identity_full_name: string | null
  identity_email_address: string | null
  identity_phone_number: string | null
}

const VIEW = `SELECT t.*, s.provider, i.full_name AS identity_full_name, i.email_address AS identity_email_address, i.phone_number AS identity_phone_number
  FROM acs_user t
  JOIN acs_system s ON s.workspace_id = t.workspace_id AND s.acs_system_id = t.acs_system_id
  LEFT JOIN user_identity i ON i.workspace_id = t.workspace_id AND i.user_identity_id = t.user_identity_id
 WHERE t.workspace_id = $1`

export function identityOf(user: AcsUserView): IdentityContact | null {
  if (user.user_identity_id === null) return null
  return {
    full_name: user.identity_full_name,
    email_address: user.identity_email_address,
    phone_number: user.identity_phone_number,
  }
}

/** How callers name a user: by its id, or as the one user of an identity in a system. */
export type AcsUserKey = { acs_user_id: string } | { user_identity_id: string; acs_system_id: string }

export async function getAcsUser(
  store: Store,
  workspaceId: string,
  key: AcsUserKey,
  isManaged: boolean,
): Promise<AcsUserView | undefined> {
  const [test, values] =
    'acs_user_id' in key
      ? ['t.acs_user_id = $3', [key.acs_user_id]]
      : ['t.user_identity_id = $3 AND t.acs_system_id = $4', [key.user_identity_id, key.acs_system_id]]
  const rows = await store.read<AcsUserView>(workspaceId, `${VIEW} AND t.is_managed = $2 AND ${test}`, [
    isManaged,
    ...values,
  ])
  return rows[0]
}

/** Systems in which an identity has a user. */
export async function acsUsersOfIdentity(
  store: Store,
  workspaceId: string,
  userIdentityId: string,
): Promise<AcsUserView[]> {
  return store.read(
    workspaceId,
    `${VIEW} AND t.is_managed AND t.user_identity_id = $2 ORDER BY t.created_at, t.acs_user_id`,
    [userIdentityId],
  )
}

export interface AcsUserFilters {
  scope: AcsScope
  is_managed: boolean
  acs_system_id?: string | undefined
  acs_access_group_id?: string | undefined
  user_identity_id?: string | undefined
  /** null = of an identity without e-mail address. */
  user_identity_email_address?: string | null | undefined
  /** null = of an identity without phone number. */
  user_identity_phone_number?: string | null | undefined
  created_before?: string | undefined
  search?: string | undefined
}

export function listAcsUsers(
  store: Store,
  workspaceId: string,
  filters: AcsUserFilters,
  cut: PageCut,
): Promise<AcsUserView[]> {
  const where = scopeOwned(new Conditions(), filters.scope, 't.user_identity_id')
  where.and((p) => `t.is_managed = ${p}`, filters.is_managed)
  if (filters.acs_system_id !== undefined) where.and((p) => `t.acs_system_id = ${p}`, filters.acs_system_id)
  if (filters.acs_access_group_id !== undefined) {
    where.and((p) => `t.acs_access_group_ids @> ARRAY[${p}::uuid]`, filters.acs_access_group_id)
  }
  if (filters.user_identity_id !== undefined) where.and((p) => `t.user_identity_id = ${p}`, filters.user_identity_id)
  if (filters.user_identity_email_address === null)
    where.always('i.user_identity_id IS NOT NULL AND i.email_address IS NULL')
  else if (filters.user_identity_email_address !== undefined) {
    where.and((p) => `lower(i.email_address) = lower(${p})`, filters.user_identity_email_address)
  }
  if (filters.user_identity_phone_number === null)
    where.always('i.user_identity_id IS NOT NULL AND i.phone_number IS NULL')
  else if (filters.user_identity_phone_number !== undefined)
    where.and((p) => `i.phone_number = ${p}`, filters.user_identity_phone_number)
  if (filters.created_before !== undefined) where.and((p) => `t.created_at < ${p}`, filters.created_before)
  if (filters.search !== undefined) {
    where.and(
      (
        p,
      ) => `(t.full_name ILIKE ${p} OR t.phone_number ILIKE ${p} OR t.email_address ILIKE ${p} OR t.acs_user_id::text ILIKE ${p}
        OR t.user_identity_id::text ILIKE ${p} OR i.full_name ILIKE ${p} OR i.phone_number ILIKE ${p})`,
      containing(filters.search),
    )
  }
  const page = cut(where.next)
  return store.read(workspaceId, `${VIEW}${where.text}${page.where} ${page.tail}`, [...where.values, ...page.values])
}

/**
 * Credentials that are being given to these users or taken from them, by user. Who assigns or unassigns marks the user
 * dirty as well, so a reader asks for dirty users alone, and not at all when there is none. A credential that is being
 * created for its user is none of them: its system does not know it yet.
 */
export async function pendingAssignments(
  store: Store,
  workspaceId: string,
  users: readonly AcsUserRecord[],
): Promise<Map<string, PendingAssignment[]>> {
  const byUser = new Map<string, PendingAssignment[]>()
  const dirty = users.filter((user) => user.is_dirty)
  if (dirty.length === 0) return byUser
  const ids = dirty.map((user) => user.acs_user_id)
  const rows = await store.read<{ acs_credential_id: string; wished: string | null; reported: string | null }>(
    workspaceId,
    `SELECT c.acs_credential_id, c.acs_user_id AS wished, c.reported->>'acs_user_id' AS reported FROM acs_credential c
      WHERE c.workspace_id = $1 AND c.is_dirty AND NOT c.is_deleting AND (c.reported IS NOT NULL OR c.external_id IS NOT NULL) AND c.acs_system_id = ANY($2::uuid[])
        AND c.reported->>'acs_user_id' IS DISTINCT FROM c.acs_user_id::text
        AND (c.acs_user_id = ANY($3::uuid[]) OR c.reported->>'acs_user_id' = ANY($3::text[]))`,
    [[...new Set(dirty.map((user) => user.acs_system_id))], ids],
  )
  const known = new Set(ids)
  const add = (user: string | null, acs_credential_id: string, is_assigning: boolean): void => {
    if (user === null || !known.has(user)) return
    byUser.set(user, [...(byUser.get(user) ?? []), { acs_credential_id, is_assigning }])
  }
  for (const { acs_credential_id, wished, reported } of rows) {
    add(wished, acs_credential_id, true)
    add(reported, acs_credential_id, false)
  }
  return byUser
}

/** Users of a system with this e-mail address or phone number, and the one already linked to the identity. */
export function acsUsersMatching(
  store: Store,
  workspaceId: string,
  acsSystemId: string,
  by: { user_identity_id: string | null; email_address: string | null; phone_number: string | null },
): Promise<AcsUserRecord[]> {
  return store.read(
    workspaceId,
    `SELECT t.* FROM acs_user t WHERE t.workspace_id = $1 AND t.acs_system_id = $2 AND NOT t.is_deleting
        AND (t.user_identity_id = $3 OR lower(t.email_address) = lower($4) OR t.phone_number = $5)
      ORDER BY t.created_at, t.acs_user_id`,
    [acsSystemId, by.user_identity_id, by.email_address, by.phone_number],
  )
}
