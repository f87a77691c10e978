import { presentSpace } from '../../domain/present/space.ts'
import { operation } from '../operation.ts'
import { addMembers } from './members.ts'

export const addEntrances = operation<{ space_id: string; acs_entrance_ids: string[] }>({
  path: '/spaces/add_acs_entrances',
  async handle({ space_id, acs_entrance_ids }, call) {
    return { space: presentSpace(await addMembers(call, space_id, { acs_entrance_ids })) }
  },
})
