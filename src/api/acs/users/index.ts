import type { Operation } from '../../operation.ts'
import { addAcsUserToAccessGroup } from './add_to_access_group.ts'
import { createAcsUserOperation } from './create.ts'
import { deleteAcsUser } from './delete.ts'
import { getAcsUserOperation } from './get.ts'
import { listAcsUsersOperation } from './list.ts'
import { listEntrancesOfAcsUser } from './list_accessible_entrances.ts'
import { removeAcsUserFromAccessGroup } from './remove_from_access_group.ts'
import { revokeAcsUserAccess } from './revoke_access_to_all_entrances.ts'
import { suspendAcsUser, unsuspendAcsUser } from './suspend.ts'
import { getUnmanagedAcsUser } from './unmanaged/get.ts'
import { listUnmanagedAcsUsers } from './unmanaged/list.ts'
import { updateAcsUser } from './update.ts'

export const acsUserOperations: readonly Operation[] = [
  addAcsUserToAccessGroup,
  createAcsUserOperation,
  deleteAcsUser,
  getAcsUserOperation,
  listAcsUsersOperation,
  listEntrancesOfAcsUser,
  removeAcsUserFromAccessGroup,
  revokeAcsUserAccess,
  suspendAcsUser,
  unsuspendAcsUser,
  updateAcsUser,
  getUnmanagedAcsUser,
  listUnmanagedAcsUsers,
]
