import { presentSpace } from '../../domain/present/space.ts'
import { operation } from '../operation.ts'
import { removeMembers } from './members.ts'

export const removeDevices = operation<{ space_id: string; device_ids: string[] }>({
  path: '/spaces/remove_devices',
  async handle({ space_id, device_ids }, call) {
    return { space: presentSpace(await removeMembers(call, space_id, { device_ids })) }
  },
})
