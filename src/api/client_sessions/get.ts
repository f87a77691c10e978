import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { present, requireClientSession, sessionNames } from './access.ts'

export const getClientSessionOperation = operation<{ client_session_id?: string; user_identifier_key?: string }>({
  path: '/client_sessions/get',
  async handle(params, call) {
    if (call.caller.kind === 'client_session') {
      if (params.client_session_id !== undefined || params.user_identifier_key !== undefined) {
        throw errors.badRequest(
          'invalid_options',
          'With a client session token this answers with that session: send no client_session_id or user_identifier_key.',
        )
      }
      return { client_session: present(call.caller.session, call) }
    }
    return { client_session: present(await requireClientSession(call, sessionNames(params)), call) }
  },
})
