import { ChangeSet } from '../../domain/changes.ts'
import { dependentsOfSessions } from '../../store/client-sessions.ts'
import { getInstantKey } from '../../store/instant-keys.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'

/** The link is dead at once and its client session revoked; the mobile key keeps working on phones that have it. */
export const deleteInstantKey = operation<{ instant_key_id: string }>({
  path: '/instant_keys/delete',
  async handle(params, call) {
    const { store } = call.services
    await call.decide(async () => {
      const key = await getInstantKey(store, call.workspaceId, { instant_key_id: params.instant_key_id })
      if (key === undefined) throw errors.notFound('instant_key', { instant_key_id: params.instant_key_id })
      const { instant_key_id, client_session_id } = key
      const changes = new ChangeSet().delete('instant_key', { instant_key_id })
      const [session, { instantKeys, methods }] = await Promise.all([
        store.get(call.workspaceId, 'client_session', 'client_session_id', client_session_id),
        dependentsOfSessions(store, call.workspaceId, [client_session_id]),
      ])
      for (const other of instantKeys) {
        if (other.instant_key_id !== instant_key_id)
          changes.delete('instant_key', { instant_key_id: other.instant_key_id })
      }
      if (session !== undefined && session.revoked_at === null) {
        const { version } = session
        changes.update('client_session', 'client_session_id', { client_session_id, version, revoked_at: call.now })
      }
      for (const { access_method_id, version } of methods) {
        changes.update('access_method', 'access_method_id', { access_method_id, version, client_session_id: null })
      }
      return { changes, result: undefined }
    })
  },
})
