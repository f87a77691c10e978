import type { Operation } from '../../operation.ts'
import { addUserToAccessGroup } from './add_user.ts'
import { deleteAccessGroup } from './delete.ts'
import { getAcsAccessGroupOperation, getUnmanagedAcsAccessGroup } from './get.ts'
import { listAcsAccessGroupsOperation, listUnmanagedAcsAccessGroups } from './list.ts'
import { listEntrancesOfAccessGroup } from './list_accessible_entrances.ts'
import { listUsersInAccessGroup } from './list_users.ts'
import { removeUserFromAccessGroup } from './remove_user.ts'

export const acsAccessGroupOperations: readonly Operation[] = [
  addUserToAccessGroup,
  deleteAccessGroup,
  getAcsAccessGroupOperation,
  getUnmanagedAcsAccessGroup,
  listAcsAccessGroupsOperation,
  listUnmanagedAcsAccessGroups,
  listEntrancesOfAccessGroup,
  listUsersInAccessGroup,
  removeUserFromAccessGroup,
]
