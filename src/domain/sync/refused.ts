/** Changes that a system refused are wished still: they are told once more when something may have changed. Pure. */
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { ChangeSet } from '../changes.ts'
import type { Problem } from '../records.ts'
import type { Held } from './findings.ts'
import { isDeletedExternally } from './marks.ts'

const COMMON = [
  'failed_to_create_on_acs_system',
  'failed_to_update_on_acs_system',
  'failed_to_delete_on_acs_system',
  'provider_issue',
]

/** Codes under which a failed push stands on a resource of such a system; the next success clears them. */
export function pushErrors({ errorCodes }: Pick<SystemDefinition, 'errorCodes'>): ReadonlySet<string> {
  return new Set([...COMMON, ...(errorCodes?.refused ?? [])])
}

/** Whoever refuses is asked again after this long, at the next look at the system (milliseconds). */
const AGAIN_MS = 60 * 60_000

/**
 * Wishes that a system refused an hour ago or earlier, and that nobody has changed since, are told again: what stood in
 * the way may be gone. Answers whether there are any.
 */
export function askRefusedAgain(changes: ChangeSet, held: Held, definition: SystemDefinition, now: string): boolean {
  const codes = pushErrors(definition)
  const again = { is_dirty: true, retry_at: null }
  const groups = held.groups.filter((row) => isDue(row, codes, now))
  const users = held.users.filter((row) => isDue(row, codes, now))
  const credentials = held.credentials.filter((row) => isDue(row, codes, now))
  for (const { acs_access_group_id, version } of groups)
    changes.update('acs_access_group', 'acs_access_group_id', { acs_access_group_id, version, ...again })
  for (const { acs_user_id, version } of users)
    changes.update('acs_user', 'acs_user_id', { acs_user_id, version, ...again })
  for (const { acs_credential_id, version } of credentials)
    changes.update('acs_credential', 'acs_credential_id', { acs_credential_id, version, ...again })
  return groups.length + users.length + credentials.length > 0
}

function isDue(
  row: { is_dirty: boolean; errors: readonly Problem[] },
  codes: ReadonlySet<string>,
  now: string,
): boolean {
  // What somebody deleted at the system is not told to it again.
  if (row.is_dirty || isDeletedExternally(row)) return false
  const refused = row.errors.filter((error) => codes.has(error.error_code ?? ''))
  return refused.length > 0 && refused.every(({ created_at }) => Date.parse(now) - Date.parse(created_at) >= AGAIN_MS)
}
