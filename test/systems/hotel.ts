/**
 * What the tests of the hotel and resident systems share: a front desk that works through the official SDK, and the
 * behaviour that all systems with cards, stays and offline doors have in common, each on its own sandbox content.
 */
import { describe, expect, test } from 'vitest'
import { sdkGenerations, type SeamClient } from '../clients/sdks.ts'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

export type Json = Reply['body']

export const MORNING = '2030-06-01T09:00:00.000Z'
export const STARTS = '2030-06-01T15:00:00.000Z'
export const ENDS = '2030-06-04T11:00:00.000Z'

/** The first test of a file loads the whole server: on a busy machine alone some 15 seconds. */
const COLD_MS = 90_000

/** The instant this many milliseconds away. */
export function shifted(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString()
}

export class FrontDesk implements AsyncDisposable {
  readonly server: TestServer
  readonly seam: SeamClient
  readonly provider: string

  private constructor(server: TestServer, provider: string) {
    const [sdk] = sdkGenerations
    if (sdk === undefined) throw new Error('no SDK is installed')
    const waitForActionAttempt = { timeout: 10_000, pollingInterval: 20 }
    this.server = server
    this.seam = new sdk.Seam({ apiKey: server.apiKey, endpoint: server.url, waitForActionAttempt })
    this.provider = provider
  }

  static async open(provider: string): Promise<FrontDesk> {
    return new FrontDesk(await startTestServer({ frozenAt: MORNING }), provider)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
  }

  door(name: string): Promise<string> {
    return this.server.entrance(this.provider, name)
  }

  doors(names: readonly string[]): Promise<string[]> {
    return Promise.all(names.map((name) => this.door(name)))
  }

  system(): Promise<string> {
    return this.server.systemOf(this.provider)
  }

  /** A grant for the usual stay; `more` changes what it says. */
  async grant(doors: readonly string[], mode: string, more: object = {}): Promise<Json> {
    const grant = await this.seam.accessGrants.create({
      user_identity: { full_name: 'Ann Lee' },
      acs_entrance_ids: await this.doors(doors),
      requested_access_methods: [{ mode: mode as 'card' }],
      starts_at: STARTS,
      ends_at: ENDS,
      ...more,
    })
    await this.server.settle()
    return this.seam.accessGrants.get({ access_grant_id: grant.access_grant_id })
  }

  /** Writes the grant's card; answers with its number. */
  async encode(grant: Json): Promise<string> {
    const [access_method_id = ''] = grant['access_method_ids'] as string[]
    const acs_encoder_id = await this.server.encoder(this.provider)
    const { result } = (await this.seam.accessMethods.encode({ access_method_id, acs_encoder_id })) as Json
    return result.card_number as string
  }

  /** A card, encoded directly. */
  async encodeCredential(acs_credential_id: string): Promise<string> {
    await this.server.settle()
    const acs_encoder_id = await this.server.encoder(this.provider)
    const { result } = (await this.seam.acs.encoders.encodeCredential({ acs_credential_id, acs_encoder_id })) as Json
    return result.card_number as string
  }

  async user(full_name = 'Bob Ray', more: object = {}): Promise<string> {
    const user = await this.seam.acs.users.create({ acs_system_id: await this.system(), full_name, ...more })
    return user.acs_user_id
  }

  async present(door: string, card_number: string): Promise<string> {
    const body = { acs_entrance_id: await this.door(door), card_number }
    const { door_attempt } = await this.server.ok('/sandbox/doors/present_card', body)
    expect(door_attempt.opened).toBe(door_attempt.reason === 'granted')
    return door_attempt.reason as string
  }

  async presentPhone(door: string, device_id: string): Promise<string> {
    const body = { acs_entrance_id: await this.door(door), device_id }
    return (await this.server.ok('/sandbox/doors/present_phone', body))['door_attempt'].reason as string
  }

  async phoneOf(grant: Json): Promise<string> {
    const { user_identity_id } = grant as { user_identity_id: string }
    const { phone } = await this.server.ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
    await this.server.settle()
    return phone.device_id as string
  }

