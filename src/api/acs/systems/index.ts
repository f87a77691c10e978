import type { Operation } from '../../operation.ts'
import { getAcsSystemOperation } from './get.ts'
import { listAcsSystemsOperation } from './list.ts'
import { listCompatibleCredentialManagers } from './list_compatible_credential_manager_acs_systems.ts'
import { reportDevices } from './report_devices.ts'

export const acsSystemOperations: readonly Operation[] = [
  getAcsSystemOperation,
  listAcsSystemsOperation,
  listCompatibleCredentialManagers,
  reportDevices,
]
