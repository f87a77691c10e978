/** Connect Webviews: what one offers, and what a login through it writes beside the account (access-systems.md 9.1). Pure. */
import type { Ids } from '../../ids.ts'
import { BASE58 } from '../../ids.ts'
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { ChangeSet } from '../changes.ts'
import type {
  ClientSessionRecord,
  ConnectedAccountRecord,
  ConnectWebviewRecord,
  Json,
  WorkspaceRecord,
} from '../records.ts'
import { hashToken } from '../tokens.ts'

/** What its maker says of a new one. */
export interface ConnectWebviewInput extends Pick<
  ConnectWebviewRecord,
  | 'accepted_providers'
  | 'accepted_capabilities'
  | 'any_provider_allowed'
  | 'custom_redirect_url'
  | 'custom_redirect_failure_url'
  | 'device_selection_mode'
  | 'automatically_manage_new_devices'
  | 'wait_for_device_creation'
  | 'custom_metadata'
  | 'customer_key'
> {
  customization: Json
}

/** Long enough that nobody guesses it. */
const AUTH_TOKEN_LENGTH = 32

export function newConnectWebview(
  workspaceId: string,
  input: ConnectWebviewInput,
  seal: (text: string) => string,
  ids: Ids,
  now: string,
): ConnectWebviewRecord {
  const token = ids.text(AUTH_TOKEN_LENGTH, BASE58)
  return {
    workspace_id: workspaceId,
    connect_webview_id: ids.uuid(),
    auth_token_hash: hashToken(token),
    auth_token_sealed: seal(token),
    status: 'pending',
    ...input,
    selected_provider: null,
    connected_account_id: null,
    authorized_at: null,
    sealed_answers: null,
    created_at: now,
    version: 1,
  }
}

/** Its look from now on: later changes of the workspace's settings are for later webviews. */
export function lookOf(workspace: WorkspaceRecord): Json {
  return {
    inviter_name: workspace.connect_partner_name ?? workspace.company_name,
    ...workspace.connect_webview_customization,
  }
}

/** Whether a provider key of the wire means this system. */
export function isKeyOf({ provider, otherProviderKeys }: SystemDefinition, key: string): boolean {
  return provider === key || otherProviderKeys?.includes(key) === true
}

/** The systems that one may be connected through the webview, in the order of `definitions`. */
export function offeredBy<D extends SystemDefinition>(
  webview: Pick<ConnectWebviewRecord, 'accepted_providers'>,
  definitions: readonly D[],
): D[] {
  return definitions.filter((definition) => webview.accepted_providers.some((key) => isKeyOf(definition, key)))
}

/** What the account gets from the webview it was connected through. */
export function accountFields(webview: ConnectWebviewRecord): Partial<ConnectedAccountRecord> {
  return {
    custom_metadata: webview.custom_metadata,
    customer_key: webview.customer_key,
    automatically_manage_new_devices: webview.automatically_manage_new_devices,
    accepted_capabilities: webview.accepted_capabilities,
  }
}

/** The login was taken: the webview has done its work, and the sessions that hold it hold the account as well. */
export function authorize(
  changes: ChangeSet,
  webview: ConnectWebviewRecord,
  account: Pick<ConnectedAccountRecord, 'connected_account_id' | 'customer_key' | 'custom_metadata'>,
  selected_provider: string,
  sessions: readonly ClientSessionRecord[],
  now: string,
): void {
  const { connect_webview_id, version } = webview
  const { connected_account_id, customer_key, custom_metadata } = account
  changes.update('connect_webview', 'connect_webview_id', {
    connect_webview_id,
    version,
    status: 'authorized',
    selected_provider,
    connected_account_id,
    authorized_at: now,
    sealed_answers: null,
  })
  for (const session of sessions) {
    if (session.connected_account_ids.includes(connected_account_id)) continue
    changes.update('client_session', 'client_session_id', {
      client_session_id: session.client_session_id,
      version: session.version,
      connected_account_ids: [...session.connected_account_ids, connected_account_id],
    })
  }
  changes.event('connect_webview.login_succeeded', {
    connect_webview_id,
    connected_account_id,
    ...(customer_key === null ? {} : { customer_key }),
    ...(Object.keys(custom_metadata).length === 0 ? {} : { connected_account_custom_metadata: custom_metadata }),
  })
}
