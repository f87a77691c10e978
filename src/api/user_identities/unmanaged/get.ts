import { presentUnmanagedUserIdentity } from '../../../domain/present/user-identity.ts'
import { getUserIdentity } from '../../../store/user-identities.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'

export const getUnmanagedUserIdentity = operation<{ user_identity_id: string }>({
  path: '/user_identities/unmanaged/get',
  async handle({ user_identity_id }, call) {
    const identity = await getUserIdentity(call.services.store, call.workspaceId, { user_identity_id }, false)
    if (identity === undefined) throw errors.notFound('user_identity', { user_identity_id })
    return { user_identity: presentUnmanagedUserIdentity(identity, identity.acs_users) }
  },
})
