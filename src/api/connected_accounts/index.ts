import type { Operation } from '../operation.ts'
import { getConnectedAccount } from './get.ts'
import { listConnectedAccountsOperation } from './list.ts'
import { updateConnectedAccount } from './update.ts'

export const connectedAccountOperations: Operation[] = [
  getConnectedAccount,
  listConnectedAccountsOperation,
  updateConnectedAccount,
]
