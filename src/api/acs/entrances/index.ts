import type { Operation } from '../../operation.ts'
import { getAcsEntranceOperation } from './get.ts'
import { grantAccessToEntrance } from './grant_access.ts'
import { listAcsEntrancesOperation } from './list.ts'
import { listCredentialsWithAccess } from './list_credentials_with_access.ts'
import { unlockAcsEntrance } from './unlock.ts'

export const acsEntranceOperations: readonly Operation[] = [
  getAcsEntranceOperation,
  grantAccessToEntrance,
  listAcsEntrancesOperation,
  listCredentialsWithAccess,
  unlockAcsEntrance,
]
