// Residents of Salto Space: grants without a reservation are nobody's stay, and end nobody's keys (core.md 6.5).
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ frozenAt: '2030-06-01T09:00:00.000Z' })
})
afterAll(() => server.stop())

async function person(full_name: string): Promise<string> {
  return (await server.ok('/user_identities/create', { full_name }))['user_identity'].user_identity_id as string
}

async function grant(user_identity_id: string, door: string, mode: string, more: object = {}): Promise<string> {
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity_id,
    acs_entrance_ids: [await server.entrance('salto_space', door)],
    requested_access_methods: [{ mode }],
    ...more,
  })
  await server.settle()
  return access_grant.access_method_ids[0] as string
}

async function cardFor(full_name: string, door: string, more: object = {}): Promise<string> {
  const access_method_id = await grant(await person(full_name), door, 'card', more)
  const acs_encoder_id = await server.encoder('salto_space')
  const { action_attempt } = await server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })
  await server.settle()
  const { action_attempt_id } = action_attempt
  return (await server.ok('/action_attempts/get', { action_attempt_id }))['action_attempt'].result.card_number as string
}

async function show(door: string, what: object): Promise<string> {
  const path = 'device_id' in what ? '/sandbox/doors/present_phone' : '/sandbox/doors/present_card'
  const acs_entrance_id = await server.entrance('salto_space', door)
  return (await server.ok(path, { acs_entrance_id, ...what }))['door_attempt'].reason as string
}

test('two residents of one room do not end each other', async () => {
  const ann = { card_number: await cardFor('Ann', 'Room 101') }
  const bob = { card_number: await cardFor('Bob', 'Room 101') }
  const seen: string[] = []
  for (const card of [bob, ann, bob, ann]) seen.push(await show('Room 101', card))
  expect(seen).toEqual(['granted', 'granted', 'granted', 'granted'])
})

test("a person's card does not end the key on the person's phone", async () => {
  const user_identity_id = await person('Cid')
  await grant(user_identity_id, 'Room 102', 'mobile_key')
  const { phone } = await server.ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
  await server.settle()
  const { device_id } = phone
  const access_method_id = await grant(user_identity_id, 'Room 102', 'card')
  const acs_encoder_id = await server.encoder('salto_space')
  const { action_attempt } = await server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })
  await server.settle()
  const { action_attempt_id } = action_attempt
  const done = await server.ok('/action_attempts/get', { action_attempt_id })
  const { card_number } = done['action_attempt'].result
  const seen: string[] = []
  for (const what of [{ device_id }, { card_number }, { device_id }]) seen.push(await show('Room 102', what))
  expect(seen).toEqual(['granted', 'granted', 'granted'])
})

test('guests with reservations end those before them as ever, and no resident', async () => {
  const resident = { card_number: await cardFor('Dan', 'Room 103') }
  const first = { card_number: await cardFor('Eve', 'Room 103', { reservation_key: 'one' }) }
  const second = { card_number: await cardFor('Fay', 'Room 103', { reservation_key: 'two' }) }
  const seen: string[] = []
  for (const card of [first, resident, second, first, resident]) seen.push(await show('Room 103', card))
  expect(seen).toEqual(['granted', 'granted', 'granted', 'overridden', 'granted'])
})
