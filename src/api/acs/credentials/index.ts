import type { Operation } from '../../operation.ts'
import { assignAcsCredential } from './assign.ts'
import { createAcsCredential } from './create.ts'
import { deleteAcsCredential } from './delete.ts'
import { getAcsCredentialOperation, getUnmanagedAcsCredential } from './get.ts'
import { listAcsCredentialsOperation, listUnmanagedAcsCredentials } from './list.ts'
import { listEntrancesOfCredential } from './list_accessible_entrances.ts'
import { unassignAcsCredential } from './unassign.ts'
import { updateAcsCredential } from './update.ts'

export const acsCredentialOperations: readonly Operation[] = [
  assignAcsCredential,
  createAcsCredential,
  deleteAcsCredential,
  getAcsCredentialOperation,
  getUnmanagedAcsCredential,
  listAcsCredentialsOperation,
  listUnmanagedAcsCredentials,
  listEntrancesOfCredential,
  unassignAcsCredential,
  updateAcsCredential,
]
