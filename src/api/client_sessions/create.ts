import { ChangeSet } from '../../domain/changes.ts'
import { isSessionLive } from '../../domain/client-sessions/client-session.ts'
import { getClientSession } from '../../store/client-sessions.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { refuseOtherCustomer } from './get_or_create.ts'
import { present, readWish, sessionFor, type SessionParams } from './access.ts'

/**
 * POST makes a session and refuses a `user_identifier_key` in use; PUT may be repeated and answers with the session
 * that has the key. A session that was revoked or has expired hands its key on to the new one.
 */
export const createClientSession = operation<SessionParams>({
  path: '/client_sessions/create',
  async handle(params, call) {
    const session = await call.decide(async () => {
      const wish = await readWish(params, call)
      const { user_identifier_key } = wish
      const changes = new ChangeSet()
      if (user_identifier_key !== undefined) {
        const existing = await getClientSession(call.services.store, call.workspaceId, { user_identifier_key })
        if (existing !== undefined && call.method !== 'PUT') {
          throw errors.badRequest(
            'client_session_token_already_exists',
            'A client session with this user_identifier_key already exists. Use client_sessions/get_or_create to get it.',
            { client_session_id: existing.client_session_id },
          )
        }
        if (existing !== undefined && isSessionLive(existing, call.nowMs)) {
          refuseOtherCustomer(existing, wish)
          return { changes, result: existing }
        }
        if (existing !== undefined) {
          const { client_session_id, version } = existing
          changes.update('client_session', 'client_session_id', {
            client_session_id,
            version,
            user_identifier_key: null,
          })
        }
      }
      const made = sessionFor(wish, call)
      return { changes: changes.insert('client_session', made), result: made }
    })
    return { client_session: present(session, call) }
  },
})
