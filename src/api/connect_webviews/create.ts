import { ChangeSet } from '../../domain/changes.ts'
import { isKeyOf, lookOf, newConnectWebview } from '../../domain/connect-webviews/connect-webview.ts'
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import { readMetadata } from '../connected_accounts/update.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { refuseBlankKey } from '../user_identities/access.ts'
import { present } from './access.ts'

interface Params {
  accepted_providers?: string[]
  provider_category?: string
  excluded_providers?: string[]
  accepted_capabilities?: string[]
  automatically_manage_new_devices?: boolean
  custom_metadata?: Record<string, string | boolean | null>
  custom_redirect_url?: string
  custom_redirect_failure_url?: string
  customer_key?: string
  device_selection_mode?: 'none' | 'single' | 'multiple'
  wait_for_device_creation?: boolean
}

/** What access systems can do, in the words of the wire. */
const CAPABILITY = 'access_control'
/** Categories that access systems are in. */
const CATEGORIES = ['stable', 'access_control_systems']

/**
 * Makes a page on which somebody connects a system; `url` is shown to them. What it offers is settled now. One made with
 * a client session's token is on that session, and belongs to its customer.
 */
export const createConnectWebview = operation<Params>({
  path: '/connect_webviews/create',
  async handle(params, call) {
    const { caller, services } = call
    refuseBlankKey('customer_key', params.customer_key)
    const customer = caller.kind === 'client_session_with_customer' ? caller.session.customer_key : null
    if (customer !== null && params.customer_key !== undefined && params.customer_key !== customer)
      throw errors.forbidden('This client session may create Connect Webviews of its own customer only.')
    if (params.accepted_capabilities !== undefined && !params.accepted_capabilities.includes(CAPABILITY)) {
      const rule = `Access systems are what can be connected here: name ${CAPABILITY}, or leave it out`
      throw errors.invalidField('accepted_capabilities', rule)
    }
    const custom_redirect_url = redirectUrl('custom_redirect_url', params.custom_redirect_url)
    const custom_redirect_failure_url = redirectUrl('custom_redirect_failure_url', params.custom_redirect_failure_url)
    const webview = newConnectWebview(
      call.workspaceId,
      {
        accepted_providers: acceptedProviders(params, call),
        accepted_capabilities: params.accepted_capabilities ?? [CAPABILITY],
        any_provider_allowed: params.accepted_providers === undefined && params.provider_category === undefined,
        custom_redirect_url,
        custom_redirect_failure_url,
        device_selection_mode: params.device_selection_mode ?? 'none',
        automatically_manage_new_devices: params.automatically_manage_new_devices ?? true,
        wait_for_device_creation: params.wait_for_device_creation ?? false,
        custom_metadata: readMetadata(params.custom_metadata ?? {}),
        customer_key: customer ?? params.customer_key ?? null,
        customization: lookOf(call.workspace),
      },
      (text) => services.sealer.seal(text),
      services.ids,
      call.now,
    )
    const made = await call.decide(async () => {
      const changes = new ChangeSet().insert('connect_webview', webview)
      if (caller.kind === 'client_session') {
        const { client_session_id } = caller.session
        const session = await services.store.get(
          call.workspaceId,
          'client_session',
          'client_session_id',
          client_session_id,
        )
        if (session !== undefined) {
          const connect_webview_ids = [...session.connect_webview_ids, webview.connect_webview_id]
          const { version } = session
          changes.update('client_session', 'client_session_id', { client_session_id, version, connect_webview_ids })
        }
      }
      return { changes, result: webview }
    })
    return { connect_webview: present(made, call) }
  },
})

/** The provider keys that it offers. @throws ApiError when nothing could be connected */
function acceptedProviders(params: Params, call: Call): string[] {
  const { accepted_providers, provider_category, excluded_providers = [] } = params
  const definitions = call.services.provisioning
    .definitions()
    .filter((one) => call.workspace.is_sandbox || one.speaksMakersWire)
  const known = definitions.map((one) => one.provider).join(', ')
  const isExcluded = (definition: SystemDefinition): boolean =>
    excluded_providers.some((key) => isKeyOf(definition, key))
  if (accepted_providers !== undefined && provider_category !== undefined)
    throw errors.invalidInput({ path: [], message: 'Send either accepted_providers or provider_category, not both' })
  if (provider_category !== undefined && !CATEGORIES.includes(provider_category)) {
    throw errors.invalidField(
      'provider_category',
      `Nothing of this category can be connected here. Use access_control_systems, which has ${known}`,
    )
  }
  if (accepted_providers === undefined) {
    const offered = definitions.filter((one) => !isExcluded(one)).map((one) => one.provider)
    if (offered.length === 0)
      throw errors.invalidField('excluded_providers', `Nothing is left to connect: leave out fewer of ${known}`)
    return offered
  }
  const isServed = (key: string): boolean => definitions.some((one) => isKeyOf(one, key))
  const kept = [...new Set(accepted_providers)].filter(
    (key) => !definitions.some((one) => isKeyOf(one, key) && isExcluded(one)),
  )
  if (!kept.some(isServed)) {
    const where = call.workspace.is_sandbox ? 'here' : 'in a production workspace'
    throw errors.invalidField('accepted_providers', `None of these can be connected ${where}: there are ${known}`)
  }
  const unserved = kept.filter((key) => !isServed(key))
  if (unserved.length > 0) {
    call.tell({
      warning_code: 'no_effect_yet',
      parameter: 'accepted_providers',
      message: `The webview does not show ${unserved.join(', ')}: only ${known} can be connected here.`,
    })
  }
  return kept
}

/** Schemes that run or show something of their own instead of going somewhere. */
const NO_PLACES = ['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:', 'filesystem:']

/** An address to send the browser to: a web page or an app's own scheme. @throws ApiError for anything else */
function redirectUrl(field: string, given: string | undefined): string | null {
  if (given === undefined) return null
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || NO_PLACES.includes(url.protocol))
    throw errors.invalidField(field, 'Must be an absolute URL, for example https://example.com/connected')
  return given
}
