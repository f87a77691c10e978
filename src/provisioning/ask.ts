/** Rows become changes in the system's own terms, and the system is asked for them. */
import type { AcsAccessGroupRecord, AcsCredentialRecord, AcsUserRecord } from '../domain/records.ts'
import { CREDENTIAL_OF_DELETED_USER_MESSAGE, DELETED_EXTERNALLY } from '../domain/sync/marks.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { AppliedChange, DesiredChange, SystemConnection } from '../systems/kit/driver.ts'
import { SystemError } from '../systems/kit/errors.ts'
import { changeId, desiredCredential, desiredGroup, desiredUser, type ExternalIds } from './desired.ts'
import type { KnownIds } from './external-ids.ts'
import type { Joins } from './joins.ts'
import { rowId, type Kind, type Row } from './rows.ts'

/** Tells the system the changes of one phase; one answer for each row, null where nothing had to be asked. */
export async function ask(
  connection: SystemConnection,
  phase: readonly { kind: Kind; row: Row }[],
  known: KnownIds,
  definition: SystemDefinition,
  signal: AbortSignal,
): Promise<(AppliedChange | SystemError | null)[]> {
  const planned = phase.map(({ kind, row }) => waiting(row, known) ?? plan(kind, row, known, definition))
  const changes = planned.filter((change) => change !== null && !(change instanceof SystemError))
  let answers: (AppliedChange | SystemError)[]
  if (connection.applyAll !== undefined && changes.length > 1) {
    const joined = changes.map((change) => withJoins(change, known.joins))
    answers = await connection
      .applyAll(joined, signal)
      .catch((error: unknown) => changes.map(() => asSystemError(error)))
  } else {
    answers = []
    for (const change of changes) {
      const joined = withJoins(change, known.joins)
      const answer = await connection.apply(joined, signal).catch(asSystemError)
      if (!(answer instanceof SystemError)) known.joins.learn(joined, answer)
      answers.push(answer)
    }
  }
  // What needs no asking (never told, now gone) is as good as done, and so is the deletion of what is not there.
  return planned.map((change, i) => {
    if (change instanceof SystemError) return change
    const answer = change === null ? null : (answers.shift() ?? null)
    const isGone = answer instanceof SystemError && answer.kind === 'not_found' && phase[i]?.row.is_deleting === true
    return isGone ? { external_id: null } : answer
  })
}

function withJoins(change: DesiredChange, joins: Joins): DesiredChange {
  return change.kind === 'put_credential' ? { ...change, credential: joins.fill(change.credential) } : change
}

/**
 * A user whose group, or a credential whose user, the system has not taken yet has to wait: told without it, the system
 * would be recorded as holding what it never heard of.
 */
function waiting(row: Row, known: KnownIds): SystemError | null {
  if (row.is_deleting) return null
  // Somebody may have shut the person out on purpose: what was deleted at the system is not told to it again.
  const mark = row.errors.find((error) => error.error_code === DELETED_EXTERNALLY)
  if (mark !== undefined) return new SystemError('rejected', mark.message, { code: DELETED_EXTERNALLY })
  if ('access_method' in row && row.acs_user_id !== null && known.lost.has(row.acs_user_id))
    return new SystemError('rejected', CREDENTIAL_OF_DELETED_USER_MESSAGE, { code: DELETED_EXTERNALLY })
  const isAwaited = (id: string): boolean => known.awaited.has(id) && !known.groups.has(id) && !known.users.has(id)
  const groups = 'acs_access_group_ids' in row ? (known.due.get(row.acs_user_id) ?? row).acs_access_group_ids : []
  const user = 'access_method' in row && row.acs_user_id !== null ? [row.acs_user_id] : []
  if (![...groups, ...user].some(isAwaited)) return null
  return new SystemError('busy', 'It waits until the access system has taken the group or user it belongs to.')
}

/** @throws whatever is no fault of the system. */
function asSystemError(error: unknown): SystemError {
  if (error instanceof SystemError) return error
  throw error
}

/** The change that brings the system from what it holds to what the row wishes; null when there is nothing to ask. */
function plan(kind: Kind, row: Row, known: ExternalIds, definition: SystemDefinition): DesiredChange | null {
  const id = changeId(rowId(kind, row), row)
  const isUnknownThere = row.external_id === null && row.reported === null && row.attempts === 0
  if (row.is_deleting && isUnknownThere && row.was_asked !== true) return null
  switch (kind) {
    case 'acs_access_group': {
      const group = row as AcsAccessGroupRecord
      if (!group.is_deleting) return { id, kind: 'put_group', group: desiredGroup(group, known) }
      return { id, kind: 'delete_group', external_id: group.external_id ?? group.acs_access_group_id }
    }
    case 'acs_user': {
      const user = row as AcsUserRecord
      if (!user.is_deleting) return { id, kind: 'put_user', user: desiredUser(user, known, definition) }
      return { id, kind: 'delete_user', external_id: user.external_id ?? user.acs_user_id }
    }
    case 'acs_credential': {
      const credential = row as AcsCredentialRecord
      if (!credential.is_deleting)
        return { id, kind: 'put_credential', credential: desiredCredential(credential, known, definition) }
      return {
        id,
        kind: 'delete_credential',
        external_id: credential.external_id ?? credential.acs_credential_id,
        mode: credential.access_method,
        user_id: credential.acs_user_id === null ? null : (known.users.get(credential.acs_user_id) ?? null),
      }
    }
  }
}
