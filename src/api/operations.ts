/** Every operation this server answers, from the folders that hold them. */
import type { Operation } from './operation.ts'
import { clockOperations } from './sandbox/clock/clock.ts'
import { clientSessionOperations } from './client_sessions/index.ts'
import { userIdentityOperations } from './user_identities/index.ts'

export const operations: readonly Operation[] = [
  ...userIdentityOperations,
  ...clientSessionOperations,
  ...clockOperations,
]
