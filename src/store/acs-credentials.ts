/** Credentials, read with the identity of their user and the doors they name. */
import type { PresentableCredential } from '../domain/present/acs-credential.ts'
import type { AcsCredentialRecord, Mode } from '../domain/records.ts'
import { scopeOwned, type AcsScope } from './acs-scope.ts'
import { Conditions, containing, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

export type AcsCredentialView = PresentableCredential & { provider: string }

const VIEW = `SELECT t.*, s.provider, u.user_identity_id,
  u.acs_access_group_ids = '{}' AND u.acs_entrance_ids = '{}' AS user_has_no_doors, coalesce((
    SELECT jsonb_agg(jsonb_build_object('acs_entrance_id', e.acs_entrance_id, 'display_name', e.display_name,
                                        'can_belong_to_reservation', e.can_belong_to_reservation))
      FROM acs_entrance e WHERE e.workspace_id = t.workspace_id AND e.acs_entrance_id = ANY(t.acs_entrance_ids)), '[]') AS doors
  FROM acs_credential t
  JOIN acs_system s ON s.workspace_id = t.workspace_id AND s.acs_system_id = t.acs_system_id
  LEFT JOIN acs_user u ON u.workspace_id = t.workspace_id AND u.acs_user_id = t.acs_user_id
 WHERE t.workspace_id = $1`

export async function getAcsCredential(
  store: Store,
  workspaceId: string,
  id: string,
  isManaged: boolean,
  scope: AcsScope = { kind: 'workspace' },
): Promise<AcsCredentialView | undefined> {
  const where = scopeOwned(new Conditions(), scope, 'u.user_identity_id')
  where.and((p) => `t.acs_credential_id = ${p}`, id).and((p) => `t.is_managed = ${p}`, isManaged)
  const rows = await store.read<AcsCredentialView>(workspaceId, VIEW + where.text, where.values)
  return rows[0]
}

export interface AcsCredentialFilters {
  scope: AcsScope
  is_managed?: boolean | undefined
  acs_system_id?: string | undefined
  acs_user_id?: string | undefined
  user_identity_id?: string | undefined
  /** Credentials behind these access methods. */
  access_method_ids?: readonly string[] | undefined
  /** Credentials that open this door, by their own doors or by their user's groups. */
  opens_acs_entrance_id?: string | undefined
  is_multi_phone_sync_credential?: boolean | undefined
  created_before?: string | undefined
  search?: string | undefined
}

export function listAcsCredentials(
  store: Store,
  workspaceId: string,
  filters: AcsCredentialFilters,
  cut: PageCut,
): Promise<AcsCredentialView[]> {
  const where = scopeOwned(new Conditions(), filters.scope, 'u.user_identity_id')
  if (filters.is_managed !== undefined) where.and((p) => `t.is_managed = ${p}`, filters.is_managed)
  if (filters.acs_system_id !== undefined) where.and((p) => `t.acs_system_id = ${p}`, filters.acs_system_id)
  if (filters.acs_user_id !== undefined) where.and((p) => `t.acs_user_id = ${p}`, filters.acs_user_id)
  if (filters.user_identity_id !== undefined) where.and((p) => `u.user_identity_id = ${p}`, filters.user_identity_id)
  if (filters.access_method_ids !== undefined)
    where.and((p) => `t.access_method_id = ANY(${p}::uuid[])`, filters.access_method_ids)
  if (filters.opens_acs_entrance_id !== undefined) {
    // Arrays of ids, filled step by step: each step goes by an index however many credentials there are.
    where.and(
      (p) => `t.acs_credential_id = ANY(ARRAY(
        SELECT c.acs_credential_id FROM acs_credential c WHERE c.workspace_id = $1 AND c.acs_entrance_ids && ARRAY[${p}::uuid]
        UNION SELECT c.acs_credential_id FROM acs_credential c WHERE c.workspace_id = $1 AND c.acs_user_id = ANY(ARRAY(
          SELECT m.acs_user_id FROM acs_user m WHERE m.workspace_id = $1 AND m.acs_access_group_ids && ARRAY(
            SELECT g.acs_access_group_id FROM acs_access_group g
             WHERE g.workspace_id = $1 AND g.acs_entrance_ids && ARRAY[${p}::uuid] AND NOT g.is_deleting)))))`,
      filters.opens_acs_entrance_id,
    )
  }
  if (filters.is_multi_phone_sync_credential !== undefined) {
    where.and((p) => `t.is_multi_phone_sync_credential = ${p}`, filters.is_multi_phone_sync_credential)
  }
  if (filters.created_before !== undefined) where.and((p) => `t.created_at < ${p}`, filters.created_before)
  if (filters.search !== undefined) {
    // Names that are made of door names are searched where they come from.
    where.and(
      (
        p,
      ) => `(t.display_name ILIKE ${p} OR t.code ILIKE ${p} OR t.card_number ILIKE ${p} OR t.acs_user_id::text ILIKE ${p} OR t.acs_credential_id::text ILIKE ${p}
        OR EXISTS (SELECT 1 FROM acs_entrance e WHERE e.workspace_id = t.workspace_id AND e.acs_entrance_id = ANY(t.acs_entrance_ids) AND e.display_name ILIKE ${p}))`,
      containing(filters.search),
    )
  }
  const page = cut(where.next)
  return store.read(workspaceId, `${VIEW}${where.text}${page.where} ${page.tail}`, [...where.values, ...page.values])
}

/** Credentials of these users, children included. */
export function credentialsOfUsers(
  store: Store,
  workspaceId: string,
  userIds: readonly string[],
): Promise<AcsCredentialRecord[]> {
  if (userIds.length === 0) return Promise.resolve([])
  return store.read(
    workspaceId,
    'SELECT * FROM acs_credential WHERE workspace_id = $1 AND acs_user_id = ANY($2::uuid[]) ORDER BY created_at, acs_credential_id',
    [userIds],
  )
}

/** A credential and its copies on phones, the credential first. */
export function credentialFamily(store: Store, workspaceId: string, id: string): Promise<AcsCredentialRecord[]> {
  return store.read(
    workspaceId,
    `SELECT * FROM acs_credential WHERE workspace_id = $1 AND acs_credential_id = $2
     UNION ALL
     SELECT c.* FROM acs_credential p JOIN acs_credential c ON c.workspace_id = p.workspace_id AND c.acs_user_id = p.acs_user_id
        AND c.parent_acs_credential_id = p.acs_credential_id
      WHERE p.workspace_id = $1 AND p.acs_credential_id = $2`,
    [id],
  )
}

/** The credentials behind an access method, copies on phones excluded. */
export function credentialsOfMethod(
  store: Store,
  workspaceId: string,
  accessMethodId: string,
): Promise<AcsCredentialRecord[]> {
  return store.read(
    workspaceId,
    `SELECT * FROM acs_credential WHERE workspace_id = $1 AND access_method_id = $2 AND parent_acs_credential_id IS NULL
      ORDER BY created_at, acs_credential_id`,
    [accessMethodId],
  )
}

/** The user's credential of a mode that is not a phone's copy, one under deletion included. */
export async function liveCredentialOfMode(
  store: Store,
  workspaceId: string,
  acsUserId: string,
  mode: Mode,
): Promise<AcsCredentialRecord | undefined> {
  const rows = await store.read<AcsCredentialRecord>(
    workspaceId,
    `SELECT * FROM acs_credential WHERE workspace_id = $1 AND acs_user_id = $2 AND access_method = $3 AND parent_acs_credential_id IS NULL
      ORDER BY is_deleting, created_at DESC LIMIT 1`,
    [acsUserId, mode],
  )
  return rows[0]
}

/** Credentials of a system that name one of these doors. */
export function credentialsOnDoors(
  store: Store,
  workspaceId: string,
  acsSystemId: string,
  doorIds: readonly string[],
): Promise<AcsCredentialRecord[]> {
  if (doorIds.length === 0) return Promise.resolve([])
  return store.read(
    workspaceId,
    'SELECT * FROM acs_credential WHERE workspace_id = $1 AND acs_system_id = $2 AND acs_entrance_ids && $3::uuid[] AND NOT is_deleting',
    [acsSystemId, doorIds],
  )
}

/** Doors of these groups that take PINs. */
export async function codeDoorsOfGroups(
  store: Store,
  workspaceId: string,
  groupIds: readonly string[],
): Promise<string[]> {
  if (groupIds.length === 0) return []
  const rows = await store.read<{ acs_entrance_id: string }>(
    workspaceId,
    `SELECT e.acs_entrance_id FROM acs_entrance e WHERE e.workspace_id = $1 AND e.can_unlock_with_code AND e.acs_entrance_id IN (
       SELECT unnest(g.acs_entrance_ids) FROM acs_access_group g
        WHERE g.workspace_id = $1 AND g.acs_access_group_id = ANY($2::uuid[]) AND NOT g.is_deleting)`,
    [groupIds],
  )
  return rows.map((row) => row.acs_entrance_id)
}

/** Our ids of credentials by the system's: of several that had one after the other, the one that has it now. */
export async function credentialIdsOf(
  store: Store,
  workspaceId: string,
  acsSystemId: string,
  externalIds: readonly string[],
): Promise<Map<string, string>> {
  if (externalIds.length === 0) return new Map()
  const rows = await store.read<{ external_id: string; acs_credential_id: string }>(
    workspaceId,
    `SELECT DISTINCT ON (external_id) external_id, acs_credential_id FROM acs_credential
      WHERE workspace_id = $1 AND acs_system_id = $2 AND external_id = ANY($3) AND acs_user_id IS NOT NULL
      ORDER BY external_id, is_deleting, created_at DESC`,
    [acsSystemId, externalIds],
  )
  return new Map(rows.map((row) => [row.external_id, row.acs_credential_id]))
}
