/**
 * What the tests of grants over several systems share: the systems with doors, found at run time; a key ring with
 * everything that a grant gives to its person; and whether it opens a door. All through the official SDK.
 */
import { sdkGenerations, type SeamClient } from '../clients/sdks.ts'
import { assignCard } from '../seeds/support.ts'
import type { Reply, TestServer } from '../support/server.ts'

export type Json = Reply['body']
export type Mode = 'code' | 'card' | 'mobile_key' | 'cloud_key'
export const MODES: readonly Mode[] = ['code', 'card', 'mobile_key', 'cloud_key']

export interface Door {
  acs_entrance_id: string
  acs_system_id: string
  display_name: string
  takes: ReadonlySet<Mode>
  isReservable: boolean
}

export interface Place {
  /** `external_type` of the system, e.g. `salto_ks_site`. */
  type: string
  acs_system_id: string
  doors: Door[]
  acs_encoder_id: string | undefined
}

/** Systems that make their own PINs; the caller may choose everywhere else (access-systems.md 8.1). */
export const MAKES_ITS_OWN_PINS: ReadonlySet<string> = new Set(['salto_ks_site', 'latch_building'])

export function hurried(server: TestServer): SeamClient {
  const [sdk] = sdkGenerations
  if (sdk === undefined) throw new Error('no SDK is installed')
  const waitForActionAttempt = { timeout: 10_000, pollingInterval: 20 }
  return new sdk.Seam({ apiKey: server.apiKey, endpoint: server.url, waitForActionAttempt })
}

/** The systems of the workspace with doors that can be opened, each with a few doors that show all it has. */
export async function placesOf(seam: SeamClient): Promise<Place[]> {
  const systems = await seam.acs.systems.list()
  const [entrances, encoders] = await Promise.all([
    seam.acs.entrances.list({ limit: 500 }),
    seam.acs.encoders.list({ acs_system_ids: systems.map((system) => system.acs_system_id) }),
  ])
  return systems.flatMap((system): Place[] => {
    const { acs_system_id } = system
    const all = entrances.filter((door) => door.acs_system_id === acs_system_id).map((door) => doorOf(door as Json))
    const doors = aFew(all)
    if (doors.length === 0) return []
    const encoder = encoders.find((one) => one.acs_system_id === acs_system_id)
    const type = system.external_type ?? system.name
    return [{ type, acs_system_id, doors, acs_encoder_id: encoder?.acs_encoder_id }]
  })
}

function doorOf(door: Json): Door & { sharesZone: boolean } {
  const warnings = (door['warnings'] ?? []) as { warning_code: string }[]
  return {
    acs_entrance_id: door['acs_entrance_id'],
    acs_system_id: door['acs_system_id'],
    display_name: door['display_name'],
    takes: new Set(MODES.filter((mode) => door[`can_unlock_with_${mode}`] === true)),
    isReservable: door['can_belong_to_reservation'] === true,
    sharesZone: warnings.some((warning) => warning.warning_code === 'entrance_shares_zone'),
  }
}

/** A guest door, one for each mode, two at least; none that comes with other doors. */
function aFew(doors: readonly (Door & { sharesZone: boolean })[]): Door[] {
  const own = doors.filter((door) => door.takes.size > 0 && !door.sharesZone)
  const chosen = new Set<Door>()
  const take = (door: Door | undefined) => door !== undefined && chosen.add(door)
  take(own.find((door) => door.isReservable))
  for (const mode of MODES) {
    if (![...chosen].some((door) => door.takes.has(mode))) take(own.find((door) => door.takes.has(mode)))
  }
  if (chosen.size < 2) take(own.find((door) => !chosen.has(door)))
  return [...chosen]
}

/** Whether the system has doors for the mode, and which. */
export const doorsFor = (place: Place, mode: Mode): Door[] => place.doors.filter((door) => door.takes.has(mode))

export const idsOf = (doors: readonly Door[]): string[] => doors.map((door) => door.acs_entrance_id)

/** Something that a grant gave its person to open doors with. */
export interface Key {
  mode: Mode
  access_method_id: string
  /** Doors that the access method covers, as the API tells. */
  covers: ReadonlySet<string>
  code: string | undefined
  /** How a door answers: `granted`, or why not. */
  at(acs_entrance_id: string): Promise<string>
}

let people = 0
export function somebody(): { full_name: string; email_address: string } {
  people++
  return { full_name: `Person ${people}`, email_address: `person${people}@example.com` }
}

export class Across {
  readonly server: TestServer
  readonly seam: SeamClient
  readonly places: Place[]
  readonly #phones = new Map<string, string>()

  constructor(server: TestServer, seam: SeamClient, places: Place[]) {
    this.server = server
    this.seam = seam
    this.places = places
  }

  get doors(): Door[] {
    return this.places.flatMap((place) => place.doors)
  }

  place(acs_system_id: string): Place {
    const found = this.places.find((place) => place.acs_system_id === acs_system_id)
    if (found === undefined) throw new Error(`no system ${acs_system_id}`)
    return found
  }

  async grant(params: object): Promise<Json> {
    const who = 'user_identity_id' in params ? {} : { user_identity: somebody() }
    return await this.seam.accessGrants.create({ ...who, ...params } as never)
  }

  async get(access_grant_id: string): Promise<Json> {
    return await this.seam.accessGrants.get({ access_grant_id })
  }

  async update(access_grant_id: string, change: object): Promise<void> {
    await this.seam.accessGrants.update({ access_grant_id, ...change })
  }

