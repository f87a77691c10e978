import { tokensOf, type ListedKey } from '../../../store/keys.ts'
import { operation } from '../../operation.ts'
import { consoleContract, signedIn } from '../contract.ts'

/** The user's own personal access tokens, by name and last characters. */
export const listPersonalAccessTokens = operation({
  path: '/console/personal_access_tokens/list',
  contract: consoleContract('user', 'personal_access_tokens'),
  async handle(_params, call) {
    const tokens = await tokensOf(call.services.store, signedIn(call).userId)
    return { personal_access_tokens: tokens.map(presentPersonalAccessToken) }
  },
})

/** A token without its secret. */
export function presentPersonalAccessToken({ id, ...token }: ListedKey): Record<string, unknown> {
  return { personal_access_token_id: id, ...token }
}
