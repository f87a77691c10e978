import { operation } from '../operation.ts'
import { requireDevice } from './access.ts'

export const getDeviceOperation = operation<{ device_id?: string; name?: string }>({
  path: '/devices/get',
  async handle(params, call) {
    return { device: await requireDevice(call, params) }
  },
})
