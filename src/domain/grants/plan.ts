/**
 * A grant's facts while they are being changed. Rows are changed in place, so that later steps see earlier ones, and
 * every change goes into one ChangeSet. See facts.ts for how the parts fit together.
 */
import type { Ids } from '../../ids.ts'
import { carriesDoors, type SystemDefinition } from '../../systems/kit/definition.ts'
import { fitsRule, type PinRule } from '../../systems/kit/pin.ts'
import { ChangeSet } from '../changes.ts'
import { addInstantKey, grantKeyExpiry } from '../instant-keys.ts'
import { userIdentityDisplayName } from '../present/user-identity.ts'
import type {
  AccessGrantRecord,
  AccessMethodRecord,
  AcsCredentialRecord,
  AcsUserRecord,
  Json,
  Mode,
  PinClaimRecord,
  Records,
  TableName,
} from '../records.ts'
import { sameIds, type Door, type GrantFacts } from './facts.ts'
import { overlaps, rangeText, sameWindow, windowOf, type AccessWindow } from './windows.ts'

/** What making rows takes; ending access takes neither. */
export interface Tools {
  ids: Ids
  /** Encrypts the token of a client session (store/sealer.ts). */
  seal: (text: string) => string
}

/** A system that doors of the grant belong to. */
export interface SystemRef {
  acs_system_id: string
  connected_account_id: string
  definition: SystemDefinition
}

export class GrantPlan {
  readonly facts: GrantFacts
  readonly changes = new ChangeSet()
  readonly now: string
  readonly nowMs: number
  readonly #tools: Tools | null
  readonly #new = new Set<object>()
  readonly #systems = new Map<string, SystemRef>()
  #ownStayKey: string | null = null
  #isReservationGuarded = false

