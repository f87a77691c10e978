// Idempotency-Key: what is asked for twice happens once (also across a crash), and is answered with the same body.
import { afterAll, expect, test } from 'vitest'
import { startTestServer, type Reply } from '../support/server.ts'

const server = await startTestServer({ frozenAt: '2040-06-01T09:00:00.000Z' })
afterAll(() => server[Symbol.asyncDispose]())
const door = await server.entrance('salto_space', 'Main Entrance')
const WINDOW = { starts_at: '2040-06-01T15:00:00.000Z', ends_at: '2040-06-14T11:00:00.000Z' }

let made = 0
const fresh = (): string => `key-${String(++made)}-${crypto.randomUUID()}`
const post = (path: string, body: object, key: string, bearer?: string): Promise<Reply> =>
  server.post(path, body, bearer ?? server.apiKey, { 'idempotency-key': key })
const grantOf = (full_name: string): object => ({
  user_identity: { full_name },
  acs_entrance_ids: [door],
  requested_access_methods: [{ mode: 'mobile_key' }],
  ...WINDOW,
})
const rows = async (table: string): Promise<number> => {
  const [{ n } = { n: -1 }] = await server.sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)
  return n
}
/** As a crash between the effect and its answer leaves it. */
const loseAnswer = (key: string) =>
  server.sql('UPDATE idempotency_record SET sealed_answer = NULL WHERE idempotency_key = $1', [key])

test('the same request again is answered alike, and does nothing', async () => {
  const key = fresh()
  const first = await post('/access_grants/create', grantOf('Ada One'), key)
  expect(first.status).toBe(200)
  expect(first.headers.get('idempotency-replayed')).toBeNull()
  await server.settle()
  const before = [await rows('access_grant'), await rows('event'), await rows('acs_credential')]
  const again = await post('/access_grants/create', grantOf('Ada One'), key)
  expect(again.status).toBe(200)
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect(again.body).toEqual(first.body)
  // The same parameters in another order are the same request.
  const entries = Object.entries(grantOf('Ada One')).reverse()
  expect((await post('/access_grants/create', Object.fromEntries(entries), key)).body).toEqual(first.body)
  await server.settle()
  expect([await rows('access_grant'), await rows('event'), await rows('acs_credential')]).toEqual(before)
  // Another key is another wish.
  const other = await post('/access_grants/create', grantOf('Ada One'), fresh())
  expect(other.body['access_grant'].access_grant_id).not.toBe(first.body['access_grant'].access_grant_id)
})

test('ten at once are one', async () => {
  const before = await rows('access_grant')
  const key = fresh()
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => post('/access_grants/create', grantOf('Ada Two'), key)),
  )
  expect(replies.map(({ status }) => status)).toEqual(Array(10).fill(200))
  for (const { body } of replies) expect(body).toEqual(replies[0]?.body)
  expect(await rows('access_grant')).toBe(before + 1)
})

// Found by the kill storm: the second looked for the key before the first had written it, and for the space afterwards.
test('a deletion sent several times at once is answered alike', async () => {
  for (let round = 0; round < 25; round++) {
    const { space } = (await post('/spaces/create', { name: `Twice ${String(round)}` }, fresh())).body
    const key = fresh()
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => post('/spaces/delete', { space_id: space.space_id }, key)),
    )
    expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(200))
  }
})

test('another body with the key is refused, and nothing changes', async () => {
  const key = fresh()
  await post('/access_grants/create', grantOf('Ada Three'), key)
  const before = await rows('access_grant')
  const other = await post('/access_grants/create', grantOf('Somebody Else'), key)
  expect(other.status).toBe(409)
  expect(other.body['error']).toMatchObject({ type: 'idempotency_key_reused' })
  expect((other.body['error'] as { message: string }).message).toContain('new key')
  // So is another operation.
  expect((await post('/spaces/create', { name: 'Lobby' }, key)).status).toBe(409)
  expect(await rows('access_grant')).toBe(before)
})

test('a request that failed has used nothing up', async () => {
  const key = fresh()
  const refused = await post('/spaces/create', { name: 'Atrium', acs_entrance_ids: [crypto.randomUUID()] }, key)
  expect(refused.status).toBe(404)
  expect((await post('/spaces/create', { name: 'Atrium' }, key)).status).toBe(200)
})

test('a crash before the answer: the next request with the key reads what the first one made', async () => {
  const before = await rows('access_grant')
  const key = fresh()
  const first = await post('/access_grants/create', grantOf('Ada Four'), key)
  await loseAnswer(key)
  const again = await post('/access_grants/create', grantOf('Ada Four'), key)
  expect(again.status).toBe(200)
  expect(again.body['access_grant'].access_grant_id).toBe(first.body['access_grant'].access_grant_id)
  expect(await rows('access_grant')).toBe(before + 1)

  const { access_grant_id } = first.body['access_grant'] as { access_grant_id: string }
  const gone = fresh()
  expect((await post('/access_grants/delete', { access_grant_id }, gone)).status).toBe(200)
  await server.settle()
  await loseAnswer(gone)
  expect((await post('/access_grants/delete', { access_grant_id }, gone)).body).toEqual({ ok: true })
  // Without the key it is what it is.
  expect((await server.post('/access_grants/delete', { access_grant_id })).status).toBe(404)
})

