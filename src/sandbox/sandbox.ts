/**
 * The sandbox: people before doors, cards on encoders, faults of systems. It resolves the wire's ids, lets the virtual
 * building decide, and writes down what the door saw together with the events that follow (design.md section 3).
 */
import type { Clock } from '../clock.ts'
import { ChangeSet } from '../domain/changes.ts'
import type { Json } from '../domain/records.ts'
import { pushErrors } from '../domain/sync/refused.ts'
import type { Ids } from '../ids.ts'
import type { Log } from '../log.ts'
import { setKeypad } from './keypads.ts'
import type { Metrics } from '../metrics.ts'
import { SYNC_SYSTEM } from '../provisioning/health.ts'
import type { Store } from '../store/store.ts'
import { releaseRefused, releaseWaiting } from '../store/sync-facts.ts'
import type { Workspaces } from '../store/workspaces.ts'
import type { AccessSystemDriver, DriverHost } from '../systems/kit/driver.ts'
import { SystemError } from '../systems/kit/errors.ts'
import type { BuildingSize, VirtualCard, VirtualFault } from '../systems/kit/virtual.ts'
import { CARD_FORMATS } from '../systems/kit/virtual/model.ts'
import { readEdit, subjectOf, type EditWish } from './edits.ts'
import { Doors, type DoorAttempt, type Presentation } from './doors.ts'
import { Impossible, NoSuchThing } from './errors.ts'
import { Looks } from './looks.ts'
import { Places, type Place } from './places.ts'
import { namesOf, presentCard } from './present.ts'

export interface SandboxOptions {
  metrics: Metrics
  store: Store
  workspaces: Workspaces
  clock: Clock
  ids: Ids
  log: Log
  drivers: ReadonlyMap<string, AccessSystemDriver>
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

export class Sandbox {
  readonly #options: SandboxOptions
  readonly #places: Places
  readonly #doors: Doors
  /** What can be seen in the buildings. */
  readonly looks: Looks

  constructor(options: SandboxOptions) {
    this.#options = options
    this.#places = new Places(options)
    this.#doors = new Doors(options, this.#places)
    this.looks = new Looks(options, this.#places)
  }

  /** Holds a card to a door. */
  presentCard(
    workspaceId: string,
    { card_id, card_number = '', ...at }: { acs_entrance_id: string; card_id?: string; card_number?: string },
  ): Promise<DoorAttempt> {
    return this.#present(workspaceId, { by: 'card', ...at, ...(card_id === undefined ? { card_number } : { card_id }) })
  }

  /** Enters a PIN at a door's keypad. */
  async enterCode(
    workspaceId: string,
    { acs_entrance_id, device_id, code }: { acs_entrance_id?: string; device_id?: string; code: string },
  ): Promise<DoorAttempt> {
    // Doors of access systems are the only ones with keypads here: no device is a lock.
    if (acs_entrance_id === undefined) throw new NoSuchThing('device', { device_id })
    return this.#present(workspaceId, { by: 'code', acs_entrance_id, code })
  }

  /** Holds a phone to a door. */
  presentPhone(workspaceId: string, request: { acs_entrance_id: string; device_id: string }): Promise<DoorAttempt> {
    return this.#present(workspaceId, { by: 'phone', ...request })
  }

  /** The Instant Key page before a door: it shows every mobile key of its identity, and counts as the phone. */
  openWithMobileKey(
    workspaceId: string,
    request: { acs_entrance_id: string; user_identity_id: string },
  ): Promise<DoorAttempt> {
    return this.#present(workspaceId, { by: 'keys', ...request })
  }

  /** Several at doors, one after the other: each as if it were asked alone. Unknown ids, and nobody goes to any door. */
  presentAll(workspaceId: string, presentations: readonly Presentation[]): Promise<DoorAttempt[]> {
    return this.#doors.present(workspaceId, presentations)
  }

  async #present(workspaceId: string, presentation: Presentation): Promise<DoorAttempt> {
    const [attempt] = await this.#doors.present(workspaceId, [presentation])
    if (attempt === undefined) throw new Error('a presentation left no attempt')
    return attempt
  }

