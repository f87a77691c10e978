// The four scenarios of the guide "Reservation Access Grants", carried to the doors of every system with stays: one stay
// after another, several guests, another room, other times. What a card opens, and from when on it opens nothing.
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import {
  broken,
  ENDED,
  eventsSince,
  FrontDesk,
  hotelsOf,
  hurried,
  idsOf,
  refusal,
  room,
  somebody,
  type Door,
  type Guest,
  type Json,
  type Told,
} from './support.ts'

const server = await startTestServer({ frozenAt: '2030-01-05T09:00:00.000Z' })
const seam = hurried(server)
const hotels = await hotelsOf(seam)
afterAll(() => server[Symbol.asyncDispose]())

const DAY_MS = 86_400_000
/** The Saturday that the test's stays begin on, at nine in the morning; each test has its own, later than the last. */
let saturday = Date.parse('2030-01-05T09:00:00.000Z')

beforeEach(async () => {
  saturday += 56 * DAY_MS
  await server.freeze(new Date(saturday).toISOString())
  await server.settle()
})

/** `time` on the day of this number after the Saturday. */
const on = (day: number, time: string): string =>
  `${new Date(saturday + day * DAY_MS).toISOString().slice(0, 10)}T${time.length === 5 ? `${time}:00.000` : time}Z`

const [SAT, MON, WED, FRI] = [0, 2, 4, 6]
const typesOf = (events: readonly Told[]): string[] => events.map((event) => event.event_type)
/** What happened since the test began. */
const told = (types?: readonly string[]): Promise<Told[]> => eventsSince(seam, on(SAT, '08:00'), types)

test('the systems with stays are there', () => {
  expect(hotels.map((hotel) => hotel.type)).toEqual(expect.arrayContaining(['visionline_system', 'salto_space_system']))
})

