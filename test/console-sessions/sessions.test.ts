/** Signing in to the console: what a session may, what it costs to guess, and when it ends. */
import { statSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'
import { newBrowser, OWNER, passwordOf, signedIn } from './support.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const expectError = (reply: Reply, status: number, type: string): void => {
  expect([reply.status, reply.body['error']?.type], JSON.stringify(reply.body)).toEqual([status, type])
  expect(reply.body['error'].message.length).toBeGreaterThan(10)
}

describe('the first account', () => {
  test('its password lies in the data folder, for its owner alone, and nowhere in the database', async () => {
    const file = join(server.env['LOCKSTITCH_DATA_DIR'] ?? '', 'console-password')
    const password = readFileSync(file, 'utf8').trim()
    expect(password).toMatch(/^\w{20}$/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const [user] = await server.sql<{ password_hash: string }>('SELECT password_hash FROM app_user')
    expect(user?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(user?.password_hash).not.toContain(password)
  })

  test('owns the first sandbox workspace', async () => {
    const browser = await signedIn(server)
    const { workspaces } = await browser.ok('/workspaces/list')
    expect(workspaces.map((one: { workspace_id: string }) => one.workspace_id)).toEqual([server.workspaceId])
  })
})

describe('a session', () => {
  test('is in a cookie that no script reads and no other site sends, and in the store as a hash alone', async () => {
    const browser = newBrowser(server)
    const reply = await browser.signIn(OWNER, await passwordOf(server))
    expect(reply.status).toBe(200)
    const cookie = reply.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^lockstitch_console_session=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/)
    const session = reply.body['console_session']
    expect(session).toMatchObject({ user: { email_address: OWNER, full_name: 'Owner' } })
    expect(Date.parse(session.expires_at) - Date.now()).toBeGreaterThan(11.9 * 3_600_000)
    const token = /=([\w-]+)/.exec(cookie)?.[1] ?? ''
    expect(JSON.stringify(reply.body)).not.toContain(token)
    const rows = await server.sql('SELECT * FROM console_session')
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(JSON.stringify(rows)).not.toContain(session.csrf_token)
  })

  test('asks the CSRF token anew after a reload', async () => {
    const browser = await signedIn(server)
    const before = browser.csrf
    browser.csrf = ''
    const { console_session } = await browser.ok('/console/sessions/get')
    expect(console_session.csrf_token).toBe(before)
    expect((await browser.inWorkspace('/spaces/list')).status).toBe(200)
  })

  test('may what a personal access token may, in the workspaces of its user', async () => {
    const browser = await signedIn(server)
    expect((await browser.inWorkspace('/workspaces/get')).body['workspace'].workspace_id).toBe(server.workspaceId)
    expectError(await browser.post('/spaces/list'), 401, 'unauthorized')
    const foreign = '00000000-0000-4000-8000-000000000000'
    expectError(await browser.post('/spaces/list', {}, { 'seam-workspace': foreign }), 401, 'unauthorized')
    expect((await browser.inWorkspace('/sandbox/clock/get')).status).toBe(200)
    const { workspace } = await browser.ok('/workspaces/create', { name: 'Made in the console', is_sandbox: true })
    expect((await browser.post('/spaces/list', {}, { 'seam-workspace': workspace.workspace_id })).status).toBe(200)
    // A thing of another kind is named, as for a token.
    const reply = await browser.inWorkspace('/acs/systems/get', {
      acs_system_id: await server.entrance('salto_space', 'Room 101'),
    })
    expect(reply.body['error'].message).toContain('acs_entrance')
  })

  test('stands in the audit log with its user', async () => {
    const browser = await signedIn(server)
    const { console_session } = await browser.ok('/console/sessions/get')
    const { body } = await browser.inWorkspace('/user_identities/create', { full_name: 'Jane Doe' })
    const { audit_entries } = await server.ok('/audit/list', { subject_id: body['user_identity'].user_identity_id })
    expect(audit_entries[0]).toMatchObject({
      action: '/user_identities/create',
      actor: {
        kind: 'console_session',
        id: console_session.console_session_id,
        user_id: console_session.user.user_id,
      },
    })
  })

  test('repeats nothing that carries an Idempotency-Key', async () => {
    const browser = await signedIn(server)
    const headers = { 'seam-workspace': server.workspaceId, 'idempotency-key': 'console-1' }
    const first = await browser.post('/spaces/create', { name: 'Lobby' }, headers)
    const again = await browser.post('/spaces/create', { name: 'Lobby' }, headers)
    expect(again.body['space'].space_id).toBe(first.body['space'].space_id)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
  })

  test('a request with an Authorization header never uses the cookie', async () => {
    const browser = await signedIn(server)
    const inWorkspace = { 'seam-workspace': server.workspaceId }
    expectError(
      await browser.post('/spaces/list', {}, { ...inWorkspace, authorization: 'Bearer seam_at1nobodys_x' }),
      401,
      'unauthorized',
    )
    for (const authorization of ['Basic b3duZXI6eA==', 'Bearer', ''])
      expectError(await browser.post('/spaces/list', {}, { ...inWorkspace, authorization }), 401, 'unauthorized')
  })

  test('a new sign-in in the same browser ends the one before', async () => {
    const browser = await signedIn(server)
    const old = browser.cookie
    await browser.signIn(OWNER, await passwordOf(server))
    expect(browser.cookie).not.toBe(old)
    const other = newBrowser(server)
    other.cookie = old
    expectError(await other.post('/console/sessions/get'), 401, 'unauthorized')
  })

  test('is listed, ended one by one, and all at once', async () => {
    const [here, there, elsewhere] = [await signedIn(server), await signedIn(server), await signedIn(server)]
    const { console_session } = await there.ok('/console/sessions/get')
    const { console_sessions } = await here.ok('/console/sessions/list')
    expect(console_sessions.filter((one: { is_current: boolean }) => one.is_current)).toHaveLength(1)
    expect(console_sessions.length).toBeGreaterThanOrEqual(3)
    const { console_session_id } = console_session
    await here.ok('/console/sessions/delete', { console_session_id })
    expectError(await there.inWorkspace('/spaces/list'), 401, 'unauthorized')
    expectError(await here.post('/console/sessions/delete', { console_session_id }), 404, 'console_session_not_found')
    await here.ok('/console/sessions/delete')
    expect(here.cookie).toBe('')
    await elsewhere.ok('/console/sessions/delete_all')
    expect(await server.sql('SELECT 1 FROM console_session')).toEqual([])
  })
})

describe('what rides on the cookie from elsewhere', () => {
  test.each([
    ['without a CSRF token', { 'x-csrf-token': '' }, 'csrf_token_invalid'],
    ['with another one', { 'x-csrf-token': 'x'.repeat(43) }, 'csrf_token_invalid'],
    ['from another origin', { origin: 'https://evil.example' }, 'cross_site_request'],
    ['from another port of this host', { origin: 'http://127.0.0.1:1' }, 'cross_site_request'],
    ['from an opaque origin', { origin: 'null' }, 'cross_site_request'],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, 'cross_site_request'],
    ['from a neighbouring host', { 'sec-fetch-site': 'same-site' }, 'cross_site_request'],
    ['from the address bar', { 'sec-fetch-site': 'none' }, 'cross_site_request'],
  ])('%s: 403, and nothing is done', async (_name, headers, type) => {
    const browser = await signedIn(server)
    const before = await server.sql('SELECT count(*) FROM space')
    const given = { 'seam-workspace': server.workspaceId, ...headers }
    expectError(await browser.post('/spaces/create', { name: 'Ridden' }, given), 403, type)
    expectError(await browser.post('/console/sessions/delete_all', {}, headers), 403, type)
    expect(await server.sql('SELECT count(*) FROM space')).toEqual(before)
    expect((await browser.post('/console/sessions/get')).status).toBe(200)
  })

  test('the CSRF token of another session is none', async () => {
    const [one, two] = [await signedIn(server), await signedIn(server)]
    one.csrf = two.csrf
    expectError(await one.inWorkspace('/spaces/list'), 403, 'csrf_token_invalid')
  })

  test('the token is handed out to pages of this server alone', async () => {
    const browser = await signedIn(server)
    for (const headers of [
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[])
      expectError(await browser.post('/console/sessions/get', {}, headers), 403, 'cross_site_request')
    const unsaid = await fetch(`${server.url}/console/sessions/get`, {
      method: 'POST',
      headers: { cookie: browser.cookie },
    })
    expect(unsaid.status).toBe(403)
  })

  test('nobody is signed in by a page of another origin', async () => {
    const reply = await newBrowser(server).post(
      '/console/sessions/create',
      { email_address: OWNER, password: await passwordOf(server) },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    )
    expectError(reply, 403, 'cross_site_request')
    expect(reply.headers.get('set-cookie')).toBeNull()
  })

  test('no answer under /console is for other origins, and none that rides on a cookie allows credentials', async () => {
    const browser = await signedIn(server)
    const elsewhere = { origin: 'https://evil.example' }
    for (const path of ['/console/sessions/get', '/console/sessions/create', '/console/nothing']) {
      const { headers } = await browser.post(path, {}, elsewhere)
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('access-control-allow-credentials')).toBeNull()
    }
    const { headers } = await browser.post('/spaces/list', {}, elsewhere)
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })
})

