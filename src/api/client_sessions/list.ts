import { listClientSessions, type ClientSessionFilters } from '../../store/client-sessions.ts'
import { operation } from '../operation.ts'
import { isUuid } from '../people.ts'
import { present } from './access.ts'

export const listClientSessionsOperation = operation<ClientSessionFilters>({
  path: '/client_sessions/list',
  contract: {
    request: {
      type: 'object',
      properties: {
        client_session_id: { type: 'string' },
        // null asks for sessions without one (core.md section 3).
        connect_webview_id: { type: ['string', 'null'] },
        user_identifier_key: { type: 'string' },
        user_identity_id: { type: ['string', 'null'] },
        without_user_identifier_key: { type: 'boolean' },
      },
    },
  },
  async handle(params, call) {
    const ids = [params.client_session_id, params.connect_webview_id, params.user_identity_id]
    if (ids.some((id) => typeof id === 'string' && !isUuid(id))) return { client_sessions: [] }
    const sessions = await listClientSessions(call.services.store, call.workspaceId, params)
    return { client_sessions: sessions.map((session) => present(session, call)) }
  },
})
