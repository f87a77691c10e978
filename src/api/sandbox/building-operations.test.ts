// People before doors over HTTP: what the API says and what the doors do are held against one another.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/server.ts'

let server: TestServer
let saltoSpace: string
let person = 0

beforeAll(async () => {
  server = await startTestServer()
  saltoSpace = await server.systemOf('salto_space')
})
afterAll(() => server.stop())

async function groups(): Promise<Record<string, string>> {
  const { acs_access_groups } = await server.ok('/acs/access_groups/list', { acs_system_id: saltoSpace })
  const list = acs_access_groups as { name: string; acs_access_group_id: string }[]
  return Object.fromEntries(list.map((group) => [group.name, group.acs_access_group_id]))
}

async function userIn(...names: string[]): Promise<string> {
  const ids = await groups()
  const { acs_user } = await server.ok('/acs/users/create', {
    acs_system_id: saltoSpace,
    full_name: `Guest ${++person}`,
    acs_access_group_ids: names.map((name) => ids[name]),
  })
  return acs_user.acs_user_id as string
}

async function cardOf(acs_user_id: string): Promise<string> {
  const wish = { acs_user_id, access_method: 'card', salto_space_metadata: { assign_new_key: true } }
  const { acs_credential } = await server.ok('/acs/credentials/create', wish)
  return acs_credential.acs_credential_id as string
}

/** Encodes a credential and waits for the attempt; answers with it. */
async function encode(acs_credential_id: string, encoder = 'Front Desk'): Promise<Attempt> {
  const acs_encoder_id = await server.encoder('salto_space', encoder)
  const { action_attempt } = await server.ok('/acs/encoders/encode_credential', { acs_credential_id, acs_encoder_id })
  await server.settle()
  const { action_attempt_id } = action_attempt
  return (await server.ok('/action_attempts/get', { action_attempt_id })).action_attempt
}

async function present(
  name: string,
  card: { card_number?: string; card_id?: string },
): Promise<Record<string, unknown>> {
  const acs_entrance_id = await server.entrance('salto_space', name)
  return (await server.ok('/sandbox/doors/present_card', { acs_entrance_id, ...card })).door_attempt
}

