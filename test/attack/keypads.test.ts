// PINs cannot be tried one after the other at a keypad that defends itself; others are not locked out for longer.
import { afterAll, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer({ frozenAt: '2040-06-01T09:00:00.000Z' })
afterAll(() => server[Symbol.asyncDispose]())
const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id: await server.systemOf('salto_ks') })
const doors = (acs_entrances as { acs_entrance_id: string; can_unlock_with_code: boolean }[])
  .filter((one) => one.can_unlock_with_code)
  .map((one) => one.acs_entrance_id)
const [door = '', other = ''] = doors

const enter = async (code: string, acs_entrance_id = door): Promise<string> =>
  (await server.ok('/sandbox/doors/enter_code', { acs_entrance_id, code }))['door_attempt'].reason as string
const allow = (wrong_codes_allowed: number | null, acs_entrance_id = door) =>
  server.post('/sandbox/doors/set_state', { acs_entrance_id, wrong_codes_allowed })

async function pin(): Promise<string> {
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: `Guest ${crypto.randomUUID()}` },
    acs_entrance_ids: [door, other],
    requested_access_methods: [{ mode: 'code' }],
  })
  await server.settle()
  const { access_grant_id } = access_grant as { access_grant_id: string }
  const { access_methods } = await server.ok('/access_methods/list', { access_grant_id })
  return (access_methods as [{ code: string }])[0].code
}

test('a keypad that was not asked to takes as many wrong PINs as one likes', async () => {
  const code = await pin()
  for (let i = 0; i < 30; i++) expect(await enter(String(700_000 + i))).toBe('unknown_credential')
  expect(await enter(code)).toBe('granted')
})

test('after three wrong ones it takes none for a minute, the right one neither; other doors go on', async () => {
  const code = await pin()
  expect((await allow(3)).status).toBe(200)
  // A right one begins anew.
  for (const wrong of ['811111', '811112']) expect(await enter(wrong)).toBe('unknown_credential')
  expect(await enter(code)).toBe('granted')
  for (const wrong of ['811113', '811114', '811115']) expect(await enter(wrong)).toBe('unknown_credential')
  expect(await enter(code)).toBe('keypad_locked')
  expect(await enter(code, other)).toBe('granted')
  await server.advance('2040-06-01T09:00:59.999Z')
  expect(await enter('811116')).toBe('keypad_locked')
  // Trying while it is locked does not lock it for longer.
  await server.advance('2040-06-01T09:01:00.000Z')
  expect(await enter(code)).toBe('granted')
  const { events } = await server.ok('/events/list', {
    since: '2040-06-01T08:00:00Z',
    event_type: 'lock.access_denied',
  })
  expect(JSON.stringify(events)).toContain('the keypad takes none for a minute')
  for (const tried of ['811113', code]) expect(JSON.stringify(events)).not.toContain(tried)
  expect((await allow(null)).status).toBe(200)
  for (let i = 0; i < 10; i++) expect(await enter(String(820_000 + i))).toBe('unknown_credential')
  expect(await enter(code)).toBe('granted')
})

test('guessing a PIN of six digits takes months', async () => {
  await allow(5)
  let tried = 0
  let at = Date.parse('2040-06-01T10:00:00.000Z')
  await server.advance(new Date(at).toISOString())
  for (let minute = 0; minute < 5; minute++) {
    for (;;) {
      if ((await enter(String(830_000 + tried))) === 'keypad_locked') break
      tried++
    }
    at += 60_000
    await server.advance(new Date(at).toISOString())
  }
  expect(tried).toBe(25)
  await allow(null)
})

test.each([0, 101, 1.5, 'three', true])('%j is refused', async (wrong) => {
  const reply = await server.post('/sandbox/doors/set_state', { acs_entrance_id: door, wrong_codes_allowed: wrong })
  expect(reply.status).toBe(400)
  expect(reply.body['error'].message).toContain('wrong_codes_allowed')
})

test('a door without a keypad says so', async () => {
  const { acs_entrances: all } = await server.ok('/acs/entrances/list')
  const bare = (all as { acs_entrance_id: string; can_unlock_with_code: boolean }[]).find(
    (one) => !one.can_unlock_with_code,
  )
  const reply = await allow(3, bare?.acs_entrance_id)
  expect(reply.status).toBe(400)
  expect(reply.body['error'].message).toContain('no keypad')
})
