/**
 * What the tests of stays share: the systems with doors that can belong to a reservation, found at run time, and a front
 * desk at each of them. Everything goes through the official SDK; the doors are the sandbox's.
 */
import { sdkGenerations, type SdkGeneration, type SeamClient } from '../clients/sdks.ts'
import type { Reply, TestServer } from '../support/server.ts'

export type Json = Reply['body']

export interface Door {
  acs_entrance_id: string
  display_name: string
}

/** A system whose guest doors know stays. */
export interface Hotel {
  /** `external_type` of the system: what the published model calls it. */
  type: string
  acs_system_id: string
  /** Doors that can belong to a reservation. */
  rooms: Door[]
  /** Doors that cannot, and take cards. */
  common: Door[]
  acs_encoder_id: string
  hasMobileKeys: boolean
}

/** Systems that take guests without a `reservation_key` (core.md 6.5, rule R); all others with stays demand one. */
export const UNDEMANDING = new Set(['salto_space_system', 'hotek_site'])

/** A client that looks at its action attempts more often than once a second, and is otherwise the same. */
export function hurried(server: TestServer, sdk: SdkGeneration | undefined = sdkGenerations[0]): SeamClient {
  if (sdk === undefined) throw new Error('no SDK is installed')
  const waitForActionAttempt = { timeout: 10_000, pollingInterval: 20 }
  return new sdk.Seam({ apiKey: server.apiKey, endpoint: server.url, waitForActionAttempt })
}

/** Every system of the workspace that has a door with `can_belong_to_reservation`. */
export async function hotelsOf(seam: SeamClient): Promise<Hotel[]> {
  const systems = await seam.acs.systems.list()
  const [entrances, encoders] = await Promise.all([
    seam.acs.entrances.list({ limit: 500 }),
    seam.acs.encoders.list({ acs_system_ids: systems.map((system) => system.acs_system_id) }),
  ])
  return systems.flatMap((system): Hotel[] => {
    const doors = entrances.filter((door) => door.acs_system_id === system.acs_system_id)
    const rooms = doors.filter((door) => door.can_belong_to_reservation === true)
    const encoder = encoders.find((one) => one.acs_system_id === system.acs_system_id)
    if (rooms.length === 0 || encoder === undefined) return []
    return [
      {
        type: system.external_type ?? system.name,
        acs_system_id: system.acs_system_id,
        rooms,
        common: doors.filter((door) => door.can_belong_to_reservation !== true && door.can_unlock_with_card === true),
        acs_encoder_id: encoder.acs_encoder_id,
        hasMobileKeys: rooms.every((door) => door.can_unlock_with_mobile_key === true),
      },
    ]
  })
}

/** The room of a hotel with this number among its rooms, from 0. */
export function room(hotel: Hotel, n: number): Door {
  const door = hotel.rooms[n]
  if (door === undefined) throw new Error(`${hotel.type} has no room ${n}`)
  return door
}

export const idsOf = (doors: readonly Door[]): string[] => doors.map((door) => door.acs_entrance_id)

let guests = 0
/** A person whom nothing knows yet. */
export function somebody(): { full_name: string; email_address: string } {
  guests++
  return { full_name: `Guest ${guests}`, email_address: `guest${guests}@example.com` }
}

/** A guest who has been checked in. */
export interface Guest {
  access_grant_id: string
  access_method_id: string
  acs_credential_id: string
  /** The plastic in the guest's hand. */
  card_id: string
}

export interface Told {
  event_type: string
  [field: string]: unknown
}

export class FrontDesk {
  readonly server: TestServer
  readonly seam: SeamClient
  readonly hotel: Hotel
  /** A card lies, or has lain, on the encoder: from then on it has no fresh blank of its own. */
  #isTouched = false

  constructor(server: TestServer, seam: SeamClient, hotel: Hotel) {
    this.server = server
    this.seam = seam
    this.hotel = hotel
  }

  /** `access_grants.create`, a card for somebody new unless said otherwise. */
  async grant(doors: readonly Door[], more: object = {}): Promise<Json> {
    const params = {
      ...('user_identity_id' in more ? {} : { user_identity: somebody() }),
      acs_entrance_ids: idsOf(doors),
      requested_access_methods: [{ mode: 'card' }],
      ...more,
    }
    return await this.seam.accessGrants.create(params as never)
  }

  /** Grants, encodes, and hands out the card: a fresh one, or the one named. */
  async checkIn(doors: readonly Door[], more: object = {}, onCard?: string): Promise<Guest> {
    const grant = await this.grant(doors, more)
    const [access_method_id] = grant['access_method_ids'] as string[]
    if (access_method_id === undefined) throw new Error(`no access method: ${JSON.stringify(grant['errors'])}`)
    const encoded = await this.encode(access_method_id, onCard)
    return { access_grant_id: grant['access_grant_id'] as string, access_method_id, ...encoded }
  }

