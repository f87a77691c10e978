/** Instant Keys of a workspace; the page finds one by its short code, across workspaces. */
import type { KeyOnDoor } from '../domain/present/instant-key-doors.ts'
import type { InstantKeyRecord } from '../domain/records.ts'
import { Conditions } from './conditions.ts'
import type { Store } from './store.ts'

export function listInstantKeys(
  store: Store,
  workspaceId: string,
  userIdentityId?: string,
): Promise<InstantKeyRecord[]> {
  const where = new Conditions()
  if (userIdentityId !== undefined) where.and((p) => `user_identity_id = ${p}`, userIdentityId)
  return store.read(
    workspaceId,
    `SELECT * FROM instant_key WHERE workspace_id = $1${where.text} ORDER BY created_at, instant_key_id`,
    where.values,
  )
}

export async function getInstantKey(
  store: Store,
  workspaceId: string,
  by: { instant_key_id: string } | { short_code: string },
): Promise<InstantKeyRecord | undefined> {
  const [column, value] = 'instant_key_id' in by ? ['instant_key_id', by.instant_key_id] : ['short_code', by.short_code]
  const [key] = await store.read<InstantKeyRecord>(
    workspaceId,
    `SELECT * FROM instant_key WHERE workspace_id = $1 AND ${column} = $2`,
    [value],
  )
  return key
}

/** The key with this short code in any workspace: whoever opens the link has nothing else to name it by. */
export async function findInstantKey(store: Store, shortCode: string): Promise<InstantKeyRecord | undefined> {
  const [key] = await store.system<InstantKeyRecord>('SELECT * FROM instant_key WHERE short_code = $1', [shortCode])
  return key
}

/** The Instant Key that stands on a client session. */
export async function instantKeyOfSession(
  store: Store,
  workspaceId: string,
  clientSessionId: string,
): Promise<InstantKeyRecord | undefined> {
  const [key] = await store.getMany(workspaceId, 'instant_key', 'client_session_id', [clientSessionId])
  return key
}

/**
 * The identity's mobile keys and cloud keys, one row for each door a key opens: those of the access method behind it,
 * else the credential's own and those of its user's groups.
 */
export function keysOnDoors(store: Store, workspaceId: string, userIdentityId: string): Promise<KeyOnDoor[]> {
  return store.read(
    workspaceId,
    `SELECT c.access_method, c.acs_credential_id, e.acs_entrance_id, e.display_name, s.name AS system_name, s.time_zone, c.starts_at, c.ends_at, c.is_issued, u.is_suspended
       FROM acs_user u
       JOIN acs_credential c ON c.workspace_id = u.workspace_id AND c.acs_user_id = u.acs_user_id
        AND c.access_method IN ('mobile_key', 'cloud_key') AND c.parent_acs_credential_id IS NULL AND NOT c.is_deleting
       LEFT JOIN access_method m ON m.workspace_id = c.workspace_id AND m.access_method_id = c.access_method_id
       JOIN acs_system s ON s.workspace_id = c.workspace_id AND s.acs_system_id = c.acs_system_id
       JOIN acs_entrance e ON e.workspace_id = c.workspace_id AND e.acs_system_id = c.acs_system_id
        AND CASE c.access_method WHEN 'mobile_key' THEN e.can_unlock_with_mobile_key ELSE e.can_unlock_with_cloud_key END
        AND CASE WHEN m.access_method_id IS NOT NULL THEN e.acs_entrance_id = ANY(m.acs_entrance_ids)
                 ELSE e.acs_entrance_id = ANY(c.acs_entrance_ids) OR EXISTS (
                   SELECT 1 FROM acs_access_group g WHERE g.workspace_id = u.workspace_id AND NOT g.is_deleting
                      AND g.acs_access_group_id = ANY(u.acs_access_group_ids) AND g.acs_entrance_ids @> ARRAY[e.acs_entrance_id]) END
      WHERE u.workspace_id = $1 AND u.user_identity_id = $2 AND NOT u.is_deleting`,
    [userIdentityId],
  )
}
