// What is too much is refused in words, with the time to wait, and harms nobody else (core.md 1.10).
import { expect, test } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

async function production(server: TestServer): Promise<(path: string, body?: object) => Promise<Reply>> {
  const params = { name: 'House', company_name: 'Hotel', is_sandbox: false }
  const { body } = await server.post('/workspaces/create', params, server.personalAccessToken)
  const headers = { 'seam-workspace': (body['workspace'] as { workspace_id: string }).workspace_id }
  return (path, params = {}) => server.post(path, params, server.personalAccessToken, headers)
}
const waitOf = (reply: Reply): number => Number(reply.headers.get('retry-after'))

test('requests beyond what can be answered in time are sent away; those taken in are answered and kept', async () => {
  await using server = await startTestServer({ env: { LOCKSTITCH_REQUESTS_AT_ONCE: '3' } })
  const replies = await Promise.all(
    Array.from({ length: 60 }, (_, i) => server.post('/spaces/create', { name: `Room ${String(i)}` })),
  )
  const taken = replies.filter(({ status }) => status === 200)
  const sent = replies.filter(({ status }) => status === 503)
  expect(taken.length + sent.length).toBe(60)
  expect(taken.length).toBeGreaterThanOrEqual(3)
  expect(sent.length).toBeGreaterThan(0)
  for (const reply of sent) {
    expect(waitOf(reply)).toBe(1)
    expect(reply.body['error']).toMatchObject({ type: 'server_overloaded', request_id: expect.any(String) as string })
  }
  // Who asks whether the server lives is answered all the same.
  expect((await fetch(`${server.url}/health`)).status).toBe(200)
  const { spaces } = await server.ok('/spaces/list')
  expect(spaces).toHaveLength(taken.length)
})

test('a caller has its share of the minute, outside sandboxes', async () => {
  await using server = await startTestServer({ env: { LOCKSTITCH_REQUESTS_PER_MINUTE: '5' } })
  const post = await production(server)
  const replies: Reply[] = []
  for (let i = 0; i < 7; i++) replies.push(await post('/spaces/list'))
  expect(replies.slice(0, 5).map(({ status }) => status)).toEqual(Array(5).fill(200))
  const refused = replies.at(-1) as Reply
  expect(refused.status).toBe(429)
  expect(refused.body['error']).toMatchObject({ type: 'rate_limit_exceeded' })
  expect(waitOf(refused)).toBeGreaterThanOrEqual(1)
  expect(waitOf(refused)).toBeLessThanOrEqual(12)
  for (let i = 0; i < 20; i++) expect((await server.post('/spaces/list')).status).toBe(200)
}, 60_000)

test('a door is opened from afar so often a minute, outside sandboxes, whatever the case of its id', async () => {
  await using server = await startTestServer({ env: { LOCKSTITCH_UNLOCKS_PER_MINUTE: '3' } })
  const post = await production(server)
  const acs_entrance_id = crypto.randomUUID()
  const unlock = (id: string) =>
    post('/access_methods/unlock_door', { access_method_id: crypto.randomUUID(), acs_entrance_id: id })
  for (let i = 0; i < 3; i++) expect((await unlock(acs_entrance_id)).status).toBe(404)
  const refused = await unlock(acs_entrance_id.toUpperCase())
  expect(refused.status).toBe(429)
  expect((refused.body['error'] as { message: string }).message).toContain('3 times within a minute')
  expect((await unlock(crypto.randomUUID())).status).toBe(404)
})

test('keys that do not exist are counted by address; those that do exist always pass', async () => {
  await using server = await startTestServer()
  const guess = (n: number) => server.post('/spaces/list', {}, `seam_test${String(n)}_guessguessguess`)
  for (let i = 0; i < 100; i++) expect((await guess(i)).status).toBe(401)
  const refused = await guess(100)
  expect(refused.status).toBe(429)
  expect(waitOf(refused)).toBeGreaterThan(500)
  expect((await server.post('/spaces/list')).status).toBe(200)
  // Another address, as a proxy tells it, has its own count.
  const elsewhere = await server.post('/spaces/list', {}, 'seam_test_guess', { 'x-forwarded-for': '203.0.113.5' })
  expect(elsewhere.status).toBe(401)
})

test('bodies that are too deep, too long or too large are refused, not choked on', async () => {
  await using server = await startTestServer()
  const send = (body: string) =>
    fetch(`${server.url}/user_identities/create`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
      body,
    })
  const deep = await send(`{"custom": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`)
  expect(deep.status).toBe(400)
  expect(await deep.text()).toContain('nested')
  const ids = JSON.stringify(Array(5001).fill(crypto.randomUUID()))
  const long = await send(`{"full_name": "Jane", "acs_system_ids": ${ids}}`)
  expect(long.status).toBe(400)
  expect(await long.text()).toContain('acs_system_ids')
  const large = await send(`{"full_name": "${'x'.repeat(1024 * 1024)}"}`)
  expect(large.status).toBe(413)
  expect((await server.ok('/user_identities/list'))['user_identities']).toEqual([])
})

test('answers are not kept, not sniffed, and tell no other site where they came from', async () => {
  await using server = await startTestServer()
  for (const { headers } of [await server.post('/spaces/list'), await server.post('/spaces/get')]) {
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('strict-transport-security')).toBeNull()
  }
  await using secure = await startTestServer({ env: { LOCKSTITCH_PUBLIC_URL: 'https://access.example.com' } })
  expect((await secure.post('/spaces/list')).headers.get('strict-transport-security')).toContain('max-age=')
})
