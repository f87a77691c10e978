import { deleteToken } from '../../../store/keys.ts'
import { ApiError } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { consoleContract, ID, signedIn } from '../contract.ts'

/** Ends one of the user's own tokens. */
export const deletePersonalAccessToken = operation<{ personal_access_token_id: string }>({
  path: '/console/personal_access_tokens/delete',
  contract: consoleContract('user', null, ['personal_access_token_id'], { personal_access_token_id: ID }),
  async handle(params, call) {
    const personal_access_token_id = params.personal_access_token_id.toLowerCase()
    if (await deleteToken(call.services.store, signedIn(call).userId, personal_access_token_id)) return
    throw new ApiError(
      404,
      'personal_access_token_not_found',
      'You have no such token: it may have been deleted. /console/personal_access_tokens/list shows yours.',
      { data: { personal_access_token_id } },
    )
  },
})
