import type { Operation } from '../operation.ts'
import { acsAccessGroupOperations } from './access_groups/index.ts'
import { acsCredentialOperations } from './credentials/index.ts'
import { acsEncoderOperations } from './encoders/index.ts'
import { acsEntranceOperations } from './entrances/index.ts'
import { acsSystemOperations } from './systems/index.ts'
import { acsUserOperations } from './users/index.ts'

/** The low-level operations on access systems. */
export const acsOperations: readonly Operation[] = [
  ...acsAccessGroupOperations,
  ...acsCredentialOperations,
  ...acsEncoderOperations,
  ...acsEntranceOperations,
  ...acsSystemOperations,
  ...acsUserOperations,
]
