/**
 * The sandbox: people before doors, cards on encoders, faults of systems. It resolves the wire's ids, lets the virtual
 * building decide, and writes down what the door saw together with the events that follow (design.md section 3).
 */
import type { Clock } from '../clock.ts'
import { ChangeSet } from '../domain/changes.ts'
import type {
  AcsEncoderRecord,
  AcsEntranceRecord,
  AcsSystemRecord,
  DoorAttemptRecord,
  Json,
} from '../domain/records.ts'
import type { Ids } from '../ids.ts'
import type { Log } from '../log.ts'
import { SYNC_SYSTEM } from '../provisioning/health.ts'
import { credentialIdsOf } from '../store/acs-credentials.ts'
import { loadIssuanceFacts } from '../store/issuance-facts.ts'
import type { Store } from '../store/store.ts'
import { releaseWaiting } from '../store/sync-facts.ts'
import { StoredVirtualRecords, virtualHost } from '../store/virtual-records.ts'
import type { Workspaces } from '../store/workspaces.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { AccessSystemDriver, DriverHost } from '../systems/kit/driver.ts'
import { SystemError } from '../systems/kit/errors.ts'
import type { BuildingSize, DoorDecision, VirtualBuilding, VirtualCard, VirtualFault } from '../systems/kit/virtual.ts'
import { CARD_FORMATS } from '../systems/kit/virtual/model.ts'
import { readEdit, subjectOf, type EditWish } from './edits.ts'
import { endAtDoor } from './ended-stay.ts'
import { Impossible, NoSuchThing } from './errors.ts'
import { deniedReason, MESSAGES, type Means } from './reasons.ts'

export interface SandboxOptions {
  store: Store
  workspaces: Workspaces
  clock: Clock
  ids: Ids
  log: Log
  drivers: ReadonlyMap<string, AccessSystemDriver>
}

/** What a door saw, as it goes over the wire. */
export interface DoorAttempt {
  door_attempt_id: string
  acs_entrance_id: string
  opened: boolean
  reason: string
  message: string
  occurred_at: string
  acs_credential_id?: string
  access_method_id?: string
  user_identity_id?: string
}

export interface FaultWish {
  acs_system_id: string
  fault: VirtualFault['fault']
  times?: number
  delay_ms?: number
  acs_encoder_id?: string
}

/** How long `slow` takes when nothing else was said. */
const SLOW_MS = 2000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

interface Place {
  system: AcsSystemRecord
  definition: SystemDefinition
  building: VirtualBuilding
}

type DoorPlace = Place & { entrance: AcsEntranceRecord }

export class Sandbox {
  readonly #options: SandboxOptions

  constructor(options: SandboxOptions) {
    this.#options = options
  }

  /** Holds a card to a door. */
  async presentCard(
    workspaceId: string,
    request: { acs_entrance_id: string; card_id?: string; card_number?: string },
  ): Promise<DoorAttempt> {
    const door = await this.#door(workspaceId, request.acs_entrance_id)
    const { entrance, building } = door
    const { card_id, card_number } = request
    const card = card_id !== undefined ? await building.getCard(card_id) : await building.findCard(card_number ?? '')
    const decision =
      card === undefined
        ? await this.#presentForeign(workspaceId, building, card_id, card_number)
        : await building.presentCard({ entrance_id: entrance.external_id, card_id: card.card_id })
    return this.#record(workspaceId, door, 'card', decision)
  }

