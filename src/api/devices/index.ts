import type { Operation } from '../operation.ts'
import { getDeviceOperation } from './get.ts'
import { listDevicesOperation } from './list.ts'
import { listDeviceProviders } from './list_device_providers.ts'

export const deviceOperations: Operation[] = [getDeviceOperation, listDevicesOperation, listDeviceProviders]
