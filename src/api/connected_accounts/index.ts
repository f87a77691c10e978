import type { Operation } from '../operation.ts'
import { connectAccount } from './connect.ts'
import { deleteConnectedAccount } from './delete.ts'
import { getConnectedAccount } from './get.ts'
import { listConnectedAccountsOperation } from './list.ts'
import { listProviders } from './list_providers.ts'
import { simulateDisconnect } from './simulate/disconnect.ts'
import { syncConnectedAccount } from './sync.ts'
import { updateConnectedAccount } from './update.ts'

export const connectedAccountOperations: Operation[] = [
  connectAccount,
  deleteConnectedAccount,
  simulateDisconnect,
  listProviders,
  getConnectedAccount,
  listConnectedAccountsOperation,
  syncConnectedAccount,
  updateConnectedAccount,
]
