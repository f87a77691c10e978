/** A virtual system's own database: what it was told, and what it therefore gives to whom. */
import { carriesDoors, hasGroups, isCredentialManager, type CredentialMode } from '../definition.ts'
import type {
  AppliedChange,
  DesiredChange,
  DesiredCredential,
  DesiredGroup,
  DesiredUser,
  DriverHost,
  ReportedState,
  Window,
} from '../driver.ts'
import { SystemError } from '../errors.ts'
import type { DoorState, VirtualRecords, VirtualTransaction } from '../virtual.ts'
import { guestLineage, holderId, numberIn } from './lineage.ts'
import { intersect, reasonByWindow, reasonByWindows } from './lock.ts'
import { AT_REST, doorOf, type VirtualDoor, type VirtualModel } from './model.ts'
import { pinFor } from './pins.ts'
import {
  isLive,
  KIND,
  lookupOfCard,
  lookupOfCredential,
  putCard,
  type Mark,
  type PlasticCard,
  type Removed,
  type Told,
  type VirtualCredential,
  type VirtualGroup,
  type VirtualUser,
} from './records.ts'
import type { DoorReason } from '../virtual.ts'
import { readState } from './report.ts'
import { checkZones } from './zones.ts'

/** How many changes a record remembers: a change is only ever asked again before the next ones of its record. */
const REMEMBERED_CHANGES = 8

/** Doors with the times they may be opened at. */
export type Entry = { entrance_id: string } & Window

export class SystemState {
  readonly model: VirtualModel
  readonly #host: DriverHost

  constructor(model: VirtualModel, host: DriverHost) {
    this.model = model
    this.#host = host
  }

