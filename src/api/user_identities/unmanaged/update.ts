import { ChangeSet } from '../../../domain/changes.ts'
import { presentUserIdentity } from '../../../domain/present/user-identity.ts'
import { getUserIdentity } from '../../../store/user-identities.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { ownIdentityOf, refuseBlankKey, refuseTakenIdentity } from '../access.ts'

/** Takes over an identity that was found at a system; there is no way back. */
export const updateUnmanagedUserIdentity = operation<{ user_identity_id: string; user_identity_key?: string }>({
  path: '/user_identities/unmanaged/update',
  async handle({ user_identity_id, user_identity_key }, call) {
    refuseBlankKey('user_identity_key', user_identity_key)
    const identity = await call.decide(async () => {
      const found = await getUserIdentity(call.services.store, call.workspaceId, { user_identity_id }, false)
      const own = ownIdentityOf(call)
      if (found === undefined || (own !== undefined && own !== found.user_identity_id)) {
        throw errors.notFound('user_identity', { user_identity_id })
      }
      const given = user_identity_key === undefined ? {} : { user_identity_key }
      await refuseTakenIdentity(call, given, found.user_identity_id)
      const { version } = found
      const changes = new ChangeSet().update('user_identity', 'user_identity_id', {
        user_identity_id: found.user_identity_id,
        version,
        is_managed: true,
        ...given,
      })
      return { changes, result: { ...found, ...given, is_managed: true } }
    })
    return { user_identity: presentUserIdentity(identity, identity.acs_users) }
  },
})