describe('salto space', () => {
  test('a card that the API says is issued opens the doors of its groups and no others', async () => {
    const attempt = await encode(await cardOf(await userIn('All Guests', 'Floor 1')))
    expect(attempt).toMatchObject({ status: 'success', result: { is_issued: true } })
    const { card_number, acs_credential_id } = attempt.result
    expect(await present('Room 101', { card_number })).toMatchObject({
      opened: true,
      reason: 'granted',
      acs_credential_id,
    })
    expect(await present('Main Entrance', { card_number })).toMatchObject({ opened: true })
    expect(await present('Gym', { card_number })).toMatchObject({ opened: false, reason: 'no_access_to_entrance' })
    const acs_entrance_id = await server.entrance('salto_space', 'Gym')
    const { door_attempts } = await server.ok('/sandbox/doors/list_attempts', { acs_entrance_id })
    expect(door_attempts[0]).toMatchObject({ acs_entrance_id, opened: false, acs_credential_id })
  })

  test('an emptied encoder fails by name, and a card placed there is the one that is written', async () => {
    const acs_encoder_id = await server.encoder('salto_space', 'Back Office')
    const credential = await cardOf(await userIn('Floor 1'))
    expect((await server.ok('/sandbox/encoders/remove_card', { acs_encoder_id })).card).toBeNull()
    expect(await encode(credential, 'Back Office')).toMatchObject({
      status: 'error',
      error: { type: 'no_credential_on_encoder' },
    })
    const { card: foreign } = await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_format: 'TLCode' })
    expect(foreign).toMatchObject({ card_format: 'TLCode', card_number: null, written: null, acs_encoder_id })
    expect(await encode(credential, 'Back Office')).toMatchObject({
      status: 'error',
      error: { type: 'incompatible_card_format' },
    })
    const { card } = await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_format: 'mifare_desfire' })
    const attempt = await encode(credential, 'Back Office')
    expect(attempt).toMatchObject({ status: 'success' })
    expect((await server.ok('/sandbox/cards/get', { card_id: card.card_id })).card).toMatchObject({
      card_id: card.card_id,
      acs_system_id: saltoSpace,
      card_number: attempt.result.card_number,
      acs_credential_id: credential,
      acs_encoder_id,
      written: { acs_entrance_ids: expect.arrayContaining([await server.entrance('salto_space', 'Room 101')]) },
    })
    const { cards } = await server.ok('/sandbox/cards/list', { acs_system_id: saltoSpace })
    expect(cards.map((one: { card_id: string }) => one.card_id)).toEqual(
      expect.arrayContaining([card.card_id, foreign.card_id]),
    )
    expect(await present('Room 102', { card_id: card.card_id })).toMatchObject({ opened: true })
    expect(await present('Room 102', { card_id: foreign.card_id })).toMatchObject({
      opened: false,
      reason: 'wrong_format',
    })
  })

  test('deleting does not reach plastic until an online door tells it', async () => {
    const acs_credential_id = await cardOf(await userIn('All Guests', 'Floor 1'))
    const { card_number } = (await encode(acs_credential_id)).result
    await server.ok('/acs/credentials/delete', { acs_credential_id })
    await server.settle()
    expect(await present('Room 101', { card_number })).toMatchObject({ opened: true })
    expect(await present('Main Entrance', { card_number })).toMatchObject({ opened: false, reason: 'revoked' })
    expect(await present('Room 101', { card_number })).toMatchObject({ opened: false, reason: 'revoked' })
  })

  test('work waits while the system is offline, and is done once it is back', async () => {
    // Often: a try that began while the system was away may end after it is back.
    for (let round = 0; round < 40; round++) {
      await server.ok('/sandbox/systems/set_fault', { acs_system_id: saltoSpace, fault: 'offline' })
      const acs_user_id = await userIn('All Guests')
      const waiting = (await server.ok('/acs/users/get', { acs_user_id })).acs_user
      expect(waiting.pending_mutations.length).toBeGreaterThan(0)
      await server.ok('/sandbox/systems/set_fault', { acs_system_id: saltoSpace, fault: 'none' })
      await server.settle()
      const settled = (await server.ok('/acs/users/get', { acs_user_id })).acs_user
      expect(settled.pending_mutations, `round ${round}`).toEqual([])
    }
  })

  test('an encode whose answer was lost is found out, not repeated', async () => {
    await server.ok('/sandbox/systems/set_fault', { acs_system_id: saltoSpace, fault: 'none' })
    const acs_credential_id = await cardOf(await userIn('Floor 1'))
    await server.settle()
    const acs_encoder_id = await server.encoder('salto_space', 'Front Desk')
    await server.ok('/sandbox/systems/set_fault', {
      acs_system_id: saltoSpace,
      fault: 'answer_lost',
      times: 1,
      acs_encoder_id,
    })
    const attempt = await encode(acs_credential_id)
    expect(attempt).toMatchObject({ status: 'success' })
    const { cards } = await server.ok('/sandbox/cards/list', { acs_system_id: saltoSpace })
    expect(
      cards.filter((card: { acs_credential_id: string }) => card.acs_credential_id === acs_credential_id),
    ).toHaveLength(1)
  })
})

