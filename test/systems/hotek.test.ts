// Hotek: cards alone, a reservation key is not demanded, and the operator declares what doors and encoders there are.
import { describe, expect, test } from 'vitest'
import type { Reply } from '../support/server.ts'
import { behavesLikeAHotel, ENDS, FrontDesk, STARTS, type Json } from './hotel.ts'

const PROVIDER = 'hotek'
const LOGIN = { pairing_token: '123456', site_name: 'Hotel Marlin', tcp_port: '10003' }

behavesLikeAHotel({
  provider: PROVIDER,
  rooms: ['Room 101', 'Room 102', 'Room 103'],
  common: 'Lobby',
  hasMobileKeys: false,
  isReservationRequired: false,
})

test('the sandbox has its rooms, common areas and encoder declared', async () => {
  await using desk = await FrontDesk.open(PROVIDER)
  const acs_system_id = await desk.system()
  const entrances = await desk.seam.acs.entrances.list({ acs_system_id })
  expect(entrances.map((door) => [door.display_name, door.hotek_metadata])).toEqual([
    ...[101, 102, 103, 104, 201, 202, 203, 204].map((number) => [`Room ${number}`, { room_number: `${number}` }]),
    ['Lobby', { common_area_number: '1', common_area_name: 'Lobby' }],
    ['Gym', { common_area_number: '2', common_area_name: 'Gym' }],
  ])
  const encoders = await desk.seam.acs.encoders.list({ acs_system_ids: [acs_system_id] })
  expect(encoders.map((encoder) => encoder.display_name)).toEqual(['Encoder 1'])
  expect(await desk.seam.acs.systems.get({ acs_system_id })).toMatchObject({ warnings: [] })
})

test('a guest without a reservation is a stay of their own', async () => {
  await using desk = await FrontDesk.open(PROVIDER)
  const first = await desk.encode(await desk.grant(['Room 101'], 'card'))
  const second = await desk.encode(await desk.grant(['Room 101'], 'card'))
  await desk.server.advance(STARTS)
  expect(await desk.present('Room 101', first)).toBe('granted')
  expect(await desk.present('Room 101', second)).toBe('granted')
  expect(await desk.present('Room 101', first)).toBe('overridden')
})

describe('hotek_metadata', () => {
  async function card(desk: FrontDesk, doors: readonly string[], hotek_metadata: object): Promise<string> {
    const { acs_credential } = await desk.server.ok('/acs/credentials/create', {
      acs_user_id: await desk.user(),
      access_method: 'card',
      allowed_acs_entrance_ids: await desk.doors(doors),
      hotek_metadata,
    })
    expect(acs_credential.external_type).toBe('hotek_card')
    return desk.encodeCredential(acs_credential.acs_credential_id as string)
  }

  test('override begins a stay, auto_join joins where somebody stays', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const host = await card(desk, ['Room 101', 'Lobby'], { override: true })
    const joiner = await card(desk, ['Room 101', 'Room 102'], { auto_join: true })
    expect([await desk.present('Room 101', joiner), await desk.present('Room 101', host)]).toEqual([
      'granted',
      'granted',
    ])
    const also = await card(desk, ['Room 101'], { override: false })
    expect([await desk.present('Room 101', also), await desk.present('Room 101', host)]).toEqual(['granted', 'granted'])
    const next = await card(desk, ['Room 101'], { override: true, auto_join: false })
    expect(await desk.present('Room 101', next)).toBe('granted')
    expect([await desk.present('Room 101', host), await desk.present('Room 101', joiner)]).toEqual([
      'overridden',
      'overridden',
    ])
    expect([await desk.present('Lobby', host), await desk.present('Room 102', joiner)]).toEqual(['granted', 'granted'])
  })
})

