import { ChangeSet } from '../../domain/changes.ts'
import { dependentsOfSessions } from '../../store/client-sessions.ts'
import { operation } from '../operation.ts'
import { requireClientSession } from './access.ts'

/** Removes the session with the Instant Keys that open with it; mobile keys keep working in an app. */
export const deleteClientSession = operation<{ client_session_id: string }>({
  path: '/client_sessions/delete',
  async handle(params, call) {
    await call.decide(async () => {
      const { client_session_id, version } = await requireClientSession(call, {
        client_session_id: params.client_session_id,
      })
      const changes = new ChangeSet().delete('client_session', { client_session_id, version })
      const { instantKeys, methods } = await dependentsOfSessions(call.services.store, call.workspaceId, [
        client_session_id,
      ])
      for (const { instant_key_id, version } of instantKeys) changes.delete('instant_key', { instant_key_id, version })
      for (const { access_method_id, version } of methods) {
        changes.update('access_method', 'access_method_id', { access_method_id, version, client_session_id: null })
      }
      changes.event('client_session.deleted', { client_session_id })
      return { changes, result: undefined }
    })
  },
})
