import type { Operation } from '../operation.ts'
import { addAcsUser } from './add_acs_user.ts'
import { createUserIdentity } from './create.ts'
import { deleteUserIdentityOperation } from './delete.ts'
import { generateInstantKey } from './generate_instant_key.ts'
import { getUserIdentityOperation } from './get.ts'
import { listUserIdentitiesOperation } from './list.ts'
import { listAccessibleDevices } from './list_accessible_devices.ts'
import { listAccessibleEntrancesOfIdentity } from './list_accessible_entrances.ts'
import { listAcsSystemsOfIdentity } from './list_acs_systems.ts'
import { listAcsUsersOfIdentity } from './list_acs_users.ts'
import { removeAcsUser } from './remove_acs_user.ts'
import { getUnmanagedUserIdentity } from './unmanaged/get.ts'
import { listUnmanagedUserIdentities } from './unmanaged/list.ts'
import { updateUnmanagedUserIdentity } from './unmanaged/update.ts'
import { updateUserIdentity } from './update.ts'

export const userIdentityOperations: Operation[] = [
  addAcsUser,
  createUserIdentity,
  deleteUserIdentityOperation,
  generateInstantKey,
  getUserIdentityOperation,
  listUserIdentitiesOperation,
  listAccessibleDevices,
  listAccessibleEntrancesOfIdentity,
  listAcsSystemsOfIdentity,
  listAcsUsersOfIdentity,
  removeAcsUser,
  getUnmanagedUserIdentity,
  listUnmanagedUserIdentities,
  updateUnmanagedUserIdentity,
  updateUserIdentity,
]
