import { ChangeSet } from '../../domain/changes.ts'
import { presentWorkspace } from '../../domain/present/workspace.ts'
import type { Json, WorkspaceRecord } from '../../domain/records.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { refuseBlankKey } from '../user_identities/access.ts'
import { mergeCustomization } from './customization.ts'

interface Params {
  name?: string
  connect_partner_name?: string
  connect_webview_customization?: Json
  is_publishable_key_auth_enabled?: boolean
  is_suspended?: boolean
  organization_id?: string
}

export const updateWorkspace = operation<Params>({
  path: '/workspaces/update',
  async handle(params, call) {
    const { store, workspaces } = call.services
    const { name, connect_partner_name, is_publishable_key_auth_enabled, is_suspended } = params
    const { workspaceId } = call
    refuseBlankKey('name', name)
    const updated = await call.decide(async () => {
      const workspace = await store.get(workspaceId, 'workspace', 'workspace_id', workspaceId)
      if (workspace === undefined) throw errors.notFound('workspace', { workspace_id: workspaceId })
      const given: Partial<WorkspaceRecord> = {
        ...(name === undefined ? {} : { name }),
        ...(connect_partner_name === undefined ? {} : { connect_partner_name }),
        ...(is_publishable_key_auth_enabled === undefined ? {} : { is_publishable_key_auth_enabled }),
        ...(is_suspended === undefined ? {} : { is_suspended }),
        ...(params.organization_id === undefined ? {} : { organization_id: params.organization_id.toLowerCase() }),
      }
      if (params.connect_webview_customization !== undefined) {
        const before = workspace.connect_webview_customization
        given.connect_webview_customization = mergeCustomization(before, params.connect_webview_customization)
      }
      const changes = new ChangeSet()
      if (Object.keys(given).length > 0) {
        const { version } = workspace
        changes.update('workspace', 'workspace_id', { workspace_id: workspaceId, version, ...given })
      }
      return { changes, result: { ...workspace, ...given } }
    })
    // Other processes hear of it from the database; this one must not answer with what it remembers.
    workspaces.forget(workspaceId)
    return { workspace: presentWorkspace(updated) }
  },
})
