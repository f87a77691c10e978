/** What changes is told to open consoles at once, whichever process changes it; and to nobody else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../support/process.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { newBrowser, openStream, signedIn, type Browser, type LiveStream } from './support.ts'

let server: TestServer
/** Another server on the same database. */
let second: TestServer
let browser: Browser
beforeAll(async () => {
  server = await startTestServer()
  second = await startTestServer({ env: { ...server.env, LOCKSTITCH_ROLES: 'api' } })
  browser = await signedIn(server)
}, 120_000)
afterAll(async () => {
  await second[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const kindsOf = (stream: LiveStream): string[] => [...new Set(stream.changes.flatMap(({ kinds }) => kinds))]
const told = (stream: LiveStream, kind: string): Promise<unknown> =>
  until(async () => kindsOf(stream).includes(kind), 10)

describe('changes are told', () => {
  test('an encode started at another process shows within a second, from its begin to its end', async () => {
    const { access_grant } = await server.ok('/access_grants/create', {
      user_identity: { full_name: 'Jane Doe' },
      acs_entrance_ids: [await server.entrance('salto_space', 'Room 101')],
      requested_access_methods: [{ mode: 'card' }],
    })
    await server.settle()
    await using stream = await browser.listen()
    expect(stream.status).toBe(200)
    const { body } = await second.post(
      '/access_methods/encode',
      {
        access_method_id: access_grant.access_method_ids[0],
        acs_encoder_id: await server.encoder('salto_space'),
      },
      server.apiKey,
    )
    const startedAt = performance.now()
    const { action_attempt_id } = body['action_attempt']
    await until(async () => stream.changes.some((one) => one.action_attempt_ids.includes(action_attempt_id)), 10)
    expect(performance.now() - startedAt).toBeLessThan(1000)
    const issued = await until(
      async () =>
        stream.changes.flatMap(({ events }) => events).find((one) => one.event_type === 'access_method.issued'),
      30,
    )
    expect(issued).toMatchObject({
      access_method_id: access_grant.access_method_ids[0],
      occurred_at: expect.stringMatching(/Z$/),
    })
    expect(kindsOf(stream)).toEqual(
      expect.arrayContaining(['access_method', 'acs_credential', 'action_attempt', 'event', 'sandbox']),
    )
  })

  test('of this process too, and no name, PIN or card number among them', async () => {
    await using stream = await browser.listen()
    await server.ok('/user_identities/create', { full_name: 'Secretive Sam', email_address: 'sam@example.com' })
    await told(stream, 'user_identity')
    expect(JSON.stringify(stream.changes)).not.toMatch(/Secretive|sam@/)
  })

  test('what is set by a statement of its own, and the clock', async () => {
    await using stream = await browser.listen()
    await server.freeze()
    await told(stream, 'workspace')
    await server.ok('/sandbox/clock/resume')
  })

  test('many changes at once come in few messages', async () => {
    await using stream = await browser.listen()
    await Promise.all(Array.from({ length: 60 }, (_, i) => server.ok('/spaces/create', { name: `Space ${String(i)}` })))
    await told(stream, 'space')
    await until(async () => stream.changes.length > 0)
    expect(stream.changes.length).toBeLessThan(30)
  })

  test('of another workspace, nothing', async () => {
    const { workspace } = await browser.ok('/workspaces/create', { name: 'Quiet', is_sandbox: true })
    await using quiet = await browser.listen(workspace.workspace_id)
    await using loud = await browser.listen()
    await server.settle()
    await server.ok('/spaces/create', { name: 'Not there' })
    await told(loud, 'space')
    expect(kindsOf(quiet)).not.toContain('space')
  })
})

describe('who may listen', () => {
  test('members with a session, at pages of this server', async () => {
    const url = `${server.url}/console/live?workspace_id=${server.workspaceId}`
    const refused = async (stream: Promise<LiveStream>): Promise<number> => (await stream).status
    expect(await refused(newBrowser(server).listen())).toBe(401)
    expect(await refused(browser.listen('00000000-0000-4000-8000-000000000000'))).toBe(401)
    expect(await refused(browser.listen(''))).toBe(400)
    expect(await refused(openStream(url, browser.cookie, { origin: 'https://evil.example' }))).toBe(403)
    expect(await refused(openStream(url, browser.cookie, { 'sec-fetch-site': 'same-site' }))).toBe(403)
    const { headers } = await fetch(url, { headers: { cookie: browser.cookie, origin: 'https://evil.example' } })
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  test('at most twenty times at once', async () => {
    const streams = await Promise.all(Array.from({ length: 24 }, () => browser.listen()))
    try {
      expect(streams.filter(({ status }) => status === 429)).toHaveLength(4)
    } finally {
      for (const stream of streams) await stream[Symbol.asyncDispose]()
    }
    await until(async () => {
      await using again = await browser.listen()
      return again.status === 200
    })
  })

  test('no longer, when the session is ended at another process', async () => {
    const other = await signedIn(server)
    await using stream = await other.listen()
    const elsewhere = newBrowser(second)
    elsewhere.cookie = other.cookie
    elsewhere.csrf = other.csrf
    await elsewhere.ok('/console/sessions/delete')
    await stream.ended
    expect((await other.inWorkspace('/spaces/list')).status).toBe(401)
  })

  test('no longer, when the user is a member no more', async () => {
    const { workspace } = await browser.ok('/workspaces/create', { name: 'Left', is_sandbox: true })
    await using stream = await browser.listen(workspace.workspace_id)
    await server.sql(
      `WITH other AS (INSERT INTO app_user (user_id, created_at) VALUES (gen_random_uuid(), now()) RETURNING user_id)
       INSERT INTO workspace_member SELECT $1, user_id, 'owner', now() FROM other`,
      [workspace.workspace_id],
    )
    await server.sql(
      'DELETE FROM workspace_member WHERE workspace_id = $1 AND user_id = (SELECT user_id FROM app_user WHERE email_address IS NOT NULL)',
      [workspace.workspace_id],
    )
    await stream.ended
  })
})

test('a server that stops ends its streams at once', async () => {
  await using own = await startTestServer()
  await using stream = await (await signedIn(own)).listen()
  const startedAt = performance.now()
  const stopping = own.stop()
  await stream.ended
  // Not only when those who are slow to leave are cut off.
  expect(performance.now() - startedAt).toBeLessThan(3000)
  await stopping
})
