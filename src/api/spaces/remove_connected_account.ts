import { presentSpace } from '../../domain/present/space.ts'
import { operation } from '../operation.ts'
import { removeMembers } from './members.ts'

export const removeConnectedAccount = operation<{ space_id: string; connected_account_id: string }>({
  path: '/spaces/remove_connected_account',
  async handle({ space_id, connected_account_id }, call) {
    const space = await removeMembers(call, space_id, { connected_account_ids: [connected_account_id] })
    return { space: presentSpace(space) }
  },
})
