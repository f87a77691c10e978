import { apiKeysOf } from '../../../store/keys.ts'
import { operation } from '../../operation.ts'
import { consoleContract } from '../contract.ts'
import { presentApiKey } from './present.ts'

/** The API keys of the workspace that are good, by name and last characters. */
export const listApiKeys = operation({
  path: '/console/api_keys/list',
  contract: consoleContract('member', 'api_keys'),
  async handle(_params, call) {
    const keys = await apiKeysOf(call.services.store, call.workspaceId)
    return { api_keys: keys.map(presentApiKey) }
  },
})
