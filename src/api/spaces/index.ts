import type { Operation } from '../operation.ts'
import { addEntrances } from './add_acs_entrances.ts'
import { addConnectedAccount } from './add_connected_account.ts'
import { addDevices } from './add_devices.ts'
import { createSpace } from './create.ts'
import { deleteSpace } from './delete.ts'
import { getSpaceOperation } from './get.ts'
import { getRelatedOfSpaces } from './get_related.ts'
import { listSpacesOperation } from './list.ts'
import { removeEntrances } from './remove_acs_entrances.ts'
import { removeConnectedAccount } from './remove_connected_account.ts'
import { removeDevices } from './remove_devices.ts'
import { updateSpace } from './update.ts'

export const spaceOperations: Operation[] = [
  addEntrances,
  addConnectedAccount,
  addDevices,
  createSpace,
  deleteSpace,
  getSpaceOperation,
  getRelatedOfSpaces,
  listSpacesOperation,
  removeEntrances,
  removeConnectedAccount,
  removeDevices,
  updateSpace,
]
