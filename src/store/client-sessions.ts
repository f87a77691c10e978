/** Client sessions of a workspace; who stands behind a token is asked of sign-in.ts. */
import type { AccessMethodRecord, ClientSessionRecord, InstantKeyRecord } from '../domain/records.ts'
import { Conditions } from './conditions.ts'
import type { Store } from './store.ts'

export interface ClientSessionFilters {
  client_session_id?: string
  user_identifier_key?: string
  /** null = sessions without one. */
  user_identity_id?: string | null
  connect_webview_id?: string | null
  without_user_identifier_key?: boolean
}

export function listClientSessions(
  store: Store,
  workspaceId: string,
  filters: ClientSessionFilters,
): Promise<ClientSessionRecord[]> {
  const where = new Conditions()
  if (filters.client_session_id !== undefined) where.and((p) => `client_session_id = ${p}`, filters.client_session_id)
  if (filters.user_identifier_key !== undefined)
    where.and((p) => `user_identifier_key = ${p}`, filters.user_identifier_key)
  if (filters.user_identity_id === null) where.always('user_identity_id IS NULL')
  else if (filters.user_identity_id !== undefined) where.and((p) => `user_identity_id = ${p}`, filters.user_identity_id)
  if (filters.connect_webview_id === null) where.always(`connect_webview_ids = '{}'`)
  else if (filters.connect_webview_id !== undefined)
    where.and((p) => `connect_webview_ids @> ARRAY[${p}::uuid]`, filters.connect_webview_id)
  if (filters.without_user_identifier_key === true) where.always('user_identifier_key IS NULL')
  return store.read(
    workspaceId,
    `SELECT * FROM client_session WHERE workspace_id = $1${where.text} ORDER BY created_at, client_session_id`,
    where.values,
  )
}

/** The session with an id, a user identifier key, or both. */
export async function getClientSession(
  store: Store,
  workspaceId: string,
  by: { client_session_id?: string; user_identifier_key?: string },
): Promise<ClientSessionRecord | undefined> {
  const [session] = await listClientSessions(store, workspaceId, by)
  return session
}

/** The newest session made for an identity alone: without a key of the caller's and not that of a mobile key. */
export async function findSessionOfIdentity(
  store: Store,
  workspaceId: string,
  userIdentityId: string,
  now: string,
): Promise<ClientSessionRecord | undefined> {
  const [session] = await store.read<ClientSessionRecord>(
    workspaceId,
    `SELECT * FROM client_session s
      WHERE workspace_id = $1 AND user_identity_id = $2 AND user_identifier_key IS NULL AND customer_key IS NULL
        AND revoked_at IS NULL AND expires_at > $3
        AND NOT EXISTS (SELECT 1 FROM instant_key k WHERE k.workspace_id = $1 AND k.client_session_id = s.client_session_id)
        AND NOT EXISTS (SELECT 1 FROM access_method m WHERE m.workspace_id = $1 AND m.client_session_id = s.client_session_id)
      ORDER BY created_at DESC, client_session_id LIMIT 1`,
    [userIdentityId, now],
  )
  return session
}

/** What stands on sessions: the Instant Keys that open with them and the mobile keys that name them. */
export async function dependentsOfSessions(
  store: Store,
  workspaceId: string,
  clientSessionIds: readonly string[],
): Promise<{ instantKeys: InstantKeyRecord[]; methods: AccessMethodRecord[] }> {
  const [instantKeys, methods] = await Promise.all([
    store.getMany(workspaceId, 'instant_key', 'client_session_id', clientSessionIds),
    store.getMany(workspaceId, 'access_method', 'client_session_id', clientSessionIds),
  ])
  return { instantKeys, methods }
}
