/** Every operation this server answers, from the folders that hold them. */
import { accessGrantOperations } from './access_grants/index.ts'
import { accessMethodOperations } from './access_methods/index.ts'
import { actionAttemptOperations } from './action_attempts/index.ts'
import { acsOperations } from './acs/index.ts'
import { auditOperations } from './audit/index.ts'
import { bridgeOperations } from './bridges/index.ts'
import { clientSessionOperations } from './client_sessions/index.ts'
import { connectWebviewOperations } from './connect_webviews/index.ts'
import { connectedAccountOperations } from './connected_accounts/index.ts'
import { consoleOperations } from './console/index.ts'
import { deviceOperations } from './devices/index.ts'
import { eventOperations } from './events/index.ts'
import { instantKeyOperations } from './instant_keys/index.ts'
import { lockOperations } from './locks/index.ts'
import type { Operation } from './operation.ts'
import { phoneOperations } from './phones/index.ts'
import { buildingOperations } from './sandbox/building-operations.ts'
import { clockOperations } from './sandbox/clock/clock.ts'
import { instantKeyPageOperations } from './seam/instant_key/index.ts'
import { spaceOperations } from './spaces/index.ts'
import { userIdentityOperations } from './user_identities/index.ts'
import { webhookOperations } from './webhooks/index.ts'
import { workspaceOperations } from './workspaces/index.ts'

export const operations: readonly Operation[] = [
  ...accessGrantOperations,
  ...accessMethodOperations,
  ...acsOperations,
  ...actionAttemptOperations,
  ...auditOperations,
  ...bridgeOperations,
  ...clientSessionOperations,
  ...connectWebviewOperations,
  ...connectedAccountOperations,
  ...deviceOperations,
  ...eventOperations,
  ...instantKeyOperations,
  ...lockOperations,
  ...phoneOperations,
  ...spaceOperations,
  ...userIdentityOperations,
  ...webhookOperations,
  ...workspaceOperations,
  ...instantKeyPageOperations,
  ...buildingOperations,
  ...clockOperations,
  ...consoleOperations,
]
