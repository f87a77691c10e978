/** Finds the virtual building behind the wire's ids: of a system, a door, an encoder or a card. */
import type { AcsEncoderRecord, AcsEntranceRecord, AcsSystemRecord } from '../domain/records.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store/store.ts'
import { StoredVirtualRecords, virtualHost } from '../store/virtual-records.ts'
import type { Workspaces } from '../store/workspaces.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { AccessSystemDriver, DriverHost } from '../systems/kit/driver.ts'
import type { VirtualBuilding, VirtualCard, VirtualRecords } from '../systems/kit/virtual.ts'
import { NoSuchThing } from './errors.ts'

export interface PlacesOptions {
  store: Store
  workspaces: Workspaces
  log: Log
  drivers: ReadonlyMap<string, AccessSystemDriver>
}

export interface Place {
  system: AcsSystemRecord
  definition: SystemDefinition
  building: VirtualBuilding
}

export type DoorPlace = Place & { entrance: AcsEntranceRecord }

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Systems keep our references, or ids of their own that look otherwise. */
export function isUuid(id: string): boolean {
  return UUID.test(id)
}

export class Places {
  readonly #options: PlacesOptions

  constructor(options: PlacesOptions) {
    this.#options = options
  }

  async building(workspaceId: string, provider: string, buildingId: string): Promise<VirtualBuilding> {
    return this.#buildingOn(this.recordsOf(workspaceId, buildingId), workspaceId, provider, buildingId)
  }

  recordsOf(workspaceId: string, buildingId: string): StoredVirtualRecords {
    return new StoredVirtualRecords(this.#options.store, workspaceId, buildingId)
  }

  /** The same building on other records: those of a change that is under way. */
  async on(records: VirtualRecords, { system, ...place }: DoorPlace): Promise<DoorPlace> {
    const { workspace_id, provider, external_id } = system
    return { ...place, system, building: await this.#buildingOn(records, workspace_id, provider, external_id) }
  }

  async #buildingOn(
    records: VirtualRecords,
    workspaceId: string,
    provider: string,
    buildingId: string,
  ): Promise<VirtualBuilding> {
    return this.#driver(provider).virtualBuilding(records, await this.hostFor(workspaceId, buildingId))
  }

  /** What a driver of this building may use of the world, for one piece of work. */
  hostFor(workspaceId: string, buildingId: string): Promise<DriverHost> {
    return virtualHost(this.#options, workspaceId, buildingId)
  }

  async place(workspaceId: string, acs_system_id: string): Promise<Place> {
    const system = isUuid(acs_system_id)
      ? await this.#options.store.get(workspaceId, 'acs_system', 'acs_system_id', acs_system_id)
      : undefined
    if (system === undefined) throw new NoSuchThing('acs_system', { acs_system_id })
    return this.#placeOf(system)
  }

  /** Every system of the workspace. */
  async all(workspaceId: string): Promise<Place[]> {
    const systems = await this.#options.store.read<AcsSystemRecord>(
      workspaceId,
      'SELECT * FROM acs_system WHERE workspace_id = $1 ORDER BY created_at, acs_system_id',
    )
    return Promise.all(systems.map((system) => this.#placeOf(system)))
  }

  async entrance(workspaceId: string, acs_entrance_id: string): Promise<AcsEntranceRecord> {
    const entrance = isUuid(acs_entrance_id)
      ? await this.#options.store.get(workspaceId, 'acs_entrance', 'acs_entrance_id', acs_entrance_id)
      : undefined
    if (entrance === undefined) throw new NoSuchThing('acs_entrance', { acs_entrance_id })
    return entrance
  }

  async door(workspaceId: string, acs_entrance_id: string): Promise<DoorPlace> {
    const entrance = await this.entrance(workspaceId, acs_entrance_id)
    return { entrance, ...(await this.place(workspaceId, entrance.acs_system_id)) }
  }

  /** Several doors at once, by their ids in lower case. @throws NoSuchThing naming one that is not there */
  async doors(workspaceId: string, entranceIds: readonly string[]): Promise<Map<string, DoorPlace>> {
    const { store } = this.#options
    const ids = [...new Set(entranceIds.filter(isUuid).map((id) => id.toLowerCase()))]
    const entrances = await store.getMany(workspaceId, 'acs_entrance', 'acs_entrance_id', ids)
    const unknown = entranceIds.find((id) => !entrances.some((one) => one.acs_entrance_id === id.toLowerCase()))
    if (unknown !== undefined) throw new NoSuchThing('acs_entrance', { acs_entrance_id: unknown })
    const systemIds = [...new Set(entrances.map((entrance) => entrance.acs_system_id))]
    const systems = await store.getMany(workspaceId, 'acs_system', 'acs_system_id', systemIds)
    const places = new Map(
      await Promise.all(
        systems.map(async (system): Promise<[string, Place]> => [system.acs_system_id, await this.#placeOf(system)]),
      ),
    )
    return new Map(
      entrances.map((entrance) => {
        const place = places.get(entrance.acs_system_id)
        if (place === undefined) throw new NoSuchThing('acs_entrance', { acs_entrance_id: entrance.acs_entrance_id })
        return [entrance.acs_entrance_id, { entrance, ...place }]
      }),
    )
  }

  async encoder(workspaceId: string, acs_encoder_id: string): Promise<Place & { encoder: AcsEncoderRecord }> {
    const encoder = isUuid(acs_encoder_id)
      ? await this.#options.store.get(workspaceId, 'acs_encoder', 'acs_encoder_id', acs_encoder_id)
      : undefined
    if (encoder === undefined) throw new NoSuchThing('acs_encoder', { acs_encoder_id })
    return { encoder, ...(await this.place(workspaceId, encoder.acs_system_id)) }
  }

  /** A card of any system of the workspace. */
  async findCard(
    workspaceId: string,
    wanted: { card_id?: string; card_number?: string },
  ): Promise<{ place: Place; card: VirtualCard }> {
    const { card_id, card_number } = wanted
    for (const place of await this.all(workspaceId)) {
      const card =
        card_id === undefined ? await place.building.findCard(card_number ?? '') : await place.building.getCard(card_id)
      if (card !== undefined) return { place, card }
    }
    throw new NoSuchThing('card', card_id === undefined ? { card_number } : { card_id })
  }

  #driver(provider: string): AccessSystemDriver {
    const driver = this.#options.drivers.get(provider)
    if (driver === undefined) throw new Error(`no driver for the provider ${provider}`)
    return driver
  }

  async #placeOf(system: AcsSystemRecord): Promise<Place> {
    const building = await this.building(system.workspace_id, system.provider, system.external_id)
    const { definition } = this.#driver(system.provider)
    return { system, definition, building }
  }
}
