/**
 * What follows when credentials or doors are gone at their system without our doing: flags, errors that name cause and
 * remedy, events, and the grants' doors. Nothing is put back by itself: somebody may have shut the person out on
 * purpose. Pure: the caller reads, these fill a ChangeSet.
 */
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import { dirty } from '../acs-users/acs-user.ts'
import type { ChangeSet } from '../changes.ts'
import { methodEventPayload, missingDoorsOf, strikeOff, type IssuanceFacts } from '../issuance.ts'
import type { AccessGrantRecord, AccessMethodRecord, AcsCredentialRecord, PinClaimRecord, Problem } from '../records.ts'
import {
  CREDENTIAL_DELETED_MESSAGE,
  CREDENTIAL_OF_DELETED_USER_MESSAGE,
  DELETED_EXTERNALLY,
  isDeletedExternally,
  METHOD_LOST_MESSAGES,
  withoutError,
  withoutWarning,
} from './marks.ts'

export interface LostCredential {
  acs_credential_id: string
  /** As it was when it was found to be lost: one that has changed since is left alone. */
  version: number
  cause: 'credential' | 'user'
}

/** Of the system that the credentials belong to. */
export interface LossPlace {
  /** Our ids of its doors. */
  doorIds: ReadonlySet<string>
  /** Its cards are bound, not written: one whose credential is gone is free again. */
  freesCards: boolean
  /** PINs that the credentials hold on doors. */
  claims: readonly Pick<PinClaimRecord, 'acs_credential_id' | 'acs_entrance_id'>[]
}

/** Takes note of credentials that are gone. `facts` hold them, and all around them. */
export function loseCredentials(
  changes: ChangeSet,
  lost: readonly LostCredential[],
  facts: IssuanceFacts,
  place: LossPlace,
): void {
  const causes = new Map<AcsCredentialRecord, LostCredential['cause']>()
  for (const { acs_credential_id, version, cause } of lost) {
    const credential = facts.credentials.find((one) => one.acs_credential_id === acs_credential_id)
    if (credential?.version === version) causes.set(credential, cause)
  }
  for (const [credential, cause] of causes) loseCredential(changes, credential, cause, facts.now, place)
  for (const method of facts.methods) {
    const own = [...causes].filter(
      ([credential]) =>
        credential.access_method_id === method.access_method_id && credential.parent_acs_credential_id === null,
    )
    const [first] = own
    if (first === undefined) continue
    loseMethod(changes, method, METHOD_LOST_MESSAGES[first[1]], facts)
    const doors = own.flatMap(([credential]) =>
      credential.acs_entrance_ids.length > 0
        ? credential.acs_entrance_ids
        : method.acs_entrance_ids.filter((id) => place.doorIds.has(id)),
    )
    for (const grant of facts.grants) {
      if (grant.is_ended || !method.access_grant_ids.includes(grant.access_grant_id)) continue
      const closed = doors.filter((door) => grant.door_ids.includes(door) && !isOpen(door, grant, facts, place))
      loseDoors(changes, grant, closed, 'A key of this grant is gone at the access system.', facts.now)
    }
  }
}

function loseCredential(
  changes: ChangeSet,
  credential: AcsCredentialRecord,
  cause: LostCredential['cause'],
  now: string,
  { freesCards, claims }: LossPlace,
): void {
  const { acs_credential_id, acs_system_id, connected_account_id, version } = credential
  const wasIssued = credential.is_issued
  const message = cause === 'user' ? CREDENTIAL_OF_DELETED_USER_MESSAGE : CREDENTIAL_DELETED_MESSAGE
  const fields = {
    is_issued: false,
    issued_at: null,
    needs_to_be_reissued: false,
    synced_at: null,
    ...(freesCards ? { card_number: null } : {}),
    errors: [
      ...withoutError(credential.errors, DELETED_EXTERNALLY),
      { created_at: now, error_code: DELETED_EXTERNALLY, message },
    ],
  }
  Object.assign(credential, fields)
  changes.update('acs_credential', 'acs_credential_id', { acs_credential_id, version, ...fields })
  for (const claim of claims) {
    const { acs_entrance_id } = claim
    if (claim.acs_credential_id === acs_credential_id)
      changes.delete('pin_claim', { acs_credential_id, acs_entrance_id })
  }
  if (wasIssued) changes.event('acs_credential.invalidated', { acs_credential_id, acs_system_id, connected_account_id })
}

/** An access method that opens nothing any more, and says why. */
function loseMethod(changes: ChangeSet, method: AccessMethodRecord, message: string, facts: IssuanceFacts): void {
  const wasIssued = method.is_issued
  const fields = {
    is_issued: false,
    issued_at: null,
    is_ready: false,
    is_encoding_required: false,
    is_assignment_required: false,
    pending: [],
    warnings: withoutWarning(withoutWarning(method.warnings, 'delay_in_issuing'), 'updating_access_times'),
    errors: [
      ...withoutError(method.errors, 'failed_to_issue'),
      { created_at: facts.now, error_code: 'failed_to_issue', message },
    ],
  }
  Object.assign(method, fields)
  const { access_method_id, version } = method
  changes.update('access_method', 'access_method_id', { access_method_id, version, ...fields })
  const event_type = wasIssued ? 'access_method.revoked' : 'access_method.failed_to_issue'
  changes.event(event_type, methodEventPayload(method, facts))
  // Nothing of it is on its way any more, so its grants do not wait for it either.
  for (const grant of facts.grants)
    if (method.access_grant_ids.includes(grant.access_grant_id)) strikeOff(changes, grant, facts.methods, facts.now)
}

