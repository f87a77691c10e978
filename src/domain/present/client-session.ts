/** A client session as it goes over the wire. */
import type { ClientSessionRecord, Json } from '../records.ts'

/** `token` is the opened `token_sealed`: every answer carries it (core.md 1.6). */
export function presentClientSession(session: ClientSessionRecord, token: string): Json {
  return {
    client_session_id: session.client_session_id,
    workspace_id: session.workspace_id,
    token,
    user_identifier_key: session.user_identifier_key,
    ...(session.user_identity_id === null ? {} : { user_identity_id: session.user_identity_id }),
    user_identity_ids: session.user_identity_id === null ? [] : [session.user_identity_id],
    ...(session.customer_key === null ? {} : { customer_key: session.customer_key }),
    connected_account_ids: session.connected_account_ids,
    connect_webview_ids: session.connect_webview_ids,
    // Stand-alone devices of its accounts: an access system brings entrances, which are not devices.
    device_count: 0,
    expires_at: session.expires_at,
    ...(session.revoked_at === null ? {} : { revoked_at: session.revoked_at }),
    created_at: session.created_at,
  }
}
