/** The catalogue of misconfigurations: one table. */
import type { AnyRow } from './row.ts'
import { callers } from './rows/callers.ts'
import { encoding } from './rows/encoding.ts'
import { keys } from './rows/keys.ts'
import { pastTheGrant } from './rows/past-the-grant.ts'
import { reservations } from './rows/reservations.ts'
import { sandboxAndSystems } from './rows/sandbox-and-systems.ts'
import { usersAndCredentials } from './rows/users-and-credentials.ts'
import { whenAndHow } from './rows/when-and-how.ts'
import { whoAndWhere } from './rows/who-and-where.ts'

export const catalogue: readonly AnyRow[] = [
  ...whoAndWhere,
  ...whenAndHow,
  ...reservations,
  ...encoding,
  ...usersAndCredentials,
  ...keys,
  ...callers,
  ...sandboxAndSystems,
  ...pastTheGrant,
]