  async methods(access_grant_id: string): Promise<Json[]> {
    return await this.seam.accessMethods.list({ access_grant_id })
  }

  async method(access_method_id: string): Promise<Json> {
    return await this.seam.accessMethods.get({ access_method_id })
  }

  /** The doors a method covers. */
  async covers(access_method_id: string): Promise<Set<string>> {
    const batch = await this.seam.accessMethods.getRelated({ access_method_ids: [access_method_id] })
    return new Set((batch as unknown as { acs_entrances: Door[] }).acs_entrances.map((door) => door.acs_entrance_id))
  }

  /** The person's phone; made on first asking. */
  async phone(user_identity_id: string): Promise<string> {
    let device_id = this.#phones.get(user_identity_id)
    if (device_id === undefined) {
      device_id = (await this.seam.phones.simulate.createSandboxPhone({ user_identity_id })).device_id
      this.#phones.set(user_identity_id, device_id)
      await this.server.settle()
    }
    return device_id
  }

  /** Everything the grant gives: cards are encoded or assigned, and a phone is there. */
  async keys(grant: Json): Promise<Key[]> {
    await this.server.settle()
    const keys: Key[] = []
    for (const method of await this.methods(grant['access_grant_id'] as string)) {
      keys.push(await this.key(method, grant['user_identity_id'] as string))
    }
    return keys
  }

  async key(method: Json, user_identity_id: string): Promise<Key> {
    const access_method_id = method['access_method_id'] as string
    const mode = method['mode'] as Mode
    const covers = await this.covers(access_method_id)
    const at = await this.#means(method, covers, user_identity_id)
    return { mode, access_method_id, covers, code: method['code'] as string | undefined, at }
  }

  async #means(method: Json, covers: Set<string>, user_identity_id: string): Promise<Key['at']> {
    const { server, seam } = this
    const access_method_id = method['access_method_id'] as string
    const reason = async (path: string, params: object) =>
      (await server.ok(`/sandbox/doors/${path}`, params)).door_attempt.reason as string
    switch (method['mode'] as Mode) {
      case 'code':
        return (acs_entrance_id) => reason('enter_code', { acs_entrance_id, code: method['code'] as string })
      case 'mobile_key': {
        const device_id = await this.phone(user_identity_id)
        return (acs_entrance_id) => reason('present_phone', { acs_entrance_id, device_id })
      }
      case 'cloud_key':
        return async (acs_entrance_id) => {
          const params = { access_method_id, acs_entrance_id }
          const [answer] = await Promise.allSettled([seam.accessMethods.unlockDoor(params as never)])
          if (answer.status === 'fulfilled') return 'granted'
          return (answer.reason as { code?: string }).code ?? 'refused'
        }
      case 'card': {
        const card = await this.card(method, covers)
        return (acs_entrance_id) => reason('present_card', { acs_entrance_id, ...card })
      }
    }
  }

  /** Makes the plastic of a method, if it is not made yet. */
  async card(method: Json, covers: ReadonlySet<string>): Promise<{ card_id: string } | { card_number: string }> {
    const access_method_id = method['access_method_id'] as string
    const [door] = this.doors.filter((one) => covers.has(one.acs_entrance_id))
    const place = this.place(door?.acs_system_id ?? '')
    if (method['is_assignment_required'] === true) {
      const card_number = await this.#freeCard(place)
      await assignCard(this.seam, { access_method_id, card_number })
      await this.server.settle()
      return { card_number }
    } else if (method['is_encoding_required'] === true) {
      if (place.acs_encoder_id === undefined) throw new Error(`${place.type} has no encoder`)
      await this.seam.accessMethods.encode({ access_method_id, acs_encoder_id: place.acs_encoder_id })
    }
    await this.server.settle()
    return { card_id: await this.cardOf(access_method_id, place) }
  }

  /** The plastic that carries the method. */
  async cardOf(access_method_id: string, { acs_system_id }: Place): Promise<string> {
    const batch = await this.seam.accessMethods.getRelated({
      access_method_ids: [access_method_id],
      include: ['acs_credentials'],
    } as never)
    const ids = (batch as unknown as { acs_credentials: Json[] }).acs_credentials.map((one) => one['acs_credential_id'])
    const { cards } = await this.server.ok('/sandbox/cards/list', { acs_system_id })
    const card = (cards as Json[]).find((one) => ids.includes(one['acs_credential_id']))
    if (card === undefined) throw new Error('the card is nowhere')
    return card['card_id'] as string
  }

  async #freeCard({ acs_system_id }: Place): Promise<string> {
    const credentials = (await this.seam.acs.credentials.list({ acs_system_id })) as unknown as Json[]
    const free = credentials.find((one) => one['acs_user_id'] == null && one['card_number'] != null)
    if (free === undefined) throw new Error('no free card')
    return free['card_number'] as string
  }

  fault(place: Place, fault: 'offline' | 'none' | 'refuse' | 'busy'): Promise<Json> {
    return this.server.ok('/sandbox/systems/set_fault', { acs_system_id: place.acs_system_id, fault })
  }
}

export interface Told {
  event_type: string
  [field: string]: unknown
}

/** Events since then (exclusive), oldest first. */
export async function eventsSince(seam: SeamClient, since: string, pattern = /./): Promise<Told[]> {
  const events = (await seam.events.list({ since, limit: 20_000 })) as unknown as Told[]
  return events.filter((event) => pattern.test(event.event_type))
}