describe.each(hotels)('$type', (hotel) => {
  const desk = new FrontDesk(server, seam, hotel)
  const [one, two, three] = [room(hotel, 0), room(hotel, 1), room(hotel, 2)]
  const lobby = hotel.common[0] as Door
  let stays = 0
  const newKey = (): string => `${hotel.type} ${++stays}`
  const week = () => ({ starts_at: on(SAT, '15:00'), ends_at: on(WED, '11:00') })
  const remove = ({ access_grant_id }: { access_grant_id: string }) => seam.accessGrants.delete({ access_grant_id })
  const getGrant = async ({ access_grant_id }: Guest): Promise<Json> => await seam.accessGrants.get({ access_grant_id })

  /** What the end of a guest's stay at a door tells, in this order. */
  const endOf = (guest: Guest, door: Door): Json[] => [
    { event_type: 'acs_credential.invalidated', acs_credential_id: guest.acs_credential_id },
    {
      event_type: 'access_method.revoked',
      access_method_id: guest.access_method_id,
      access_grant_ids: [guest.access_grant_id],
    },
    lossOf(guest, door),
  ]
  const lossOf = (guest: Guest, door: Door): Json => ({
    event_type: 'access_grant.access_to_door_lost',
    access_grant_id: guest.access_grant_id,
    acs_entrance_id: door.acs_entrance_id,
  })

  describe('1. back-to-back reservations', () => {
    test('each guest opens the room in the own stay, to the millisecond', async () => {
      const space = await seam.spaces.create({ name: 'Room', acs_entrance_ids: idsOf([one]) })
      const inRoom = { space_ids: [space.space_id] }
      const first = await desk.checkIn([], { ...inRoom, ...week(), reservation_key: newKey() })
      const after = { starts_at: on(WED, '15:00'), ends_at: on(FRI, '11:00') }
      const second = await desk.checkIn([], { ...inRoom, ...after, reservation_key: newKey() })
      const both = async () => [await desk.at(one, first), await desk.at(one, second)]

      expect(await both()).toEqual(['not_yet_valid', 'not_yet_valid'])
      await server.advance(on(SAT, '14:59:59.999'))
      expect(await both()).toEqual(['not_yet_valid', 'not_yet_valid'])
      await server.advance(on(SAT, '15:00'))
      expect(await both()).toEqual(['granted', 'not_yet_valid'])
      await server.advance(on(WED, '10:59:59.999'))
      expect(await both()).toEqual(['granted', 'not_yet_valid'])
      await server.advance(on(WED, '11:00'))
      expect(await both()).toEqual(['expired', 'not_yet_valid'])
      await server.advance(on(WED, '14:59:59.999'))
      expect(await both()).toEqual(['expired', 'not_yet_valid'])
      await server.advance(on(WED, '15:00'))
      expect(await desk.at(one, second)).toBe('granted')
      expect(await desk.at(one, first)).not.toBe('granted')
      // The first stay was over before the second came: it has ended, and nobody took it away.
      expect(await told(ENDED)).toEqual([])
      await server.advance(on(FRI, '10:59:59.999'))
      expect(await desk.at(one, second)).toBe('granted')
      await server.advance(on(FRI, '11:00'))
      expect(await desk.at(one, second)).toBe('expired')
    })

    test('who comes early ends the earlier stay with the first use, not before, and it is told once', async () => {
      const first = await desk.checkIn([one, lobby], { ...week(), reservation_key: newKey() })
      await server.advance(on(SAT, '15:00'))
      expect([await desk.at(one, first), await desk.at(lobby, first)]).toEqual(['granted', 'granted'])

      const early = { starts_at: on(MON, '09:00'), ends_at: on(FRI, '11:00') }
      const second = await desk.checkIn([one, lobby], { ...early, reservation_key: newKey() })
      // Made, encoded, and not yet valid: the lock has heard of none of it.
      expect(await desk.at(one, first)).toBe('granted')
      await server.advance(on(MON, '08:59:59.999'))
      expect([await desk.at(one, second), await desk.at(one, first)]).toEqual(['not_yet_valid', 'granted'])
      await server.advance(on(MON, '09:00'))
      expect(await desk.at(one, first)).toBe('granted')
      expect(await told(ENDED)).toEqual([])

      expect(await desk.at(one, second)).toBe('granted')
      expect(await desk.at(one, first)).toBe('overridden')
      expect(await told(ENDED)).toMatchObject(endOf(first, one))
      expect(await desk.method(first)).toMatchObject({ is_issued: false, issued_at: null })
      // A door without stays goes by the first card's own time.
      expect([await desk.at(lobby, first), await desk.at(lobby, second)]).toEqual(['granted', 'granted'])

      await server.advance(on(MON, '10:00'))
      expect([await desk.at(one, second), await desk.at(one, first)]).toEqual(['granted', 'overridden'])
      expect(await told(ENDED)).toHaveLength(3)
      await server.advance(on(WED, '11:00'))
      expect([await desk.at(one, second), await desk.at(one, first)]).toEqual(['granted', 'overridden'])
      expect(await desk.at(lobby, first)).not.toBe('granted')
    })

    test('door by door: a room where nobody else has been goes on opening', async () => {
      const first = await desk.checkIn([one, two], { ...week(), reservation_key: newKey() })
      const now = { starts_at: on(SAT, '15:00'), ends_at: on(FRI, '11:00') }
      const second = await desk.checkIn([one], { ...now, reservation_key: newKey() })
      const third = await desk.checkIn([two], { ...now, reservation_key: newKey() })
      await server.advance(on(SAT, '15:00'))
      expect(await desk.at(one, second)).toBe('granted')
      expect([await desk.at(one, first), await desk.at(two, first)]).toEqual(['overridden', 'granted'])
      expect(await told(ENDED)).toMatchObject(endOf(first, one))
      expect(await desk.at(two, third)).toBe('granted')
      expect([await desk.at(one, first), await desk.at(two, first)]).toEqual(['overridden', 'overridden'])
      // The card was invalid already; that this door is lost too is told.
      expect(await told(ENDED)).toMatchObject([...endOf(first, one), lossOf(first, two)])
    })

    test('a guest who joins a stay that is over at the door does not get in', async () => {
      const key = newKey()
      const first = await desk.checkIn([one], { ...week(), reservation_key: key })
      const second = await desk.checkIn([one], { ...week(), reservation_key: newKey() })
      await server.advance(on(SAT, '15:00'))
      expect([await desk.at(one, first), await desk.at(one, second)]).toEqual(['granted', 'granted'])
      const joiner = await desk.checkIn([one], { ...week(), reservation_key: key })
      expect([await desk.at(one, joiner), await desk.at(one, second)]).toEqual(['overridden', 'granted'])
    })

    test('a key used again after its grants are gone is a stay of its own', async () => {
      const key = newKey()
      const first = await desk.checkIn([one], { ...week(), reservation_key: key })
      await server.advance(on(SAT, '15:00'))
      expect(await desk.at(one, first)).toBe('granted')
      await remove(first)
      const second = await desk.checkIn([one], { ...week(), reservation_key: key })
      expect([await desk.at(one, first), await desk.at(one, second)]).toEqual(['granted', 'granted'])
      expect([await desk.at(one, first), await desk.at(one, second)]).toEqual(['overridden', 'granted'])
      // Nothing is left of the first that could be told of.
      expect(await told(ENDED)).toEqual([])
    })

    test.skipIf(!hotel.hasMobileKeys)('phones and cards end one another alike', async () => {
      const withPhone = async (reservation_key: string) => {
        const grant = await desk.grant([one], {
          ...week(),
          reservation_key,
          requested_access_methods: [{ mode: 'mobile_key' }],
        })
        const user_identity_id = grant['user_identity_id'] as string
        const phone = await seam.phones.simulate.createSandboxPhone({ user_identity_id })
        await server.settle()
        return { device_id: phone.device_id, access_grant_id: grant['access_grant_id'] as string }
      }
      const first = await desk.checkIn([one], { ...week(), reservation_key: newKey() })
      const key = newKey()
      const second = await withPhone(key)
      await server.advance(on(SAT, '15:00'))
      expect(await desk.at(one, first)).toBe('granted')
      expect(await desk.withPhone(one, second.device_id)).toBe('granted')
      expect(await desk.at(one, first)).toBe('overridden')
      expect(await told(ENDED)).toMatchObject(endOf(first, one))
      // A card of the same stay joins the phone.
      const joiner = await desk.checkIn([one], { ...week(), reservation_key: key })
      expect([await desk.at(one, joiner), await desk.withPhone(one, second.device_id)]).toEqual(['granted', 'granted'])
      const third = await desk.checkIn([one], { ...week(), reservation_key: newKey() })
      expect(await desk.at(one, third)).toBe('granted')
      expect([await desk.at(one, joiner), await desk.withPhone(one, second.device_id)]).toEqual([
        'overridden',
        'overridden',
      ])
      const lost = (await told(['access_grant.access_to_door_lost'])).map((event) => event['access_grant_id'])
      expect(lost.sort()).toEqual([first, second, joiner].map((guest) => guest.access_grant_id).sort())
    })
  })

  describe('2. multiple guests on the same reservation', () => {
    test('all cards open side by side, each its own doors, in any order of encoding and use', async () => {
      const reservation_key = newKey()
      const grants = []
      for (const doors of [[one, two, lobby], [one], [two]])
        grants.push(await desk.grant(doors, { ...week(), reservation_key }))
      // The joiners' cards are written first.
      const guests: Guest[] = []
      for (const grant of grants.reverse()) {
        const [access_method_id = ''] = grant['access_method_ids'] as string[]
        const access_grant_id = grant['access_grant_id'] as string
        guests.push({ access_grant_id, access_method_id, ...(await desk.encode(access_method_id)) })
      }
      const [third, second, first] = guests as [Guest, Guest, Guest]
      await server.advance(on(SAT, '15:00'))
      for (const guest of [second, first, second, first]) expect(await desk.at(one, guest)).toBe('granted')
      for (const guest of [first, third, first, third]) expect(await desk.at(two, guest)).toBe('granted')
      expect([await desk.at(two, second), await desk.at(one, third)]).toEqual([
        'no_access_to_entrance',
        'no_access_to_entrance',
      ])
      expect(await desk.at(three, first)).toBe('no_access_to_entrance')
      expect(await desk.at(lobby, first)).toBe('granted')
      expect(await told(ENDED)).toEqual([])
      await server.advance(on(WED, '11:00'))
      expect([await desk.at(one, second), await desk.at(one, first), await desk.at(two, third)]).toEqual([
        'expired',
        'expired',
        'expired',
      ])
    })

    test('one who comes later and leaves earlier keeps to the own time', async () => {
      const reservation_key = newKey()
      const first = await desk.checkIn([one], { ...week(), reservation_key })
      const visit = { starts_at: on(MON, '11:00'), ends_at: on(MON, '20:00') }
      const visitor = await desk.checkIn([one], { ...visit, reservation_key })
      await server.advance(on(MON, '10:59:59.999'))
      expect([await desk.at(one, first), await desk.at(one, visitor)]).toEqual(['granted', 'not_yet_valid'])
      await server.advance(on(MON, '11:00'))
      expect([await desk.at(one, visitor), await desk.at(one, first)]).toEqual(['granted', 'granted'])
      await server.advance(on(MON, '20:00'))
      expect([await desk.at(one, visitor), await desk.at(one, first)]).toEqual(['expired', 'granted'])
      expect(await told(ENDED)).toEqual([])
    })

    test('when one goes the others stay; when a newer stay comes all of them end, and each is told', async () => {
      const reservation_key = newKey()
      const first = await desk.checkIn([one], { ...week(), reservation_key })
      const second = await desk.checkIn([one], { ...week(), reservation_key })
      const third = await desk.checkIn([one], { ...week(), reservation_key })
      await server.advance(on(SAT, '15:00'))
      await remove(first)
      expect([await desk.at(one, second), await desk.at(one, third)]).toEqual(['granted', 'granted'])
      expect(await desk.method(second)).toMatchObject({ is_issued: true })
      // A fourth joins those who are left.
      const fourth = await desk.checkIn([one], { ...week(), reservation_key })
      for (const guest of [fourth, second, third]) expect(await desk.at(one, guest)).toBe('granted')
      const newer = await desk.checkIn([one], { ...week(), reservation_key: newKey() })
      expect(await desk.at(one, newer)).toBe('granted')
      for (const guest of [first, second, third, fourth]) expect(await desk.at(one, guest)).toBe('overridden')
      const events = await told(ENDED)
      for (const guest of [second, third, fourth]) {
        const about = [guest.acs_credential_id, guest.access_method_id, guest.access_grant_id]
        const own = events.filter((event) =>
          about.some((id) =>
            [event['acs_credential_id'], event['access_method_id'], event['access_grant_id']].includes(id),
          ),
        )
        expect(own).toMatchObject(endOf(guest, one))
      }
      expect(events).toHaveLength(9)
    })

    test('a lost card: a new one of the same stay opens, and whoever finds the old one is not ended by it', async () => {
      const reservation_key = newKey()
      const first = await desk.checkIn([one], { ...week(), reservation_key })
      const partner = await desk.checkIn([one], { ...week(), reservation_key })
      await server.advance(on(SAT, '15:00'))
      await seam.accessMethods.delete({ access_method_id: first.access_method_id })
      const { access_grant_id } = first
      const grant = (await seam.accessGrants.requestAccessMethods({
        access_grant_id,
        requested_access_methods: [{ mode: 'card' }],
      })) as unknown as Json
      const [access_method_id = ''] = grant['access_method_ids'] as string[]
      const again = { access_grant_id, access_method_id, ...(await desk.encode(access_method_id)) }
      for (const guest of [again, partner, again]) expect(await desk.at(one, guest)).toBe('granted')
      expect(await told(ENDED)).toMatchObject([lossOf(first, one)])
    })

    test('alone in the room, the new card of a lost one shuts it out', async () => {
      const first = await desk.checkIn([one], { ...week(), reservation_key: newKey() })
      await server.advance(on(SAT, '15:00'))
      expect(await desk.at(one, first)).toBe('granted')
      const { access_grant_id } = first
      await seam.accessMethods.delete({ access_grant_id })
      const grant = (await seam.accessGrants.requestAccessMethods({
        access_grant_id,
        requested_access_methods: [{ mode: 'card' }],
      })) as unknown as Json
      const again = await desk.encode((grant['access_method_ids'] as string[])[0] ?? '')
      expect([await desk.at(one, first), await desk.at(one, again)]).toEqual(['granted', 'granted'])
      expect([await desk.at(one, first), await desk.at(one, again)]).toEqual(['overridden', 'granted'])
    })
  })

  describe('3. relocate a reservation to a new room', () => {
    test('the old grants go first, every one of them; then the same key opens the new room', async () => {
      const reservation_key = newKey()
      const first = await desk.checkIn([one], { ...week(), reservation_key })
      const partner = await desk.checkIn([one], { ...week(), reservation_key })
      await server.advance(on(SAT, '15:00'))
      expect([await desk.at(one, first), await desk.at(one, partner)]).toEqual(['granted', 'granted'])
      const move = { starts_at: on(SAT, '15:30'), ends_at: on(WED, '11:00'), reservation_key }

      const inTheWay = async () => {
        const { type, data } = await refusal(desk.grant([two], move))
        expect({ type, rule: data['rule'] }).toEqual({ type: 'conflict', rule: '2' })
        return (data['conflicting_access_grant_ids'] as string[]).sort()
      }
      const grantsOf = (guests: Guest[]) => guests.map((guest) => guest.access_grant_id).sort()
      expect(await inTheWay()).toEqual(grantsOf([first, partner]))
      await remove(first)
      expect(await inTheWay()).toEqual(grantsOf([partner]))
      await remove(partner)
      const moved = await desk.checkIn([two], move)
      const types = typesOf(await told(['access_method.deleted', 'access_grant.deleted', ...ENDED]))
      expect(types).toEqual([
        'access_method.deleted',
        'access_grant.deleted',
        'access_method.deleted',
        'access_grant.deleted',
      ])

      expect(await desk.at(two, moved)).toBe('not_yet_valid')
      await server.advance(on(SAT, '15:30'))
      expect([await desk.at(two, moved), await desk.at(one, moved)]).toEqual(['granted', 'no_access_to_entrance'])
      // Plastic knows nothing of it: the old room opens until somebody else has been there.
      expect([await desk.at(one, first), await desk.at(two, first)]).toEqual(['granted', 'no_access_to_entrance'])
      const next = await desk.checkIn([one], { ...week(), reservation_key: newKey() })
      expect(await desk.at(one, next)).toBe('granted')
      expect([await desk.at(one, first), await desk.at(one, partner)]).toEqual(['overridden', 'overridden'])
      expect(await desk.at(two, moved)).toBe('granted')
      expect(await told(ENDED)).toEqual([])
    })

    test('on the same plastic the old room is gone with the encoding', async () => {
      const reservation_key = newKey()
      const first = await desk.checkIn([one], { ...week(), reservation_key })
      await server.advance(on(SAT, '15:00'))
      await remove(first)
      const moved = await desk.checkIn([two], { ...week(), reservation_key }, first.card_id)
      expect(moved.card_id).toBe(first.card_id)
      expect([await desk.at(one, moved), await desk.at(two, moved)]).toEqual(['no_access_to_entrance', 'granted'])
    })

    test('by an update of the one grant: the card is encoded again, and until then opens the old room alone', async () => {
      const reservation_key = newKey()
      const guest = await desk.checkIn([one], { ...week(), reservation_key })
      await server.advance(on(SAT, '15:00'))
      expect(await desk.at(one, guest)).toBe('granted')
      const { access_grant_id } = guest
      await seam.accessGrants.update({ access_grant_id, acs_entrance_ids: idsOf([two]) } as never)
      await server.settle()
      const moved = typesOf(await told()).filter((type) => /^access_(grant|method)\./.test(type))
      expect(moved.slice(-5)).toEqual([
        'access_grant.access_to_door_lost',
        'access_method.revoked',
        'access_grant.access_granted_to_door',
        'access_grant.access_granted_to_all_doors',
        'access_method.card_encoding_required',
      ])
      expect(await desk.method(guest)).toMatchObject({ is_issued: false, is_encoding_required: true })
      expect([await desk.at(one, guest), await desk.at(two, guest)]).toEqual(['granted', 'no_access_to_entrance'])
      expect((await desk.encode(guest.access_method_id, guest.card_id)).card_id).toBe(guest.card_id)
      expect([await desk.at(one, guest), await desk.at(two, guest)]).toEqual(['no_access_to_entrance', 'granted'])
      expect(await getGrant(guest)).toMatchObject({ warnings: [], pending_mutations: [], errors: [] })
      // The key has moved with it.
      const stranger = { ...week(), reservation_key }
      expect(await refusal(desk.grant([one], stranger))).toEqual(broken('2', reservation_key, [access_grant_id]))
      const joiner = await desk.checkIn([two], stranger)
      expect([await desk.at(two, joiner), await desk.at(two, guest)]).toEqual(['granted', 'granted'])
    })
  })

  describe('4. reservation time frame changes', () => {
    /** What the card on the encoder says of itself, beside what it should say. */
    async function scan(guest: Guest): Promise<string[]> {
      const { acs_encoder_id } = hotel
      await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_id: guest.card_id })
      const attempt = (await seam.acs.encoders.scanCredential({ acs_encoder_id })) as unknown as Json
      return attempt['result'].warnings.map((warning: Json) => warning['warning_code'])
    }

    test('an extension reaches the card when it is encoded again, and the old end holds until then', async () => {
      const reservation_key = newKey()
      const guest = await desk.checkIn([one], { ...week(), reservation_key })
      const partner = await desk.checkIn([one], { ...week(), reservation_key })
      await server.advance(on(MON, '10:00'))
      expect(await desk.at(one, guest)).toBe('granted')
      expect(await scan(guest)).toEqual([])
      const { access_grant_id, access_method_id } = guest
      const ends_at = on(FRI, '11:00')
      await seam.accessGrants.update({ access_grant_id, ends_at })
      await server.settle()

      const changed = (await eventsSince(seam, on(MON, '09:59'))).filter(
        (event) => event.event_type !== 'lock.unlocked',
      )
      expect(changed).toMatchObject([
        { event_type: 'access_grant.access_times_changed', access_grant_id, ends_at },
        { event_type: 'access_method.revoked', access_method_id, access_grant_ids: [access_grant_id] },
        { event_type: 'access_method.card_encoding_required', access_method_id },
      ])
      expect(changed[0]).not.toHaveProperty('starts_at')
      expect(await getGrant(guest)).toMatchObject({
        ends_at,
        warnings: [{ warning_code: 'updating_access_times', access_method_ids: [access_method_id] }],
        pending_mutations: [{ mutation_code: 'updating_access_times', from: week(), to: { ...week(), ends_at } }],
      })
      expect(await desk.method(guest)).toMatchObject({
        is_issued: false,
        issued_at: null,
        is_encoding_required: true,
        is_card_encoding_required: true,
        is_ready_for_encoding: true,
        warnings: [{ warning_code: 'updating_access_times' }],
      })
      expect(await desk.method(partner)).toMatchObject({ is_issued: true, is_encoding_required: false })
      expect(await scan(guest)).toEqual(['acs_credential_on_encoder_out_of_sync'])

      await server.advance(on(WED, '10:59:59.999'))
      expect(await desk.at(one, guest)).toBe('granted')
      await server.advance(on(WED, '11:00'))
      expect([await desk.at(one, guest), await desk.at(one, partner)]).toEqual(['expired', 'expired'])

      await desk.encode(access_method_id, guest.card_id)
      expect([await desk.at(one, guest), await desk.at(one, partner)]).toEqual(['granted', 'expired'])
      expect(await scan(guest)).toEqual([])
      expect(await getGrant(guest)).toMatchObject({ warnings: [], pending_mutations: [] })
      expect(await desk.method(guest)).toMatchObject({
        is_issued: true,
        issued_at: on(WED, '11:00'),
        is_encoding_required: false,
        warnings: [],
        pending_mutations: [],
      })
      const issues = (await told()).filter(
        (event) =>
          [event['access_method_id'], event['acs_credential_id']].some((id) =>
            [access_method_id, guest.acs_credential_id].includes(id as string),
          ) && event.event_type.includes('issued'),
      )
      expect(typesOf(issues)).toEqual([
        'acs_credential.issued',
        'access_method.issued',
        'acs_credential.reissued',
        'access_method.reissued',
      ])
      await server.advance(on(FRI, '10:59:59.999'))
      expect(await desk.at(one, guest)).toBe('granted')
      await server.advance(ends_at)
      expect(await desk.at(one, guest)).toBe('expired')
    })

    test('it is for the same card: another one is refused, and the guest is no worse off', async () => {
      const guest = await desk.checkIn([one], { ...week(), reservation_key: newKey() })
      const other = await desk.checkIn([two], { ...week(), reservation_key: newKey() })
      await server.advance(on(SAT, '15:00'))
      const { access_grant_id, access_method_id } = guest
      await seam.accessGrants.update({ access_grant_id, ends_at: on(FRI, '11:00') })
      await expect(desk.encode(access_method_id, other.card_id)).rejects.toMatchObject({
        code: 'credential_cannot_be_reissued',
      })
      expect([await desk.at(one, guest), await desk.at(two, other)]).toEqual(['granted', 'granted'])
      expect(await desk.method(guest)).toMatchObject({ is_encoding_required: true })
      await desk.encode(access_method_id, guest.card_id)
      await server.advance(on(WED, '11:00'))
      expect([await desk.at(one, guest), await desk.at(two, other)]).toEqual(['granted', 'expired'])
    })

    test('an earlier departure: the card keeps its old end until it is encoded again, then the new one holds', async () => {
      const guest = await desk.checkIn([one], { ...week(), reservation_key: newKey() })
      await server.advance(on(SAT, '15:00'))
      const { access_grant_id, access_method_id } = guest
      await seam.accessGrants.update({ access_grant_id, ends_at: on(MON, '11:00') })
      expect(await scan(guest)).toEqual(['acs_credential_on_encoder_out_of_sync'])
      await desk.encode(access_method_id, guest.card_id)
      await server.advance(on(MON, '10:59:59.999'))
      expect(await desk.at(one, guest)).toBe('granted')
      await server.advance(on(MON, '11:00'))
      expect(await desk.at(one, guest)).toBe('expired')
    })

    test('an earlier start: the card opens from then on once it is encoded again', async () => {
      const guest = await desk.checkIn([one], { ...week(), reservation_key: newKey() })
      const { access_grant_id, access_method_id } = guest
      await seam.accessGrants.update({ access_grant_id, starts_at: on(SAT, '12:00') })
      await server.advance(on(SAT, '12:00'))
      expect(await desk.at(one, guest)).toBe('not_yet_valid')
      await desk.encode(access_method_id, guest.card_id)
      expect(await desk.at(one, guest)).toBe('granted')
    })

    test('before the card is written the new time is simply the time: nothing is revoked', async () => {
      const grant = await desk.grant([one], { ...week(), reservation_key: newKey() })
      const access_grant_id = grant['access_grant_id'] as string
      const [access_method_id = ''] = grant['access_method_ids'] as string[]
      await server.settle()
      await seam.accessGrants.update({ access_grant_id, ends_at: on(FRI, '11:00') })
      const guest = { access_grant_id, access_method_id, ...(await desk.encode(access_method_id)) }
      expect(typesOf(await told()).filter((type) => /revoked|reissued|times/.test(type))).toEqual([
        'access_grant.access_times_changed',
      ])
      await server.advance(on(WED, '11:00'))
      expect(await desk.at(one, guest)).toBe('granted')
      await server.advance(on(FRI, '11:00'))
      expect(await desk.at(one, guest)).toBe('expired')
    })

    test.skipIf(!hotel.hasMobileKeys)('a mobile key follows by itself', async () => {
      const grant = await desk.grant([one], {
        ...week(),
        reservation_key: newKey(),
        requested_access_methods: [{ mode: 'mobile_key' }],
      })
      const access_grant_id = grant['access_grant_id'] as string
      const [access_method_id] = grant['access_method_ids'] as string[]
      const user_identity_id = grant['user_identity_id'] as string
      const { device_id } = await seam.phones.simulate.createSandboxPhone({ user_identity_id })
      await server.advance(on(SAT, '15:00'))
      expect(await desk.withPhone(one, device_id)).toBe('granted')
      await seam.accessGrants.update({ access_grant_id, ends_at: on(FRI, '11:00') })
      await server.settle()
      const events = await eventsSince(seam, on(SAT, '14:59:59.999'))
      expect(events.filter((event) => event['access_method_id'] === access_method_id)).toMatchObject([
        { event_type: 'access_method.revoked' },
        { event_type: 'access_method.reissued' },
      ])
      await server.advance(on(WED, '11:00'))
      expect(await desk.withPhone(one, device_id)).toBe('granted')
      await server.advance(on(FRI, '11:00'))
      expect(await desk.withPhone(one, device_id)).not.toBe('granted')
    })

    test('a stay that is over is taken up again by a later end, with a new card', async () => {
      const reservation_key = newKey()
      const guest = await desk.checkIn([one], { ...week(), reservation_key })
      await server.advance(on(WED, '11:00'))
      expect(await desk.at(one, guest)).toBe('expired')
      const { access_grant_id, access_method_id } = guest
      await seam.accessGrants.update({ access_grant_id, ends_at: on(FRI, '11:00') })
      await server.settle()
      expect(await desk.method(guest)).toMatchObject({ is_issued: false, is_encoding_required: true })
      const again = { access_grant_id, access_method_id, ...(await desk.encode(access_method_id)) }
      expect(await desk.at(one, again)).toBe('granted')
      await server.advance(on(FRI, '11:00'))
      expect(await desk.at(one, again)).toBe('expired')
    })
  })

  test('a stay without a room named twice is nobody else’s: guests of other rooms are not touched', async () => {
    const keys = [newKey(), newKey()]
    const first = await desk.checkIn([one], { ...week(), reservation_key: keys[0] })
    const second = await desk.checkIn([two], { ...week(), reservation_key: keys[1], user_identity: somebody() })
    await server.advance(on(SAT, '15:00'))
    for (let i = 0; i < 2; i++) {
      expect([await desk.at(one, first), await desk.at(two, second)]).toEqual(['granted', 'granted'])
      expect([await desk.at(two, first), await desk.at(one, second)]).toEqual([
        'no_access_to_entrance',
        'no_access_to_entrance',
      ])
    }
    expect(await told(ENDED)).toEqual([])
  })
})
