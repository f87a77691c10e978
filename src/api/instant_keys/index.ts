import type { Operation } from '../operation.ts'
import { deleteInstantKey } from './delete.ts'
import { getInstantKeyOperation } from './get.ts'
import { listInstantKeysOperation } from './list.ts'

export const instantKeyOperations: Operation[] = [deleteInstantKey, getInstantKeyOperation, listInstantKeysOperation]