  async events(filter: object): Promise<string[]> {
    const { events } = await this.server.ok('/events/list', { since: '2000-01-01T00:00:00Z', ...filter })
    return (events as { event_type: string }[]).map((event) => event.event_type)
  }
}

export interface HotelLike {
  provider: string
  /** Three doors that belong to stays. */
  rooms: readonly [string, string, string]
  /** A door that belongs to none. */
  common: string
  hasMobileKeys: boolean
  isReservationRequired: boolean
}

/** What a reservation rule answers, word for word (core.md 6.5). */
const RULES = {
  '1': [
    400,
    'validation_error',
    'reservation_key not supported.',
    'No targeted entrances support reservation behavior. Remove reservation_key or include at least one reservation-capable entrance.',
  ],
  R: [
    400,
    'validation_error',
    'reservation_key required for guest cards.',
    'The targeted provider requires a reservation for guest credentials. Add a reservation_key when issuing guest credentials for these entrances.',
  ],
  '2': [
    409,
    'conflict',
    'Reservation entrance change requires cleanup.',
    'To change the doors for this reservation, delete the existing access grants first.',
  ],
  '3': [
    409,
    'conflict',
    'Reservation joiner entrance set conflict.',
    'Joiner access grants must use the same or a subset of the reservation-capable doors.',
  ],
  '4': [
    409,
    'conflict',
    'Reservation time frames must overlap.',
    'Access grants in the same reservation must have overlapping time frames.',
  ],
} as const

