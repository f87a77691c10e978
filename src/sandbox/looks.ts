/** What can be seen in the virtual buildings: doors, encoders, cards, phones, faults, and what the doors saw. */
import { toIso } from '../clock.ts'
import type { AcsEncoderRecord, AcsEntranceRecord, DoorAttemptRecord, Json } from '../domain/records.ts'
import { listPhones } from '../store/phones.ts'
import { presentAttempt, type DoorAttempt } from './doors.ts'
import { isLocked, readKeypads } from './keypads.ts'
import type { Place, Places, PlacesOptions } from './places.ts'
import { namesOf, presentCard, presentKey } from './present.ts'

/** As many attempts as are answered at most. */
export const MOST_ATTEMPTS = 500

export class Looks {
  readonly #options: PlacesOptions
  readonly #places: Places

  constructor(options: PlacesOptions, places: Places) {
    this.#options = options
    this.#places = places
  }

  /** What a system's cards are, and which faults are set. */
  async system(workspaceId: string, acs_system_id: string): Promise<Json> {
    const { building, definition, system } = await this.#places.place(workspaceId, acs_system_id)
    const [faults, names] = await Promise.all([
      building.listFaults(),
      namesOf(this.#options.store, workspaceId, system.acs_system_id, []),
    ])
    return {
      acs_system_id: system.acs_system_id,
      cards: definition.card === undefined ? 'none' : definition.card === 'encode' ? 'encoded' : 'assigned',
      card_formats: definition.card === undefined ? [] : building.cardFormats,
      faults: faults.map(({ fault, times, delay_ms, encoder_id }) => ({
        fault,
        times,
        delay_ms,
        acs_encoder_id: encoder_id === null ? null : (names.encoders.get(encoder_id) ?? null),
      })),
    }
  }

  /** How the doors of one system stand, or of all. */
  async doors(workspaceId: string, acs_system_id?: string): Promise<Json[]> {
    return this.#inEach(workspaceId, acs_system_id, async ({ system, building }) => {
      const { store, workspaces } = this.#options
      const [entrances, latest, keypads, nowMs] = await Promise.all([
        this.#devices<AcsEntranceRecord>('acs_entrance', workspaceId, system.acs_system_id),
        store.read<DoorAttemptRecord>(
          workspaceId,
          `SELECT a.* FROM acs_entrance e CROSS JOIN LATERAL (
             SELECT * FROM door_attempt d WHERE d.workspace_id = $1 AND d.acs_entrance_id = e.acs_entrance_id
              ORDER BY d.position DESC LIMIT 1) a
            WHERE e.workspace_id = $1 AND e.acs_system_id = $2`,
          [system.acs_system_id],
        ),
        readKeypads((kind) => this.#places.recordsOf(workspaceId, system.external_id).rows(kind)),
        workspaces.now(workspaceId),
      ])
      const looks = await building.lookAtDoors(entrances.map((entrance) => entrance.external_id))
      const standing = new Map(looks.map((look) => [look.entrance_id, look]))
      const attempts = new Map(latest.map((attempt) => [attempt.acs_entrance_id, attempt]))
      return entrances.flatMap(({ external_id, acs_entrance_id }): Json[] => {
        const look = standing.get(external_id)
        if (look === undefined) return []
        const keypad = keypads.get(external_id)
        const attempt = attempts.get(acs_entrance_id)
        return [
          {
            acs_entrance_id,
            acs_system_id: system.acs_system_id,
            decided_by: look.decides,
            is_online: look.is_online,
            privacy_mode: look.privacy_mode,
            wrong_codes_allowed: keypad?.allowed ?? null,
            keypad_locked_until: keypad !== undefined && isLocked(keypad, nowMs) ? toIso(keypad.locked_until) : null,
            latest_attempt: attempt === undefined ? null : presentAttempt(attempt),
          },
        ]
      })
    })
  }

