import { operation } from '../../operation.ts'
import type { UserParams } from '../access.ts'
import { removeFromGroup } from '../membership.ts'

export const removeUserFromAccessGroup = operation<UserParams & { acs_access_group_id: string }>({
  path: '/acs/access_groups/remove_user',
  async handle(params, call) {
    await removeFromGroup(call, params)
  },
})