  /** Everything the system would tell of itself now. */
  read(records: VirtualRecords): Promise<ReportedState> {
    return readState(this.model, this.#host, records)
  }

  /** Carries out several changes; one that is refused leaves nothing and does not stop the others. */
  async applyAll(
    records: VirtualTransaction,
    changes: readonly DesiredChange[],
  ): Promise<(AppliedChange | SystemError)[]> {
    // Read together what each will ask for one by one: 50 reads in one flush instead of 50 round trips.
    await Promise.all(changes.flatMap(readsOf).map(([kind, id]) => records.get(kind, id)))
    const answers: (AppliedChange | SystemError)[] = []
    for (const change of changes) {
      try {
        answers.push(await this.apply(records, change))
      } catch (error) {
        if (!(error instanceof SystemError)) throw error
        answers.push(error)
      }
    }
    return answers
  }

  /** Carries out one change. Whatever refuses it does so before anything is put. */
  async apply(records: VirtualTransaction, change: DesiredChange): Promise<AppliedChange> {
    const { definition } = this.model
    if (isCredentialManager(definition)) {
      throw new SystemError('unsupported', `${definition.display_name} has no users, groups or credentials of its own.`)
    }
    switch (change.kind) {
      case 'put_group':
        return this.#putGroup(records, change.id, change.group)
      case 'delete_group':
        await this.#retire<VirtualGroup>(records, KIND.group, change.external_id, change.id)
        return { external_id: null }
      case 'put_user':
        return this.#putUser(records, change.id, change.user)
      case 'delete_user': {
        const user = await this.#retire<VirtualUser>(records, KIND.user, change.external_id, change.id)
        if (user === undefined) return { external_id: null }
        // Who is deleted is forgotten by name; what their cards and keys still do is not.
        const nameless: VirtualUser = { ...user, full_name: null, email_address: null, phone_number: null }
        records.put(KIND.user, change.external_id, nameless)
        await this.model.settleUser?.(records, nameless, this.#host.now())
        return { external_id: null }
      }
      case 'put_credential': {
        const credential = await this.putCredential(records, change.id, change.credential)
        return this.#answerFor(credential)
      }
      case 'delete_credential':
        await this.#deleteCredential(records, change.id, change.external_id)
        return { external_id: null }
    }
  }

  async #putGroup(records: VirtualTransaction, changeId: string, wish: DesiredGroup): Promise<AppliedChange> {
    const external_id = wish.external_id ?? idOfGroup(wish.reference)
    const known = await records.get<VirtualGroup>(KIND.group, external_id)
    if (known?.applied.includes(changeId) === true) return { external_id }
    if (wish.external_id !== null && !isLive(known)) throw notFound('group')
    const doors = this.#doors(wish.entrance_ids)
    if (this.model.definition.zones !== undefined) {
      const removed = (await records.list<Removed>(KIND.removed)).filter((one) => one.what === 'entrance')
      checkZones(this.model, doors, (door) => !removed.some((one) => one.external_id === door.entrance_id))
    }
    const group: VirtualGroup = {
      external_id,
      reference: wish.reference,
      name: wish.name,
      entrance_ids: wish.entrance_ids,
      starts_at: wish.starts_at,
      ends_at: wish.ends_at,
      ...told(known, changeId),
    }
    records.put(KIND.group, external_id, group)
    return { external_id }
  }

  async #putUser(records: VirtualTransaction, changeId: string, wish: DesiredUser): Promise<AppliedChange> {
    const external_id = wish.external_id ?? idOfUser(wish.reference)
    const [known, ...groups] = await Promise.all([
      records.get<VirtualUser>(KIND.user, external_id),
      ...wish.group_ids.map((id) => records.get<VirtualGroup>(KIND.group, id)),
    ])
    const isRepeated = known?.applied.includes(changeId) === true
    if (!isRepeated && wish.external_id !== null && !isLive(known)) throw notFound('user')
    if (!isRepeated && !groups.every(isLive)) throw notFound('group')
    if (!isRepeated) this.#doors(wish.entrance_ids)
    const user: VirtualUser =
      known !== undefined && isRepeated
        ? known
        : {
            ...(known ?? { card_id: null }),
            external_id,
            reference: wish.reference,
            full_name: wish.full_name,
            email_address: wish.email_address,
            phone_number: wish.phone_number,
            is_suspended: wish.is_suspended,
            schedule: wish.schedule,
            group_ids: wish.group_ids,
            entrance_ids: wish.entrance_ids,
            ...told(known, changeId),
          }
    const metadata = this.model.userMetadata?.(user)
    const settled = await this.model.settleUser?.(records, user, this.#host.now())
    if (!isRepeated) records.put(KIND.user, external_id, user)
    return { external_id, ...(metadata === undefined ? {} : { metadata }), ...settled }
  }

  /** Takes over what is wished of a credential; what was written on plastic stays as it is. */
  async putCredential(
    records: VirtualTransaction,
    changeId: string,
    wish: DesiredCredential,
  ): Promise<VirtualCredential> {
    const external_id = wish.external_id ?? idOfCredential(wish.reference)
    const [known, user] = await Promise.all([
      records.get<VirtualCredential>(KIND.credential, external_id),
      wish.user_id === null ? undefined : records.get<VirtualUser>(KIND.user, wish.user_id),
    ])
    if (known?.applied.includes(changeId) === true) return known
    if (wish.external_id !== null && !isLive(known) && !(await this.#isPoolCard(records, wish.external_id))) {
      throw notFound('credential')
    }
    if (wish.user_id !== null && !isLive(user)) throw notFound('user')
    const { definition } = this.model
    if (!definition.modes.includes(wish.mode))
      throw new SystemError('unsupported', `${definition.display_name} has no credentials of the mode ${wish.mode}.`)
    if (!carriesDoors(definition) && wish.entrance_ids.length > 0) {
      throw new SystemError('unsupported', `${definition.display_name} takes doors from groups, not from credentials.`)
    }
    const most = definition.maxEntrances?.[wish.mode] ?? Infinity
    if (wish.entrance_ids.length > most) {
      const message = `${definition.display_name} puts ${most} door(s) at most on a credential of the mode ${wish.mode}.`
      throw new SystemError('unsupported', message)
    }
    const doors = this.#doors(wish.entrance_ids)
    this.model.checkCredential?.(wish, doors)
    const credential: VirtualCredential = {
      external_id,
      reference: wish.reference,
      mode: wish.mode,
      user_id: wish.user_id,
      entrance_ids: wish.entrance_ids,
      starts_at: wish.starts_at,
      ends_at: wish.ends_at,
      code: null,
      card_id: known?.card_id ?? null,
      card_number: known?.card_number ?? null,
      stay_key: wish.stay?.key ?? null,
      ...(wish.stay?.keys === undefined ? {} : { stay_keys: wish.stay.keys }),
      phone_id: wish.phone_id,
      options: wish.options,
      marks: known?.marks ?? [],
      ...told(known, changeId),
    }
    if (wish.mode === 'card' && definition.card === 'assign')
      await this.#bindByNumber(records, credential, wish.card_number)
    // A phone's copy opens by the phone; the PIN beside a mobile key stands on the credential itself. A PIN that the
    // caller wishes for beside a card is the person's, who may come with either (access-systems.md section 5).
    const hasPin =
      wish.mode === 'code' ||
      (wish.mode === 'card' && wish.code !== null && definition.pin?.maker === 'caller') ||
      (wish.phone_id === null && definition.pin?.alsoOn?.includes(wish.mode) === true)
    if (hasPin) {
      const meets = (other: VirtualCredential): Promise<boolean> => this.#meet(records, credential, user, other)
      credential.code = await pinFor(this.model, this.#host, records, wish, known, meets)
    }
    if (wish.mode === 'mobile_key') {
      const entries = await this.entriesOf(records, credential, user)
      credential.marks = await this.stayMarks(records, credential, entries)
    }
    this.store(records, credential)
    return credential
  }

  /** Whether two credentials open one door at the same time. */
  async #meet(
    records: VirtualTransaction,
    one: VirtualCredential,
    user: VirtualUser | undefined,
    other: VirtualCredential,
  ): Promise<boolean> {
    if (intersect(one, other) === null) return false
    const holder = other.user_id === null ? undefined : await records.get<VirtualUser>(KIND.user, other.user_id)
    const [mine, theirs] = await Promise.all([
      this.entriesOf(records, one, user),
      this.entriesOf(records, other, holder),
    ])
    return mine.some((entry) =>
      theirs.some((their) => their.entrance_id === entry.entrance_id && intersect(their, entry) !== null),
    )
  }

  /** A registered card that waits in the pool goes by the id of the card itself. */
  async #isPoolCard(records: VirtualTransaction, externalId: string): Promise<boolean> {
    if (this.model.pool === undefined) return false
    return (await records.get<PlasticCard>(KIND.card, externalId))?.is_registered === true
  }

  /** A registered card is held by the credential that names its number and a user, and is free again without a user. */
  async #bindByNumber(
    records: VirtualTransaction,
    credential: VirtualCredential,
    number: string | null,
  ): Promise<void> {
    if (credential.user_id === null) {
      await this.#freeCardOf(records, credential)
      credential.card_id = null
      return
    }
    if (credential.card_id !== null || number === null) return
    const found = await records.find<PlasticCard>(KIND.card, lookupOfCard(number))
    const card = found.find(
      (one) => one.is_registered && (one.credential_id ?? credential.external_id) === credential.external_id,
    )
    if (card === undefined)
      throw new SystemError('conflict', 'No free card with this number is registered in the access system.')
    putCard(records, { ...card, credential_id: credential.external_id })
    credential.card_id = card.card_id
    credential.card_number = card.card_number
  }

