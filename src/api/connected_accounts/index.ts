import type { Operation } from '../operation.ts'
import { connectAccount } from './connect.ts'
import { getConnectedAccount } from './get.ts'
import { listConnectedAccountsOperation } from './list.ts'
import { listProviders } from './list_providers.ts'
import { syncConnectedAccount } from './sync.ts'
import { updateConnectedAccount } from './update.ts'

export const connectedAccountOperations: Operation[] = [
  connectAccount,
  listProviders,
  getConnectedAccount,
  listConnectedAccountsOperation,
  syncConnectedAccount,
  updateConnectedAccount,
]
