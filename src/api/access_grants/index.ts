import type { Operation } from '../operation.ts'
import { createAccessGrant } from './create.ts'
import { deleteAccessGrant } from './delete.ts'
import { getAccessGrantOperation } from './get.ts'
import { getRelatedToAccessGrants } from './get_related.ts'
import { listAccessGrantsOperation } from './list.ts'
import { requestAccessMethods } from './request_access_methods.ts'
import { updateAccessGrant } from './update.ts'
import { getUnmanagedAccessGrant } from './unmanaged/get.ts'
import { listUnmanagedAccessGrants } from './unmanaged/list.ts'
import { updateUnmanagedAccessGrant } from './unmanaged/update.ts'

export const accessGrantOperations: Operation[] = [
  createAccessGrant,
  deleteAccessGrant,
  getAccessGrantOperation,
  getRelatedToAccessGrants,
  listAccessGrantsOperation,
  requestAccessMethods,
  updateAccessGrant,
  getUnmanagedAccessGrant,
  listUnmanagedAccessGrants,
  updateUnmanagedAccessGrant,
]
