// Vostio: guest, common and entrance doors and lifts; each guest door of a credential overridden or joined on its own.
import { describe, expect, test } from 'vitest'
import type { Reply } from '../support/server.ts'
import { behavesLikeAHotel, FrontDesk } from './hotel.ts'

const PROVIDER = 'assa_abloy_vostio'

behavesLikeAHotel({
  provider: PROVIDER,
  rooms: ['Room 101', 'Room 102', 'Room 103'],
  common: 'Lobby',
  hasMobileKeys: true,
  isReservationRequired: true,
})

test('its doors say of which kind they are, and guest doors alone belong to reservations', async () => {
  await using desk = await FrontDesk.open(PROVIDER)
  const acs_system_id = await desk.system()
  const entrances = await desk.seam.acs.entrances.list({ acs_system_id })
  expect(
    entrances.map((door) => [
      door.display_name,
      door.assa_abloy_vostio_metadata?.door_type,
      door.can_belong_to_reservation,
    ]),
  ).toEqual([
    ['Room 101', 'GuestDoor', true],
    ['Room 102', 'GuestDoor', true],
    ['Room 103', 'GuestDoor', true],
    ['Room 104', 'GuestDoor', true],
    ['Lobby', 'CommonDoor', false],
    ['Pool', 'CommonDoor', false],
    ['Front Entrance', 'EntranceDoor', false],
    ['Elevator A', 'Elevator', false],
  ])
  const encoders = await desk.seam.acs.encoders.list({ acs_system_ids: [acs_system_id] })
  expect(encoders.map((encoder) => encoder.display_name)).toEqual(['Front Desk'])
})

test('entrance and lift take no part in stays: no rule asks for a key, and nobody is ended there', async () => {
  await using desk = await FrontDesk.open(PROVIDER)
  const shared = ['Lobby', 'Pool', 'Front Entrance', 'Elevator A']
  const free = await desk.grant(shared, 'card')
  expect(free).toMatchObject({ errors: [], access_method_ids: [expect.any(String)] })
  const stays: string[] = []
  for (const reservation_key of ['one', 'two'])
    stays.push(await desk.encode(await desk.grant(['Room 101', ...shared], 'card', { reservation_key })))
  await desk.server.advance('2030-06-02T00:00:00.000Z')
  for (const card of [...stays, ...stays]) {
    for (const door of shared) expect(await desk.present(door, card), door).toBe('granted')
  }
})

describe('assa_abloy_vostio_metadata', () => {
  async function create(
    desk: FrontDesk,
    doors: readonly string[],
    assa_abloy_vostio_metadata: Record<string, unknown>,
  ): Promise<Reply> {
    return desk.server.post('/acs/credentials/create', {
      acs_user_id: await desk.user(),
      access_method: 'card',
      allowed_acs_entrance_ids: await desk.doors(doors),
      assa_abloy_vostio_metadata,
    })
  }

  async function card(desk: FrontDesk, doors: readonly string[], wishes: Record<string, unknown>): Promise<string> {
    const { status, body } = await create(desk, doors, wishes)
    expect(body).toMatchObject({ ok: true })
    expect(status).toBe(200)
    return desk.encodeCredential(body['acs_credential'].acs_credential_id as string)
  }

  test('one room is overridden, another joined, with one key', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const both = ['Room 101', 'Room 102', 'Lobby']
    const old = await card(desk, both, { override_all_guest_acs_entrances: true })
    const mixed = await card(desk, both, { override_guest_acs_entrance_ids: await desk.doors(['Room 101']) })
    expect(await desk.present('Room 101', mixed)).toBe('granted')
    expect(await desk.present('Room 102', mixed)).toBe('granted')
    expect(await desk.present('Room 101', old)).toBe('overridden')
    expect(await desk.present('Room 102', old)).toBe('granted')
    expect(await desk.present('Lobby', old)).toBe('granted')
    // Whoever joins later joins at each room the one who stays there.
    const joiner = await card(desk, both, { join_all_guest_acs_entrances: true })
    expect(await desk.present('Room 101', joiner)).toBe('granted')
    expect(await desk.present('Room 102', joiner)).toBe('granted')
    expect(await desk.present('Room 101', mixed)).toBe('granted')
    expect(await desk.present('Room 102', old)).toBe('granted')
  })

  test('auto_join joins the room where somebody stays and begins a stay at the empty one', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const host = await card(desk, ['Room 101'], { override_all_guest_acs_entrances: true })
    const joiner = await card(desk, ['Room 101', 'Room 102'], { auto_join: true })
    for (const door of ['Room 101', 'Room 102']) expect(await desk.present(door, joiner), door).toBe('granted')
    expect(await desk.present('Room 101', host)).toBe('granted')
    const next = await card(desk, ['Room 101'], { override_all_guest_acs_entrances: true })
    expect(await desk.present('Room 101', next)).toBe('granted')
    expect(await desk.present('Room 101', joiner)).toBe('overridden')
    expect(await desk.present('Room 102', joiner)).toBe('granted')
  })

  test('the credential shows what was wished and its doors by name', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const override_guest_acs_entrance_ids = await desk.doors(['Room 101'])
    const { body } = await create(desk, ['Room 101', 'Lobby'], { override_guest_acs_entrance_ids })
    expect(body['acs_credential']).toMatchObject({
      external_type: 'assa_abloy_vostio_key',
      display_name: 'Room 101, Lobby',
      assa_abloy_vostio_metadata: { override_guest_acs_entrance_ids, door_names: ['Room 101', 'Lobby'] },
    })
    await desk.server.settle()
    const { acs_credential_id } = body['acs_credential'] as { acs_credential_id: string }
    const known = await desk.seam.acs.credentials.get({ acs_credential_id })
    expect(known.assa_abloy_vostio_metadata?.key_id).toEqual(expect.any(String))
  })

  test.each([
    ['join_all_guest_acs_entrances', { join_all_guest_acs_entrances: true }, 'Room 101'],
    [
      'join_all_guest_acs_entrances',
      { join_all_guest_acs_entrances: true, override_all_guest_acs_entrances: true },
      'override',
    ],
    ['auto_join', { auto_join: true, override_all_guest_acs_entrances: true }, 'leave out'],
  ])('%s: %j cannot be, and says why', async (field, wishes, words) => {
    await using desk = await FrontDesk.open(PROVIDER)
    const { status, body } = await create(desk, ['Room 101'], wishes)
    expect([status, body['error'].type]).toEqual([400, 'invalid_input'])
    expect(body['error'].message).toContain(`assa_abloy_vostio_metadata.${field}`)
    expect(body['error'].message.toLowerCase()).toContain(words.toLowerCase())
  })

  test('only guest doors of the credential can be overridden', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    for (const door of ['Room 102', 'Lobby']) {
      const override_guest_acs_entrance_ids = await desk.doors([door])
      const { status, body } = await create(desk, ['Room 101', 'Lobby'], { override_guest_acs_entrance_ids })
      expect(status).toBe(400)
      expect(body['error'].message).toContain('override_guest_acs_entrance_ids')
    }
  })

  test('a credential needs doors of its own: there are no groups', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const { status, body } = await create(desk, [], {})
    expect([status, body['error'].message]).toEqual([400, expect.stringContaining('allowed_acs_entrance_ids')])
  })
})