  async #freeCardOf(records: VirtualTransaction, credential: VirtualCredential): Promise<void> {
    if (credential.card_id === null || this.model.definition.card !== 'assign') return
    const card = await records.get<PlasticCard>(KIND.card, credential.card_id)
    if (card?.credential_id !== credential.external_id) return
    putCard(records, { ...card, credential_id: null, former_credential_id: credential.external_id })
  }

  store(records: VirtualTransaction, credential: VirtualCredential): void {
    records.put(KIND.credential, credential.external_id, credential, lookupOfCredential(credential))
  }

  async #deleteCredential(records: VirtualTransaction, changeId: string, externalId: string): Promise<void> {
    const known = await records.get<VirtualCredential>(KIND.credential, externalId)
    if (known === undefined) {
      // A free card of the pool that is not wanted any more.
      const card = this.model.pool === undefined ? undefined : await records.get<PlasticCard>(KIND.card, externalId)
      if (card?.credential_id === null) putCard(records, { ...card, is_registered: false })
      return
    }
    if (known.is_deleted) return
    const deleted: VirtualCredential = { ...known, ...told(known, changeId), is_deleted: true }
    this.store(records, deleted)
    if (known.code !== null) {
      await records.get(KIND.pin, known.code)
      records.delete(KIND.pin, known.code)
    }
    await this.#freeCardOf(records, known)
  }

  async #retire<T extends Told>(
    records: VirtualTransaction,
    kind: string,
    externalId: string,
    changeId: string,
  ): Promise<T | undefined> {
    const known = await records.get<T>(kind, externalId)
    if (known === undefined || known.is_deleted) return undefined
    const retired = { ...known, ...told(known, changeId), is_deleted: true }
    records.put(kind, externalId, retired)
    return retired
  }

  #answerFor(credential: VirtualCredential): AppliedChange {
    const metadata = this.model.credentialMetadata?.(credential)
    return {
      external_id: credential.external_id,
      ...(credential.code === null ? {} : { code: credential.code }),
      ...(credential.card_number === null ? {} : { card_number: credential.card_number }),
      ...(metadata === undefined ? {} : { metadata }),
    }
  }

  /** The doors a credential opens by what the system now holds, with their times. */
  async entriesOf(
    records: Pick<VirtualTransaction, 'get'>,
    credential: VirtualCredential,
    user: VirtualUser | undefined,
  ): Promise<Entry[]> {
    const window: Window = { starts_at: credential.starts_at, ends_at: credential.ends_at }
    const direct = [...credential.entrance_ids, ...(user?.entrance_ids ?? [])]
    const entries: Entry[] = direct.map((entrance_id) => ({ entrance_id, ...window }))
    const groups = await Promise.all((user?.group_ids ?? []).map((id) => records.get<VirtualGroup>(KIND.group, id)))
    for (const group of groups) {
      if (!isLive(group)) continue
      const common = intersect(group, window)
      if (common !== null) entries.push(...group.entrance_ids.map((entrance_id) => ({ entrance_id, ...common })))
    }
    return entries
  }

  /**
   * The numbers a credential's stay has on its reservable offline doors. Where credentials carry doors beside those of
   * groups, a group's doors take no part in the stay: that is how staff come in.
   */
  async stayMarks(
    records: VirtualTransaction,
    credential: VirtualCredential,
    entries: readonly Entry[],
  ): Promise<Mark[]> {
    const { stay_key, stay_keys = {} } = credential
    if (stay_key === null) return []
    const { definition } = this.model
    const isOfStay = (id: string): boolean =>
      !(hasGroups(definition) && carriesDoors(definition)) || credential.entrance_ids.includes(id)
    const ids = new Set(entries.map((entry) => entry.entrance_id).filter(isOfStay))
    const doors = [...ids].map((id) => doorOf(this.model, id))
    const reservable = doors.filter(
      (door): door is VirtualDoor => door?.is_reservable === true && door.decides === 'card',
    )
    return Promise.all(
      reservable.map(async ({ entrance_id }) => {
        const lineage = guestLineage(entrance_id)
        return {
          lineage,
          entrance_id,
          number: await this.numberFor(records, lineage, stay_keys[entrance_id] ?? stay_key, credential),
        }
      }),
    )
  }

  /** The credential's number in a lineage, as the carrier of `key`. */
  numberFor(records: VirtualTransaction, lineage: string, key: string, credential: VirtualCredential): Promise<number> {
    const isLiveReference = async (reference: string): Promise<boolean> =>
      isLive(await records.get<VirtualCredential>(KIND.credential, idOfCredential(reference)))
    return numberIn(records, lineage, key, credential.reference, isLiveReference)
  }

  /** How a door stands, whatever its system would decide. */
  async doorState(records: Pick<VirtualTransaction, 'get'>, door: VirtualDoor): Promise<DoorState> {
    return (await records.get<DoorState>(KIND.door, door.entrance_id)) ?? AT_REST
  }

  /** Whether a door in privacy mode stays shut to a credential of this mode; staff cards open where cards carry stays. */
  isShutOut({ privacy_mode }: DoorState, mode: CredentialMode, isStaff: boolean): boolean {
    return privacy_mode && !isStaff && (this.model.privacyRefuses ?? [mode]).includes(mode)
  }

  /** How an online door decides: by what the system was last told, at once. */
  async decide(records: VirtualTransaction, door: VirtualDoor, credential: VirtualCredential): Promise<DoorReason> {
    const state = await this.doorState(records, door)
    if (!state.is_online) return 'entrance_offline'
    const reason = await this.#decideOnline(records, door, credential)
    return reason === 'granted' && this.isShutOut(state, credential.mode, false) ? 'privacy_mode' : reason
  }

  async #decideOnline(
    records: VirtualTransaction,
    door: VirtualDoor,
    credential: VirtualCredential,
  ): Promise<DoorReason> {
    if (credential.is_deleted) return 'revoked'
    if (credential.user_id === null) return 'not_issued'
    const user = await records.get<VirtualUser>(KIND.user, credential.user_id)
    if (user === undefined || user.is_deleted) return 'revoked'
    if (user.is_suspended) return 'suspended'
    if (!door.can_unlock_with[credential.mode]) return 'no_access_to_entrance'
    const now = this.#host.now()
    const byWindow = reasonByWindow(credential, now)
    if (byWindow !== 'granted') return byWindow
    const open = { ...credential, starts_at: null, ends_at: null }
    const entries = (await this.entriesOf(records, open, user)).filter(
      (entry) => entry.entrance_id === door.entrance_id,
    )
    const byDoor = reasonByWindows(entries, now)
    if (byDoor !== 'granted') return byDoor
    return (await this.model.refuses?.(records, user, now)) ?? 'granted'
  }

  #doors(entranceIds: readonly string[]): VirtualDoor[] {
    return entranceIds.map((id) => {
      const door = doorOf(this.model, id)
      if (door === undefined) throw notFound('door')
      return door
    })
  }
}

