import { operation } from '../../operation.ts'
import type { UserParams } from '../access.ts'
import { addToGroup } from '../membership.ts'

/** Takes a user, or an identity whose user is found or created in the group's system. */
export const addUserToAccessGroup = operation<UserParams & { acs_access_group_id: string }>({
  path: '/acs/access_groups/add_user',
  async handle(params, call) {
    await addToGroup(call, params)
  },
})
