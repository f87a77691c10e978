import { ChangeSet } from '../../domain/changes.ts'
import { dependentsOfSessions } from '../../store/client-sessions.ts'
import { operation } from '../operation.ts'
import { requireClientSession } from './access.ts'

/** The token is refused from now on; the session stays listed. The Instant Keys that open with it are dead. */
export const revokeClientSession = operation<{ client_session_id: string }>({
  path: '/client_sessions/revoke',
  async handle(params, call) {
    await call.decide(async () => {
      const { client_session_id, version, revoked_at } = await requireClientSession(call, {
        client_session_id: params.client_session_id,
      })
      const changes = new ChangeSet()
      if (revoked_at !== null) return { changes, result: undefined }
      changes.update('client_session', 'client_session_id', { client_session_id, version, revoked_at: call.now })
      const { instantKeys } = await dependentsOfSessions(call.services.store, call.workspaceId, [client_session_id])
      for (const { instant_key_id, version } of instantKeys) changes.delete('instant_key', { instant_key_id, version })
      return { changes, result: undefined }
    })
  },
})
