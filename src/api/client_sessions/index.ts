import type { Operation } from '../operation.ts'
import { createClientSession } from './create.ts'
import { deleteClientSession } from './delete.ts'
import { getClientSessionOperation } from './get.ts'
import { getOrCreateClientSession } from './get_or_create.ts'
import { grantAccess } from './grant_access.ts'
import { listClientSessionsOperation } from './list.ts'
import { revokeClientSession } from './revoke.ts'

export const clientSessionOperations: Operation[] = [
  createClientSession,
  deleteClientSession,
  getClientSessionOperation,
  getOrCreateClientSession,
  grantAccess,
  listClientSessionsOperation,
  revokeClientSession,
]
