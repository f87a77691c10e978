import type { Operation } from '../operation.ts'
import { assignCard } from './assign_card.ts'
import { createAccessMethod } from './create.ts'
import { deleteAccessMethod } from './delete.ts'
import { encodeAccessMethod } from './encode.ts'
import { getAccessMethodOperation } from './get.ts'
import { getRelatedToAccessMethods } from './get_related.ts'
import { listAccessMethodsOperation } from './list.ts'
import { unlockDoor } from './unlock_door.ts'
import { getUnmanagedAccessMethod } from './unmanaged/get.ts'
import { listUnmanagedAccessMethods } from './unmanaged/list.ts'

export const accessMethodOperations: Operation[] = [
  assignCard,
  createAccessMethod,
  deleteAccessMethod,
  encodeAccessMethod,
  getAccessMethodOperation,
  getRelatedToAccessMethods,
  listAccessMethodsOperation,
  unlockDoor,
  getUnmanagedAccessMethod,
  listUnmanagedAccessMethods,
]
