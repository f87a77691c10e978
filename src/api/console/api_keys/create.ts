import { toIso } from '../../../clock.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { makeToken, parseToken } from '../../../domain/tokens.ts'
import { insertApiKey } from '../../../store/accounts.ts'
import { hintOf } from '../../../store/keys.ts'
import { operation } from '../../operation.ts'
import { refuseBlankKey } from '../../user_identities/access.ts'
import { consoleContract, signedIn, TEXT } from '../contract.ts'
import { refuseOthersThanOwners } from '../team/access.ts'
import { presentApiKey } from './present.ts'

/** Makes an API key. Its `token` is in this answer and nowhere else. */
export const createApiKey = operation<{ name: string }>({
  path: '/console/api_keys/create',
  contract: consoleContract('member', 'api_key', ['name'], { name: TEXT }),
  async handle({ name }, call) {
    await refuseOthersThanOwners(call, 'make API keys, which stay when people leave')
    refuseBlankKey('name', name)
    const { store, ids, clock } = call.services
    const { userId } = signedIn(call)
    // Repeated with its Idempotency-Key after a crash, the request goes on with the key it was making.
    const wish = await call.decide(async () => {
      const { text } = makeToken(call.workspace.is_sandbox ? 'sandbox_api_key' : 'api_key', ids)
      return { changes: new ChangeSet(), result: { id: ids.uuid(), text, created_at: toIso(clock.now()) } }
    })
    const token = parseToken(wish.text)
    await insertApiKey(store, call.workspaceId, wish.id, name, token, wish.created_at, userId)
    const listed = { id: wish.id, name, token_hint: hintOf(token), created_at: wish.created_at }
    return { api_key: { ...presentApiKey({ ...listed, last_used_at: null, created_by: userId }), token: token.text } }
  },
})
