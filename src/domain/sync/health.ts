/**
 * How a system's health shows: what a try that could not reach it, or the first one that could again, changes on the
 * system and its account (access-systems.md sections 2 and 9.2). Pure.
 */
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { ChangeSet } from '../changes.ts'
import type { AcsSystemRecord, ConnectedAccountRecord, Problem } from '../records.ts'

/** A system and what is around it. Rows are changed in place. */
export interface HealthFacts {
  system: AcsSystemRecord
  account: ConnectedAccountRecord
  /** The other systems of the account. */
  siblings: readonly AcsSystemRecord[]
  definition: Pick<SystemDefinition, 'errorCodes'>
  now: string
}

/** What went wrong with a try. */
export type Trouble =
  /** It does not answer. `code` is the wire's own name for the cause, where the driver has one. */
  | { kind: 'unreachable'; code?: string | undefined }
  /** It refuses the login. */
  | { kind: 'unauthorized' }
  /** It was read, or could have been, and something else failed. */
  | { kind: 'other'; message: string }

/** A system that failed so many tries in a row is shown as disconnected. */
const TRIES_UNTIL_SHOWN = 3
/** Polls that were jumped over count as tries: no good one for this long is the same (milliseconds). */
const SILENCE_UNTIL_SHOWN_MS = 30 * 60_000

const ACCOUNT = 'account_disconnected'
const SYSTEM = 'acs_system_disconnected'
const UNAVAILABLE = 'provider_service_unavailable'
const UNKNOWN = 'unknown_issue_with_acs_system'

/** Causes of being away that the wire has names of its own for, whatever the system. */
const COMMON_CAUSES = [UNAVAILABLE, 'bridge_disconnected', 'seam_bridge_disconnected']

function causesOf({ errorCodes }: HealthFacts['definition']): ReadonlySet<string> {
  return new Set([...COMMON_CAUSES, ...(errorCodes?.away ?? [])])
}

interface Shown {
  errors: readonly Problem[]
}

function has(row: Shown, code: string): boolean {
  return row.errors.some((error) => error.error_code === code)
}

/** Shown as disconnected. */
export function isAway(system: Shown): boolean {
  return has(system, SYSTEM)
}

/** Its login is refused: nothing is told before it has been renewed. */
export function isLockedOut(system: Shown): boolean {
  return has(system, ACCOUNT)
}

/** Whether a success changes anything. */
export function isTroubled(system: Pick<AcsSystemRecord, 'errors' | 'failed_tries'>): boolean {
  // A cause of being away never stands alone.
  return system.failed_tries > 0 || isAway(system) || isLockedOut(system)
}

/** A try failed. `isPoll`: it was one of those that come by themselves. */
export function noteTrouble(changes: ChangeSet, facts: HealthFacts, trouble: Trouble, isPoll: boolean): void {
  const { system, now } = facts
  if (trouble.kind === 'unauthorized') return lockOut(changes, facts)
  if (trouble.kind === 'other') {
    const message = `The last look at the access system failed: ${trouble.message} It is looked at again.`
    const known = system.warnings.find((warning) => warning.warning_code === UNKNOWN)
    if (known?.message === message) return
    const others = system.warnings.filter((warning) => warning !== known)
    const created_at = known?.created_at ?? now
    setSystem(changes, system, { warnings: [...others, { created_at, warning_code: UNKNOWN, message }] })
    return
  }
  const failed_tries = system.failed_tries + 1
  setSystem(changes, system, { failed_tries })
  const since = system.synced_at ?? system.created_at
  const isSilent = isPoll && Date.parse(now) - Date.parse(since) >= SILENCE_UNTIL_SHOWN_MS
  if (isAway(system) || (failed_tries < TRIES_UNTIL_SHOWN && !isSilent)) return
  const error_code =
    trouble.code !== undefined && causesOf(facts.definition).has(trouble.code) ? trouble.code : UNAVAILABLE
  const message =
    'The access system does not answer. Check that it is running and reachable; it is tried again by itself.'
  disconnect(changes, facts, system, [
    { created_at: now, error_code, message },
    { created_at: now, error_code: SYSTEM, message },
  ])
  const { account } = facts
  if (account.warnings.some((warning) => warning.warning_code === UNAVAILABLE)) return
  setAccount(changes, account, {
    warnings: [...account.warnings, { created_at: now, warning_code: UNAVAILABLE, message }],
  })
}

function lockOut(changes: ChangeSet, facts: HealthFacts): void {
  const { account, now } = facts
  const message =
    'The access system refuses the login. Connect it again with a valid one; nothing is told to it before.'
  if (!has(account, ACCOUNT)) {
    const error: Problem = { created_at: now, error_code: ACCOUNT, is_connected_account_error: true, message }
    setAccount(changes, account, { errors: [...account.errors, error] })
    changes.event('connected_account.disconnected', {
      connected_account_id: account.connected_account_id,
      connected_account_errors: briefly(account.errors),
      connected_account_warnings: briefly(account.warnings),
    })
  }
  for (const system of [facts.system, ...facts.siblings]) {
    if (isLockedOut(system)) continue
    disconnect(changes, facts, system, [
      { created_at: now, error_code: ACCOUNT, message },
      ...(isAway(system) ? [] : [{ created_at: now, error_code: SYSTEM, message }]),
    ])
  }
}

