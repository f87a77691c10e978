// Staff cards carry no stay: guests do not end them, and they do not end guests (guide "Reservation Access Grants").
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import {
  ENDED,
  eventsSince,
  FrontDesk,
  hotelsOf,
  hurried,
  idsOf,
  room,
  somebody,
  type Hotel,
  type Json,
} from './support.ts'

const BEGINNING = '2030-01-05T09:00:00.000Z'
const server = await startTestServer({ frozenAt: BEGINNING })
const seam = hurried(server)
const hotels = await hotelsOf(seam)
afterAll(() => server[Symbol.asyncDispose]())

/** How a system tells staff from guests: by the card's function, or by groups that staff are in. */
const BY_FUNCTION: Record<string, object> = {
  visionline_system: { visionline_metadata: { card_function_type: 'staff' } },
}
/** Systems whose published model has neither: a key over guest doors is a guest's there. */
const WITHOUT_STAFF = new Set(['assa_abloy_vostio', 'hotek_site'])

let day = Date.parse(BEGINNING)
const now = (): string => new Date(day).toISOString()
beforeEach(async () => {
  day += 40 * 86_400_000
  await server.freeze(now())
  await server.settle()
})

/** A group of the maker's own that has this door. */
async function groupWith(hotel: Hotel, acs_entrance_id: string): Promise<string | undefined> {
  const { acs_system_id } = hotel
  const { acs_access_groups } = await server.ok('/acs/access_groups/list', { acs_system_id })
  const found: string[] = []
  for (const { acs_access_group_id } of acs_access_groups as Json[]) {
    const { acs_entrances } = await server.ok('/acs/access_groups/list_accessible_entrances', { acs_access_group_id })
    if (acs_entrances.some((door: Json) => door['acs_entrance_id'] === acs_entrance_id)) found.push(acs_access_group_id)
  }
  return found[0]
}

/** Somebody of the staff with a card for the room. */
async function staffAt(desk: FrontDesk): Promise<{ acs_credential_id: string; card_id: string }> {
  const { hotel } = desk
  const { acs_system_id, acs_encoder_id, type } = hotel
  const door = room(hotel, 0)
  const byFunction = BY_FUNCTION[type]
  const user = await seam.acs.users.create({ acs_system_id, ...somebody() })
  if (byFunction === undefined) {
    const acs_access_group_id = await groupWith(hotel, door.acs_entrance_id)
    if (acs_access_group_id === undefined) throw new Error(`${type} has no group with ${door.display_name}`)
    await seam.acs.users.addToAccessGroup({ acs_user_id: user.acs_user_id, acs_access_group_id })
  }
  const credential = await seam.acs.credentials.create({
    acs_user_id: user.acs_user_id,
    access_method: 'card',
    starts_at: now(),
    ...(byFunction === undefined ? {} : { allowed_acs_entrance_ids: idsOf([door]), ...byFunction }),
  } as never)
  const { acs_credential_id } = credential
  const attempt = await seam.acs.encoders.encodeCredential({ acs_credential_id, acs_encoder_id })
  expect(attempt).toMatchObject({ status: 'success', result: { acs_credential_id, is_issued: true } })
  const card = (await desk.cards()).find((one) => one['acs_credential_id'] === acs_credential_id)
  return { acs_credential_id, card_id: card?.['card_id'] as string }
}

test('every system with stays is one that tells staff apart, or is known to have none', () => {
  const known = hotels.filter(({ type }) => !WITHOUT_STAFF.has(type))
  expect(known.map(({ type }) => type)).toEqual(expect.arrayContaining(['visionline_system', 'salto_space_system']))
})

describe.each(hotels.filter(({ type }) => !WITHOUT_STAFF.has(type)))('$type', (hotel) => {
  const desk = new FrontDesk(server, seam, hotel)
  const door = room(hotel, 0)
  const stay = () => ({ starts_at: now(), ends_at: new Date(day + 5 * 86_400_000).toISOString() })
  let keys = 0
  const newKey = (): string => `${hotel.type} staff ${++keys}`

  test('guests come and go, and the staff card opens', async () => {
    const staff = await staffAt(desk)
    expect(await desk.at(door, staff)).toBe('granted')
    for (let n = 0; n < 3; n++) {
      const guest = await desk.checkIn([door], { ...stay(), reservation_key: newKey() })
      expect([await desk.at(door, guest), await desk.at(door, staff)]).toEqual(['granted', 'granted'])
    }
    const events = await eventsSince(seam, new Date(day - 1).toISOString(), ENDED)
    expect(events.map((event) => event['acs_credential_id'])).not.toContain(staff.acs_credential_id)
    // The first two guests were ended by the guests after them.
    expect(events.filter((event) => event.event_type === 'acs_credential.invalidated')).toHaveLength(2)
  })

  test('a new staff card is used, and the guests of the stay go on', async () => {
    const reservation_key = newKey()
    const first = await desk.checkIn([door], { ...stay(), reservation_key })
    expect(await desk.at(door, first)).toBe('granted')
    for (let n = 0; n < 2; n++) {
      const staff = await staffAt(desk)
      expect([await desk.at(door, staff), await desk.at(door, first)]).toEqual(['granted', 'granted'])
    }
    const joiner = await desk.checkIn([door], { ...stay(), reservation_key })
    expect([await desk.at(door, joiner), await desk.at(door, first)]).toEqual(['granted', 'granted'])
    expect(await eventsSince(seam, new Date(day - 1).toISOString(), ENDED)).toEqual([])
  })

  test('a door in privacy mode opens to staff, and neither to guests nor to residents', async () => {
    const staff = await staffAt(desk)
    const guest = await desk.checkIn([door], { ...stay(), reservation_key: newKey() })
    const { acs_entrance_id } = door
    const shut = (privacy_mode: boolean) => server.ok('/sandbox/doors/set_state', { acs_entrance_id, privacy_mode })
    await shut(true)
    expect([await desk.at(door, guest), await desk.at(door, staff)]).toEqual(['privacy_mode', 'granted'])
    await shut(false)
    expect(await desk.at(door, guest)).toBe('granted')
    // Where no reservation is demanded, a grant without one is a resident's: no stay, and no staff either.
    if (hotel.type !== 'salto_space_system') return
    const resident = await desk.checkIn([door], stay())
    expect(await desk.at(door, resident)).toBe('granted')
    await shut(true)
    expect(await desk.at(door, resident)).toBe('privacy_mode')
    await shut(false)
    expect(await desk.at(door, resident)).toBe('granted')
  })

  test('the end of a stay is not the end of the staff card', async () => {
    const staff = await staffAt(desk)
    const guest = await desk.checkIn([door], { ...stay(), reservation_key: newKey() })
    await server.advance(stay().ends_at)
    expect([await desk.at(door, guest), await desk.at(door, staff)]).toEqual(['expired', 'granted'])
    await seam.accessGrants.delete({ access_grant_id: guest.access_grant_id })
    expect(await desk.at(door, staff)).toBe('granted')
  })
})
