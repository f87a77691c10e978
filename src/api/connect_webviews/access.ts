/** What a caller may see of Connect Webviews. */
import { presentConnectWebview } from '../../domain/present/connect-webview.ts'
import type { ConnectWebviewRecord, Json } from '../../domain/records.ts'
import { errors } from '../errors.ts'
import type { Call } from '../operation.ts'

export function present(webview: ConnectWebviewRecord, { services }: Call): Json {
  return presentConnectWebview(webview, services.sealer.open(webview.auth_token_sealed), services.publicUrl)
}

/** A client session sees the webviews on it, a customer's session those of the customer. */
function sees({ caller }: Call, webview: ConnectWebviewRecord): boolean {
  if (caller.kind === 'client_session_with_customer') return webview.customer_key === caller.session.customer_key
  if (caller.kind === 'client_session') return caller.session.connect_webview_ids.includes(webview.connect_webview_id)
  return true
}

/** @throws ApiError 404 */
export async function requireConnectWebview(call: Call, connect_webview_id: string): Promise<ConnectWebviewRecord> {
  const { store } = call.services
  const webview = await store.get(call.workspaceId, 'connect_webview', 'connect_webview_id', connect_webview_id)
  if (webview === undefined || !sees(call, webview)) throw errors.notFound('connect_webview', { connect_webview_id })
  return webview
}