  constructor(facts: GrantFacts, now: string, tools: Tools | null = null) {
    this.facts = facts
    this.now = now
    this.nowMs = Date.parse(now)
    this.#tools = tools
    for (const door of facts.doors.values()) {
      if (this.#systems.has(door.acs_system_id)) continue
      const { acs_system_id, connected_account_id } = door
      this.#systems.set(acs_system_id, {
        acs_system_id,
        connected_account_id,
        definition: facts.definitionOf(door.provider),
      })
    }
  }

  get grant(): AccessGrantRecord {
    return this.facts.grant
  }

  get window(): AccessWindow {
    return { starts_at: this.grant.starts_at, ends_at: this.grant.ends_at }
  }

  get tools(): Tools {
    if (this.#tools === null) throw new Error('this change of a grant makes no rows')
    return this.#tools
  }

  /** Whether this change may make rows; ending access does not. */
  get makesRows(): boolean {
    return this.#tools !== null
  }

  /** Systems that doors of the facts belong to, by id. */
  get systems(): ReadonlyMap<string, SystemRef> {
    return this.#systems
  }

  /** Whether the row is made by this change. */
  isNew(row: object): boolean {
    return this.#new.has(row)
  }

  system(acsSystemId: string): SystemRef {
    const system = this.#systems.get(acsSystemId)
    if (system === undefined) throw new Error(`no door of the facts belongs to system ${acsSystemId}`)
    return system
  }

  /** Inserts a row; from now on `set` changes it in place. */
  add<T extends TableName>(table: T, row: Records[T]): Records[T] {
    this.#new.add(row)
    this.changes.insert(table, row)
    return row
  }

  /** Changes fields of a row: its insertion if it is new, else an update of the version that was read. */
  set<T extends TableName>(
    table: T,
    key: keyof Records[T] & string,
    row: Records[T],
    fields: Partial<Records[T]>,
  ): void {
    Object.assign(row, fields)
    if (this.#new.has(row)) return
    const { version } = row as { version?: number }
    this.changes.update(table, key, {
      [key]: row[key],
      ...(version === undefined ? {} : { version }),
      ...fields,
    })
  }

  setGrant(fields: Partial<AccessGrantRecord>): void {
    this.set('access_grant', 'access_grant_id', this.grant, fields)
  }

  setMethod(method: AccessMethodRecord, fields: Partial<AccessMethodRecord>): void {
    this.set('access_method', 'access_method_id', method, fields)
  }

  setCredential(credential: AcsCredentialRecord, fields: Partial<AcsCredentialRecord>): void {
    this.set('acs_credential', 'acs_credential_id', credential, fields)
  }

  /** The fields that make the reconciler look at a row, and the job that does it. */
  dirty(acsSystemId: string): { is_dirty: true; dirty_since: string; retry_at: null; attempts: number } {
    this.changes.job('provision', acsSystemId, this.now)
    return { is_dirty: true, dirty_since: this.now, retry_at: null, attempts: 0 }
  }

  /** The ids that every event of an access method carries, and its system when there is exactly one. */
  methodEvent(event_type: string, method: AccessMethodRecord): void {
    const keys = this.facts.grantKeysOf(method)
    const system = method.acs_system_id === null ? undefined : this.#systems.get(method.acs_system_id)
    this.changes.event(event_type, {
      access_method_id: method.access_method_id,
      access_grant_ids: method.access_grant_ids,
      ...(keys.length > 0 ? { access_grant_keys: keys } : {}),
      ...(system === undefined
        ? {}
        : { acs_system_id: system.acs_system_id, connected_account_id: system.connected_account_id }),
    })
  }

  /** Credentials behind a method, copies on phones included, that are not being deleted. */
  credentialsOf(method: AccessMethodRecord): AcsCredentialRecord[] {
    return this.facts.credentials.filter(
      (credential) => credential.access_method_id === method.access_method_id && !credential.is_deleting,
    )
  }

  // People -----------------------------------------------------------------------------------------------------------

  /** The identity's user at a system: its own, else one with its e-mail address or phone number, else a new one. */
  userAt(system: SystemRef): AcsUserRecord {
    const { identity, users } = this.facts
    const here = users.filter((user) => user.acs_system_id === system.acs_system_id)
    const own = here.find((user) => user.user_identity_id === identity.user_identity_id)
    if (own !== undefined && !own.is_deleting) return own
    // One on its way out gives up its place: a system has one user per identity.
    if (own !== undefined) this.#setUser(own, { user_identity_id: null })

    const email = identity.email_address?.toLowerCase() ?? null
    const free = here.filter((user) => user.user_identity_id === null && !user.is_deleting)
    const known =
      free.find((user) => email !== null && user.email_address?.toLowerCase() === email) ??
      free.find((user) => identity.phone_number !== null && user.phone_number === identity.phone_number)
    if (known !== undefined) {
      this.#setUser(known, { user_identity_id: identity.user_identity_id })
      return known
    }
    const user = this.add('acs_user', this.#newUser(system))
    users.push(user)
    const { acs_user_id, acs_system_id, connected_account_id } = user
    this.changes.event('acs_user.created', { acs_user_id, acs_system_id, connected_account_id })
    return user
  }

  #newUser(system: SystemRef): AcsUserRecord {
    const { identity } = this.facts
    return {
      workspace_id: this.grant.workspace_id,
      acs_user_id: this.tools.ids.uuid(),
      acs_system_id: system.acs_system_id,
      connected_account_id: system.connected_account_id,
      user_identity_id: identity.user_identity_id,
      external_id: null,
      full_name: identity.full_name ?? userIdentityDisplayName(identity),
      email_address: identity.email_address,
      phone_number: identity.phone_number,
      access_starts_at: null,
      access_ends_at: null,
      is_suspended: false,
      acs_access_group_ids: [],
      acs_entrance_ids: [],
      metadata: {},
      is_managed: true,
      last_successful_sync_at: null,
      is_deleting: false,
      reported: null,
      ...this.dirty(system.acs_system_id),
      errors: [],
      warnings: [],
      created_at: this.now,
      version: 1,
    }
  }

  #setUser(user: AcsUserRecord, fields: Partial<AcsUserRecord>): void {
    this.set('acs_user', 'acs_user_id', user, fields)
  }

  // Credentials ------------------------------------------------------------------------------------------------------

  /** The credential of the user that keeps it from having another one of this mode, where a system allows only one. */
  exclusiveHolder(user: AcsUserRecord, mode: Mode, system: SystemRef): AcsCredentialRecord | undefined {
    if (!system.definition.onePerUser.includes(mode)) return undefined
    return this.facts.credentials.find(
      (credential) =>
        credential.acs_user_id === user.acs_user_id &&
        (credential.exclusive_key === exclusiveKey(mode, user) ||
          (credential.access_method === mode && credential.parent_acs_credential_id === null)),
    )
  }

  /** A credential behind a method at one system, with its PIN claimed and its copies on the identity's phones. */
  addCredential(
    method: AccessMethodRecord,
    user: AcsUserRecord,
    system: SystemRef,
    doors: readonly Door[],
    code: string | null = null,
  ): AcsCredentialRecord {
    const { definition, acs_system_id, connected_account_id } = system
    const { mode } = method
    const isMobile = mode === 'mobile_key'
    const row: AcsCredentialRecord = {
      workspace_id: this.grant.workspace_id,
      acs_credential_id: this.tools.ids.uuid(),
      acs_system_id,
      connected_account_id,
      acs_user_id: user.acs_user_id,
      access_method_id: method.access_method_id,
      parent_acs_credential_id: null,
      phone_device_id: null,
      access_method: mode,
      display_name: null,
      acs_entrance_ids: carriesDoors(definition) ? doors.map((door) => door.acs_entrance_id) : [],
      ...this.window,
      code,
      is_code_personal: definition.pin?.isPersonal === true,
      card_number: null,
      is_multi_phone_sync_credential: isMobile,
      is_issued: false,
      issued_at: null,
      was_issued: false,
      needs_to_be_reissued: false,
      stay_key: this.stayKey(mode, definition, doors),
      metadata: { ...this.#providerWishes(mode, definition), ...this.#managerOf(mode, acs_system_id) },
      written: null,
      exclusive_key: definition.onePerUser.includes(mode) ? exclusiveKey(mode, user) : null,
      is_managed: true,
      synced_at: null,
      external_id: null,
      reported: null,
      is_deleting: false,
      ...this.dirty(acs_system_id),
      errors: [],
      warnings: [],
      created_at: this.now,
      version: 1,
    }
    const credential = this.add('acs_credential', row)
    this.facts.credentials.push(credential)
    if (code !== null) this.claim(credential, doors, code, this.window)
    if (isMobile) for (const phone of this.facts.phones) this.#addCopy(credential, phone.device_id)
    return credential
  }

  #addCopy(parent: AcsCredentialRecord, phone_device_id: string): void {
    const copy = this.add('acs_credential', {
      ...parent,
      acs_credential_id: this.tools.ids.uuid(),
      parent_acs_credential_id: parent.acs_credential_id,
      phone_device_id,
      is_multi_phone_sync_credential: false,
      exclusive_key: null,
    })
    this.facts.credentials.push(copy)
  }

  /**
   * The stay that a card or mobile key belongs to: that of its reservation, shared by all grants of it. Without a
   * reservation the grant is a stay of its own where cards carry stays with their doors; where they carry what their
   * user may open, it is a resident's, who ends nobody's stay. Doors that take no reservation carry none.
   */
  stayKey(mode: Mode, definition: SystemDefinition, doors: readonly Door[]): string | null {
    if (mode !== 'card' && mode !== 'mobile_key') return null
    if (!doors.some((door) => door.can_belong_to_reservation)) return null
    if (this.grant.reservation_key === null && !(definition.hasStays && carriesDoors(definition))) return null
    const ids = new Set(this.facts.methods.map((method) => method.access_method_id))
    const own = this.facts.credentials.find(
      (credential) =>
        credential.stay_key !== null && credential.access_method_id !== null && ids.has(credential.access_method_id),
    )
    if (this.#ownStayKey === null) {
      // Two grants that look for their stay at once must not each begin one.
      if (own === undefined) this.guardReservation()
      this.#ownStayKey = own?.stay_key ?? this.facts.reservationStayKey ?? this.tools.ids.uuid()
    }
    return this.#ownStayKey
  }

  /** What a provider with stays is told beside the stay: grants are for guests, never for staff. */
  #providerWishes(mode: Mode, definition: SystemDefinition): Json {
    const { metadataKey } = definition
    if (metadataKey === undefined || !definition.hasStays || (mode !== 'card' && mode !== 'mobile_key')) return {}
    return { [metadataKey]: { card_function_type: 'guest' } }
  }

  /** The credential manager that carries a mobile key to phones. */
  #managerOf(mode: Mode, acsSystemId: string): Json {
    const choice = mode === 'mobile_key' ? this.facts.managers.get(acsSystemId) : undefined
    return choice !== undefined && 'acs_system_id' in choice
      ? { credential_manager_acs_system_id: choice.acs_system_id }
      : {}
  }

  /** Takes a credential down: the reconciler removes it at the system, then here. PINs stay claimed until then. */
  removeCredential(credential: AcsCredentialRecord): void {
    if (credential.is_deleting) return
    this.setCredential(credential, { is_deleting: true, ...this.dirty(credential.acs_system_id) })
  }

  // PINs -------------------------------------------------------------------------------------------------------------

  /**
   * Whether another credential than `except` holds the PIN on one of the doors during the window, or another person does
   * on a system where PINs are personal. Asked of PINs that the facts tell of: those of the methods, requested and free ones.
   */
  isCodeTaken(code: string, doors: readonly Door[], window: AccessWindow, except?: AcsCredentialRecord): boolean {
    const { personalCodes, users, identity } = this.facts
    const systems = new Set(doors.map((door) => door.acs_system_id))
    const own = users.filter((user) => user.user_identity_id === identity.user_identity_id)
    const isSomebodyElses = personalCodes.some(
      (one) =>
        one.code === code &&
        systems.has(one.acs_system_id) &&
        !own.some((user) => user.acs_user_id === one.acs_user_id),
    )
    if (isSomebodyElses) return true
    const ids = new Set(doors.map((door) => door.acs_entrance_id))
    return this.facts.claims.some(
      (claim) =>
        claim.code === code &&
        ids.has(claim.acs_entrance_id) &&
        claim.acs_credential_id !== except?.acs_credential_id &&
        overlaps(windowOf(claim), window),
    )
  }

  /** A PIN by the rule that is free at all of these systems, and of which `isTaken` does not know otherwise; null when there is none. */
  freeCode(systemIds: readonly string[], rule: PinRule, isTaken: (code: string) => boolean): string | null {
    for (const { acs_system_ids, codes } of this.facts.freeCodes) {
      if (!systemIds.every((id) => acs_system_ids.includes(id))) continue
      const code = codes.find((one) => fitsRule(one, rule) && !isTaken(one))
      if (code !== undefined) return code
    }
    return null
  }

  /** Claims a PIN on doors for a credential, and gives up what it claimed before; a constraint keeps it unique. */
  claim(credential: AcsCredentialRecord, doors: readonly Door[], code: string | null, window: AccessWindow): void {
    const { claims } = this.facts
    const { workspace_id, acs_credential_id } = credential
    const during = rangeText(window)
    const wanted = new Set(code === null ? [] : doors.map((door) => door.acs_entrance_id))
    const mine = claims.filter((claim) => claim.acs_credential_id === acs_credential_id)
    for (const claim of mine) {
      const { acs_entrance_id } = claim
      if (!wanted.delete(acs_entrance_id) || code === null) {
        this.changes.delete('pin_claim', { acs_credential_id, acs_entrance_id })
        claims.splice(claims.indexOf(claim), 1)
      } else if (claim.code !== code || !sameWindow(windowOf(claim), window)) {
        Object.assign(claim, { code, during })
        this.changes.update('pin_claim', ['acs_credential_id', 'acs_entrance_id'], {
          acs_credential_id,
          acs_entrance_id,
          code,
          during,
        })
      }
    }
    if (code === null) return
    for (const acs_entrance_id of wanted) {
      const claim: PinClaimRecord = { workspace_id, acs_credential_id, acs_entrance_id, code, during }
      this.changes.insert('pin_claim', claim)
      claims.push(claim)
    }
  }

  // Instant Keys -----------------------------------------------------------------------------------------------------

  /** The client session and Instant Key of a mobile key method. */
  addKey(method: AccessMethodRecord, maxUseCount: number): void {
    const key = addInstantKey(this.changes, {
      user_identity_id: this.facts.identity.user_identity_id,
      access_method_id: method.access_method_id,
      max_use_count: maxUseCount,
      customization_profile_id: this.grant.customization_profile_id,
      expires_at: grantKeyExpiry(this.grant.ends_at, this.nowMs),
      now: this.now,
      ids: this.tools.ids,
      seal: this.tools.seal,
    })
    this.setMethod(method, { client_session_id: key.client_session_id })
  }

  /** Ends the links made for a method: with its client session goes the key. */
  removeKeys(method: AccessMethodRecord): void {
    const sessions = this.facts.instantKeys
      .filter((key) => key.access_method_id === method.access_method_id)
      .map((key) => key.client_session_id)
    for (const client_session_id of new Set(sessions)) this.changes.delete('client_session', { client_session_id })
  }

  /** A link that has not expired ends when the grant does (core.md section 8). */
  moveKeys(method: AccessMethodRecord): void {
    const expires_at = grantKeyExpiry(this.grant.ends_at, this.nowMs)
    for (const key of this.facts.instantKeys) {
      if (key.access_method_id !== method.access_method_id || key.expires_at <= this.now) continue
      if (key.expires_at === expires_at) continue
      this.set('instant_key', 'instant_key_id', key, { expires_at })
      const { client_session_id } = key
      this.changes.update('client_session', 'client_session_id', { client_session_id, expires_at })
    }
  }

  // Reservation ------------------------------------------------------------------------------------------------------

  /** Takes the guard row of the grant's reservation, so that no other command decides on the same picture. */
  guardReservation(): void {
    const { reservation_key } = this.grant
    if (reservation_key === null || this.#isReservationGuarded) return
    this.#isReservationGuarded = true
    const { reservation } = this.facts
    if (reservation === undefined) this.changes.insert('reservation', { reservation_key })
    else this.changes.update('reservation', 'reservation_key', { reservation_key, version: reservation.version })
  }
}

/** The key that is unique per user where a system allows one credential of a mode. */
export function exclusiveKey(mode: Mode, user: Pick<AcsUserRecord, 'acs_user_id'>): string {
  return `${mode}:${user.acs_user_id}`
}

/** Whether a method covers exactly these doors in this window. */
export function stands(method: AccessMethodRecord, doors: readonly Door[], window: AccessWindow): boolean {
  return (
    sameWindow(method, window) &&
    sameIds(
      method.acs_entrance_ids,
      doors.map((door) => door.acs_entrance_id),
    )
  )
}
