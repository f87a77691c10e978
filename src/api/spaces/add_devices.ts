import { presentSpace } from '../../domain/present/space.ts'
import { operation } from '../operation.ts'
import { addMembers } from './members.ts'

export const addDevices = operation<{ space_id: string; device_ids: string[] }>({
  path: '/spaces/add_devices',
  async handle({ space_id, device_ids }, call) {
    return { space: presentSpace(await addMembers(call, space_id, { device_ids })) }
  },
})
