import { presentSpace } from '../../domain/present/space.ts'
import { operation } from '../operation.ts'
import { removeMembers } from './members.ts'

export const removeEntrances = operation<{ space_id: string; acs_entrance_ids: string[] }>({
  path: '/spaces/remove_acs_entrances',
  async handle({ space_id, acs_entrance_ids }, call) {
    return { space: presentSpace(await removeMembers(call, space_id, { acs_entrance_ids })) }
  },
})
