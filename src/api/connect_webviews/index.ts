import type { Operation } from '../operation.ts'
import { createConnectWebview } from './create.ts'
import { deleteConnectWebview } from './delete.ts'
import { getConnectWebview } from './get.ts'
import { listConnectWebviewsOperation } from './list.ts'

export const connectWebviewOperations: Operation[] = [
  createConnectWebview,
  deleteConnectWebview,
  getConnectWebview,
  listConnectWebviewsOperation,
]