  /** What lies on the encoders of one system, or of all. */
  async encoders(workspaceId: string, acs_system_id?: string): Promise<Json[]> {
    return this.#inEach(workspaceId, acs_system_id, async ({ system, building }) => {
      const encoders = await this.#devices<AcsEncoderRecord>('acs_encoder', workspaceId, system.acs_system_id)
      const looks = await building.lookAtEncoders(encoders.map((encoder) => encoder.external_id))
      const cards = looks.flatMap(({ card, last_card }) => [card, last_card]).filter((card) => card !== null)
      const names = await namesOf(this.#options.store, workspaceId, system.acs_system_id, cards)
      return looks.map(({ encoder_id, is_touched, card, last_card }) => ({
        acs_encoder_id: names.encoders.get(encoder_id) ?? null,
        acs_system_id: system.acs_system_id,
        is_touched,
        card: card === null ? null : presentCard(system.acs_system_id, card, names),
        last_card_id: last_card === null ? null : last_card.card_id,
      }))
    })
  }

  /** The cards of one system, or of all. */
  async cards(workspaceId: string, acs_system_id?: string): Promise<Json[]> {
    return this.#inEach(workspaceId, acs_system_id, async ({ system, building }) => {
      const cards = await building.listCards()
      const names = await namesOf(this.#options.store, workspaceId, system.acs_system_id, cards)
      return cards.map((card) => presentCard(system.acs_system_id, card, names))
    })
  }

  /** Every phone, with the keys on it: those of one system, or of all. */
  async phones(workspaceId: string, acs_system_id?: string): Promise<Json[]> {
    const phones = await listPhones(this.#options.store, workspaceId, {})
    const found = await this.#inEach(workspaceId, acs_system_id, async ({ system, building, definition }) => {
      if (!definition.modes.includes('mobile_key')) return []
      const onPhones = await Promise.all(
        phones.map(async ({ device_id }) => (await building.listKeys(device_id)).map((key) => ({ device_id, key }))),
      )
      const keys = onPhones.flat()
      const shown = keys.map(({ key }) => key)
      const names = await namesOf(this.#options.store, workspaceId, system.acs_system_id, shown)
      return keys.map(({ device_id, key }) => ({ device_id, key: presentKey(system.acs_system_id, key, names) }))
    })
    return phones.map(({ device_id, user_identity_id }) => ({
      device_id,
      user_identity_id,
      keys: found.filter((one) => one.device_id === device_id).map(({ key }) => key),
    }))
  }

  /** What a door saw, newest first. */
  async attemptsAt(workspaceId: string, acs_entrance_id: string, limit = MOST_ATTEMPTS): Promise<DoorAttempt[]> {
    await this.#places.entrance(workspaceId, acs_entrance_id)
    const rows = await this.#options.store.read<DoorAttemptRecord>(
      workspaceId,
      'SELECT * FROM door_attempt WHERE workspace_id = $1 AND acs_entrance_id = $2 ORDER BY position DESC LIMIT $3',
      [acs_entrance_id, limit],
    )
    return rows.map(presentAttempt)
  }

  /** What all doors of a system saw, newest first. */
  async attemptsIn(workspaceId: string, acs_system_id: string, limit = MOST_ATTEMPTS): Promise<DoorAttempt[]> {
    const { system } = await this.#places.place(workspaceId, acs_system_id)
    // The newest of each door first: the index has them in order by door.
    const rows = await this.#options.store.read<DoorAttemptRecord>(
      workspaceId,
      `SELECT a.* FROM acs_entrance e CROSS JOIN LATERAL (
         SELECT * FROM door_attempt d WHERE d.workspace_id = $1 AND d.acs_entrance_id = e.acs_entrance_id
          ORDER BY d.position DESC LIMIT $3) a
        WHERE e.workspace_id = $1 AND e.acs_system_id = $2 ORDER BY a.position DESC LIMIT $3`,
      [system.acs_system_id, limit],
    )
    return rows.map(presentAttempt)
  }

  async #inEach<T>(
    workspaceId: string,
    acs_system_id: string | undefined,
    look: (place: Place) => Promise<T[]>,
  ): Promise<T[]> {
    const places =
      acs_system_id === undefined
        ? await this.#places.all(workspaceId)
        : [await this.#places.place(workspaceId, acs_system_id)]
    return (await Promise.all(places.map(look))).flat()
  }

  #devices<T extends object>(
    table: 'acs_entrance' | 'acs_encoder',
    workspaceId: string,
    acs_system_id: string,
  ): Promise<T[]> {
    return this.#options.store.read<T>(
      workspaceId,
      `SELECT * FROM ${table} WHERE workspace_id = $1 AND acs_system_id = $2 ORDER BY created_at, ${table}_id`,
      [acs_system_id],
    )
  }
}
