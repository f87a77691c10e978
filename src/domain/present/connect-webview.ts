/** A Connect Webview as it goes over the wire. */
import type { ConnectWebviewRecord, Json } from '../records.ts'

/** `authToken` is the opened `auth_token_sealed`; `publicUrl` has no trailing slash. */
export function presentConnectWebview(webview: ConnectWebviewRecord, authToken: string, publicUrl: string): Json {
  const { connect_webview_id } = webview
  const query = new URLSearchParams({ connect_webview_id, auth_token: authToken })
  return {
    connect_webview_id,
    workspace_id: webview.workspace_id,
    url: `${publicUrl}/connect_webviews/view?${query.toString()}`,
    status: webview.status,
    login_successful: webview.status === 'authorized',
    connected_account_id: webview.connected_account_id,
    selected_provider: webview.selected_provider,
    authorized_at: webview.authorized_at,
    accepted_providers: webview.accepted_providers,
    accepted_capabilities: webview.accepted_capabilities,
    accepted_devices: [],
    any_device_allowed: webview.any_provider_allowed,
    any_provider_allowed: webview.any_provider_allowed,
    device_selection_mode: webview.device_selection_mode,
    custom_redirect_url: webview.custom_redirect_url,
    custom_redirect_failure_url: webview.custom_redirect_failure_url,
    custom_metadata: webview.custom_metadata,
    ...(webview.customer_key === null ? {} : { customer_key: webview.customer_key }),
    automatically_manage_new_devices: webview.automatically_manage_new_devices,
    wait_for_device_creation: webview.wait_for_device_creation,
    created_at: webview.created_at,
  }
}