/** Whether a credential of the grant stands that opens the door, or will once it is on a card. */
function isOpen(door: string, grant: AccessGrantRecord, facts: IssuanceFacts, place: LossPlace): boolean {
  return facts.methods.some((method) => {
    if (!method.access_grant_ids.includes(grant.access_grant_id) || !method.acs_entrance_ids.includes(door))
      return false
    const own = facts.credentials.filter(
      (one) =>
        one.access_method_id === method.access_method_id &&
        one.parent_acs_credential_id === null &&
        (one.acs_entrance_ids.length > 0 ? one.acs_entrance_ids.includes(door) : place.doorIds.has(door)),
    )
    const stands = (one: AcsCredentialRecord): boolean =>
      one.synced_at !== null && !one.is_deleting && !isDeletedExternally(one)
    return own.length > 0 && own.every(stands)
  })
}

/** Whether a warning is that of a loss; others of its code have other causes and ends (grants/waiting.ts, grants/hindrances.ts). */
function isLoss(warning: Problem): boolean {
  const { warning_code, reason, acs_entrance_ids } = warning
  return warning_code === 'underprovisioned_access' && reason === undefined && acs_entrance_ids === undefined
}

/**
 * The grant does not open these doors any more, although it should; a door that it never opened is not told of.
 * `missing` are those that do not exist at their system: they open for nobody before they are back.
 */
export function loseDoors(
  changes: ChangeSet,
  grant: AccessGrantRecord,
  doors: readonly string[],
  why: string,
  now: string,
  missing: readonly string[] = [],
): void {
  if (doors.length === 0) return
  const lost = grant.granted_door_ids.filter((door) => doors.includes(door))
  const known = grant.warnings.flatMap(missingDoorsOf)
  const missing_acs_entrance_ids = [...new Set([...known, ...missing])]
  const warning: Problem = {
    created_at: now,
    warning_code: 'underprovisioned_access',
    message: `Access to some doors of this grant is missing. ${why}`,
    ...(missing_acs_entrance_ids.length === 0 ? {} : { missing_acs_entrance_ids }),
  }
  grant.granted_door_ids = grant.granted_door_ids.filter((door) => !lost.includes(door))
  grant.is_granted_to_all_doors = false
  grant.warnings = [...grant.warnings.filter((one) => !isLoss(one)), warning]
  const { access_grant_id, access_grant_key, version, granted_door_ids, warnings } = grant
  changes.update('access_grant', 'access_grant_id', {
    access_grant_id,
    version,
    granted_door_ids,
    is_granted_to_all_doors: false,
    warnings,
  })
  for (const acs_entrance_id of lost)
    changes.event('access_grant.access_to_door_lost', {
      access_grant_id,
      ...(access_grant_key === null ? {} : { access_grant_key }),
      acs_entrance_id,
    })
}

/** Doors that are at their system again: from now on they can be opened. */
export function findDoorsAgain(changes: ChangeSet, grant: AccessGrantRecord, doors: ReadonlySet<string>): void {
  if (!grant.warnings.some((warning) => missingDoorsOf(warning).some((id) => doors.has(id)))) return
  grant.warnings = grant.warnings.map((warning) => {
    const missing = missingDoorsOf(warning)
    if (!missing.some((id) => doors.has(id))) return warning
    const { missing_acs_entrance_ids: _missing, ...rest } = warning
    const left = missing.filter((id) => !doors.has(id))
    return { ...rest, ...(left.length === 0 ? {} : { missing_acs_entrance_ids: left }) }
  })
  const { access_grant_id, version, warnings } = grant
  changes.update('access_grant', 'access_grant_id', { access_grant_id, version, warnings })
}

/** Credentials that are at their system after all: it is told the whole wish again, and issuance follows. */
export function findCredentialsAgain(
  changes: ChangeSet,
  found: readonly { acs_credential_id: string; version: number; card_number: string | null }[],
  facts: IssuanceFacts,
  definition: SystemDefinition,
): void {
  for (const { acs_credential_id, version, card_number } of found) {
    const credential = facts.credentials.find((one) => one.acs_credential_id === acs_credential_id)
    if (credential?.version !== version) continue
    const { acs_system_id } = credential
    const errors = withoutError(credential.errors, DELETED_EXTERNALLY)
    credential.errors = errors
    const number = definition.card === 'assign' ? { card_number } : {}
    changes.update('acs_credential', 'acs_credential_id', {
      acs_credential_id,
      version,
      errors,
      ...number,
      ...dirty(facts.now),
    })
    changes.job('provision', acs_system_id, facts.now)
    const method = facts.methods.find((one) => one.access_method_id === credential.access_method_id)
    if (method === undefined || credential.parent_acs_credential_id !== null) continue
    const others = facts.credentials.filter((one) => one.access_method_id === method.access_method_id)
    if (others.some(isDeletedExternally)) continue
    const { access_method_id } = method
    changes.update('access_method', 'access_method_id', {
      access_method_id,
      version: method.version,
      errors: withoutError(method.errors, 'failed_to_issue'),
      // Plastic is brought up to date by hand.
      ...(method.mode === 'card' && definition.card === 'encode' ? { is_encoding_required: true } : {}),
    })
  }
}
