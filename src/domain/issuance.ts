/**
 * What follows when a system has taken a credential, or a card was written or bound: flags, events, and the grants'
 * doors (core.md 6.3 steps 5-8, 7.3; access-systems.md 6.2). Pure: the reconciler reads, this decides.
 */
import type { ChangeSet } from './changes.ts'
import { isHindrance } from './grants/hindrances.ts'
import { settleWaiting } from './grants/waiting.ts'
import type { AccessGrantRecord, AccessMethodRecord, AcsCredentialRecord, Problem } from './records.ts'

/** Everything around the credentials that were just confirmed. Changed in place, so that later steps see earlier ones. */
export interface IssuanceFacts {
  /** All credentials of the access methods concerned, the confirmed ones included. */
  credentials: AcsCredentialRecord[]
  /** The access methods behind them, and all others of the same grants. */
  methods: AccessMethodRecord[]
  grants: AccessGrantRecord[]
  /** Doors that each method's grant may open, by method: `acs_entrance_ids` of the row. */
  now: string
}

/** How a card of this credential gets its content; null for modes without a card. */
export type CardPath = 'encode' | 'assign' | null

/** Marks the credential issued (or issued again) and says so. */
export function issueCredential(changes: ChangeSet, credential: AcsCredentialRecord, now: string): void {
  const isFirst = !credential.was_issued
  credential.is_issued = true
  credential.issued_at = now
  credential.was_issued = true
  credential.needs_to_be_reissued = false
  const { acs_credential_id, acs_system_id, connected_account_id, version } = credential
  changes.update('acs_credential', 'acs_credential_id', {
    acs_credential_id,
    version,
    is_issued: true,
    issued_at: now,
    was_issued: true,
    needs_to_be_reissued: false,
  })
  changes.event(isFirst ? 'acs_credential.issued' : 'acs_credential.reissued', {
    acs_credential_id,
    acs_system_id,
    connected_account_id,
  })
}

/** The ids every access method event carries, plus the system's when there is exactly one (core.md section 11). */
export function methodEventPayload(method: AccessMethodRecord, facts: IssuanceFacts): Record<string, unknown> {
  const grants = facts.grants.filter((grant) => method.access_grant_ids.includes(grant.access_grant_id))
  const keys = grants.flatMap((grant) => grant.access_grant_key ?? [])
  const own = facts.credentials.filter((credential) => credential.access_method_id === method.access_method_id)
  const systems = new Map(own.map((credential) => [credential.acs_system_id, credential.connected_account_id]))
  const [only] = systems.size === 1 ? [...systems] : []
  return {
    access_method_id: method.access_method_id,
    access_grant_ids: method.access_grant_ids,
    ...(keys.length > 0 ? { access_grant_keys: keys } : {}),
    ...(only === undefined ? {} : { acs_system_id: only[0], connected_account_id: only[1] }),
  }
}

/** Marks the access method issued once all its credentials are, and clears what was pending on it. */
function issueMethod(changes: ChangeSet, method: AccessMethodRecord, facts: IssuanceFacts): void {
  const isFirst = !method.was_issued
  method.is_issued = true
  method.issued_at = facts.now
  method.was_issued = true
  method.is_encoding_required = false
  method.is_assignment_required = false
  method.is_ready = true
  method.pending = []
  method.warnings = method.warnings.filter(
    (warning) => warning.warning_code !== 'updating_access_times' && warning.warning_code !== 'delay_in_issuing',
  )
  method.errors = method.errors.filter((error) => error.error_code !== 'failed_to_issue')
  changes.update('access_method', 'access_method_id', {
    access_method_id: method.access_method_id,
    version: method.version,
    code: method.code,
    is_issued: true,
    issued_at: facts.now,
    was_issued: true,
    is_encoding_required: false,
    is_assignment_required: false,
    is_ready: true,
    pending: [],
    warnings: method.warnings,
    errors: method.errors,
  })
  changes.event(isFirst ? 'access_method.issued' : 'access_method.reissued', {
    ...methodEventPayload(method, facts),
    ...(method.mode === 'code' && method.code !== null ? { code: method.code } : {}),
  })
  for (const grant of facts.grants) {
    if (method.access_grant_ids.includes(grant.access_grant_id)) strikeOff(changes, grant, facts.methods, facts.now)
  }
}

/** Strikes off the grant's mutations and warnings what has arrived. `goneIds`: credentials that their systems gave up. */
export function strikeOff(
  changes: ChangeSet,
  grant: AccessGrantRecord,
  methods: readonly AccessMethodRecord[],
  now: string,
  goneIds?: ReadonlySet<string>,
): void {
  const own = methods.filter((method) => method.access_grant_ids.includes(grant.access_grant_id))
  const left = settleWaiting(grant, own, now, goneIds)
  if (left === null) return
  Object.assign(grant, left)
  const { access_grant_id, version } = grant
  changes.update('access_grant', 'access_grant_id', { access_grant_id, version, ...left })
}

/**
 * What a system's confirmation of credentials leads to. `confirmed` are those it now holds as wished; `cardPath` says
 * how cards of its kind are made. Events follow core.md 6.3: doors, all doors, encoding required, issued.
 */
