/** What a system answered to a row's wish, as changes of the row: taken, gone, or not done and when it is tried again. */
import { toIso } from '../clock.ts'
import type { ChangeSet } from '../domain/changes.ts'
import type { AcsAccessGroupRecord, AcsCredentialRecord, AcsUserRecord, Problem } from '../domain/records.ts'
import { GROUP_CHANGED, USER_CHANGED, withoutWarning } from '../domain/sync/marks.ts'
import { pushErrors } from '../domain/sync/refused.ts'
import type { Ids } from '../ids.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { AppliedChange } from '../systems/kit/driver.ts'
import type { SystemError } from '../systems/kit/errors.ts'
import { reportedCredential, reportedGroup, reportedUser } from './desired.ts'
import { newPoolCard } from './pool.ts'
import { rowId, type Kind, type Row, type Told } from './rows.ts'
import { waitAfter, WAITS_MS } from './waits.ts'

/** How long a change waits that has failed more often than there are waits in waits.ts (milliseconds, by the workspace's clock). */
const LONGEST_MS = 900_000
/**
 * The same for a system that does not answer at all: it is looked for every few minutes anyway (sync.ts), and whatever
 * waits is told as soon as it is found.
 */
const LONGEST_AWAY_MS = 3_600_000

/** The system took the wish `told`. `row`: as it stands now; changed in place, so that issuance sees it. */
export function recordPut(
  changes: ChangeSet,
  told: Told,
  row: Row,
  applied: AppliedChange,
  isStillTheWish: boolean,
  now: string,
  definition: SystemDefinition,
): void {
  const refusals = pushErrors(definition)
  const common = {
    version: row.version,
    external_id: applied.external_id,
    is_dirty: !isStillTheWish,
    retry_at: null,
    attempts: 0,
    errors: row.errors.filter((error) => !refusals.has(error.error_code ?? '')),
  }
  const asked = told.row
  row.is_dirty = !isStillTheWish
  switch (told.kind) {
    case 'acs_access_group':
      changes.update('acs_access_group', 'acs_access_group_id', {
        acs_access_group_id: rowId(told.kind, row),
        ...common,
        reported: reportedGroup(asked as AcsAccessGroupRecord, applied.name),
        ...(isStillTheWish ? { warnings: withoutWarning(row.warnings, GROUP_CHANGED) } : {}),
      })
      return
    case 'acs_user':
      changes.update('acs_user', 'acs_user_id', {
        acs_user_id: rowId(told.kind, row),
        ...common,
        // It stays waiting for the next of its groups to begin.
        ...(isStillTheWish && told.due != null && told.due.next_at !== null
          ? { is_dirty: true, retry_at: told.due.next_at }
          : {}),
        reported: reportedUser(asked as AcsUserRecord, told.due),
        last_successful_sync_at: now,
        metadata: withFacts((row as AcsUserRecord).metadata, applied, definition),
        warnings:
          applied.warnings === undefined ? withoutWarning(row.warnings, USER_CHANGED) : systemWarnings(applied, now),
      })
      return
    case 'acs_credential': {
      const credential = row as AcsCredentialRecord
      const code = applied.code ?? credential.code
      credential.synced_at = now
      credential.external_id = applied.external_id
      credential.code = code
      const card_number = applied.card_number ?? credential.card_number
      credential.card_number = card_number
      changes.update('acs_credential', 'acs_credential_id', {
        acs_credential_id: credential.acs_credential_id,
        ...common,
        reported: reportedCredential(asked as AcsCredentialRecord, code),
        synced_at: now,
        code,
        card_number,
        metadata: withFacts(credential.metadata, applied, definition),
        ...(applied.warnings === undefined ? {} : { warnings: systemWarnings(applied, now) }),
      })
    }
  }
}

function withFacts(
  metadata: Record<string, unknown>,
  applied: AppliedChange,
  definition: SystemDefinition,
): Record<string, unknown> {
  const key = definition.metadataKey
  if (applied.metadata === undefined || key === undefined) return metadata
  return { ...metadata, [key]: { ...(metadata[key] as object | undefined), ...applied.metadata } }
}

function systemWarnings(applied: AppliedChange, now: string): Problem[] {
  return (applied.warnings ?? []).map((warning) => ({ created_at: now, ...warning }))
}

/** The system holds nothing of the row any more. */
export function recordDeletion(
  changes: ChangeSet,
  kind: Kind,
  row: Row,
  definition: SystemDefinition,
  ids: Ids,
  now: string,
): void {
  const { acs_system_id, connected_account_id } = row
  // A registered card goes back to the pool when its credential ends.
  if ('card_number' in row && row.card_number !== null && definition.card === 'assign') {
    const {
      version: _version,
      workspace_id: _workspace,
      ...free
    } = newPoolCard(row, { card_number: row.card_number, credential_id: null }, ids.uuid(), now)
    changes.insert('acs_credential', free)
  }
  const about = { [`${kind}_id`]: rowId(kind, row), acs_system_id, connected_account_id }
  changes.delete(kind, { [`${kind}_id`]: rowId(kind, row) })
  changes.event(`${kind}.deleted`, about)
}

/** The system did not do it: tried again later, or shown where that cannot help. */
export function recordFailure(changes: ChangeSet, told: Told, row: Row, now: string): void {
  const error = told.error
  if (error === null) return
  const attempts = row.attempts + 1
  // What cannot succeed as it is waits for a new wish, or for the next hour, and shows why.
  const isOver = !error.isRetryable && error.kind !== 'unauthorized'
  const action = row.is_deleting ? 'delete' : row.reported === null ? 'create' : 'update'
  const fallback = told.kind === 'acs_credential' ? 'provider_issue' : `failed_to_${action}_on_acs_system`
  const problem: Problem = { created_at: now, error_code: error.code ?? fallback, message: error.message }
  const isShown = isOver || attempts >= 3
  // Wished anew, or asked to be tried at once (the system is back), while this try was under way.
  const isAskedAgain = row.version !== told.row.version
  changes.update(told.kind, `${told.kind}_id` as never, {
    [`${told.kind}_id`]: rowId(told.kind, row),
    version: row.version,
    attempts,
    was_asked: true,
    is_dirty: !isOver || isAskedAgain,
    retry_at: isOver || isAskedAgain ? null : retryAt(error, attempts, Date.parse(now)),
    ...(isShown ? { errors: [...row.errors.filter((one) => one.error_code !== problem.error_code), problem] } : {}),
  })
}

/**
 * When a change is told again that has failed so often. The longest waits end at full quarters and hours, so that all
 * that waits for one system is told in one go.
 */
function retryAt(error: SystemError, attempts: number, nowMs: number): string {
  if (attempts <= WAITS_MS.length) return toIso(nowMs + waitAfter(attempts - 1))
  const longest = error.kind === 'unreachable' ? LONGEST_AWAY_MS : LONGEST_MS
  return toIso((Math.floor(nowMs / longest) + 1) * longest)
}