  /** Encodes a method on a fresh card, or on the one named. */
  async encode(access_method_id: string, onCard?: string): Promise<{ acs_credential_id: string; card_id: string }> {
    await this.#lay(onCard)
    const attempt = await this.seam.accessMethods.encode({
      access_method_id,
      acs_encoder_id: this.hotel.acs_encoder_id,
    })
    if (attempt.status !== 'success') throw new Error(`not encoded: ${JSON.stringify(attempt)}`)
    await this.server.settle()
    const acs_credential_id = (attempt.result as unknown as Json)['acs_credential_id'] as string
    const card = (await this.cards()).find((one) => one['acs_credential_id'] === acs_credential_id)
    if (card === undefined) throw new Error('the card is nowhere')
    return { acs_credential_id, card_id: card['card_id'] as string }
  }

  async cards(): Promise<Json[]> {
    const { acs_system_id } = this.hotel
    return (await this.server.ok('/sandbox/cards/list', { acs_system_id })).cards as Json[]
  }

  async #lay(card_id: string | undefined): Promise<void> {
    const { acs_encoder_id } = this.hotel
    if (card_id === undefined && !this.#isTouched) return
    this.#isTouched = true
    const [used] = await this.cards()
    const what = card_id === undefined ? { card_format: used?.['card_format'] as string } : { card_id }
    await this.server.ok('/sandbox/encoders/place_card', { acs_encoder_id, ...what })
  }

  /** How the door answers to the card: `granted`, or why not. */
  async at(door: Door, { card_id }: { card_id: string }): Promise<string> {
    const { acs_entrance_id } = door
    const { door_attempt } = await this.server.ok('/sandbox/doors/present_card', { acs_entrance_id, card_id })
    if (door_attempt.opened !== (door_attempt.reason === 'granted')) throw new Error(JSON.stringify(door_attempt))
    return door_attempt.reason as string
  }

  /** How the door answers to the phone. */
  async withPhone(door: Door, device_id: string): Promise<string> {
    const { acs_entrance_id } = door
    return (await this.server.ok('/sandbox/doors/present_phone', { acs_entrance_id, device_id })).door_attempt.reason
  }

  async method({ access_method_id }: { access_method_id: string }): Promise<Json> {
    return await this.seam.accessMethods.get({ access_method_id })
  }
}

/** Events of these types since `since` (exclusive), oldest first. */
export async function eventsSince(seam: SeamClient, since: string, types?: readonly string[]): Promise<Told[]> {
  const events = (await seam.events.list({ since, limit: 5000 })) as unknown as Told[]
  return types === undefined ? events : events.filter((event) => types.includes(event.event_type))
}

/** What a card loses when a newer stay is used at its door. */
export const ENDED = [
  'acs_credential.invalidated',
  'access_method.revoked',
  'access_grant.access_to_door_lost',
] as const

/** The refusal of a call that must not succeed. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ status: number; type: string; message: string; data: Json }> {
  try {
    const answer = await call
    throw new Error(`this should have been refused: ${JSON.stringify(answer)}`)
  } catch (error) {
    const { statusCode, code, message, data } = error as {
      statusCode?: number
      code?: string
      message: string
      data?: Json
    }
    if (statusCode === undefined || code === undefined) throw error
    return { status: statusCode, type: code, message, data: data ?? {} }
  }
}

/** The rules of core.md 6.5, word for word. */
export const RULES = {
  '1': {
    status: 400,
    type: 'validation_error',
    title: 'reservation_key not supported.',
    message:
      'No targeted entrances support reservation behavior. Remove reservation_key or include at least one reservation-capable entrance.',
  },
  R: {
    status: 400,
    type: 'validation_error',
    title: 'reservation_key required for guest cards.',
    message:
      'The targeted provider requires a reservation for guest credentials. Add a reservation_key when issuing guest credentials for these entrances.',
  },
  '2': {
    status: 409,
    type: 'conflict',
    title: 'Reservation entrance change requires cleanup.',
    message: 'To change the doors for this reservation, delete the existing access grants first.',
  },
  '3': {
    status: 409,
    type: 'conflict',
    title: 'Reservation joiner entrance set conflict.',
    message: 'Joiner access grants must use the same or a subset of the reservation-capable doors.',
  },
  '4': {
    status: 409,
    type: 'conflict',
    title: 'Reservation time frames must overlap.',
    message: 'Access grants in the same reservation must have overlapping time frames.',
  },
} as const

export type Rule = keyof typeof RULES

/** The refusal that a rule demands. */
export function broken(rule: Rule, reservation_key: string | null, conflicting_access_grant_ids: string[]): object {
  const { status, type, title, message } = RULES[rule]
  return { status, type, message, data: { title, rule, reservation_key, conflicting_access_grant_ids } }
}