describe('report_devices', () => {
  const report = (desk: FrontDesk, acs_system_id: string, body: object): Promise<Reply> =>
    desk.server.post('/acs/systems/report_devices', { acs_system_id, ...body })

  const room = (room_number: string, more: object = {}): object => ({ hotek_metadata: { room_number }, ...more })
  const removed = { is_removed: true }

  const doorsOf = async (desk: FrontDesk, acs_system_id: string): Promise<string[]> =>
    (await desk.seam.acs.entrances.list({ acs_system_id })).map((door) => door.display_name)

  const warningsOf = async (desk: FrontDesk, acs_system_id: string): Promise<string[]> =>
    (await desk.seam.acs.systems.get({ acs_system_id })).warnings.map((warning) => warning.warning_code)

  test('a system that is connected starts with no doors and says so; what is declared is there, and opens', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const { seam, server } = desk
    const { acs_system } = await server.ok('/connected_accounts/connect', { provider: PROVIDER, login: LOGIN })
    const { acs_system_id } = acs_system as { acs_system_id: string }
    expect(acs_system).toMatchObject({
      name: 'Hotel Marlin',
      warnings: [{ warning_code: 'setup_required', message: expect.stringContaining('/acs/systems/report_devices') }],
    })
    expect(await doorsOf(desk, acs_system_id)).toEqual([])
    expect(await seam.acs.encoders.list({ acs_system_ids: [acs_system_id] })).toEqual([])

    // The sample of the published reference, word for word.
    await seam.acs.systems.reportDevices({
      acs_system_id,
      acs_encoders: [
        { hotek_metadata: { encoder_number: '1' } },
        { is_removed: true, hotek_metadata: { encoder_number: '2' } },
      ],
      acs_entrances: [
        { hotek_metadata: { room_number: '203' } },
        { is_removed: true, hotek_metadata: { room_number: '500' } },
        { hotek_metadata: { common_area_name: 'Gym', common_area_number: '2' } },
      ],
    })
    expect(await doorsOf(desk, acs_system_id)).toEqual(['Room 203', 'Gym'])
    expect(await warningsOf(desk, acs_system_id)).toEqual([])
    const entrances = await seam.acs.entrances.list({ acs_system_id })
    expect(entrances).toMatchObject([
      { hotek_metadata: { room_number: '203' }, can_belong_to_reservation: true, can_unlock_with_card: true },
      {
        hotek_metadata: { common_area_name: 'Gym', common_area_number: '2' },
        can_belong_to_reservation: false,
        can_unlock_with_card: true,
      },
    ])
    const [encoder] = await seam.acs.encoders.list({ acs_system_ids: [acs_system_id] })
    expect(encoder).toMatchObject({ display_name: 'Encoder 1', errors: [] })
    const events = await desk.events({ acs_system_id })
    expect(events.filter((type) => /^acs_(entrance|encoder)\./.test(type)).sort()).toEqual([
      'acs_encoder.added',
      'acs_entrance.added',
      'acs_entrance.added',
    ])

    const grant = await seam.accessGrants.create({
      user_identity: { full_name: 'Ann Lee' },
      acs_entrance_ids: entrances.map((door) => door.acs_entrance_id),
      requested_access_methods: [{ mode: 'card' }],
      starts_at: STARTS,
      ends_at: ENDS,
    })
    await server.settle()
    const { result } = (await seam.accessMethods.encode({
      access_method_id: grant.access_method_ids[0] ?? '',
      acs_encoder_id: encoder?.acs_encoder_id ?? '',
    })) as Json
    const at = () =>
      Promise.all(
        entrances.map(async ({ acs_entrance_id }) => {
          const body = { acs_entrance_id, card_number: result.card_number as string }
          return (await server.ok('/sandbox/doors/present_card', body))['door_attempt'].reason as string
        }),
      )
    await server.advance('2030-06-01T14:59:59.999Z')
    expect(await at()).toEqual(['not_yet_valid', 'not_yet_valid'])
    await server.advance(STARTS)
    expect(await at()).toEqual(['granted', 'granted'])
    await server.advance(ENDS)
    expect(await at()).toEqual(['expired', 'expired'])
  })

  test('a site that is paired anew is the same site, with the rooms that were declared', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const connect = async (login: object): Promise<Json> =>
      (await desk.server.ok('/connected_accounts/connect', { provider: PROVIDER, login }))['acs_system'] as Json
    const { acs_system_id } = (await connect(LOGIN)) as { acs_system_id: string }
    await report(desk, acs_system_id, { acs_entrances: [room('203')] })
    expect(await connect({ ...LOGIN, pairing_token: '654321' })).toMatchObject({ acs_system_id, warnings: [] })
    expect(await doorsOf(desk, acs_system_id)).toEqual(['Room 203'])
    expect((await connect({ ...LOGIN, site_name: 'Hotel Heron' }))['acs_system_id']).not.toBe(acs_system_id)
  })

  test('declaring the same again changes nothing, a new name is taken over', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const acs_system_id = await desk.system()
    const area = (common_area_name: string): object => ({
      acs_entrances: [{ hotek_metadata: { common_area_number: '3', common_area_name } }, room('105')],
      acs_encoders: [{ hotek_metadata: { encoder_number: '2' } }],
    })
    expect((await report(desk, acs_system_id, area('Sauna'))).body).toEqual({ ok: true })
    const before = await desk.seam.acs.entrances.list({ acs_system_id })
    const events = await desk.events({ acs_system_id })
    expect((await report(desk, acs_system_id, area('Sauna'))).body).toEqual({ ok: true })
    expect(await desk.seam.acs.entrances.list({ acs_system_id })).toEqual(before)
    expect(await desk.events({ acs_system_id })).toEqual(events)
    await report(desk, acs_system_id, area('Spa'))
    const renamed = (await desk.seam.acs.entrances.list({ acs_system_id })).find((door) => door.display_name === 'Spa')
    expect(renamed).toMatchObject({
      acs_entrance_id: before.find((door) => door.display_name === 'Sauna')?.acs_entrance_id,
      hotek_metadata: { common_area_number: '3', common_area_name: 'Spa' },
    })
    expect(await doorsOf(desk, acs_system_id)).toContain('Room 105')
  })

  test('one number declared at the same moment by several is one door', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const acs_system_id = await desk.system()
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => report(desk, acs_system_id, { acs_entrances: [room('777')] })),
    )
    expect(replies.map((reply) => reply.status)).toEqual(replies.map(() => 200))
    expect((await doorsOf(desk, acs_system_id)).filter((name) => name === 'Room 777')).toHaveLength(1)
    const added = (await desk.events({ acs_system_id })).filter((type) => type === 'acs_entrance.added')
    expect(added).toHaveLength(11)
  })

  test('a room that is retired is lost to its grants, which say so; declared again it opens again', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const { server, seam } = desk
    const acs_system_id = await desk.system()
    const acs_entrance_id = await desk.door('Room 104')
    const grant = await desk.grant(['Room 104', 'Lobby'], 'card')
    const { access_grant_id } = grant as { access_grant_id: string }
    const card = await desk.encode(grant)
    const about = { access_grant_id }
    expect(await desk.events(about)).toContain('access_grant.access_granted_to_all_doors')

    expect((await report(desk, acs_system_id, { acs_entrances: [room('104', removed)] })).status).toBe(200)
    await server.settle()
    expect(await desk.events({ acs_entrance_id })).toEqual(
      expect.arrayContaining(['acs_entrance.removed', 'access_grant.access_to_door_lost']),
    )
    const lost = await seam.accessGrants.get(about)
    const [warning] = lost.warnings.filter((one) => one.warning_code === 'underprovisioned_access')
    expect(warning?.message).toContain('Room 104')
    const entrance = await seam.acs.entrances.get({ acs_entrance_id })
    expect(entrance.errors).toMatchObject([{ error_code: 'acs_entrance_removed' }])
    // Nobody new is given access to it.
    const later = await desk.grant(['Room 104'], 'card')
    expect(later).toMatchObject({
      access_method_ids: [],
      errors: [{ error_code: 'cannot_create_requested_access_methods' }],
    })
    const direct = await server.post('/acs/credentials/create', {
      acs_user_id: await desk.user(),
      access_method: 'card',
      allowed_acs_entrance_ids: [acs_entrance_id],
    })
    expect([direct.status, direct.body['error'].message]).toEqual([400, expect.stringContaining('Room 104')])

    expect((await report(desk, acs_system_id, { acs_entrances: [room('104')] })).status).toBe(200)
    await server.settle()
    expect((await seam.acs.entrances.get({ acs_entrance_id })).errors).toEqual([])
    const back = await seam.accessGrants.get(about)
    expect(back.warnings.map((one) => one.warning_code)).not.toContain('underprovisioned_access')
    await server.advance(STARTS)
    expect([await desk.present('Room 104', card), await desk.present('Lobby', card)]).toEqual(['granted', 'granted'])
  })

  test('without a room the system asks to be set up', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const acs_system_id = await desk.system()
    const rooms = ['101', '102', '103', '104', '201', '202', '203', '204']
    await report(desk, acs_system_id, { acs_entrances: rooms.slice(1).map((number) => room(number, removed)) })
    expect(await warningsOf(desk, acs_system_id)).toEqual([])
    await report(desk, acs_system_id, { acs_entrances: [room('101', removed)] })
    expect(await warningsOf(desk, acs_system_id)).toEqual(['setup_required'])
    await report(desk, acs_system_id, { acs_entrances: [room('101', removed)] })
    expect(await warningsOf(desk, acs_system_id)).toEqual(['setup_required'])
    await report(desk, acs_system_id, { acs_entrances: [room('301')] })
    expect(await warningsOf(desk, acs_system_id)).toEqual([])
  })

  test('an encoder that is retired encodes nothing until it is declared again', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const { seam } = desk
    const acs_system_id = await desk.system()
    const encoder = (more: object = {}): object => ({
      acs_encoders: [{ hotek_metadata: { encoder_number: '1' }, ...more }],
    })
    const grant = await desk.grant(['Room 101'], 'card')
    await report(desk, acs_system_id, encoder(removed))
    const acs_encoder_id = await desk.server.encoder(PROVIDER)
    expect(await seam.acs.encoders.get({ acs_encoder_id })).toMatchObject({
      errors: [{ error_code: 'acs_encoder_removed' }],
    })
    expect(await desk.events({ acs_encoder_id })).toContain('acs_encoder.removed')
    await expect(desk.encode(grant)).rejects.toMatchObject({ code: 'encoder_not_online' })
    await expect(seam.acs.encoders.scanCredential({ acs_encoder_id })).rejects.toMatchObject({
      code: 'encoder_not_online',
    })
    await report(desk, acs_system_id, encoder())
    expect(await seam.acs.encoders.get({ acs_encoder_id })).toMatchObject({ errors: [] })
    await desk.encode(grant)
  })

  test.each([
    ['nothing at all', {}, 'acs_entrances'],
    [
      'a room without a number',
      { acs_entrances: [{ hotek_metadata: {} }] },
      'acs_entrances.0.hotek_metadata.room_number',
    ],
    ['a blank number', { acs_entrances: [room(' ')] }, 'acs_entrances.0.hotek_metadata.room_number'],
    [
      'a common area without a name',
      { acs_entrances: [room('1'), { hotek_metadata: { common_area_number: '1' } }] },
      'acs_entrances.1.hotek_metadata.common_area_name',
    ],
    ['a room twice', { acs_entrances: [room('1'), room('1', removed)] }, 'acs_entrances.1.hotek_metadata'],
    [
      'an encoder without a number',
      { acs_encoders: [{ hotek_metadata: { encoder_number: '' } }] },
      'acs_encoders.0.hotek_metadata.encoder_number',
    ],
  ])('%s is refused, and nothing is declared', async (_what, body, field) => {
    await using desk = await FrontDesk.open(PROVIDER)
    const acs_system_id = await desk.system()
    const before = await doorsOf(desk, acs_system_id)
    const { status, body: answer } = await report(desk, acs_system_id, body)
    expect([status, answer['error'].type]).toEqual([400, 'invalid_input'])
    expect(answer['error'].message).toContain(field)
    expect(await doorsOf(desk, acs_system_id)).toEqual(before)
  })

  test('every other system lists its doors itself', async () => {
    await using desk = await FrontDesk.open(PROVIDER)
    const systems = await desk.seam.acs.systems.list()
    const own = await desk.system()
    const others = systems.filter((system) => system.acs_system_id !== own)
    expect(others.length).toBeGreaterThanOrEqual(8)
    for (const { acs_system_id, external_type } of others) {
      const { status, body } = await report(desk, acs_system_id, { acs_entrances: [room('105')] })
      expect([status, body['error'].type], external_type).toEqual([400, 'not_supported'])
    }
    const unknown = await report(desk, '11111111-1111-4111-8111-111111111111', { acs_entrances: [room('105')] })
    expect([unknown.status, unknown.body['error'].type]).toEqual([404, 'acs_system_not_found'])
  })
})
