import type { Operation } from '../operation.ts'
import { createUserIdentity } from './create.ts'
import { getUserIdentityOperation } from './get.ts'
import { listUserIdentitiesOperation } from './list.ts'

export const userIdentityOperations: Operation[] = [
  createUserIdentity,
  getUserIdentityOperation,
  listUserIdentitiesOperation,
]