describe('guessing', () => {
  test('what is wrong, the address or the password, is not told', async () => {
    await using own = await startTestServer()
    const wrong = await newBrowser(own).signIn(OWNER, 'a wrong password')
    const nobody = await newBrowser(own).signIn('nobody@example.com', 'a wrong password')
    expectError(wrong, 401, 'invalid_login')
    expect(nobody.body['error'].message).toBe(wrong.body['error'].message)
    expect(wrong.headers.get('set-cookie')).toBeNull()
  })

  test('is slowed: after five wrong ones the account waits at this address, with or without an account', async () => {
    let skipMs = 0
    const clock: Clock = { now: () => Date.now() + skipMs }
    await using own = await startTestServer({ clock })
    const password = await passwordOf(own)
    for (const mail of [OWNER, 'nobody@example.com']) {
      // All at once: what was sent before the first was answered counts too.
      const replies = await Promise.all(
        Array.from({ length: 8 }, () => newBrowser(own).signIn(mail, 'a wrong password')),
      )
      expect(replies.map(({ status }) => status).sort()).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
    }
    const refused = await newBrowser(own).signIn(OWNER, password)
    expectError(refused, 429, 'rate_limit_exceeded')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500)
    skipMs += 11 * 60_000
    expect((await newBrowser(own).signIn(OWNER, password)).status).toBe(200)
  })

  test('over many accounts the address waits', async () => {
    await using own = await startTestServer()
    const statuses = new Set<number>()
    for (let i = 0; i < 31; i++)
      statuses.add((await newBrowser(own).signIn(`person${String(i)}@example.com`, 'a wrong password')).status)
    expect([...statuses]).toEqual([401, 429])
  })

  test('those who know their password are not slowed', async () => {
    await using own = await startTestServer()
    const password = await passwordOf(own)
    for (let i = 0; i < 12; i++) expect((await newBrowser(own).signIn(OWNER, password)).status).toBe(200)
  })

  test('a hash of older parameters is made anew at the next sign-in', async () => {
    await using own = await startTestServer()
    const password = await passwordOf(own)
    const { hash } = await import('@node-rs/argon2')
    const older = await hash(password, { memoryCost: 8192, timeCost: 1, parallelism: 1 })
    await own.sql('UPDATE app_user SET password_hash = $1', [older])
    expect((await newBrowser(own).signIn(OWNER, password)).status).toBe(200)
    const [user] = await own.sql<{ password_hash: string }>('SELECT password_hash FROM app_user')
    expect(user?.password_hash).toContain('$m=19456,t=2,p=1$')
    expect((await newBrowser(own).signIn(OWNER, password)).status).toBe(200)
  })
})

