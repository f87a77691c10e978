import { pageOfDevices, type ListParams } from '../devices/access.ts'
import { operation } from '../operation.ts'

/** The published answer has no pages: without a limit of the caller's it is all there are. */
const ALL = 100_000

export const listLocksOperation = operation<ListParams>({
  path: '/locks/list',
  async handle(params, call) {
    const { devices } = await pageOfDevices(call, { limit: ALL, ...params })
    return { devices, locks: devices }
  },
})
