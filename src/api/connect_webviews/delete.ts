import { ChangeSet } from '../../domain/changes.ts'
import { sessionsOfConnectWebview } from '../../store/connect-webviews.ts'
import { operation } from '../operation.ts'
import { requireConnectWebview } from './access.ts'

/** Its page cannot be opened any more. What was connected through it stays connected. */
export const deleteConnectWebview = operation<{ connect_webview_id: string }>({
  path: '/connect_webviews/delete',
  async handle(params, call) {
    await call.decide(async () => {
      const { connect_webview_id, version } = await requireConnectWebview(call, params.connect_webview_id)
      const changes = new ChangeSet().delete('connect_webview', { connect_webview_id, version })
      const sessions = await sessionsOfConnectWebview(call.services.store, call.workspaceId, connect_webview_id)
      for (const session of sessions) {
        changes.update('client_session', 'client_session_id', {
          client_session_id: session.client_session_id,
          version: session.version,
          connect_webview_ids: session.connect_webview_ids.filter((id) => id !== connect_webview_id),
        })
      }
      return { changes, result: undefined }
    })
  },
})
