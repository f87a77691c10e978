/** A workspace as it goes over the wire. */
import type { Json, WorkspaceRecord } from '../records.ts'

export function presentWorkspace(workspace: WorkspaceRecord): Json {
  return {
    workspace_id: workspace.workspace_id,
    name: workspace.name,
    company_name: workspace.company_name,
    connect_partner_name: workspace.connect_partner_name,
    connect_webview_customization: workspace.connect_webview_customization,
    is_sandbox: workspace.is_sandbox,
    is_suspended: workspace.is_suspended,
    is_publishable_key_auth_enabled: workspace.is_publishable_key_auth_enabled,
    publishable_key: workspace.publishable_key,
    organization_id: workspace.organization_id,
  }
}
