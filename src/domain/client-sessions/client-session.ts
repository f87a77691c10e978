/** Making a client session (core.md section 3). */
import type { Ids } from '../../ids.ts'
import type { ClientSessionRecord } from '../records.ts'
import type { Token } from '../tokens.ts'

/** A session lives a year unless it is told otherwise. */
export const CLIENT_SESSION_LIFETIME_MS = 365 * 24 * 60 * 60 * 1000

export interface ClientSessionInput {
  user_identifier_key?: string | null
  user_identity_id?: string | null
  customer_key?: string | null
  connected_account_ids?: string[]
  connect_webview_ids?: string[]
  expires_at: string
}

/** A new session, not written yet. `sealed` is the token encrypted, so that it can be shown again. */
export function newClientSession(
  workspaceId: string,
  input: ClientSessionInput,
  token: Token,
  sealed: string,
  ids: Ids,
  now: string,
): ClientSessionRecord {
  return {
    workspace_id: workspaceId,
    client_session_id: ids.uuid(),
    user_identifier_key: input.user_identifier_key ?? null,
    user_identity_id: input.user_identity_id ?? null,
    customer_key: input.customer_key ?? null,
    connected_account_ids: input.connected_account_ids ?? [],
    connect_webview_ids: input.connect_webview_ids ?? [],
    token_short: token.short,
    token_hash: token.hash,
    token_sealed: sealed,
    expires_at: input.expires_at,
    revoked_at: null,
    created_at: now,
    version: 1,
  }
}

/** Whether its token still opens anything. */
export function isSessionLive(session: ClientSessionRecord, nowMs: number): boolean {
  return session.revoked_at === null && Date.parse(session.expires_at) > nowMs
}