/** From the grant to the door, on a system with cards, stays and offline doors. */
export function behavesLikeAHotel(hotel: HotelLike): void {
  const { provider, rooms, common, hasMobileKeys, isReservationRequired } = hotel
  const [room, other, third] = rooms

  describe('from the grant to the door', () => {
    test(
      'a card opens its doors from its start to its end, to the millisecond, and no other',
      async () => {
        await using desk = await FrontDesk.open(provider)
        const { server } = desk
        const grant = await desk.grant([room, common], 'card', { reservation_key: 'stay-1' })
        const [access_method_id = ''] = grant['access_method_ids'] as string[]
        const waiting = await desk.seam.accessMethods.get({ access_method_id })
        expect(waiting).toMatchObject({ is_issued: false, is_encoding_required: true })
        const card = await desk.encode(grant)
        expect(await desk.seam.accessMethods.get({ access_method_id })).toMatchObject({
          is_issued: true,
          is_encoding_required: false,
        })
        const at = () => Promise.all([desk.present(room, card), desk.present(common, card), desk.present(other, card)])
        await server.advance(shifted(STARTS, -1))
        expect(await at()).toEqual(['not_yet_valid', 'not_yet_valid', 'no_access_to_entrance'])
        await server.advance(STARTS)
        expect(await at()).toEqual(['granted', 'granted', 'no_access_to_entrance'])
        await server.advance(shifted(ENDS, -1))
        expect(await at()).toEqual(['granted', 'granted', 'no_access_to_entrance'])
        await server.advance(ENDS)
        expect(await at()).toEqual(['expired', 'expired', 'no_access_to_entrance'])
      },
      COLD_MS,
    )

    test.runIf(hasMobileKeys)(
      'a mobile key opens its doors from its start to its end, to the millisecond',
      async () => {
        await using desk = await FrontDesk.open(provider)
        const { server } = desk
        const grant = await desk.grant([room, common], 'mobile_key', { reservation_key: 'stay-1' })
        const [access_method_id = ''] = grant['access_method_ids'] as string[]
        expect(await desk.seam.accessMethods.get({ access_method_id })).toMatchObject({
          is_issued: true,
          instant_key_url: expect.stringContaining('/ik/') as string,
        })
        const phone = await desk.phoneOf(grant)
        const at = () =>
          Promise.all([
            desk.presentPhone(room, phone),
            desk.presentPhone(common, phone),
            desk.presentPhone(other, phone),
          ])
        await server.advance(shifted(STARTS, -1))
        expect(await at()).toEqual(['not_yet_valid', 'not_yet_valid', 'no_access_to_entrance'])
        await server.advance(STARTS)
        expect(await at()).toEqual(['granted', 'granted', 'no_access_to_entrance'])
        await server.advance(shifted(ENDS, -1))
        expect(await at()).toEqual(['granted', 'granted', 'no_access_to_entrance'])
        await server.advance(ENDS)
        // The key is taken down at its end; whichever the phone and the lock notice first, it opens nothing.
        expect(await at()).not.toContain('granted')
      },
    )

    test.each(['code', 'cloud_key', ...(hasMobileKeys ? [] : ['mobile_key'])])(
      'it has no %s: the grant says so, and an event',
      async (mode) => {
        await using desk = await FrontDesk.open(provider)
        const grant = await desk.grant([room], mode, { reservation_key: 'stay-1' })
        expect(grant).toMatchObject({
          access_method_ids: [],
          errors: [{ error_code: 'cannot_create_requested_access_methods', mode }],
        })
        const { access_grant_id } = grant as { access_grant_id: string }
        expect(await desk.events({ access_grant_id })).toContain(
          'access_grant.could_not_create_requested_access_methods',
        )
      },
    )

    test('a change of doors reaches the card when it is encoded again', async () => {
      await using desk = await FrontDesk.open(provider)
      const { server, seam } = desk
      const grant = await desk.grant([room], 'card', { reservation_key: 'stay-1' })
      const { access_grant_id } = grant as { access_grant_id: string }
      const card = await desk.encode(grant)
      await server.advance(STARTS)
      await server.ok('/access_grants/update', { access_grant_id, acs_entrance_ids: await desk.doors([room, common]) })
      await server.settle()
      expect(await desk.present(common, card)).toBe('no_access_to_entrance')
      const changed = await seam.accessGrants.get({ access_grant_id })
      expect(await desk.encode(changed as Json)).toBe(card)
      expect(await desk.present(common, card)).toBe('granted')
      expect(await desk.present(room, card)).toBe('granted')
    })
  })

  describe('stays', () => {
    test('no card is written for a suspended guest: the lock would not know of it', async () => {
      await using desk = await FrontDesk.open(provider)
      const { server } = desk
      const grant = await desk.grant([room], 'card', { reservation_key: 'stay-1' })
      const [access_method_id = ''] = grant['access_method_ids'] as string[]
      const { acs_users } = await server.ok('/acs/users/list', { user_identity_id: grant['user_identity_id'] })
      const [{ acs_user_id }] = acs_users as [{ acs_user_id: string }]
      await server.ok('/acs/users/suspend', { acs_user_id })
      await server.settle()
      const acs_encoder_id = await server.encoder(provider)
      const { acs_credentials } = await server.ok('/acs/credentials/list', { acs_user_id })
      const [{ acs_credential_id }] = acs_credentials as [{ acs_credential_id: string }]
      for (const [path, body] of [
        ['/access_methods/encode', { access_method_id }],
        ['/acs/encoders/encode_credential', { acs_credential_id }],
        ['/acs/encoders/encode_credential', { access_method_id }],
      ] as const) {
        const refused = await server.post(path, { ...body, acs_encoder_id })
        expect(refused).toMatchObject({ status: 400, body: { error: { type: 'invalid_input' } } })
        expect(JSON.stringify(refused.body['error'])).toContain('/acs/users/unsuspend')
      }
      await server.ok('/acs/users/unsuspend', { acs_user_id })
      await server.settle()
      const card = await desk.encode(grant)
      await server.advance(STARTS)
      expect(await desk.present(room, card)).toBe('granted')
    })

    test('a newer stay ends the older one when it is first used at the room; the common door takes no part', async () => {
      await using desk = await FrontDesk.open(provider)
      const { server } = desk
      const first = await desk.grant([room, common], 'card', { reservation_key: 'one' })
      const old = await desk.encode(first)
      const joiner = await desk.encode(await desk.grant([room, common], 'card', { reservation_key: 'one' }))
      const next = await desk.encode(await desk.grant([room, common], 'card', { reservation_key: 'two' }))
      await server.advance(STARTS)
      expect([await desk.present(room, old), await desk.present(room, joiner)]).toEqual(['granted', 'granted'])
      expect([await desk.present(common, next), await desk.present(room, old)]).toEqual(['granted', 'granted'])
      expect(await desk.present(room, next)).toBe('granted')
      expect([await desk.present(room, old), await desk.present(room, joiner)]).toEqual(['overridden', 'overridden'])
      expect([await desk.present(common, old), await desk.present(common, joiner)]).toEqual(['granted', 'granted'])
      const { access_grant_id } = first as { access_grant_id: string }
      expect(await desk.events({ access_grant_id })).toContain('access_grant.access_to_door_lost')
      const [access_method_id = ''] = first['access_method_ids'] as string[]
      expect(await desk.events({ access_method_id })).toContain('access_method.revoked')
    })

    test('without wishes a credential joins whoever stays at its room, and begins a stay where nobody does', async () => {
      await using desk = await FrontDesk.open(provider)
      const make = async (doors: readonly string[], more: object = {}): Promise<string> => {
        const acs_user_id = await desk.user()
        const allowed_acs_entrance_ids = await desk.doors(doors)
        const wish = { acs_user_id, access_method: 'card' as const, allowed_acs_entrance_ids, ...more }
        return desk.encodeCredential((await desk.seam.acs.credentials.create(wish)).acs_credential_id)
      }
      const host = await make([room, common])
      const joiner = await make([room])
      const elsewhere = await make([other])
      expect(await desk.present(room, joiner)).toBe('granted')
      expect(await desk.present(room, host)).toBe('granted')
      expect(await desk.present(other, elsewhere)).toBe('granted')
    })
  })

  describe('reservations', () => {
    /** The rule that a grant breaks, as the caller reads it. */
    async function refusal(desk: FrontDesk, doors: readonly string[], more: object): Promise<Json> {
      const before = await desk.seam.accessGrants.list()
      const { status, body } = await desk.server.post('/access_grants/create', {
        user_identity: { full_name: 'Cleo Day' },
        acs_entrance_ids: await desk.doors(doors),
        requested_access_methods: [{ mode: 'card' }],
        starts_at: STARTS,
        ends_at: ENDS,
        ...more,
      })
      expect(await desk.seam.accessGrants.list()).toHaveLength(before.length)
      const { type, title, message, data } = body['error'] as Json
      return { answer: [status, type, title, message], data }
    }

    test('rules 1, R, 2, 3 and 4, word for word', async () => {
      await using desk = await FrontDesk.open(provider)
      const key = { reservation_key: 'stay' }
      expect(await refusal(desk, [common], key)).toMatchObject({ answer: RULES['1'] })
      if (isReservationRequired) expect(await refusal(desk, [room], {})).toMatchObject({ answer: RULES.R })
      else expect((await desk.grant([room], 'card'))['access_method_ids']).toHaveLength(1)
      const free = await desk.grant([common], 'card')
      expect(free).toMatchObject({ errors: [] })

      const { access_grant_id } = (await desk.grant([room, other], 'card', key)) as { access_grant_id: string }
      const data = { reservation_key: 'stay', conflicting_access_grant_ids: [access_grant_id] }
      expect(await refusal(desk, [room, third], key)).toMatchObject({
        answer: RULES['2'],
        data: { ...data, rule: '2' },
      })
      expect(await refusal(desk, [room, other, third], key)).toMatchObject({
        answer: RULES['3'],
        data: { ...data, rule: '3' },
      })
      const later = { starts_at: ENDS, ends_at: shifted(ENDS, 86_400_000) }
      expect(await refusal(desk, [room], { ...key, ...later })).toMatchObject({
        answer: RULES['4'],
        data: { ...data, rule: '4' },
      })
      // A part of the rooms joins; a common door is free to anybody.
      expect(await desk.grant([other, common], 'card', key)).toMatchObject({ errors: [] })
      const overlapping = { starts_at: shifted(ENDS, -1), ends_at: shifted(ENDS, 86_400_000) }
      expect(await desk.grant([room], 'card', { ...key, ...overlapping })).toMatchObject({ errors: [] })
    })
  })
}
