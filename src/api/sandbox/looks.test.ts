/** What can be read of a virtual building, over HTTP: everything that can be set can be seen. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/server.ts'

let server: TestServer
let visionline: string
let saltoKs: string

beforeAll(async () => {
  server = await startTestServer({ frozenAt: '2026-06-01T12:00:00.000Z' })
  ;[visionline, saltoKs] = await Promise.all([server.systemOf('visionline'), server.systemOf('salto_ks')])
})
afterAll(() => server[Symbol.asyncDispose]())

async function guest(provider: string, door: string, mode: string, more: object = {}) {
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: `Guest of ${door}` },
    acs_entrance_ids: [await server.entrance(provider, door)],
    requested_access_methods: [{ mode }],
    ...more,
  })
  await server.settle()
  const { access_methods } = await server.ok('/access_methods/list', { access_grant_id: access_grant.access_grant_id })
  return { grant: access_grant as { user_identity_id: string }, method: access_methods[0] as Record<string, string> }
}

async function doorOf(provider: string, name: string): Promise<Record<string, unknown>> {
  const acs_entrance_id = await server.entrance(provider, name)
  const { doors } = await server.ok('/sandbox/doors/list', { acs_system_id: await server.systemOf(provider) })
  return (doors as { acs_entrance_id: string }[]).find((door) => door.acs_entrance_id === acs_entrance_id) ?? {}
}

test('a door says how it stands, who decides there and what it saw last', async () => {
  const at_rest = {
    is_online: true,
    privacy_mode: false,
    wrong_codes_allowed: null,
    keypad_locked_until: null,
    latest_attempt: null,
  }
  const office = await server.entrance('salto_ks', 'Office')
  expect(await doorOf('salto_ks', 'Office')).toEqual({
    acs_entrance_id: office,
    acs_system_id: saltoKs,
    decided_by: 'system',
    ...at_rest,
  })
  expect(await doorOf('visionline', 'Room 101')).toMatchObject({ decided_by: 'card', ...at_rest })

  await server.ok('/sandbox/doors/set_state', { acs_entrance_id: office, privacy_mode: true, wrong_codes_allowed: 1 })
  const { door_attempt } = await server.ok('/sandbox/doors/enter_code', { acs_entrance_id: office, code: '000000' })
  expect(await doorOf('salto_ks', 'Office')).toMatchObject({
    privacy_mode: true,
    is_online: true,
    wrong_codes_allowed: 1,
    keypad_locked_until: '2026-06-01T12:01:00.000Z',
    latest_attempt: door_attempt,
  })
  await server.ok('/sandbox/doors/set_state', { acs_entrance_id: office, is_online: false, privacy_mode: false })
  await server.advance('2026-06-01T12:01:00.000Z')
  expect(await doorOf('salto_ks', 'Office')).toMatchObject({ is_online: false, keypad_locked_until: null })
  await server.ok('/sandbox/doors/set_state', { acs_entrance_id: office, is_online: true, wrong_codes_allowed: null })

  const { doors } = await server.ok('/sandbox/doors/list')
  const { acs_entrances } = await server.ok('/acs/entrances/list')
  const ids = (list: { acs_entrance_id: string }[]) => list.map((one) => one.acs_entrance_id).sort()
  expect(ids(doors)).toEqual(ids(acs_entrances))
})

test('an encoder says what lies on it, and a card what is really written', async () => {
  const acs_encoder_id = await server.encoder('visionline', 'Encoder 1')
  const look = async () => {
    const { encoders } = await server.ok('/sandbox/encoders/list', { acs_system_id: visionline })
    expect(encoders).toHaveLength(2)
    return encoders.find((one: { acs_encoder_id: string }) => one.acs_encoder_id === acs_encoder_id)
  }
  const empty = { acs_encoder_id, acs_system_id: visionline, is_touched: false, card: null, last_card_id: null }
  expect(await look()).toEqual(empty)

  const { method } = await guest('visionline', 'Room 101', 'card', { reservation_key: 'looks-1' })
  await server.ok('/access_methods/encode', { access_method_id: method['access_method_id'], acs_encoder_id })
  await server.settle()
  const { cards } = await server.ok('/sandbox/cards/list', { acs_system_id: visionline })
  const [card] = cards
  expect(cards).toHaveLength(1)
  expect(card.written.stays).toEqual([
    { acs_entrance_id: await server.entrance('visionline', 'Room 101'), number: expect.any(Number) },
  ])
  expect(await look()).toEqual({ ...empty, last_card_id: card.card_id })

  const placed = await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_id: card.card_id })
  expect(await look()).toEqual({ ...empty, is_touched: true, card: placed.card, last_card_id: card.card_id })
  expect(placed.card).toEqual({ ...card, acs_encoder_id })
  await server.ok('/sandbox/encoders/remove_card', { acs_encoder_id })
  expect(await look()).toMatchObject({ is_touched: true, card: null })
})

test('a phone shows the keys on it, with their doors and times, until they are revoked', async () => {
  const ends_at = '2026-06-03T10:00:00.000Z'
  const { grant } = await guest('visionline', 'Guest Lock 1', 'mobile_key', { reservation_key: 'looks-2', ends_at })
  const { user_identity_id } = grant
  const { phone } = await server.ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
  await server.settle()
  const look = async (params: object = {}) => {
    const { phones } = await server.ok('/sandbox/phones/list', params)
    return (phones as { device_id: string; keys: object[] }[]).find((one) => one.device_id === phone.device_id)
  }
  const acs_entrance_id = await server.entrance('visionline', 'Guest Lock 1')
  expect(await look()).toEqual({
    device_id: phone.device_id,
    user_identity_id,
    keys: [
      {
        acs_system_id: visionline,
        acs_credential_id: expect.any(String),
        starts_at: expect.any(String),
        ends_at,
        doors: [{ acs_entrance_id, starts_at: expect.any(String), ends_at }],
      },
    ],
  })
  expect(await look({ acs_system_id: saltoKs })).toMatchObject({ keys: [] })
  const [key] = (await look())?.keys as { acs_credential_id: string }[]
  const shown = await server.ok('/sandbox/doors/present_phone', { acs_entrance_id, device_id: phone.device_id })
  expect(shown.door_attempt).toMatchObject({ opened: true, acs_credential_id: key?.acs_credential_id })
  await server.ok('/access_grants/delete', { access_grant_id: (grant as { access_grant_id?: string }).access_grant_id })
  await server.settle()
  expect(await look()).toMatchObject({ keys: [] })
})

test('a system names the faults that are set, as often as they still strike', async () => {
  const acs_encoder_id = await server.encoder('visionline', 'Front Desk')
  const look = async (acs_system_id = visionline) => (await server.ok('/sandbox/systems/get', { acs_system_id })).system
  expect(await look()).toEqual({
    acs_system_id: visionline,
    cards: 'encoded',
    card_formats: ['rfid48', 'TLCode'],
    faults: [],
  })
  await server.ok('/sandbox/systems/set_fault', { acs_system_id: visionline, fault: 'slow', delay_ms: 50 })
  await server.ok('/sandbox/systems/set_fault', { acs_system_id: visionline, fault: 'busy', times: 2, acs_encoder_id })
  expect((await look()).faults).toEqual([
    { fault: 'slow', times: null, delay_ms: 50, acs_encoder_id: null },
    { fault: 'busy', times: 2, delay_ms: 0, acs_encoder_id },
  ])
  const { method } = await guest('visionline', 'Room 102', 'card', { reservation_key: 'looks-3' })
  await server.ok('/access_methods/encode', { access_method_id: method['access_method_id'], acs_encoder_id })
  await server.settle()
  expect((await look()).faults).toContainEqual({ fault: 'busy', times: 1, delay_ms: 0, acs_encoder_id })
  await server.ok('/sandbox/systems/set_fault', { acs_system_id: visionline, fault: 'none' })
  expect((await look()).faults).toEqual([])
  expect(await look(saltoKs)).toMatchObject({ cards: 'assigned' })
  expect(await look(await server.systemOf('latch'))).toMatchObject({ cards: 'none', card_formats: [] })
})

test('all doors of a system tell their attempts in one list, newest first', async () => {
  const [gym, parking] = await Promise.all([server.entrance('salto_ks', 'Gym'), server.entrance('salto_ks', 'Parking')])
  const made: string[] = []
  for (const acs_entrance_id of [gym, parking, gym, parking, parking]) {
    const { door_attempt } = await server.ok('/sandbox/doors/enter_code', { acs_entrance_id, code: '111111' })
    made.unshift(door_attempt.door_attempt_id as string)
  }
  const list = async (params: object) => {
    const { door_attempts } = await server.ok('/sandbox/doors/list_attempts', params)
    return (door_attempts as { door_attempt_id: string }[]).map((one) => one.door_attempt_id)
  }
  expect((await list({ acs_system_id: saltoKs })).slice(0, 5)).toEqual(made)
  expect(await list({ acs_system_id: saltoKs, limit: 2 })).toEqual(made.slice(0, 2))
  expect(await list({ acs_entrance_id: gym, limit: 1 })).toEqual([made[2]])
  for (const [params, words] of [
    [{}, 'exactly one of'],
    [{ acs_system_id: saltoKs, acs_entrance_id: gym }, 'exactly one of'],
    [{ acs_system_id: saltoKs, limit: 0 }, 'limit'],
    [{ acs_system_id: saltoKs, limit: 501 }, 'limit'],
  ] as const) {
    const reply = await server.post('/sandbox/doors/list_attempts', params)
    expect(reply).toMatchObject({ status: 400, body: { error: { type: 'invalid_input' } } })
    expect(JSON.stringify(reply.body['error'])).toContain(words)
  }
})

test('what is not there is said by name, and outside a sandbox nothing is looked at', async () => {
  const none = '00000000-0000-4000-8000-000000000000'
  for (const path of ['doors/list', 'encoders/list', 'phones/list', 'systems/get', 'doors/list_attempts']) {
    const reply = await server.post(`/sandbox/${path}`, { acs_system_id: none })
    expect(reply, path).toMatchObject({ status: 404, body: { error: { type: 'acs_system_not_found' } } })
  }
  const { body } = await server.post(
    '/workspaces/create',
    { name: 'Real', is_sandbox: false },
    server.personalAccessToken,
  )
  const { workspace_id } = body['workspace'] as { workspace_id: string }
  const headers = { 'seam-workspace': workspace_id }
  const reply = await server.post('/sandbox/doors/list', {}, server.personalAccessToken, headers)
  expect(reply).toMatchObject({ status: 400, body: { error: { type: 'workspace_not_sandbox' } } })
})
