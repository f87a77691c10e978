import { ChangeSet } from '../../domain/changes.ts'
import { isSessionLive } from '../../domain/client-sessions/client-session.ts'
import type { ClientSessionRecord } from '../../domain/records.ts'
import { findSessionOfIdentity, getClientSession } from '../../store/client-sessions.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { present, readWish, sessionFor, type SessionParams, type SessionWish } from './access.ts'

/**
 * The session with the `user_identifier_key`, or without one that of the user identity; made when there is none. What
 * is given is added to it, `expires_at` replaces its end, its token stays.
 */
export const getOrCreateClientSession = operation<SessionParams>({
  path: '/client_sessions/get_or_create',
  accepts: ['customer_key', 'customer_id'],
  async handle(params, call) {
    const session = await call.decide(async () => {
      const wish = await readWish(params, call)
      const changes = new ChangeSet()
      const existing = await find(wish, call)
      if (existing !== undefined) {
        refuseOtherCustomer(existing, wish)
        const { client_session_id, version } = existing
        const isUsable =
          isSessionLive(existing, call.nowMs) || (existing.revoked_at === null && wish.expires_at !== undefined)
        if (isUsable) {
          const wanted = withWish(existing, wish)
          if (JSON.stringify(wanted) === JSON.stringify(existing)) return { changes, result: existing }
          const { user_identity_id, connected_account_ids, connect_webview_ids, expires_at } = wanted
          changes.update('client_session', 'client_session_id', {
            client_session_id,
            version,
            user_identity_id,
            connected_account_ids,
            connect_webview_ids,
            expires_at,
          })
          return { changes, result: wanted }
        }
        changes.update('client_session', 'client_session_id', { client_session_id, version, user_identifier_key: null })
      }
      const made = sessionFor(wish, call)
      return { changes: changes.insert('client_session', made), result: made }
    })
    return { client_session: present(session, call) }
  },
})

async function find(wish: SessionWish, call: Call): Promise<ClientSessionRecord | undefined> {
  const { store } = call.services
  const { user_identifier_key, user_identity_id } = wish
  if (user_identifier_key !== undefined) return getClientSession(store, call.workspaceId, { user_identifier_key })
  if (user_identity_id === undefined) return undefined
  const found = await findSessionOfIdentity(store, call.workspaceId, user_identity_id, call.now)
  return wish.customer_key === undefined || found?.customer_key === wish.customer_key ? found : undefined
}

/** A session stays with its customer. @throws ApiError 400 */
export function refuseOtherCustomer(session: ClientSessionRecord, wish: SessionWish): void {
  if (wish.customer_key === undefined || session.customer_key === wish.customer_key) return
  throw errors.badRequest(
    'invalid_options',
    'The client session with this user_identifier_key does not belong to this customer_key: send another user_identifier_key.',
    { client_session_id: session.client_session_id },
  )
}

/** The session with what the wish adds: a union of ids, another identity, another end. */
export function withWish(session: ClientSessionRecord, wish: SessionWish): ClientSessionRecord {
  return {
    ...session,
    user_identity_id: wish.user_identity_id ?? session.user_identity_id,
    connected_account_ids: [...new Set([...session.connected_account_ids, ...wish.connected_account_ids])],
    connect_webview_ids: [...new Set([...session.connect_webview_ids, ...wish.connect_webview_ids])],
    expires_at: wish.expires_at ?? session.expires_at,
  }
}
