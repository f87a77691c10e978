import type { Operation } from '../operation.ts'
import { getLockOperation } from './get.ts'
import { listLocksOperation } from './list.ts'

export const lockOperations: Operation[] = [getLockOperation, listLocksOperation]
