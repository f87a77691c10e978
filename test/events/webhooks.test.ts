import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { systemClock } from '../../src/system-clock.ts'
import { sdkGenerations } from '../clients/sdks.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { startReceiver } from '../support/webhook-receiver.ts'

const at = (start: string, seconds: number) => new Date(Date.parse(start) + seconds * 1000).toISOString()

async function makeWebhook(server: TestServer, url: string, event_types?: string[]) {
  const { webhook } = await server.ok('/webhooks/create', {
    url,
    ...(event_types === undefined ? {} : { event_types }),
  })
  return webhook as { webhook_id: string; url: string; event_types: string[]; secret: string }
}

/** Something that makes one event, `space.created`. */
async function makeSpace(server: TestServer, name = 'Lobby'): Promise<string> {
  const { space } = await server.ok('/spaces/create', { name })
  return space.space_id as string
}

describe('webhooks', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  afterEach(async () => {
    const { webhooks } = await server.ok('/webhooks/list')
    for (const { webhook_id } of webhooks as { webhook_id: string }[])
      await server.ok('/webhooks/delete', { webhook_id })
  })

  test.each(sdkGenerations)('are made, read, changed and deleted by $name', async (generation) => {
    const seam = server.seam(generation)
    const url = 'https://hooks.example.com/seam'
    const made = await seam.webhooks.create({ url })
    expect(made).toMatchObject({ url, event_types: ['*'] })
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]+=*$/)
    expect(await seam.webhooks.get({ webhook_id: made.webhook_id })).toEqual(made)
    await seam.webhooks.update({ webhook_id: made.webhook_id, event_types: ['access_method.issued'] })
    expect(await seam.webhooks.list()).toContainEqual({ ...made, event_types: ['access_method.issued'] })
    await seam.webhooks.delete({ webhook_id: made.webhook_id })
    await expect(seam.webhooks.get({ webhook_id: made.webhook_id })).rejects.toMatchObject({
      code: 'webhook_not_found',
    })
    await expect(seam.webhooks.delete({ webhook_id: made.webhook_id })).rejects.toMatchObject({
      code: 'webhook_not_found',
    })
  })

  test('keep their secret sealed at rest', async () => {
    const { webhook_id, secret } = await makeWebhook(server, 'https://hooks.example.com/')
    const rows = await server.sql<{ row: string }>(
      'SELECT to_jsonb(w)::text AS row FROM webhook w WHERE webhook_id = $1',
      [webhook_id],
    )
    expect(rows[0]?.row).not.toContain(secret.slice('whsec_'.length))
  })

  test('take the documented event type that is not in the published schema', async () => {
    const type = 'access_method.card_assignment_required'
    expect((await makeWebhook(server, 'https://hooks.example.com/', [type, type])).event_types).toEqual([type])
    await server.ok('/events/list', { event_type: type, since: '2020-01-01' })
    await server.ok('/events/list', { event_types: [type], since: '2020-01-01' })
  })

  test('refuse event types that do not exist', async () => {
    const refused = {
      status: 400,
      body: { error: { type: 'invalid_event_types', data: { invalid_event_types: ['door.opened'] } } },
    }
    const url = 'https://hooks.example.com/'
    expect(await server.post('/webhooks/create', { url, event_types: ['*', 'door.opened'] })).toMatchObject(refused)
    const { webhook_id } = await makeWebhook(server, url)
    expect(await server.post('/webhooks/update', { webhook_id, event_types: ['door.opened'] })).toMatchObject(refused)
    expect(await server.post('/webhooks/update', { webhook_id: 'no id', event_types: [] })).toMatchObject({
      status: 404,
    })
  })

  test.each([
    'ftp://example.com/',
    'hooks.example.com',
    '/hook',
    'http://10.0.0.1/',
    'http://169.254.169.254/',
    'http://printer.local/',
    'http://0/',
  ])('refuse the url %s', async (url) => {
    const { status, body } = await server.post('/webhooks/create', { url })
    expect({ status, type: body.error.type }).toEqual({ status: 400, type: 'invalid_input' })
    expect(body.error.validation_errors.url._errors).toHaveLength(1)
  })

  test('deliver the event as events/get shows it, signed for the official verifier', async () => {
    await using receiver = await startReceiver()
    const { secret } = await makeWebhook(server, receiver.url, ['space.created'])
    const space_id = await makeSpace(server)
    const [request] = await receiver.waitFor(1)
    if (request === undefined) throw new Error('nothing came')
    expect(request.event).toMatchObject({ event_type: 'space.created', space_id, workspace_id: server.workspaceId })
    expect(receiver.verify(request, secret)).toEqual(request.event)
    const { event } = await server.ok('/events/get', { event_id: request.event.event_id })
    expect(event).toEqual(request.event)
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'svix-id': expect.stringMatching(/^msg_\w+$/),
      'webhook-id': request.headers['svix-id'],
      'webhook-timestamp': request.headers['svix-timestamp'],
      'webhook-signature': request.headers['svix-signature'],
    })
    await server.ok('/spaces/delete', { space_id })
    await server.settle()
    expect(receiver.received).toHaveLength(1)
  })

  test('each get their own message of one event', async () => {
    await using receiver = await startReceiver()
    await makeWebhook(server, receiver.url)
    await makeWebhook(server, receiver.url)
    await makeSpace(server)
    const requests = await receiver.waitFor(2, 'space.created')
    expect(new Set(requests.map(({ headers }) => headers['svix-id'])).size).toBe(2)
    expect(new Set(requests.map(({ event }) => event.event_id)).size).toBe(1)
  })

  test('are delivered again under the same id when the server dies between sending and recording', async () => {
    await using receiver = await startReceiver()
    const { webhook_id } = await makeWebhook(server, receiver.url, ['space.created'])
    await makeSpace(server)
    await receiver.waitFor(1)
    await server.settle()
    // What such a death leaves: the row as it was before, and the job.
    await server.sql(`UPDATE webhook_delivery SET status = 'pending', attempt_count = 0 WHERE webhook_id = $1`, [
      webhook_id,
    ])
    await server.sql(
      `INSERT INTO job (workspace_id, kind, key, run_at) SELECT workspace_id, 'deliver_webhook', webhook_delivery_id::text, created_at FROM webhook_delivery WHERE webhook_id = $1`,
      [webhook_id],
    )
    await server.settle()
    const ids = receiver.received.map(({ headers }) => headers['svix-id'])
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(ids[1])
  })

  test('that hang do not hold up others', async () => {
    await using hanging = await startReceiver()
    await using healthy = await startReceiver()
    hanging.otherwise = 'hang'
    const slow = await makeWebhook(server, hanging.url, ['space.created'])
    const quick = await makeWebhook(server, healthy.url, ['space.created'])
    await Promise.all(Array.from({ length: 150 }, (_, i) => makeSpace(server, `Room ${i}`)))
    const began = performance.now()
    await healthy.waitFor(150, 'space.created', 8000)
    expect(performance.now() - began).toBeLessThan(8000)
    expect(hanging.received.length).toBeLessThanOrEqual(16)
    for (const { webhook_id } of [slow, quick]) await server.ok('/webhooks/delete', { webhook_id })
    await hanging.stop()
    await server.settle()
  }, 60_000)
})

