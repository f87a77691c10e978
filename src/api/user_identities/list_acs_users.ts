import { acsUsersOfIdentity } from '../../store/acs-users.ts'
import { showUsers } from '../acs/access.ts'
import { operation } from '../operation.ts'
import { requireUserIdentity } from './access.ts'

export const listAcsUsersOfIdentity = operation<{ user_identity_id: string }>({
  path: '/user_identities/list_acs_users',
  async handle(params, call) {
    const { user_identity_id } = await requireUserIdentity(call, params)
    const users = await acsUsersOfIdentity(call.services.store, call.workspaceId, user_identity_id)
    return { acs_users: await showUsers(call, users) }
  },
})
