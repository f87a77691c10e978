import type { Operation } from '../operation.ts'
import { createAccessGrant } from './create.ts'
import { deleteAccessGrant } from './delete.ts'
import { getAccessGrantOperation } from './get.ts'
import { listAccessGrantsOperation } from './list.ts'
import { requestAccessMethods } from './request_access_methods.ts'
import { getUnmanagedAccessGrant } from './unmanaged/get.ts'
import { listUnmanagedAccessGrants } from './unmanaged/list.ts'
import { updateUnmanagedAccessGrant } from './unmanaged/update.ts'

export const accessGrantOperations: Operation[] = [
  createAccessGrant,
  deleteAccessGrant,
  getAccessGrantOperation,
  listAccessGrantsOperation,
  requestAccessMethods,
  getUnmanagedAccessGrant,
  listUnmanagedAccessGrants,
  updateUnmanagedAccessGrant,
]