/** The id this system gives to a credential of ours. */
export function idOfCredential(reference: string): string {
  return `key-${reference}`
}

/** The records a change will ask for first, as far as it says. */
function readsOf(change: DesiredChange): [kind: string, id: string][] {
  switch (change.kind) {
    case 'put_group':
      return [[KIND.group, change.group.external_id ?? idOfGroup(change.group.reference)]]
    case 'put_user': {
      const { external_id, reference, group_ids } = change.user
      return [
        [KIND.user, external_id ?? idOfUser(reference)],
        ...group_ids.map((id): [string, string] => [KIND.group, id]),
      ]
    }
    case 'put_credential': {
      const { external_id, reference, user_id, entrance_ids, stay, mode } = change.credential
      const stayed = stay === null || mode !== 'mobile_key' ? [] : entrance_ids
      return [
        [KIND.credential, external_id ?? idOfCredential(reference)],
        ...(user_id === null ? [] : [[KIND.user, user_id] satisfies [string, string]]),
        ...stayed.flatMap((id): [string, string][] => [
          [KIND.lineage, guestLineage(id)],
          [KIND.holder, holderId(guestLineage(id), stay?.keys?.[id] ?? stay?.key ?? '')],
        ]),
      ]
    }
    case 'delete_group':
      return [[KIND.group, change.external_id]]
    case 'delete_user':
      return [[KIND.user, change.external_id]]
    case 'delete_credential':
      return [[KIND.credential, change.external_id]]
  }
}

function idOfGroup(reference: string): string {
  return `group-${reference}`
}

function idOfUser(reference: string): string {
  return `user-${reference}`
}

function told(known: Told | undefined, changeId: string): Told {
  return { applied: [...(known?.applied ?? []), changeId].slice(-REMEMBERED_CHANGES), is_deleted: false }
}

export function notFound(what: string): SystemError {
  return new SystemError('not_found', `The access system has no such ${what} (any more). Read its state again.`)
}
