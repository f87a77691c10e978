import { operation } from '../operation.ts'
import { pageOfDevices, type ListParams } from './access.ts'

export const listDevicesOperation = operation<ListParams>({
  path: '/devices/list',
  async handle(params, call) {
    return { ...(await pageOfDevices(call, params)) }
  },
})