test('an answer that was lost, and cannot be made any more, is told as lost', async () => {
  const { access_grant } = await server.ok('/access_grants/create', grantOf('Ada Five'))
  const { access_grant_id } = access_grant as { access_grant_id: string }
  const key = fresh()
  const more = { access_grant_id, requested_access_methods: [{ mode: 'card' }] }
  expect((await post('/access_grants/request_access_methods', more, key)).status).toBe(200)
  await loseAnswer(key)
  await server.ok('/access_grants/delete', { access_grant_id })
  const lost = await post('/access_grants/request_access_methods', more, key)
  expect(lost.status).toBe(409)
  expect(lost.body['error']).toMatchObject({ type: 'idempotency_answer_lost' })
})

test('an update repeated later does not undo what came after it', async () => {
  const { space } = await server.ok('/spaces/create', { name: 'East' })
  const space_id = (space as { space_id: string }).space_id
  const key = fresh()
  await post('/spaces/update', { space_id, name: 'West' }, key)
  await server.ok('/spaces/update', { space_id, name: 'North' })
  expect((await post('/spaces/update', { space_id, name: 'West' }, key)).status).toBe(200)
  expect((await server.ok('/spaces/get', { space_id }))['space'].name).toBe('North')
})

test('keys of other callers are other keys', async () => {
  const sessionOf = async (name: string): Promise<string> => {
    const { user_identity } = await server.ok('/user_identities/create', { full_name: name })
    const { client_session } = await server.ok('/client_sessions/create', {
      user_identity_id: user_identity.user_identity_id,
    })
    return client_session.token as string
  }
  const [one, two] = [await sessionOf('Bea One'), await sessionOf('Bea Two')]
  const key = fresh()
  const phone = { device_id: crypto.randomUUID() }
  // Both are refused for the same reason: neither sees what the other was told.
  const replies = [await post('/phones/deactivate', phone, key, one), await post('/phones/deactivate', phone, key, two)]
  expect(new Set(replies.map(({ status }) => status)).size).toBe(1)
  const session = await post('/client_sessions/revoke', {}, key, one)
  const theirs = await post('/client_sessions/revoke', {}, key, two)
  expect(session.status).toBe(theirs.status)
  expect(theirs.headers.get('idempotency-replayed')).toBeNull()
})

test('a workspace is made once, also when its making was cut short', async () => {
  const headers = { 'idempotency-key': fresh() }
  const params = { name: 'Second House', company_name: 'Lockstitch', is_sandbox: true }
  const make = () => server.post('/workspaces/create', params, server.personalAccessToken, headers)
  const first = await make()
  expect(first.status).toBe(200)
  expect((await make()).body).toEqual(first.body)
  await loseAnswer(headers['idempotency-key'])
  const systems = await rows('acs_system')
  expect((await make()).body).toEqual(first.body)
  expect(await rows('acs_system')).toBe(systems)
  expect(await rows('workspace')).toBe(2)
}, 60_000)

test('what rests in the database is encrypted', async () => {
  const key = fresh()
  const { body } = await post('/client_sessions/create', { user_identifier_key: 'resting' }, key)
  const token = (body['client_session'] as { token: string }).token
  const [row] = await server.sql<{ sealed_results: string; sealed_answer: string }>(
    'SELECT sealed_results, sealed_answer FROM idempotency_record WHERE idempotency_key = $1',
    [key],
  )
  expect(token).toMatch(/^seam_cst/)
  for (const text of [row?.sealed_results, row?.sealed_answer]) {
    expect(text).toMatch(/^v1\./)
    expect(text).not.toContain(token)
  }
})

test.each([
  ['empty', ''],
  ['with a space', 'a b'],
  ['too long', 'k'.repeat(256)],
])('a key that is %s is refused', async (_, key) => {
  const before = await rows('space')
  const { status, body } = await post('/spaces/create', { name: 'Nowhere' }, key)
  expect(status).toBe(400)
  expect(body['error']).toMatchObject({ type: 'invalid_idempotency_key' })
  expect(await rows('space')).toBe(before)
})

test('a read takes no notice of the header', async () => {
  const key = fresh()
  expect((await post('/spaces/list', {}, key)).status).toBe(200)
  await server.ok('/spaces/create', { name: 'South' })
  const { body } = await post('/spaces/list', {}, key)
  expect((body['spaces'] as { name: string }[]).map(({ name }) => name)).toContain('South')
})

test('24 hours later, by the workspace clock, the key is free', async () => {
  const key = fresh()
  const first = await post('/spaces/create', { name: 'Roof' }, key)
  await server.advance('2040-06-02T08:59:59.999Z')
  expect((await post('/spaces/create', { name: 'Roof' }, key)).body).toEqual(first.body)
  await server.advance('2040-06-02T09:00:00.000Z')
  const later = await post('/spaces/create', { name: 'Roof', space_key: 'roof-2' }, key)
  expect(later.status).toBe(200)
  expect(later.body['space'].space_id).not.toBe(first.body['space'].space_id)
  expect((await post('/spaces/create', { name: 'Roof', space_key: 'roof-2' }, key)).body).toEqual(later.body)
})
