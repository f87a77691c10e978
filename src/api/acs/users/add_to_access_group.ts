import { operation } from '../../operation.ts'
import { showUser } from '../access.ts'
import { addToGroup } from '../membership.ts'

export const addAcsUserToAccessGroup = operation<{ acs_user_id: string; acs_access_group_id: string }>({
  path: '/acs/users/add_to_access_group',
  accepts: ['user_identity_id'],
  async handle(params, call) {
    return { acs_user: await showUser(call, await addToGroup(call, params)) }
  },
})