export function credentialsConfirmed(
  changes: ChangeSet,
  confirmed: readonly AcsCredentialRecord[],
  facts: IssuanceFacts,
  cardPath: (credential: AcsCredentialRecord) => CardPath,
): void {
  const methods = facts.methods.filter((method) =>
    confirmed.some((credential) => credential.access_method_id === method.access_method_id),
  )
  for (const method of methods) {
    const own = facts.credentials.filter((credential) => credential.access_method_id === method.access_method_id)
    if (new Set(own.map((credential) => credential.acs_system_id)).size < 2) continue
    // Two systems that confirm at once must not each find the other missing: the second decides again.
    const { access_method_id, version } = method
    changes.update('access_method', 'access_method_id', { access_method_id, version })
  }
  for (const grant of facts.grants) openDoors(changes, grant, facts)

  for (const method of methods) {
    const own = facts.credentials.filter(
      (credential) =>
        credential.access_method_id === method.access_method_id && credential.parent_acs_credential_id === null,
    )
    if (method.mode !== 'card' || method.is_issued || own.some((credential) => credential.synced_at === null)) continue
    const asksForCard = method.is_encoding_required || method.is_assignment_required
    if (method.is_ready || !asksForCard) continue
    method.is_ready = true
    changes.update('access_method', 'access_method_id', {
      access_method_id: method.access_method_id,
      version: method.version,
      is_ready: true,
    })
    changes.event(
      method.is_encoding_required ? 'access_method.card_encoding_required' : 'access_method.card_assignment_required',
      methodEventPayload(method, facts),
    )
  }

  for (const credential of confirmed) {
    if (credential.is_issued || !issuesByItself(credential, cardPath(credential))) continue
    issueCredential(changes, credential, facts.now)
  }
  for (const method of methods) settleMethod(changes, method, facts)
}

/** Modes without plastic, and cards that are already bound to their credential, need nobody's hand. */
function issuesByItself(credential: AcsCredentialRecord, cardPath: CardPath): boolean {
  if (credential.access_method !== 'card') return true
  return cardPath === 'assign' && credential.card_number !== null
}

/** Issues the method when all of its credentials are issued and in step with their systems. */
export function settleMethod(changes: ChangeSet, method: AccessMethodRecord, facts: IssuanceFacts): void {
  // Issued, and yet to be encoded again: its card carries what has changed since.
  if (method.is_issued && !method.is_encoding_required) return
  const own = facts.credentials.filter(
    (credential) =>
      credential.access_method_id === method.access_method_id &&
      credential.parent_acs_credential_id === null &&
      !credential.is_deleting,
  )
  if (
    own.length === 0 ||
    !own.every(
      (credential) => credential.is_issued && !credential.needs_to_be_reissued && credential.synced_at !== null,
    )
  )
    return
  const code = own.find((credential) => credential.code !== null)?.code
  if (method.mode === 'code') {
    if (code === undefined) return
    method.code = code
  }
  issueMethod(changes, method, facts)
}

/** Doors of a grant that their system does not have any more, as its warning names them (sync/lost.ts). */
export function missingDoorsOf(warning: Problem): string[] {
  const ids = warning['missing_acs_entrance_ids']
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : []
}

/** A door is open for the grant when every method that covers it stands at its system. */
function openDoors(changes: ChangeSet, grant: AccessGrantRecord, facts: IssuanceFacts): void {
  const methods = facts.methods.filter((method) => method.access_grant_ids.includes(grant.access_grant_id))
  const stands = (method: AccessMethodRecord): boolean => {
    const own = facts.credentials.filter(
      (credential) =>
        credential.access_method_id === method.access_method_id && credential.parent_acs_credential_id === null,
    )
    return own.length > 0 && own.every((credential) => credential.synced_at !== null && !credential.is_dirty)
  }
  const missing = grant.warnings.flatMap(missingDoorsOf)
  const opened = grant.door_ids.filter((door) => {
    if (grant.granted_door_ids.includes(door) || missing.includes(door)) return false
    const covering = methods.filter((method) => method.acs_entrance_ids.includes(door))
    return covering.length > 0 && covering.every(stands)
  })
  const granted = [...grant.granted_door_ids, ...opened]
  const isComplete =
    !grant.is_granted_to_all_doors &&
    grant.door_ids.length > 0 &&
    grant.errors.length === 0 &&
    grant.door_ids.every((door) => granted.includes(door)) &&
    methods.length > 0 &&
    methods.every(stands)
  if (opened.length === 0 && !isComplete) return
  grant.granted_door_ids = granted
  const isUnder = (warning: Problem): boolean =>
    warning.warning_code === 'underprovisioned_access' && !isHindrance(warning)
  const hasCaughtUp = isComplete && grant.warnings.some(isUnder)
  if (isComplete) grant.is_granted_to_all_doors = true
  if (hasCaughtUp) grant.warnings = grant.warnings.filter((warning) => !isUnder(warning))
  changes.update('access_grant', 'access_grant_id', {
    access_grant_id: grant.access_grant_id,
    version: grant.version,
    granted_door_ids: granted,
    is_granted_to_all_doors: grant.is_granted_to_all_doors,
    ...(hasCaughtUp ? { warnings: grant.warnings } : {}),
  })
  strikeOff(changes, grant, facts.methods, facts.now)
  const about = { access_grant_id: grant.access_grant_id }
  for (const acs_entrance_id of opened)
    changes.event('access_grant.access_granted_to_door', { ...about, acs_entrance_id })
  if (isComplete) changes.event('access_grant.access_granted_to_all_doors', about)
}
