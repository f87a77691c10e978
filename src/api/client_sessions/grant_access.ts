import { ChangeSet } from '../../domain/changes.ts'
import { operation } from '../operation.ts'
import { present, readWish, requireClientSession, sessionNames, type SessionParams } from './access.ts'
import { withWish } from './get_or_create.ts'

export const grantAccess = operation<SessionParams & { client_session_id?: string }>({
  path: '/client_sessions/grant_access',
  async handle({ customer_key: _key, customer_id: _id, expires_at: _end, ...params }, call) {
    const names = sessionNames(params)
    const session = await call.decide(async () => {
      const existing = await requireClientSession(call, names)
      const wanted = withWish(existing, await readWish(params, call))
      const { client_session_id, user_identity_id, connected_account_ids, connect_webview_ids } = wanted
      const changes = new ChangeSet().update('client_session', 'client_session_id', {
        client_session_id,
        version: existing.version,
        user_identity_id,
        connected_account_ids,
        connect_webview_ids,
      })
      return { changes, result: wanted }
    })
    return { client_session: present(session, call) }
  },
})