describe('grants at the doors', () => {
  async function grant(provider: string, entrance: string, mode: string, more: object = {}): Promise<Granted> {
    const { access_grant } = await server.ok('/access_grants/create', {
      user_identity: { full_name: `Guest ${++person}` },
      acs_entrance_ids: [await server.entrance(provider, entrance)],
      requested_access_methods: [{ mode }],
      ...more,
    })
    await server.settle()
    return access_grant as Granted
  }

  const eventTypes = async (access_grant_id: string, access_method_id: string) => {
    const { events } = await server.ok('/events/list', { since: '2000-01-01T00:00:00.000Z' })
    const list = events as { event_type: string; access_grant_id?: string; access_method_id?: string }[]
    const own = list.filter(
      (one) => one.access_grant_id === access_grant_id || one.access_method_id === access_method_id,
    )
    return own.map((one) => one.event_type)
  }

  test('a new reservation ends the old one when its card is first used', async () => {
    const acs_encoder_id = await server.encoder('visionline')
    const acs_entrance_id = await server.entrance('visionline', 'Guest Lock 1')
    const encoded = async (reservation_key: string) => {
      const made = await grant('visionline', 'Guest Lock 1', 'card', { reservation_key })
      const [access_method_id = ''] = made.access_method_ids
      const { acs_credentials } = await server.ok('/acs/credentials/list', { user_identity_id: made.user_identity_id })
      const { acs_credential_id } = acs_credentials[0]
      await server.ok('/acs/encoders/encode_credential', { acs_credential_id, acs_encoder_id })
      await server.settle()
      const { acs_credential } = await server.ok('/acs/credentials/get', { acs_credential_id })
      return { ...made, access_method_id, acs_credential_id, card_number: acs_credential.card_number as string }
    }
    const reason = async (card_number: string) =>
      (await server.ok('/sandbox/doors/present_card', { acs_entrance_id, card_number })).door_attempt.reason as string
    const old = await encoded('stay-1')
    const next = await encoded('stay-2')
    expect(await reason(old.card_number)).toBe('granted')
    expect(await reason(next.card_number)).toBe('granted')
    expect(await reason(old.card_number)).toBe('overridden')
    const { acs_credential_id, access_method_id, access_grant_id } = old
    const { acs_credential } = await server.ok('/acs/credentials/get', { acs_credential_id })
    expect(acs_credential.visionline_metadata).toMatchObject({ is_valid: false })
    expect((await server.ok('/access_methods/get', { access_method_id })).access_method).toMatchObject({
      is_issued: false,
    })
    const types = await eventTypes(access_grant_id, access_method_id)
    expect(types.slice(-2)).toEqual(['access_method.revoked', 'access_grant.access_to_door_lost'])
  })

  test('a mobile key opens with a phone of its identity, and without one on the Instant Key page', async () => {
    const { user_identity_id } = await grant('visionline', 'Guest Lock 2', 'mobile_key', {
      reservation_key: 'mobile-1',
    })
    const acs_entrance_id = await server.entrance('visionline', 'Guest Lock 2')
    const page = await server.server.services.sandbox.openWithMobileKey(server.workspaceId, {
      acs_entrance_id,
      user_identity_id,
    })
    expect(page).toMatchObject({ opened: true, user_identity_id })
    const { phone } = await server.ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
    await server.settle()
    const { device_id } = phone
    const present = async () =>
      (await server.ok('/sandbox/doors/present_phone', { acs_entrance_id, device_id })).door_attempt.reason as string
    expect(await present()).toBe('granted')
    await server.ok('/phones/deactivate', { device_id })
    await server.settle()
    const gone = await server.post('/sandbox/doors/present_phone', { acs_entrance_id, device_id })
    expect(gone.body['error'] ?? gone.body['door_attempt']).toMatchObject(
      gone.status === 404 ? { type: 'phone_not_found' } : { opened: false },
    )
  })

  test('a PIN that the system made opens until its grant is deleted', async () => {
    const made = await grant('salto_ks', 'Office', 'code')
    const [access_method_id] = made.access_method_ids
    const { access_method } = await server.ok('/access_methods/get', { access_method_id })
    expect(access_method).toMatchObject({ is_issued: true, code: expect.stringMatching(/^\d{6}$/) })
    const acs_entrance_id = await server.entrance('salto_ks', 'Office')
    const enter = async () =>
      (await server.ok('/sandbox/doors/enter_code', { acs_entrance_id, code: access_method.code })).door_attempt
    expect(await enter()).toMatchObject({ opened: true, access_method_id, user_identity_id: made.user_identity_id })
    await server.ok('/access_grants/delete', { access_grant_id: made.access_grant_id })
    await server.settle()
    expect(await enter()).toMatchObject({ opened: false })
  })
})

