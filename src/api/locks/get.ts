import { requireDevice } from '../devices/access.ts'
import { operation } from '../operation.ts'

export const getLockOperation = operation<{ device_id?: string; name?: string }>({
  path: '/locks/get',
  async handle(params, call) {
    const device = await requireDevice(call, params)
    return { device, lock: device }
  },
})
