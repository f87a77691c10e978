import { presentAcsSystem } from '../../domain/present/acs-system.ts'
import { presentConnectedAccount } from '../../domain/present/connected-account.ts'
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { Login } from '../../systems/kit/driver.ts'
import { SystemError } from '../../systems/kit/errors.ts'
import { faultOfLogin } from '../../systems/kit/login.ts'
import type { ConnectRequest } from '../../provisioning/provisioning.ts'
import { getAcsSystem } from '../../store/acs-systems.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { requireConnectedAccount } from './access.ts'
import { readMetadata } from './update.ts'

interface Params {
  provider: string
  login?: Record<string, unknown>
  customer_key?: string
  custom_metadata?: Record<string, string | boolean | null>
  display_name?: string
}

const TEXT = { type: 'string', minLength: 1 }

/**
 * Connects a system without a browser: `login` holds what `/connected_accounts/list_providers` asks for. The same login
 * again is the same account, proved anew. Outside the published contract, where a Connect Webview does it.
 */
export const connectAccount = operation<Params>({
  path: '/connected_accounts/connect',
  contract: {
    methods: ['POST'],
    security: ['api_key', 'pat_with_workspace'],
    response_key: null,
    request: {
      type: 'object',
      properties: {
        provider: TEXT,
        login: { type: 'object' },
        customer_key: TEXT,
        custom_metadata: { type: 'object' },
        display_name: TEXT,
      },
      required: ['provider'],
    },
    documented: false,
  },
  async handle(params, call) {
    const { provisioning, store } = call.services
    const definition = provisioning.definitions().find((one) => one.provider === params.provider)
    if (definition === undefined) {
      const known = provisioning.definitions().map((one) => one.provider)
      throw errors.invalidField('provider', `Unknown provider: there are ${known.join(', ')}`)
    }
    const login = params.login ?? {}
    const fault = faultOfLogin(definition, login)
    if (fault !== null) throw errors.invalidField(`login.${fault.field}`, fault.message)
    const made = await connect(call, definition, {
      author: call.author,
      provider: params.provider,
      login,
      ...(params.customer_key === undefined ? {} : { customer_key: params.customer_key }),
      ...(params.display_name === undefined ? {} : { display_name: params.display_name }),
      ...(params.custom_metadata === undefined ? {} : { custom_metadata: readMetadata(params.custom_metadata) }),
    })
    const [account, system] = await Promise.all([
      requireConnectedAccount(call, made),
      getAcsSystem(store, call.workspaceId, made.acs_system_id),
    ])
    if (system === undefined) throw errors.notFound('acs_system', { acs_system_id: made.acs_system_id })
    return {
      connected_account: presentConnectedAccount(account),
      acs_system: presentAcsSystem(system, definition, system),
    }
  },
})

/** What the system refuses becomes the caller's error: nothing was connected. */
async function connect(call: Call, definition: SystemDefinition, request: ConnectRequest & { login: Login }) {
  try {
    return await call.services.provisioning.connect(call.workspaceId, request)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    const { provider } = definition
    switch (error.kind) {
      case 'unauthorized':
        throw errors.badRequest('login_refused', error.message, { provider })
      case 'unsupported':
        throw errors.invalidField('provider', error.message)
      default:
        throw errors.badRequest('system_unreachable', error.message, { provider })
    }
  }
}
