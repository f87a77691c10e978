import { operation } from '../../operation.ts'
import type { UserParams } from '../access.ts'
import { removeFromGroup } from '../membership.ts'

export const removeAcsUserFromAccessGroup = operation<UserParams & { acs_access_group_id: string }>({
  path: '/acs/users/remove_from_access_group',
  // Named beside an identity elsewhere; the group says which system it is.
  accepts: ['acs_system_id'],
  async handle(params, call) {
    await removeFromGroup(call, params)
  },
})
