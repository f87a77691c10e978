import { toIso } from '../../../clock.ts'
import { revokeApiKey } from '../../../store/keys.ts'
import { ApiError } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { consoleContract, ID } from '../contract.ts'
import { refuseOthersThanOwners } from '../team/access.ts'

/** Ends an API key, in every process at once. */
export const deleteApiKey = operation<{ api_key_id: string }>({
  path: '/console/api_keys/delete',
  contract: consoleContract('member', null, ['api_key_id'], { api_key_id: ID }),
  async handle(params, call) {
    await refuseOthersThanOwners(call, 'end its API keys')
    const { store, clock } = call.services
    const api_key_id = params.api_key_id.toLowerCase()
    if (await revokeApiKey(store, call.workspaceId, api_key_id, toIso(clock.now()))) return
    throw new ApiError(
      404,
      'api_key_not_found',
      'This workspace has no such API key: it may have been deleted. /console/api_keys/list shows those there are.',
      { data: { api_key_id } },
    )
  },
})