interface Attempt {
  status: string
  result: { card_number: string; acs_credential_id: string }
  error: { type: string } | null
}

interface Granted {
  access_grant_id: string
  access_method_ids: string[]
  user_identity_id: string
}

test('many at doors in one call see what each would see alone, in order', async () => {
  const acs_encoder_id = await server.encoder('visionline')
  const [room, lobby, office] = await Promise.all([
    server.entrance('visionline', 'Room 103'),
    server.entrance('salto_space', 'Gym'),
    server.entrance('salto_ks', 'Office'),
  ])
  const cardFor = async (reservation_key: string) => {
    const { access_grant } = await server.ok('/access_grants/create', {
      user_identity: { full_name: `Guest of ${reservation_key}` },
      acs_entrance_ids: [room],
      requested_access_methods: [{ mode: 'card' }, { mode: 'mobile_key' }],
      reservation_key,
    })
    await server.settle()
    const { access_methods } = await server.ok('/access_methods/list', {
      access_grant_id: access_grant.access_grant_id,
    })
    const { access_method_id } = access_methods.find((one: { mode: string }) => one.mode === 'card')
    const { action_attempt } = await server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })
    await server.settle()
    const done = await server.ok('/action_attempts/get', { action_attempt_id: action_attempt.action_attempt_id })
    const { phone } = await server.ok('/phones/simulate/create_sandbox_phone', {
      user_identity_id: access_grant.user_identity_id,
    })
    await server.settle()
    const { card_number } = done.action_attempt.result
    return { card_number: card_number as string, device_id: phone.device_id as string }
  }
  const old = await cardFor('many-1')
  const next = await cardFor('many-2')
  const presentations = [
    { acs_entrance_id: room, card_number: old.card_number },
    { acs_entrance_id: room, device_id: next.device_id },
    { acs_entrance_id: office, code: '000000' },
    { acs_entrance_id: room, card_number: old.card_number },
    { acs_entrance_id: lobby, card_number: old.card_number },
    { acs_entrance_id: room, card_number: next.card_number },
  ]
  const { door_attempts } = await server.ok('/sandbox/doors/present', { presentations })
  const seen = door_attempts as { acs_entrance_id: string; reason: string; access_method_id?: string }[]
  expect(seen.map((one) => one.acs_entrance_id)).toEqual(presentations.map((one) => one.acs_entrance_id))
  expect(seen.map((one) => one.reason)).toEqual([
    ...['granted', 'granted', 'unknown_credential', 'overridden', 'wrong_format', 'granted'],
  ])
  const alone = await server.ok('/sandbox/doors/present_card', {
    acs_entrance_id: room,
    card_number: old.card_number,
  })
  const { door_attempt_id: _first, occurred_at: _then, ...asOneOfMany } = seen[3] as object as Record<string, unknown>
  expect(alone.door_attempt).toMatchObject(asOneOfMany)
  const listed = await server.ok('/sandbox/doors/list_attempts', { acs_entrance_id: room })
  expect(listed.door_attempts.map((one: { reason: string }) => one.reason)).toEqual([
    ...['overridden', 'granted', 'overridden', 'granted', 'granted'],
  ])
  const { events } = await server.ok('/events/list', { since: '2000-01-01T00:00:00.000Z', limit: 1000 })
  const ids = new Set(seen.map((one) => one.access_method_id))
  const revoked = events.filter(
    (one: { event_type: string; access_method_id?: string }) =>
      one.event_type === 'access_method.revoked' && ids.has(one.access_method_id),
  )
  expect(revoked).toHaveLength(1)

  const unknown = { acs_entrance_id: room, card_number: 'nobody has this' }
  const refused = await server.post('/sandbox/doors/present', { presentations: [presentations[0], unknown] })
  expect(refused).toMatchObject({ status: 404, body: { error: { type: 'card_not_found' } } })
  const after = await server.ok('/sandbox/doors/list_attempts', { acs_entrance_id: room })
  expect(after.door_attempts).toHaveLength(listed.door_attempts.length)
  for (const [bad, words] of [
    [[], 'presentations'],
    [[{ acs_entrance_id: room }], 'exactly one of'],
    [[{ acs_entrance_id: room, code: '1', card_id: room }], 'exactly one of'],
    [Array.from({ length: 501 }, () => presentations[0]), 'presentations'],
  ] as const) {
    const answer = await server.post('/sandbox/doors/present', { presentations: bad })
    expect(answer).toMatchObject({ status: 400 })
    expect(JSON.stringify(answer.body['error'])).toContain(words)
  }
})