  /** A card of another system: the reader reads it or not, but knows nothing of it. */
  async #presentForeign(
    workspaceId: string,
    building: VirtualBuilding,
    card_id: string | undefined,
    card_number: string | undefined,
  ): Promise<DoorDecision> {
    const { card } = await this.#findCard(workspaceId, card_id === undefined ? { card_number } : { card_id })
    const isReadable = building.cardFormats.includes(card.card_format)
    return {
      opened: false,
      reason: isReadable ? 'unknown_credential' : 'wrong_format',
      credential_reference: null,
      ended_references: [],
    }
  }

  /** Enters a PIN at a door's keypad. */
  async enterCode(
    workspaceId: string,
    request: { acs_entrance_id?: string; device_id?: string; code: string },
  ): Promise<DoorAttempt> {
    // Doors of access systems are the only ones with keypads here: no device is a lock.
    if (request.acs_entrance_id === undefined) throw new NoSuchThing('device', { device_id: request.device_id })
    const door = await this.#door(workspaceId, request.acs_entrance_id)
    const decision = await door.building.enterCode({ entrance_id: door.entrance.external_id, code: request.code })
    return this.#record(workspaceId, door, 'code', decision)
  }

  /** Holds a phone to a door. */
  async presentPhone(
    workspaceId: string,
    request: { acs_entrance_id: string; device_id: string },
  ): Promise<DoorAttempt> {
    const { device_id } = request
    const door = await this.#door(workspaceId, request.acs_entrance_id)
    const phone = UUID.test(device_id)
      ? await this.#options.store.get(workspaceId, 'phone', 'device_id', device_id)
      : undefined
    if (phone === undefined) throw new NoSuchThing('phone', { device_id })
    const decision = await door.building.presentPhone({ entrance_id: door.entrance.external_id, phone_id: device_id })
    return this.#record(workspaceId, door, 'phone', decision, phone.user_identity_id)
  }

  /** The Instant Key page before a door: it shows every mobile key of its identity, and counts as the phone. */
  async openWithMobileKey(
    workspaceId: string,
    request: { acs_entrance_id: string; user_identity_id: string },
  ): Promise<DoorAttempt> {
    const door = await this.#door(workspaceId, request.acs_entrance_id)
    const keys = await this.#options.store.read<{ id: string }>(
      workspaceId,
      `SELECT c.acs_credential_id AS id FROM acs_credential c
         JOIN acs_user u ON u.workspace_id = c.workspace_id AND u.acs_user_id = c.acs_user_id
        WHERE c.workspace_id = $1 AND c.acs_system_id = $2 AND u.user_identity_id = $3
          AND c.access_method = 'mobile_key' AND c.parent_acs_credential_id IS NULL
        ORDER BY c.created_at DESC`,
      [door.system.acs_system_id, request.user_identity_id],
    )
    const decision = await door.building.presentMobileKeys({
      entrance_id: door.entrance.external_id,
      credential_references: keys.map((key) => key.id),
    })
    return this.#record(workspaceId, door, 'phone', decision, request.user_identity_id)
  }

  /** What a door saw, newest first. */
  async listAttempts(workspaceId: string, acs_entrance_id: string): Promise<DoorAttempt[]> {
    await this.#entrance(workspaceId, acs_entrance_id)
    const rows = await this.#options.store.read<DoorAttemptRecord>(
      workspaceId,
      'SELECT * FROM door_attempt WHERE workspace_id = $1 AND acs_entrance_id = $2 ORDER BY position DESC LIMIT 500',
      [acs_entrance_id],
    )
    return rows.map(presentAttempt)
  }

  /** Writes down what the door saw and what follows from it, as one command. */
  async #record(
    workspaceId: string,
    door: DoorPlace,
    means: Means,
    decision: DoorDecision,
    identityOfPhone: string | null = null,
  ): Promise<DoorAttempt> {
    const { store, ids, workspaces } = this.#options
    const now = await workspaces.nowIso(workspaceId)
    const { entrance, system } = door
    const { acs_entrance_id } = entrance
    const shownId = await this.#credentialId(workspaceId, system.acs_system_id, decision.credential_reference)
    const door_attempt_id = ids.uuid()
    return store.decide(
      workspaceId,
      () => now,
      async () => {
        const shown =
          shownId === null ? undefined : await store.get(workspaceId, 'acs_credential', 'acs_credential_id', shownId)
        const user =
          shown?.acs_user_id == null
            ? undefined
            : await store.get(workspaceId, 'acs_user', 'acs_user_id', shown.acs_user_id)
        const user_identity_id = user?.user_identity_id ?? identityOfPhone
        const row = {
          door_attempt_id,
          acs_entrance_id,
          opened: decision.opened,
          reason: decision.reason,
          message: MESSAGES[decision.reason],
          acs_credential_id: shownId,
          access_method_id: shown?.access_method_id ?? null,
          user_identity_id,
          occurred_at: now,
        }
        const changes = new ChangeSet().insert('door_attempt', row)
        const about = {
          acs_entrance_id,
          acs_system_id: system.acs_system_id,
          connected_account_id: system.connected_account_id,
          acs_user_id: user?.acs_user_id,
          user_identity_id: user_identity_id ?? undefined,
        }
        if (decision.opened)
          changes.event('lock.unlocked', {
            method: METHODS[means],
            ...(means === 'phone' ? { is_via_bluetooth: true } : {}),
            ...about,
          })
        else changes.event('lock.access_denied', { ...about, reason: deniedReason(means, decision.reason) })
        const ended = decision.ended_references.flatMap((reference) => ownId(reference) ?? [])
        if (ended.length > 0) {
          const facts = await loadIssuanceFacts(store, workspaceId, ended, now)
          endAtDoor(changes, ended, acs_entrance_id, facts, door.definition.metadataKey)
        }
        return { changes, result: presentAttempt({ workspace_id: workspaceId, ...row }) }
      },
    )
  }

  /** Puts a card on an encoder: a known one, or a fresh blank. */
  async placeCard(
    workspaceId: string,
    request: { acs_encoder_id: string; card_id?: string; card_format?: string },
  ): Promise<Json> {
    const { encoder, ...place } = await this.#encoder(workspaceId, request.acs_encoder_id)
    const { card_id, card_format } = request
    if (card_format !== undefined && !(CARD_FORMATS as readonly string[]).includes(card_format)) {
      const allowed = [
        ...place.building.cardFormats,
        ...CARD_FORMATS.filter((format) => !place.building.cardFormats.includes(format)),
      ]
      throw new Impossible(
        'card_format',
        `Unknown card format '${card_format}'. Expected one of ${allowed.join(', ')}; this system's encoders write ${place.building.cardFormats.join(', ')}`,
      )
    }
    if (card_id !== undefined && (await place.building.getCard(card_id)) === undefined) {
      await this.#findCard(workspaceId, { card_id })
      throw new Impossible(
        'card_id',
        'This card belongs to another access system than the encoder: /sandbox/cards/list with its acs_system_id shows those that fit',
      )
    }
    const placed = await place.building.placeCard({
      encoder_id: encoder.external_id,
      ...(card_id === undefined ? { card_format } : { card_id }),
    })
    return this.#presentCard(workspaceId, place, placed)
  }

  /** Takes the card off an encoder; null = there was none. */
  async removeCard(workspaceId: string, acs_encoder_id: string): Promise<Json | null> {
    const { encoder, ...place } = await this.#encoder(workspaceId, acs_encoder_id)
    const card = await place.building.removeCard(encoder.external_id)
    return card === null ? null : this.#presentCard(workspaceId, place, card)
  }

  /** The cards of one system, or of all. */
  async listCards(workspaceId: string, acs_system_id?: string): Promise<Json[]> {
    const places =
      acs_system_id === undefined ? await this.#places(workspaceId) : [await this.#place(workspaceId, acs_system_id)]
    const lists = await Promise.all(
      places.map(async (place) => {
        const cards = await place.building.listCards()
        const names = await this.#names(workspaceId, place.system.acs_system_id, cards)
        return cards.map((card) => presentCard(place.system.acs_system_id, card, names))
      }),
    )
    return lists.flat()
  }

  async getCard(workspaceId: string, card_id: string): Promise<Json> {
    const { place, card } = await this.#findCard(workspaceId, { card_id })
    return this.#presentCard(workspaceId, place, card)
  }

  /** Sets or clears the fault of a system. With none left, its waiting work is due at once. */
  async setFault(workspaceId: string, wish: FaultWish): Promise<void> {
    const place = await this.#place(workspaceId, wish.acs_system_id)
    let encoder_id: string | null = null
    if (wish.acs_encoder_id !== undefined) {
      const { encoder } = await this.#encoder(workspaceId, wish.acs_encoder_id)
      if (encoder.acs_system_id !== wish.acs_system_id)
        throw new Impossible(
          'acs_encoder_id',
          'This encoder belongs to another access system: /acs/encoders/list with the acs_system_id shows its own',
        )
      encoder_id = encoder.external_id
    }
    const { fault } = wish
    await place.building.setFault({
      fault,
      times: wish.times ?? null,
      delay_ms: fault === 'slow' ? (wish.delay_ms ?? SLOW_MS) : 0,
      encoder_id,
    })
    if (fault === 'none') await this.#retryNow(workspaceId, wish.acs_system_id)
  }

  /** What waits for a system to come back does not wait any longer, and the system is looked at. */
  async #retryNow(workspaceId: string, acs_system_id: string): Promise<void> {
    const { store, workspaces } = this.#options
    await releaseWaiting(store, workspaceId, acs_system_id)
    const now = await workspaces.nowIso(workspaceId)
    const changes = new ChangeSet().job('provision', acs_system_id, now).job(SYNC_SYSTEM, acs_system_id, now)
    await store.write(workspaceId, now, changes)
  }

  /** Changes a system as its own operator would, without telling anybody. */
  async edit(workspaceId: string, wish: EditWish): Promise<void> {
    const place = await this.#place(workspaceId, wish.acs_system_id)
    const change = await readEdit(this.#options.store, workspaceId, wish)
    await this.#asked(subjectOf(wish.action), () => place.building.edit(change))
  }

  /** Cuts a door off from its system, or lets somebody inside want to be alone; and back. */
  async setDoor(
    workspaceId: string,
    wish: { acs_entrance_id: string; is_online?: boolean; privacy_mode?: boolean },
  ): Promise<void> {
    const { acs_entrance_id, ...state } = wish
    const { entrance, building } = await this.#door(workspaceId, acs_entrance_id)
    await this.#asked('is_online', () => building.setDoor({ entrance_id: entrance.external_id, ...state }))
  }

  /** What the building cannot do is the caller's fault: it is said about a field. */
  async #asked(field: string, act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      throw new Impossible(field, error.message)
    }
  }

  /** Fills the building of a virtual system with its standing content. */
  async seedBuilding(workspaceId: string, provider: string, buildingId: string, size?: BuildingSize): Promise<void> {
    const building = await this.#building(workspaceId, provider, buildingId)
    await building.seed(size)
  }

  /** What a driver of this building may use of the world, for one piece of work. */
  hostFor(workspaceId: string, buildingId: string): Promise<DriverHost> {
    return virtualHost(this.#options, workspaceId, buildingId)
  }

  async #building(workspaceId: string, provider: string, buildingId: string): Promise<VirtualBuilding> {
    const records = new StoredVirtualRecords(this.#options.store, workspaceId, buildingId)
    return this.#driver(provider).virtualBuilding(records, await this.hostFor(workspaceId, buildingId))
  }

  #driver(provider: string): AccessSystemDriver {
    const driver = this.#options.drivers.get(provider)
    if (driver === undefined) throw new Error(`no driver for the provider ${provider}`)
    return driver
  }

  async #placeOf(system: AcsSystemRecord): Promise<Place> {
    const building = await this.#building(system.workspace_id, system.provider, system.external_id)
    return { system, definition: this.#driver(system.provider).definition, building }
  }

  async #place(workspaceId: string, acs_system_id: string): Promise<Place> {
    const system = UUID.test(acs_system_id)
      ? await this.#options.store.get(workspaceId, 'acs_system', 'acs_system_id', acs_system_id)
      : undefined
    if (system === undefined) throw new NoSuchThing('acs_system', { acs_system_id })
    return this.#placeOf(system)
  }

  async #places(workspaceId: string): Promise<Place[]> {
    const systems = await this.#options.store.read<AcsSystemRecord>(
      workspaceId,
      'SELECT * FROM acs_system WHERE workspace_id = $1 ORDER BY created_at, acs_system_id',
    )
    return Promise.all(systems.map((system) => this.#placeOf(system)))
  }

  async #entrance(workspaceId: string, acs_entrance_id: string): Promise<AcsEntranceRecord> {
    const entrance = UUID.test(acs_entrance_id)
      ? await this.#options.store.get(workspaceId, 'acs_entrance', 'acs_entrance_id', acs_entrance_id)
      : undefined
    if (entrance === undefined) throw new NoSuchThing('acs_entrance', { acs_entrance_id })
    return entrance
  }

  async #door(workspaceId: string, acs_entrance_id: string): Promise<DoorPlace> {
    const entrance = await this.#entrance(workspaceId, acs_entrance_id)
    return { entrance, ...(await this.#place(workspaceId, entrance.acs_system_id)) }
  }

  async #encoder(workspaceId: string, acs_encoder_id: string): Promise<Place & { encoder: AcsEncoderRecord }> {
    const encoder = UUID.test(acs_encoder_id)
      ? await this.#options.store.get(workspaceId, 'acs_encoder', 'acs_encoder_id', acs_encoder_id)
      : undefined
    if (encoder === undefined) throw new NoSuchThing('acs_encoder', { acs_encoder_id })
    return { encoder, ...(await this.#place(workspaceId, encoder.acs_system_id)) }
  }

  /** A card of any system of the workspace. */
  async #findCard(
    workspaceId: string,
    wanted: { card_id?: string; card_number?: string },
  ): Promise<{ place: Place; card: VirtualCard }> {
    const { card_id, card_number } = wanted
    for (const place of await this.#places(workspaceId)) {
      const card =
        card_id === undefined ? await place.building.findCard(card_number ?? '') : await place.building.getCard(card_id)
      if (card !== undefined) return { place, card }
    }
    throw new NoSuchThing('card', card_id === undefined ? { card_number } : { card_id })
  }

  async #presentCard(workspaceId: string, place: Place, card: VirtualCard): Promise<Json> {
    const { acs_system_id } = place.system
    return presentCard(acs_system_id, card, await this.#names(workspaceId, acs_system_id, [card]))
  }

  /** Our id of the credential that a door was shown: systems that keep no reference of ours name it by their own id. */
  async #credentialId(workspaceId: string, acs_system_id: string, reference: string | null): Promise<string | null> {
    if (reference === null || UUID.test(reference)) return reference
    const ids = await credentialIdsOf(this.#options.store, workspaceId, acs_system_id, [reference])
    return ids.get(reference) ?? null
  }

  /** Our ids of a system's doors and encoders, and of the credentials that cards carry, by the system's. */
  async #names(workspaceId: string, acs_system_id: string, cards: readonly VirtualCard[]): Promise<Names> {
    const { store } = this.#options
    const references = cards.flatMap((card) => card.credential_reference ?? []).filter((one) => !UUID.test(one))
    const [credentials, entrances, encoders] = await Promise.all([
      credentialIdsOf(store, workspaceId, acs_system_id, references),
      store.read<{ external_id: string; id: string }>(
        workspaceId,
        'SELECT external_id, acs_entrance_id AS id FROM acs_entrance WHERE workspace_id = $1 AND acs_system_id = $2',
        [acs_system_id],
      ),
      store.read<{ external_id: string; id: string }>(
        workspaceId,
        'SELECT external_id, acs_encoder_id AS id FROM acs_encoder WHERE workspace_id = $1 AND acs_system_id = $2',
        [acs_system_id],
      ),
    ])
    const byExternalId = (rows: typeof entrances) => new Map(rows.map((row) => [row.external_id, row.id]))
    return { credentials, entrances: byExternalId(entrances), encoders: byExternalId(encoders) }
  }
}

