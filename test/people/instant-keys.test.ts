// Instant Keys: the link, who it lets in, what the guest sees, and how it ends.
import { expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'

const EXCHANGE = '/seam/instant_key/v1/client_sessions/exchange_short_code'
const device = (name: string): string => `${name}-0123456789abcdef`

interface Given {
  starts_at?: string
  ends_at?: string
  uses?: number
}

/** A grant of a mobile key for one door of the Salto KS site. */
async function grantKey(server: TestServer, { uses = 1, ...window }: Given = {}) {
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id: await server.systemOf('salto_ks') })
  const door = acs_entrances.find((one: { can_unlock_with_mobile_key: boolean }) => one.can_unlock_with_mobile_key)
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane Doe' },
    acs_entrance_ids: [door.acs_entrance_id],
    requested_access_methods: [{ mode: 'mobile_key', instant_key_max_use_count: uses }],
    ...window,
  })
  await server.settle()
  const url = access_grant.instant_key_url as string
  return { access_grant, door, url, short_code: url.split('/').pop() ?? '' }
}

const open = (server: TestServer, short_code: string, client_id: string) =>
  server.post(EXCHANGE, { short_code, client_id }, null)

const guest = (server: TestServer, path: string, token: string, body: object = {}) =>
  server.post(`/seam/instant_key/v1/doors/${path}`, body, token)

test('a guest opens the link and then the door', async () => {
  await using server = await startTestServer()
  const { door, short_code } = await grantKey(server)
  const opened = await open(server, short_code.toLowerCase(), device('phone'))
  expect(opened.status).toBe(200)
  const { token } = opened.body['client_session']
  const { body } = await guest(server, 'list', token)
  expect(body).toMatchObject({ hotel: { name: 'Lockstitch' }, guest: { name: 'Jane Doe' } })
  const { acs_entrance_id, display_name } = door
  expect(body['doors']).toMatchObject([{ acs_entrance_id, display_name, status: 'ready', opens_with: 'phone' }])
  const unlocked = await guest(server, 'unlock', token, { acs_entrance_id })
  expect(unlocked.body['unlock']).toEqual({ acs_entrance_id, opened: true, reason: 'granted' })
  const [event] = await server.sql<{ payload: object }>("SELECT payload FROM event WHERE event_type = 'lock.unlocked'")
  expect(event?.payload).toMatchObject({ acs_entrance_id, method: 'remote', is_via_bluetooth: true })
  // Another door of the site is not the guest's, and other sessions are no Instant Key.
  const { acs_entrances } = await server.ok('/acs/entrances/list')
  const other = acs_entrances.find((one: { acs_entrance_id: string }) => one.acs_entrance_id !== acs_entrance_id)
  expect((await guest(server, 'unlock', token, { acs_entrance_id: other.acs_entrance_id })).status).toBe(404)
  const { client_session } = await server.ok('/client_sessions/create')
  expect((await guest(server, 'list', client_session.token)).status).toBe(403)
  expect((await guest(server, 'list', server.apiKey)).status).toBe(401)
})

test('each new device is one use; a device that was let in comes again', async () => {
  await using server = await startTestServer()
  const { short_code, url } = await grantKey(server, { uses: 2 })
  const preview = async (): Promise<Record<string, unknown>> =>
    (await server.post('/seam/instant_key/v1/preview/get', { instant_key_url: url }, null)).body['instant_key_preview']
  expect(await preview()).toMatchObject({ key_status: 'ready', guest: { name: 'Jane Doe' }, short_code })
  const statuses = async (names: string[]) => {
    const replies = await Promise.all(names.map((name) => open(server, short_code, device(name))))
    return replies.map((reply) => reply.body['error']?.type ?? 'in').sort()
  }
  // Five devices race for two places.
  expect(await statuses(['a', 'b', 'c', 'd', 'e'])).toEqual(['in', 'in', ...Array<string>(3).fill('instant_key_used')])
  const again = await statuses(['a', 'b', 'c', 'd', 'e'])
  expect(again.filter((status) => status === 'in')).toHaveLength(2)
  const used = await preview()
  expect(used).toMatchObject({ key_status: 'used' })
  expect(used).not.toHaveProperty('guest')
  // Without an id of its own, a browser is new each time.
  expect((await server.post(EXCHANGE, { short_code }, null)).status).toBe(410)
})

test('before its start the key says when, after its end that it is over', async () => {
  await using server = await startTestServer({ frozenAt: '2025-08-01T10:00:00Z' })
  const window = { starts_at: '2025-08-01T15:00:00.000Z', ends_at: '2025-08-03T11:00:00.000Z' }
  const { door, short_code, url } = await grantKey(server, window)
  const { token } = (await open(server, short_code, device('phone'))).body['client_session']
  const doors = async () => (await guest(server, 'list', token)).body['doors']
  expect(await doors()).toMatchObject([{ status: 'not_yet_valid', ...window }])
  const { acs_entrance_id } = door
  const early = await guest(server, 'unlock', token, { acs_entrance_id })
  expect(early.body['unlock']).toMatchObject({ opened: false, reason: 'not_yet_valid' })
  await server.advance('2025-08-01T15:00:01Z')
  expect(await doors()).toMatchObject([{ status: 'ready' }])
  expect((await guest(server, 'unlock', token, { acs_entrance_id })).body['unlock'].opened).toBe(true)
  await server.advance('2025-08-03T11:00:01Z')
  expect((await guest(server, 'list', token)).body['error'].type).toBe('client_session_expired')
  expect((await open(server, short_code, device('phone'))).body['error'].type).toBe('instant_key_expired')
  const { instant_key_preview } = (
    await server.post('/seam/instant_key/v1/preview/get', { instant_key_url: url }, null)
  ).body
  expect(instant_key_preview).toMatchObject({ key_status: 'expired' })
})

