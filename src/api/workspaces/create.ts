import { toIso } from '../../clock.ts'
import { ChangeSet } from '../../domain/changes.ts'
import { presentWorkspace } from '../../domain/present/workspace.ts'
import type { Json } from '../../domain/records.ts'
import { newWorkspace } from '../../domain/workspaces/create.ts'
import { insertWorkspace } from '../../store/accounts.ts'
import { errors } from '../errors.ts'
import { isWithoutWorkspace, operation } from '../operation.ts'
import { refuseBlankKey } from '../user_identities/access.ts'
import { mergeCustomization } from './customization.ts'

interface Params {
  name: string
  company_name?: string
  connect_partner_name?: string | null
  is_sandbox?: boolean
  organization_id?: string
  connect_webview_customization?: Json
  /** Older, flat spellings of the customization. */
  webview_logo_shape?: string
  webview_primary_button_color?: string
  webview_primary_button_text_color?: string
  webview_success_message?: string
}

/**
 * Makes a workspace that belongs to the owner of the access token or console session, who goes on with the same one and
 * the header seam-workspace. A sandbox comes with its virtual systems connected, so that it can be used at once.
 */
export const createWorkspace = operation<Params>({
  path: '/workspaces/create',
  async handle(params, call) {
    const { caller, services } = call
    if (!isWithoutWorkspace(caller)) throw errors.unauthorized()
    refuseBlankKey('name', params.name)
    const flat = {
      logo_shape: params.webview_logo_shape,
      primary_button_color: params.webview_primary_button_color,
      primary_button_text_color: params.webview_primary_button_text_color,
      success_message: params.webview_success_message,
    }
    const wish = newWorkspace(
      {
        name: params.name,
        company_name: params.company_name ?? null,
        connect_partner_name: params.connect_partner_name ?? null,
        is_sandbox: params.is_sandbox ?? false,
        organization_id: params.organization_id?.toLowerCase() ?? null,
        connect_webview_customization: mergeCustomization(flat, params.connect_webview_customization ?? {}),
      },
      services.ids,
      toIso(services.clock.now()),
    )
    // Repeated with its Idempotency-Key after a crash, the request goes on with the workspace it was making.
    const workspace = await call.decide(() => Promise.resolve({ changes: new ChangeSet(), result: wish }))
    await insertWorkspace(services.store, workspace, caller.userId)
    if (workspace.is_sandbox) await services.seedSandbox(workspace.workspace_id)
    return { workspace: presentWorkspace(workspace) }
  },
})