const METHODS: Record<Means, string> = { card: 'card', code: 'keycode', phone: 'remote' }

interface Names {
  credentials: ReadonlyMap<string, string>
  entrances: ReadonlyMap<string, string>
  encoders: ReadonlyMap<string, string>
}

/** A reference we gave is the id of our credential. */
function ownId(reference: string | null): string | null {
  return reference !== null && UUID.test(reference) ? reference : null
}

function presentAttempt(row: DoorAttemptRecord): DoorAttempt {
  const { door_attempt_id, acs_entrance_id, opened, reason, message, occurred_at } = row
  return {
    door_attempt_id,
    acs_entrance_id,
    opened,
    reason,
    message,
    occurred_at,
    ...(row.acs_credential_id === null ? {} : { acs_credential_id: row.acs_credential_id }),
    ...(row.access_method_id === null ? {} : { access_method_id: row.access_method_id }),
    ...(row.user_identity_id === null ? {} : { user_identity_id: row.user_identity_id }),
  }
}

function presentCard(acs_system_id: string, card: VirtualCard, names: Names): Json {
  return {
    card_id: card.card_id,
    acs_system_id,
    card_format: card.card_format,
    card_number: card.card_number,
    acs_credential_id:
      ownId(card.credential_reference) ?? names.credentials.get(card.credential_reference ?? '') ?? null,
    acs_encoder_id: card.encoder_id === null ? null : (names.encoders.get(card.encoder_id) ?? null),
    written: card.written === null ? null : presentWritten(card.written, names),
  }
}

function presentWritten(written: Json, names: Names): Json {
  const doors = (written['doors'] as { entrance_id: string; starts_at: string | null; ends_at: string | null }[]).map(
    ({ entrance_id, ...window }) => ({ acs_entrance_id: names.entrances.get(entrance_id) ?? null, ...window }),
  )
  const acs_entrance_ids = [...new Set(doors.flatMap((door) => door.acs_entrance_id ?? []))]
  return { ...written, doors, acs_entrance_ids }
}
