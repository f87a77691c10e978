import { ChangeSet } from '../../domain/changes.ts'
import { presentUserIdentity } from '../../domain/present/user-identity.ts'
import { newUserIdentity, tidyPhoneNumber, type UserIdentityInput } from '../../domain/user-identities/user-identity.ts'
import { operation } from '../operation.ts'
import { refuseBlankKey, refuseTakenIdentity } from './access.ts'

type Params = UserIdentityInput & { acs_system_ids?: string[] }

export const createUserIdentity = operation<Params>({
  path: '/user_identities/create',
  async handle(params, call) {
    refuseBlankKey('user_identity_key', params.user_identity_key)
    const phone = tidyPhoneNumber(params.phone_number)
    const input = phone === undefined ? params : { ...params, phone_number: phone }
    const identity = await call.decide(async () => {
      await refuseTakenIdentity(call, input)
      const identity = newUserIdentity(call.workspaceId, input, call.services.ids, call.now)
      return { changes: new ChangeSet().insert('user_identity', identity), result: identity }
    })
    return { user_identity: presentUserIdentity(identity, []) }
  },
})