describe('the ladder', () => {
  const start = '2030-05-01T12:00:00.000Z'

  test('a receiver that fails three times gets the fourth try 35 min 5 s after the first, by the clock of the workspace', async () => {
    // The machine's clock goes on a second at each look, so that a fresh timestamp shows.
    let ahead = 0
    await using server = await startTestServer({ clock: { now: () => systemClock.now() + ahead } })
    await server.freeze(start)
    await using receiver = await startReceiver()
    const { secret } = await makeWebhook(server, receiver.url, ['space.created'])
    receiver.next(500, { redirect: 'http://127.0.0.1:1/' }, 503)
    await makeSpace(server)
    await server.settle()
    const counts = [receiver.received.length]
    for (const seconds of [4.999, 5, 304.999, 305, 2104.999, 2105, 100_000]) {
      ahead += 1000
      await server.advance(at(start, seconds))
      counts.push(receiver.received.length)
    }
    expect(counts).toEqual([1, 1, 2, 2, 3, 3, 4, 4])
    expect(new Set(receiver.received.map(({ headers }) => headers['svix-id'])).size).toBe(1)
    const times = receiver.received.map(({ headers }) => Number(headers['svix-timestamp']))
    expect(new Set(times).size).toBe(4)
    for (const request of receiver.received) expect(receiver.verify(request, secret)).toEqual(request.event)
    const rows = await server.sql(
      'SELECT status, attempt_count, last_status_code, last_error, next_attempt_at FROM webhook_delivery',
    )
    expect(rows).toEqual([
      { status: 'delivered', attempt_count: 4, last_status_code: 200, last_error: null, next_attempt_at: null },
    ])
  })

  test('ends after eight tries', async () => {
    await using server = await startTestServer({ frozenAt: start })
    await using receiver = await startReceiver()
    receiver.otherwise = 500
    await makeWebhook(server, receiver.url, ['space.created'])
    await makeSpace(server)
    await server.advance(at(start, 30 * 24 * 3600))
    expect(receiver.received).toHaveLength(8)
    const rows = await server.sql(
      'SELECT status, attempt_count, last_status_code, last_error, next_attempt_at, last_attempt_at FROM webhook_delivery',
    )
    const hours = (5 + 300 + 1800) / 3600 + 2 + 5 + 10 + 10
    expect(rows).toEqual([
      {
        status: 'failed',
        attempt_count: 8,
        last_status_code: 500,
        last_error: 'status 500',
        next_attempt_at: null,
        last_attempt_at: new Date(at(start, hours * 3600)),
      },
    ])
    // Systems are looked at for ever; nothing else is left to do.
    expect(await server.sql(`SELECT 1 FROM job WHERE kind <> 'sync_system'`)).toEqual([])
  })

  test('a deleted webhook gets nothing more', async () => {
    await using server = await startTestServer({ frozenAt: start })
    await using receiver = await startReceiver()
    receiver.otherwise = 500
    const { webhook_id } = await makeWebhook(server, receiver.url, ['space.created'])
    await makeSpace(server)
    await server.settle()
    await server.ok('/webhooks/delete', { webhook_id })
    await server.advance(at(start, 3600))
    expect(receiver.received).toHaveLength(1)
    expect(await server.sql('SELECT 1 FROM webhook_delivery')).toEqual([])
    expect(await server.sql(`SELECT 1 FROM job WHERE kind = 'deliver_webhook'`)).toEqual([])
  })

  test('outlives a restart', async () => {
    const secretKey = randomBytes(32).toString('base64')
    await using receiver = await startReceiver()
    receiver.next(500)
    await using first = await startTestServer({ frozenAt: start, env: { LOCKSTITCH_SECRET_KEY: secretKey } })
    const { secret } = await makeWebhook(first, receiver.url, ['space.created'])
    await makeSpace(first)
    await first.settle()
    expect(receiver.received).toHaveLength(1)
    const [row] = await first.sql<{ name: string }>('SELECT current_database() AS name')
    await first.server.stop()

    const { host, port, user, password } = inject('postgres')
    const database = `postgresql://${user}:${encodeURIComponent(password)}@/${row?.name}?host=${encodeURIComponent(host)}&port=${port}`
    await using second = await startTestServer({
      env: {
        LOCKSTITCH_SECRET_KEY: secretKey,
        DATABASE_URL: database,
        LOCKSTITCH_SANDBOX_API_KEY: 'seam_testrestart_afterthecrash',
      },
    })
    await second.advance(at(start, 5))
    expect(receiver.received).toHaveLength(2)
    const [before, after] = receiver.received
    if (before === undefined || after === undefined) throw new Error('a try is missing')
    expect(after.headers['svix-id']).toBe(before.headers['svix-id'])
    expect(receiver.verify(after, secret)).toEqual(before.event)
  })
})
