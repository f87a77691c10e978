/** Changes that a system refused are wished still: they are told once more when something may have changed. Pure. */
import type { ChangeSet } from '../changes.ts'
import type { Problem } from '../records.ts'
import type { Held } from './compare.ts'
import { isDeletedExternally } from './marks.ts'

/** Codes under which a failed push stands on a resource; the next success clears them. */
export const PUSH_ERRORS: ReadonlySet<string> = new Set([
  'failed_to_create_on_acs_system',
  'failed_to_update_on_acs_system',
  'failed_to_delete_on_acs_system',
  'salto_ks_subscription_limit_exceeded',
  'latch_conflict_with_resident_user',
  'provider_issue',
])

/** Whoever refuses is asked again after this long, at the next look at the system (milliseconds). */
const AGAIN_MS = 60 * 60_000

/**
 * Wishes that a system refused an hour ago or earlier, and that nobody has changed since, are told again: what stood in
 * the way may be gone. Answers whether there are any.
 */
export function askRefusedAgain(changes: ChangeSet, held: Held, now: string): boolean {
  const again = { is_dirty: true, retry_at: null }
  const groups = held.groups.filter((row) => isDue(row, now))
  const users = held.users.filter((row) => isDue(row, now))
  const credentials = held.credentials.filter((row) => isDue(row, now))
  for (const { acs_access_group_id, version } of groups)
    changes.update('acs_access_group', 'acs_access_group_id', { acs_access_group_id, version, ...again })
  for (const { acs_user_id, version } of users)
    changes.update('acs_user', 'acs_user_id', { acs_user_id, version, ...again })
  for (const { acs_credential_id, version } of credentials)
    changes.update('acs_credential', 'acs_credential_id', { acs_credential_id, version, ...again })
  return groups.length + users.length + credentials.length > 0
}

function isDue(row: { is_dirty: boolean; errors: readonly Problem[] }, now: string): boolean {
  // What somebody deleted at the system is not told to it again.
  if (row.is_dirty || isDeletedExternally(row)) return false
  const refused = row.errors.filter((error) => PUSH_ERRORS.has(error.error_code ?? ''))
  return refused.length > 0 && refused.every(({ created_at }) => Date.parse(now) - Date.parse(created_at) >= AGAIN_MS)
}
