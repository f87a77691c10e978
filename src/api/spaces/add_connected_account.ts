import { presentSpace } from '../../domain/present/space.ts'
import { operation } from '../operation.ts'
import { addMembers } from './members.ts'

export const addConnectedAccount = operation<{ space_id: string; connected_account_id: string }>({
  path: '/spaces/add_connected_account',
  async handle({ space_id, connected_account_id }, call) {
    const space = await addMembers(call, space_id, { connected_account_ids: [connected_account_id] })
    return { space: presentSpace(space) }
  },
})
