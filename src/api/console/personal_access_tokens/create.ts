import { toIso } from '../../../clock.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { makeToken, parseToken } from '../../../domain/tokens.ts'
import { insertPersonalAccessToken } from '../../../store/accounts.ts'
import { hintOf } from '../../../store/keys.ts'
import { operation } from '../../operation.ts'
import { refuseBlankKey } from '../../user_identities/access.ts'
import { consoleContract, signedIn, TEXT } from '../contract.ts'
import { presentPersonalAccessToken } from './list.ts'

/** Makes a personal access token of the user. Its `token` is in this answer and nowhere else. */
export const createPersonalAccessToken = operation<{ name: string }>({
  path: '/console/personal_access_tokens/create',
  contract: consoleContract('user', 'personal_access_token', ['name'], { name: TEXT }),
  async handle({ name }, call) {
    refuseBlankKey('name', name)
    const { store, ids, clock } = call.services
    const { userId } = signedIn(call)
    const wish = await call.decide(async () => {
      const { text } = makeToken('personal_access_token', ids)
      return { changes: new ChangeSet(), result: { id: ids.uuid(), text, created_at: toIso(clock.now()) } }
    })
    const token = parseToken(wish.text)
    await insertPersonalAccessToken(store, wish.id, userId, name, token, wish.created_at)
    const { id, created_at } = wish
    const listed = presentPersonalAccessToken({ id, name, token_hint: hintOf(token), created_at, last_used_at: null })
    return { personal_access_token: { ...listed, token: token.text } }
  },
})