test('bad input is refused by name', async () => {
  const none = '00000000-0000-4000-8000-000000000000'
  const acs_entrance_id = await server.entrance('salto_space', 'Room 101')
  const acs_encoder_id = await server.encoder('visionline')
  const cases: [path: string, body: object, status: number, type: string, words: string][] = [
    ['/sandbox/doors/present_card', { acs_entrance_id }, 400, 'invalid_input', 'card_number'],
    ['/sandbox/doors/present_card', { card_id: none }, 400, 'invalid_input', 'acs_entrance_id'],
    ['/sandbox/doors/present_card', { acs_entrance_id: none, card_id: none }, 404, 'acs_entrance_not_found', ''],
    ['/sandbox/doors/present_card', { acs_entrance_id, card_id: none }, 404, 'card_not_found', ''],
    ['/sandbox/doors/enter_code', { acs_entrance_id }, 400, 'invalid_input', 'code'],
    ['/sandbox/doors/enter_code', { device_id: none, code: '1' }, 404, 'device_not_found', ''],
    ['/sandbox/doors/present_phone', { acs_entrance_id, device_id: none }, 404, 'phone_not_found', ''],
    ['/sandbox/doors/list_attempts', { acs_entrance_id: 'x' }, 404, 'acs_entrance_not_found', ''],
    ['/sandbox/encoders/place_card', { acs_encoder_id, card_format: 'paper' }, 400, 'invalid_input', 'rfid48, TLCode'],
    ['/sandbox/encoders/place_card', { acs_encoder_id }, 400, 'invalid_input', 'card_format'],
    ['/sandbox/encoders/remove_card', { acs_encoder_id: none }, 404, 'acs_encoder_not_found', ''],
    ['/sandbox/cards/get', { card_id: none }, 404, 'card_not_found', ''],
    ['/sandbox/cards/list', { acs_system_id: none }, 404, 'acs_system_not_found', ''],
    ['/sandbox/systems/set_fault', { acs_system_id: saltoSpace, fault: 'fire' }, 400, 'invalid_input', 'answer_lost'],
    [
      '/sandbox/systems/set_fault',
      { acs_system_id: saltoSpace, fault: 'busy', times: 0 },
      400,
      'invalid_input',
      'times',
    ],
    [
      '/sandbox/systems/set_fault',
      { acs_system_id: saltoSpace, fault: 'busy', acs_encoder_id },
      400,
      'invalid_input',
      'acs_encoder_id',
    ],
  ]
  for (const [path, body, status, type, words] of cases) {
    const reply = await server.post(path, body)
    expect(reply, `${path} ${JSON.stringify(body)}`).toMatchObject({ status, body: { error: { type } } })
    expect(JSON.stringify(reply.body['error'])).toContain(words)
  }
})
