import { findOrCreateAcsUser } from '../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../domain/changes.ts'
import { presentUserIdentity, userIdentityDisplayName, type LinkedAcsUser } from '../../domain/present/user-identity.ts'
import { newUserIdentity, tidyPhoneNumber, type UserIdentityInput } from '../../domain/user-identities/user-identity.ts'
import { acsUsersMatching } from '../../store/acs-users.ts'
import { isCredentialManager } from '../../systems/kit/definition.ts'
import { definitionOf, requireSystem } from '../acs/access.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { distinctIds } from '../people.ts'
import { refuseBlankKey, refuseTakenIdentity } from './access.ts'

type Params = UserIdentityInput & {
  /** Systems in which the identity gets a user: one with the same e-mail address or phone number, or a new one. */
  acs_system_ids?: string[]
}

export const createUserIdentity = operation<Params>({
  path: '/user_identities/create',
  async handle(params, call) {
    const { store, ids } = call.services
    refuseBlankKey('user_identity_key', params.user_identity_key)
    refuseBlankKey('full_name', params.full_name)
    const phone = tidyPhoneNumber(params.phone_number)
    const input = phone === undefined ? params : { ...params, phone_number: phone }
    const { identity, users } = await call.decide(async () => {
      await refuseTakenIdentity(call, input)
      const identity = newUserIdentity(call.workspaceId, input, ids, call.now)
      const changes = new ChangeSet().insert('user_identity', identity)
      const users: LinkedAcsUser[] = []
      for (const id of distinctIds(params.acs_system_ids ?? [])) {
        const system = await requireSystem(call, id)
        if (isCredentialManager(definitionOf(call, system.provider))) {
          throw errors.invalidField(
            'acs_system_ids',
            `${system.name} is a credential manager, which has no users: name the access system it serves`,
          )
        }
        const candidates = await acsUsersMatching(store, call.workspaceId, id, identity)
        const person = { ...identity, full_name: userIdentityDisplayName(identity) }
        users.push(findOrCreateAcsUser(changes, system, person, candidates, ids, call.now))
      }
      return { changes, result: { identity, users } }
    })
    return { user_identity: presentUserIdentity(identity, users) }
  },
})