test('a deleted key is dead at once, and the mobile key loses its link', async () => {
  await using server = await startTestServer()
  const { access_grant, short_code, url } = await grantKey(server)
  const { token } = (await open(server, short_code, device('phone'))).body['client_session']
  const { instant_key } = await server.ok('/instant_keys/get', { instant_key_url: url })
  const { instant_key_id } = instant_key
  expect((await server.ok('/instant_keys/get', { instant_key_id }))['instant_key']).toEqual(instant_key)
  const { user_identity_id } = access_grant
  expect((await server.ok('/instant_keys/list', { user_identity_id }))['instant_keys']).toEqual([instant_key])
  await server.ok('/instant_keys/delete', { instant_key_id })
  expect((await guest(server, 'list', token)).body['error'].type).toBe('client_session_revoked')
  expect((await open(server, short_code, device('phone'))).body['error'].type).toBe('instant_key_not_found')
  expect((await server.post('/instant_keys/get', { instant_key_url: url })).status).toBe(404)
  expect((await server.post('/instant_keys/get', { instant_key_url: 'https://example.com/' })).status).toBe(404)
  expect((await server.post('/instant_keys/get', {})).body['error'].type).toBe('invalid_input')
  expect((await server.post('/instant_keys/delete', { instant_key_id })).status).toBe(404)
  const { access_method } = await server.ok('/access_methods/get', {
    access_method_id: access_grant.access_method_ids[0],
  })
  expect(access_method.is_issued).toBe(true)
  expect(access_method).not.toHaveProperty('instant_key_url')
})

test('a key made for the person opens all doors, new ones too; without doors it says so', async () => {
  await using server = await startTestServer()
  const { user_identity } = await server.ok('/user_identities/create', { full_name: 'Jane' })
  const { user_identity_id } = user_identity
  const made = await server.ok('/user_identities/generate_instant_key', { user_identity_id, max_use_count: 3 })
  const { instant_key } = made
  expect(instant_key.instant_key_url).toMatch(new RegExp(`^${server.url}/ik/[A-Z2-9]{10}$`))
  const short_code = (instant_key.instant_key_url as string).split('/').pop() ?? ''
  const { token } = (await open(server, short_code, device('phone'))).body['client_session']
  expect((await guest(server, 'list', token)).body['doors']).toEqual([])
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id: await server.systemOf('salto_ks') })
  const ids = acs_entrances
    .filter((one: { can_unlock_with_mobile_key: boolean }) => one.can_unlock_with_mobile_key)
    .map((one: { acs_entrance_id: string }) => one.acs_entrance_id)
    .slice(0, 2)
  await server.ok('/access_grants/create', {
    user_identity_id,
    acs_entrance_ids: ids,
    requested_access_methods: [{ mode: 'mobile_key' }],
  })
  await server.settle()
  const { doors } = (await guest(server, 'list', token)).body
  expect(new Set(doors.map((door: { acs_entrance_id: string }) => door.acs_entrance_id))).toEqual(new Set(ids))
  const profile = { user_identity_id, customization_profile_id: user_identity_id }
  const unknown = await server.post('/user_identities/generate_instant_key', profile)
  expect([unknown.status, unknown.body['error'].type]).toEqual([404, 'customization_profile_not_found'])
})

test('who guesses codes has to wait', async () => {
  await using server = await startTestServer()
  const { short_code } = await grantKey(server, { uses: 5 })
  const guesses = Array.from({ length: 20 }, (_, i) =>
    open(server, `GUESS${String(i).padStart(5, '0')}`, device('thief')),
  )
  expect(new Set((await Promise.all(guesses)).map((reply) => reply.status))).toEqual(new Set([404]))
  const refused = await open(server, short_code, device('thief'))
  expect([refused.status, refused.body['error'].type]).toEqual([429, 'rate_limit_exceeded'])
  expect(refused.headers.get('retry-after')).not.toBeNull()
})

test('the page is one small set of files for every code, without inline code and out of search engines', async () => {
  await using server = await startTestServer()
  const page = await fetch(`${server.url}/ik/ANYC0DE234`)
  expect(page.status).toBe(200)
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('x-robots-tag')).toContain('noindex')
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toContain('unsafe-inline')
  const html = await page.text()
  expect(html).not.toMatch(/<script>|style="|onclick=/)
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
  expect(files).toEqual(['key.svg', 'icon-192.png', 'app.css', 'app.js'])
  for (const file of files) {
    const reply = await fetch(new URL(file, page.url))
    expect([file, reply.status]).toEqual([file, 200])
    expect((await reply.arrayBuffer()).byteLength).toBeLessThan(32_000)
    const etag = reply.headers.get('etag') ?? ''
    expect((await fetch(reply.url, { headers: { 'if-none-match': etag } })).status).toBe(304)
  }
  const slash = await fetch(`${server.url}/ik/ANYC0DE234/`, { redirect: 'manual' })
  expect(slash.status).toBe(308)
  expect((await fetch(`${server.url}/ik/ANYC0DE234/`)).url).toBe(`${server.url}/ik/ANYC0DE234`)
  expect((await fetch(`${server.url}/ik/..%2f..%2fpackage.json`)).status).toBe(404)
  expect((await fetch(`${server.url}/ik/ANYC0DE234`, { method: 'POST' })).status).toBe(405)
})