describe('the end of a session', () => {
  test('comes twelve hours after its last use, and seven days after the sign-in', async () => {
    let skipMs = 0
    const clock: Clock = { now: () => Date.now() + skipMs }
    await using own = await startTestServer({ clock })
    const browser = await signedIn(own)
    for (let hours = 0; hours < 165; hours += 11) {
      expect((await browser.inWorkspace('/spaces/list')).status, `after ${String(hours)} hours`).toBe(200)
      skipMs += 11 * 3_600_000
    }
    skipMs += 4 * 3_600_000
    expectError(await browser.inWorkspace('/spaces/list'), 401, 'unauthorized')
    const idle = await signedIn(own)
    skipMs += 12 * 3_600_000 + 1000
    expectError(await idle.inWorkspace('/spaces/list'), 401, 'unauthorized')
  })

  test('behind https the cookie is for this host alone', async () => {
    await using own = await startTestServer({ env: { LOCKSTITCH_PUBLIC_URL: 'https://locks.example.com' } })
    const browser = newBrowser(own)
    const origin = { origin: 'https://locks.example.com' }
    const login = { email_address: OWNER, password: await passwordOf(own) }
    const reply = await browser.post('/console/sessions/create', login, origin)
    expect(reply.headers.get('set-cookie')).toMatch(/^__Host-lockstitch_console_session=.*; Path=\/; .*; Secure$/)
    expect((await browser.post('/workspaces/list', {}, origin)).status).toBe(200)
    // Under the same name without TLS, anybody on the way can write pages.
    const insecure = { origin: 'http://locks.example.com', host: 'locks.example.com' }
    expectError(await browser.post('/workspaces/list', {}, insecure), 403, 'cross_site_request')
  })
})