/** Errors on a system; it is told of once, however many follow. */
function disconnect(changes: ChangeSet, { account }: HealthFacts, system: AcsSystemRecord, errors: Problem[]): void {
  const wasAway = isAway(system)
  setSystem(changes, system, { errors: [...system.errors, ...errors] })
  if (wasAway) return
  const { acs_system_id, connected_account_id } = system
  changes.event('acs_system.disconnected', {
    acs_system_id,
    connected_account_id,
    acs_system_errors: briefly(system.errors),
    acs_system_warnings: briefly(system.warnings),
    connected_account_errors: briefly(account.errors),
    connected_account_warnings: briefly(account.warnings),
  })
}

/** The system answered. `isSynced`: it was read whole. Answers whether it had been in trouble. */
export function noteSuccess(changes: ChangeSet, facts: HealthFacts, isSynced: boolean): boolean {
  const { system, account, siblings, now } = facts
  const wasTroubled = isTroubled(system)
  const wasAway = isAway(system)
  const causes = causesOf(facts.definition)
  const isOfAbsence = ({ error_code = '' }: Problem): boolean =>
    causes.has(error_code) || error_code === ACCOUNT || error_code === SYSTEM
  const fields: Partial<AcsSystemRecord> = {
    ...(system.failed_tries === 0 ? {} : { failed_tries: 0 }),
    ...(system.errors.some(isOfAbsence) ? { errors: system.errors.filter((error) => !isOfAbsence(error)) } : {}),
    ...(isSynced ? { synced_at: now } : {}),
    ...(isSynced && system.warnings.some((warning) => warning.warning_code === UNKNOWN)
      ? { warnings: system.warnings.filter((warning) => warning.warning_code !== UNKNOWN) }
      : {}),
  }
  if (Object.keys(fields).length > 0) setSystem(changes, system, fields)
  const { acs_system_id, connected_account_id } = system
  const isReconnected = has(account, ACCOUNT)
  const isStillAway = siblings.some((one) => one.errors.some((error) => causes.has(error.error_code ?? '')))
  const warnings = isStillAway
    ? account.warnings
    : account.warnings.filter((warning) => warning.warning_code !== UNAVAILABLE)
  if (isReconnected || warnings.length < account.warnings.length) {
    setAccount(changes, account, {
      warnings,
      errors: account.errors.filter((error) => error.error_code !== ACCOUNT),
    })
  }
  if (isReconnected) changes.event('connected_account.connected', { connected_account_id })
  if (wasAway) changes.event('acs_system.connected', { acs_system_id, connected_account_id })
  if (isReconnected)
    changes.event('connected_account.completed_first_sync_after_reconnection', { connected_account_id })
  return wasTroubled
}

/** What a system says of itself as a whole, as long as it does. */
export interface OwnProblems {
  errors?: { error_code: string; message: string }[]
  warnings?: { warning_code: string; message: string }[]
}

/** The system was read: what is wrong with it in its own judgement stands on it, and nothing of the sort besides. */
export function noteOwnProblems(changes: ChangeSet, { system, now }: HealthFacts, problems: OwnProblems): void {
  const fields = {
    ...settled('errors', system.errors, problems.errors ?? [], now),
    ...settled('warnings', system.warnings, problems.warnings ?? [], now),
  }
  if (Object.keys(fields).length > 0) setSystem(changes, system, fields)
}

/** The list under its key when it differs, else nothing. A problem that goes on keeps its time. */
function settled(
  key: 'errors' | 'warnings',
  standing: readonly Problem[],
  reported: readonly { error_code?: string; warning_code?: string; message: string }[],
  now: string,
): Partial<Record<typeof key, Problem[]>> {
  const own = standing.filter((problem) => problem['is_reported_by_system'] === true)
  const next = reported.map((problem): Problem => {
    const known = own.find((one) => one.error_code === problem.error_code && one.warning_code === problem.warning_code)
    return known?.message === problem.message
      ? known
      : { created_at: known?.created_at ?? now, is_reported_by_system: true, ...problem }
  })
  if (next.length === own.length && next.every((problem) => own.includes(problem))) return {}
  return { [key]: [...standing.filter((problem) => !own.includes(problem)), ...next] }
}

function setSystem(changes: ChangeSet, system: AcsSystemRecord, fields: Partial<AcsSystemRecord>): void {
  const { acs_system_id, version } = system
  Object.assign(system, fields)
  changes.update('acs_system', 'acs_system_id', { acs_system_id, version, ...fields })
}

function setAccount(
  changes: ChangeSet,
  account: ConnectedAccountRecord,
  fields: Partial<ConnectedAccountRecord>,
): void {
  const { connected_account_id, version } = account
  Object.assign(account, fields)
  changes.update('connected_account', 'connected_account_id', { connected_account_id, version, ...fields })
}

/** As events carry them. */
function briefly(problems: readonly Problem[]): Problem[] {
  return problems.map(({ created_at, message, error_code, warning_code }) => ({
    created_at,
    message,
    ...(error_code === undefined ? {} : { error_code }),
    ...(warning_code === undefined ? {} : { warning_code }),
  }))
}
