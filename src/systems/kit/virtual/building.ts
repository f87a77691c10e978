/** The virtual building of any model: doors that people stand before, cards in their hands, faults. */
import type { CredentialMode } from '../definition.ts'
import type { DriverHost } from '../driver.ts'
import { SystemError } from '../errors.ts'
import type {
  BuildingSize,
  DoorDecision,
  DoorLook,
  DoorReason,
  DoorState,
  EncoderLook,
  PhoneKey,
  VirtualBuilding,
  VirtualCard,
  VirtualEdit,
  VirtualFault,
  VirtualRecords,
  VirtualTransaction,
} from '../virtual.ts'
import { Desk, guestMark, showCard } from './desk.ts'
import { edit, setDoor } from './edits.ts'
import { setFault } from './faults.ts'
import { seenAt, teach } from './lineage.ts'
import { listKeys, lookAtDoors, lookAtEncoders } from './looks.ts'
import { decideAtLock } from './lock.ts'
import { doorOf, type BuildingRecord, type VirtualDoor, type VirtualModel } from './model.ts'
import {
  KIND,
  lookupOfCard,
  putCard,
  type PlasticCard,
  type VirtualCredential,
  type VirtualGroup,
  type VirtualUser,
  type Writing,
} from './records.ts'
import { idOfCredential, SystemState } from './state.ts'

/** Of several credentials shown at once the most telling refusal is reported. */
const TELLING: readonly DoorReason[] = [
  'entrance_offline',
  'privacy_mode',
  'overridden',
  'suspended',
  'not_subscribed',
  'not_yet_valid',
  'expired',
  'revoked',
  'not_issued',
  'no_access_to_entrance',
]

export function virtualBuilding(model: VirtualModel, records: VirtualRecords, host: DriverHost): VirtualBuilding {
  return new Building(model, records, host)
}

class Building implements VirtualBuilding {
  readonly cardFormats: readonly string[]
  readonly #model: VirtualModel
  readonly #records: VirtualRecords
  readonly #host: DriverHost
  readonly #state: SystemState
  readonly #desk: Desk

  constructor(model: VirtualModel, records: VirtualRecords, host: DriverHost) {
    this.cardFormats = model.cardFormats
    this.#model = model
    this.#records = records
    this.#host = host
    this.#state = new SystemState(model, host)
    this.#desk = new Desk(this.#state, host)
  }