  /** Puts a card on an encoder: a known one, or a fresh blank. */
  async placeCard(
    workspaceId: string,
    request: { acs_encoder_id: string; card_id?: string; card_format?: string },
  ): Promise<Json> {
    const { encoder, ...place } = await this.#places.encoder(workspaceId, request.acs_encoder_id)
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
      await this.#places.findCard(workspaceId, { card_id })
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
    const { encoder, ...place } = await this.#places.encoder(workspaceId, acs_encoder_id)
    const card = await place.building.removeCard(encoder.external_id)
    return card === null ? null : this.#presentCard(workspaceId, place, card)
  }

  async getCard(workspaceId: string, card_id: string): Promise<Json> {
    const { place, card } = await this.#places.findCard(workspaceId, { card_id })
    return this.#presentCard(workspaceId, place, card)
  }

  /** Sets or clears the fault of a system. With none left, its waiting work is due at once. */
  async setFault(workspaceId: string, wish: FaultWish): Promise<void> {
    const place = await this.#places.place(workspaceId, wish.acs_system_id)
    let encoder_id: string | null = null
    if (wish.acs_encoder_id !== undefined) {
      const { encoder } = await this.#places.encoder(workspaceId, wish.acs_encoder_id)
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
    if (fault === 'none') await this.#retryNow(workspaceId, place)
  }

  /** What waits for a system to come back does not wait any longer, what it refused is told again, and it is looked at. */
  async #retryNow(workspaceId: string, { system, definition }: Place): Promise<void> {
    const { store, workspaces } = this.#options
    const { acs_system_id } = system
    await releaseWaiting(store, workspaceId, acs_system_id)
    await releaseRefused(store, workspaceId, acs_system_id, [...pushErrors(definition)])
    const now = await workspaces.nowIso(workspaceId)
    const changes = new ChangeSet().job('provision', acs_system_id, now).job(SYNC_SYSTEM, acs_system_id, now)
    await store.write(workspaceId, now, changes)
  }

  /** Changes a system as its own operator would, without telling anybody. */
  async edit(workspaceId: string, wish: EditWish): Promise<void> {
    const place = await this.#places.place(workspaceId, wish.acs_system_id)
    const change = await readEdit(this.#options.store, workspaceId, wish)
    await this.#asked(subjectOf(wish.action), () => place.building.edit(change))
  }

  /** Cuts a door off from its system, or lets somebody inside want to be alone; and back. */
  async setDoor(
    workspaceId: string,
    wish: {
      acs_entrance_id: string
      is_online?: boolean
      privacy_mode?: boolean
      wrong_codes_allowed?: number | null
    },
  ): Promise<void> {
    const { acs_entrance_id, wrong_codes_allowed, ...state } = wish
    const { system, entrance, building } = await this.#places.door(workspaceId, acs_entrance_id)
    if (wrong_codes_allowed !== undefined) {
      if (!entrance.can_unlock_with_code) throw new Impossible('wrong_codes_allowed', 'This door has no keypad.')
      await this.#places
        .recordsOf(workspaceId, system.external_id)
        .change((records) => Promise.resolve(setKeypad(records, entrance.external_id, wrong_codes_allowed)))
    }
    if (state.is_online === undefined && state.privacy_mode === undefined) return
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
    const building = await this.#places.building(workspaceId, provider, buildingId)
    await building.seed(size)
  }

  /** What a driver of this building may use of the world, for one piece of work. */
  hostFor(workspaceId: string, buildingId: string): Promise<DriverHost> {
    return this.#places.hostFor(workspaceId, buildingId)
  }

  async #presentCard(workspaceId: string, { system }: Place, card: VirtualCard): Promise<Json> {
    const { acs_system_id } = system
    return presentCard(acs_system_id, card, await namesOf(this.#options.store, workspaceId, acs_system_id, [card]))
  }
}