  async seed(size: BuildingSize = { extra_doors: 0 }): Promise<void> {
    await this.#records.change(async (records) => {
      if ((await records.get<BuildingRecord>(KIND.building, KIND.building)) !== undefined) return
      records.put(KIND.building, KIND.building, { size } satisfies BuildingRecord)
      for (const group of this.#model.groups) {
        const standing: VirtualGroup = {
          external_id: group.external_id,
          reference: null,
          ...(group.type === undefined ? {} : { type: group.type }),
          name: group.name,
          entrance_ids: [...group.entrance_ids],
          starts_at: null,
          ends_at: null,
          applied: [],
          is_deleted: false,
        }
        records.put(KIND.group, group.external_id, standing)
      }
      for (const person of this.#model.people ?? []) {
        const standing: VirtualUser = {
          ...person,
          reference: null,
          phone_number: null,
          is_suspended: false,
          schedule: null,
          group_ids: [],
          entrance_ids: [],
          card_id: null,
          applied: [],
          is_deleted: false,
        }
        records.put(KIND.user, person.external_id, standing)
      }
      for (const number of this.#model.pool ?? []) {
        putCard(records, {
          card_id: this.#host.uuid(),
          card_format: this.#model.cardFormats[0] ?? '',
          card_number: number,
          encoder_id: null,
          written: null,
          is_registered: true,
          credential_id: null,
          former_credential_id: null,
        })
      }
    })
  }

  async presentCard(request: { entrance_id: string; card_id?: string; card_number?: string }): Promise<DoorDecision> {
    const door = this.#door(request.entrance_id)
    return this.#atDoor(door, async (records) => {
      const card = await this.#card(records, request)
      if (card === undefined) return refused('unknown_credential', null)
      if (!this.#model.cardFormats.includes(card.card_format)) return refused('wrong_format', null)
      return this.#model.definition.card === 'assign'
        ? this.#presentTag(records, door, card)
        : this.#presentWritten(records, door, card)
    })
  }

  async #presentTag(records: VirtualTransaction, door: VirtualDoor, card: PlasticCard): Promise<DoorDecision> {
    if (!card.is_registered) return refused('unknown_credential', null)
    const credentialId = card.credential_id ?? card.former_credential_id
    const credential =
      credentialId === null ? undefined : await records.get<VirtualCredential>(KIND.credential, credentialId)
    if (credential === undefined) return refused('not_issued', null)
    const reason = await this.#state.decide(records, door, credential)
    return { opened: reason === 'granted', reason, credential_reference: credential.reference, ended_references: [] }
  }

  async #presentWritten(records: VirtualTransaction, door: VirtualDoor, card: PlasticCard): Promise<DoorDecision> {
    const { written } = card
    if (written === null) return refused('blank_card', null)
    if (!door.can_unlock_with.card) return refused('no_access_to_entrance', written.reference)
    if (door.decides === 'card') return this.#useLock(records, door, 'card', written)
    const credential = await records.get<VirtualCredential>(KIND.credential, written.credential_id)
    if (credential === undefined) return refused('unknown_credential', written.reference)
    const reason = await this.#state.decide(records, door, credential)
    if (this.#model.refreshesCards) await this.#refresh(records, card, written, credential)
    return { opened: reason === 'granted', reason, credential_reference: written.reference, ended_references: [] }
  }

  /** What is shown to a door is decided there; one that asks its system and is cut off from it knows nothing. */
  #atDoor(door: VirtualDoor, decide: (records: VirtualTransaction) => Promise<DoorDecision>): Promise<DoorDecision> {
    return this.#records.change(async (records) => {
      const { is_online } = await this.#state.doorState(records, door)
      return is_online ? decide(records) : refused('entrance_offline', null)
    })
  }

  async #useLock(
    records: VirtualTransaction,
    door: VirtualDoor,
    mode: CredentialMode,
    writing: Writing,
  ): Promise<DoorDecision> {
    const seen = await seenAt(records, door.entrance_id, writing.marks)
    const byCard = decideAtLock(writing, door.entrance_id, this.#host.now(), (lineage) => seen.get(lineage) ?? 0)
    // Where cards carry stays, one without a stay on a guest's door is a member of staff's, or a resident's.
    const hasStay = writing.marks.some((mark) => mark.entrance_id !== null)
    const isStaff = this.#model.definition.hasStays && !hasStay && writing.is_guest !== true
    const isShutOut = this.#state.isShutOut(await this.#state.doorState(records, door), mode, isStaff)
    const reason = byCard === 'granted' && isShutOut ? 'privacy_mode' : byCard
    const opened = reason === 'granted'
    const ended_references = opened ? await teach(records, door.entrance_id, writing.marks, seen) : []
    return { opened, reason, credential_reference: writing.reference, ended_references }
  }

  /** An online door writes on the card what the system now gives; a credential that ended leaves a card that opens nothing. */
  async #refresh(
    records: VirtualTransaction,
    card: PlasticCard,
    written: Writing,
    credential: VirtualCredential,
  ): Promise<void> {
    const user = credential.user_id === null ? undefined : await records.get<VirtualUser>(KIND.user, credential.user_id)
    const isRevoked = credential.is_deleted || user === undefined || user.is_deleted
    const current: Writing = isRevoked
      ? { ...written, ended: 'revoked' }
      : await this.#desk.write(records, credential, user)
    const { written_at: _before, ...before } = written
    const { written_at: _after, ...after } = current
    // Records come back with their keys in another order.
    if (canonical(before) !== canonical(after)) putCard(records, { ...card, written: current })
  }

  async enterCode(request: { entrance_id: string; code: string }): Promise<DoorDecision> {
    const door = this.#door(request.entrance_id)
    if (!door.can_unlock_with.code) return refused('no_access_to_entrance', null)
    return this.#atDoor(door, async (records) => {
      const found = await records.find<VirtualCredential>(KIND.credential, `pin:${request.code}`)
      return this.#bestOf(found, (credential) => this.#decideBySystem(records, door, credential))
    })
  }

  async presentPhone(request: { entrance_id: string; phone_id: string }): Promise<DoorDecision> {
    const door = this.#door(request.entrance_id)
    return this.#atDoor(door, async (records) => {
      const found = await records.find<VirtualCredential>(KIND.credential, `phone:${request.phone_id}`)
      return this.#bestOf(found, (credential) => this.#presentKey(records, door, credential))
    })
  }

  async presentMobileKeys(request: { entrance_id: string; credential_references: string[] }): Promise<DoorDecision> {
    const door = this.#door(request.entrance_id)
    return this.#atDoor(door, async (records) => {
      const found = await Promise.all(
        request.credential_references.map((reference) =>
          records.get<VirtualCredential>(KIND.credential, idOfCredential(reference)),
        ),
      )
      const keys = found.filter((credential): credential is VirtualCredential => credential?.mode === 'mobile_key')
      if (keys.length === 0 && request.credential_references.length > 0) {
        return refused('not_issued', request.credential_references[0] ?? null)
      }
      return this.#bestOf(keys, (credential) => this.#presentKey(records, door, credential))
    })
  }

  /** A mobile key acts on an offline lock like a card written when the key was last issued; the phone drops a key that was revoked. */
  async #presentKey(
    records: VirtualTransaction,
    door: VirtualDoor,
    credential: VirtualCredential,
  ): Promise<DoorDecision> {
    if (!door.can_unlock_with.mobile_key) return refused('no_access_to_entrance', credential.reference)
    if (door.decides === 'system') return this.#decideBySystem(records, door, credential)
    if (credential.is_deleted) return refused('revoked', credential.reference)
    const user = credential.user_id === null ? undefined : await records.get<VirtualUser>(KIND.user, credential.user_id)
    if (this.#model.definition.keepsNoUsers !== true) {
      if (user === undefined) return refused('not_issued', credential.reference)
      if (user.is_deleted) return refused('revoked', credential.reference)
      if (user.is_suspended) return refused('suspended', credential.reference)
    }
    const doors = await this.#state.entriesOf(records, credential, user)
    return this.#useLock(records, door, 'mobile_key', {
      credential_id: credential.external_id,
      reference: credential.reference,
      user_id: credential.user_id,
      starts_at: credential.starts_at,
      ends_at: credential.ends_at,
      doors,
      marks: credential.marks,
      ...guestMark(credential),
      ended: null,
      written_at: '',
    })
  }

  async #decideBySystem(
    records: VirtualTransaction,
    door: VirtualDoor,
    credential: VirtualCredential,
  ): Promise<DoorDecision> {
    const reason = await this.#state.decide(records, door, credential)
    return { opened: reason === 'granted', reason, credential_reference: credential.reference, ended_references: [] }
  }

  async #bestOf(
    credentials: readonly VirtualCredential[],
    present: (credential: VirtualCredential) => Promise<DoorDecision>,
  ): Promise<DoorDecision> {
    const decisions: DoorDecision[] = []
    for (const credential of credentials) {
      const decision = await present(credential)
      if (decision.opened) return decision
      decisions.push(decision)
    }
    const rank = (decision: DoorDecision): number => TELLING.indexOf(decision.reason)
    return decisions.sort((a, b) => rank(a) - rank(b))[0] ?? refused('unknown_credential', null)
  }

  async placeCard(request: { encoder_id: string; card_id?: string; card_format?: string }): Promise<VirtualCard> {
    return showCard(this.#records, await this.#records.change((records) => this.#desk.place(records, request)))
  }

  async removeCard(encoderId: string): Promise<VirtualCard | null> {
    const card = await this.#records.change((records) => this.#desk.remove(records, encoderId))
    return card === null ? null : showCard(this.#records, card)
  }

  async listCards(): Promise<VirtualCard[]> {
    const cards = await this.#records.list<PlasticCard>(KIND.card)
    return Promise.all(cards.map((card) => showCard(this.#records, card)))
  }

  async getCard(cardId: string): Promise<VirtualCard | undefined> {
    const card = await this.#records.get<PlasticCard>(KIND.card, cardId)
    return card === undefined ? undefined : showCard(this.#records, card)
  }

  async findCard(cardNumber: string): Promise<VirtualCard | undefined> {
    const [card] = await this.#records.find<PlasticCard>(KIND.card, lookupOfCard(cardNumber))
    return card === undefined ? undefined : showCard(this.#records, card)
  }

  listFaults(): Promise<VirtualFault[]> {
    return this.#records.list<VirtualFault>(KIND.fault)
  }

  lookAtDoors(entranceIds: readonly string[]): Promise<DoorLook[]> {
    return lookAtDoors(this.#state, this.#records, entranceIds)
  }

  lookAtEncoders(encoderIds: readonly string[]): Promise<EncoderLook[]> {
    return lookAtEncoders(this.#state, this.#records, encoderIds)
  }

  listKeys(phoneId: string): Promise<PhoneKey[]> {
    return listKeys(this.#state, this.#records, phoneId)
  }

  async setFault(fault: VirtualFault): Promise<void> {
    await setFault(this.#records, fault)
  }

  edit(change: VirtualEdit): Promise<void> {
    return this.#records.change((records) => edit(this.#state, records, change, () => this.#host.uuid()))
  }

  setDoor(request: { entrance_id: string } & Partial<DoorState>): Promise<void> {
    return this.#records.change((records) => setDoor(this.#state, records, request))
  }

  async #card(
    records: VirtualTransaction,
    request: { card_id?: string; card_number?: string },
  ): Promise<PlasticCard | undefined> {
    if (request.card_id !== undefined) return records.get<PlasticCard>(KIND.card, request.card_id)
    if (request.card_number === undefined) return undefined
    return (await records.find<PlasticCard>(KIND.card, lookupOfCard(request.card_number)))[0]
  }

  #door(entranceId: string): VirtualDoor {
    const door = doorOf(this.#model, entranceId)
    if (door === undefined) throw new SystemError('not_found', 'The building has no such door.')
    return door
  }
}

function refused(reason: DoorReason, credential_reference: string | null): DoorDecision {
  return { opened: false, reason, credential_reference, ended_references: [] }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** Which modes a door takes, as a record. */
export function takes(...modes: CredentialMode[]): Record<CredentialMode, boolean> {
  return {
    code: modes.includes('code'),
    card: modes.includes('card'),
    mobile_key: modes.includes('mobile_key'),
    cloud_key: modes.includes('cloud_key'),
  }
}
