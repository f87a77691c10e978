/** The log of deliveries, sending again, test sends. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sweepWebhookAttempts } from '../../src/store/webhooks.ts'
import { systemClock } from '../../src/system-clock.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { startReceiver } from '../support/webhook-receiver.ts'
import { at, deliveries, deliveryOf, makeSpace, makeWebhook } from './support.ts'

const start = '2030-05-01T12:00:00.000Z'

/** The one delivery of a webhook. */
async function theDelivery(server: TestServer, webhook_id: string) {
  const [delivery, ...more] = await deliveries(server, { webhook_id })
  expect(more).toEqual([])
  if (delivery === undefined) throw new Error('no delivery')
  return delivery
}

test('a receiver down for three attempts gets the fourth 35 min 5 s after the first, and the log tells each', async () => {
  await using server = await startTestServer({ frozenAt: start })
  await using receiver = await startReceiver()
  const { webhook_id, secret } = await makeWebhook(server, receiver.url, ['space.created'])
  receiver.next(500, { redirect: 'http://127.0.0.1:1/' }, 503)
  await makeSpace(server)
  await server.advance(at(start, 3600))
  const { webhook_delivery_id, svix_id } = await theDelivery(server, webhook_id)
  const delivery = await deliveryOf(server, webhook_delivery_id)
  expect(delivery).toMatchObject({ status: 'delivered', attempt_count: 4, event_type: 'space.created' })
  const { duration_ms } = delivery.attempts[0] ?? {}
  expect(duration_ms).toBeGreaterThanOrEqual(0)
  const body = '{"received":true}'
  expect(delivery.attempts).toEqual(
    [
      [0, 500, 'status 500'],
      [5, 302, 'status 302: redirects are not followed'],
      [305, 503, 'status 503'],
      [2105, 200, null],
    ].map(([seconds, status_code, error], i) => ({
      attempt_number: i + 1,
      started_at: at(start, Number(seconds)),
      duration_ms: expect.any(Number),
      is_successful: error === null,
      status_code,
      error,
      response_body: body,
    })),
  )
  expect(receiver.received.map(({ headers }) => headers['svix-id'])).toEqual(Array(4).fill(svix_id))
  for (const request of receiver.received) expect(receiver.verify(request, secret)).toEqual(request.event)
})

describe('one server', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('a delivery is listed by webhook, event, status and time, in pages', async () => {
    await using receiver = await startReceiver()
    const { webhook_id } = await makeWebhook(server, receiver.url, ['space.created'])
    const other = await makeWebhook(server, receiver.url, ['space.created'])
    for (const name of ['A', 'B', 'C']) await makeSpace(server, name)
    await server.settle()
    const all = await deliveries(server, { webhook_id })
    expect(all.map(({ status, event_type }) => [status, event_type])).toEqual(
      Array(3).fill(['delivered', 'space.created']),
    )
    const [first, second] = all
    const of = await deliveries(server, { event_id: first?.event_id })
    expect(of.map((one) => one.webhook_id).sort()).toEqual([webhook_id, other.webhook_id].sort())
    expect(await deliveries(server, { webhook_id, status: 'failed' })).toEqual([])
    const { event } = await server.ok('/events/get', { event_id: second?.event_id })
    expect(await deliveries(server, { webhook_id, since: event.created_at })).toEqual(all.slice(1))
    const page = await server.ok('/webhooks/deliveries/list', { webhook_id, limit: 2 })
    expect(page['webhook_deliveries']).toEqual(all.slice(0, 2))
    expect(page['pagination'].has_next_page).toBe(true)
    const { next_page_cursor } = page['pagination']
    const rest = await server.ok('/webhooks/deliveries/list', { webhook_id, limit: 2, page_cursor: next_page_cursor })
    expect(rest['webhook_deliveries']).toEqual(all.slice(2))
    expect(rest['pagination']).toMatchObject({ has_next_page: false, next_page_cursor: null })
  })

  test('what is not there says so', async () => {
    const nothing = '00000000-0000-4000-8000-000000000000'
    for (const operation of ['get', 'resend']) {
      expect(await server.post(`/webhooks/deliveries/${operation}`, { webhook_delivery_id: nothing })).toMatchObject({
        status: 404,
        body: { error: { type: 'webhook_delivery_not_found' } },
      })
    }
    for (const body of [
      { webhook_id: nothing, since: start },
      { webhook_id: nothing, event_type: 'space.created' },
    ]) {
      const path = 'since' in body ? '/webhooks/deliveries/resend' : '/webhooks/test'
      expect(await server.post(path, body)).toMatchObject({
        status: 404,
        body: { error: { type: 'webhook_not_found' } },
      })
    }
    expect(await server.post('/webhooks/deliveries/resend', {})).toMatchObject({ status: 400 })
    expect(await server.post('/webhooks/deliveries/resend', { webhook_id: nothing })).toMatchObject({ status: 400 })
    expect(
      await server.post('/webhooks/deliveries/resend', { webhook_delivery_id: nothing, since: start }),
    ).toMatchObject({ status: 400 })
  })

  test('one is sent again at once, under the same id, with a new line in the log', async () => {
    await using receiver = await startReceiver()
    const { webhook_id, secret } = await makeWebhook(server, receiver.url, ['space.created'])
    await makeSpace(server)
    await receiver.waitFor(1)
    await server.settle()
    const { webhook_delivery_id } = await theDelivery(server, webhook_id)
    expect(await server.ok('/webhooks/deliveries/resend', { webhook_delivery_id })).toMatchObject({ resent_count: 1 })
    const [first, second] = await receiver.waitFor(2)
    await server.settle()
    if (second === undefined) throw new Error('nothing came')
    expect(second.headers['svix-id']).toBe(first?.headers['svix-id'])
    expect(receiver.verify(second, secret)).toEqual(first?.event)
    const { attempts, status } = await deliveryOf(server, webhook_delivery_id)
    expect(status).toBe('delivered')
    expect(attempts.map(({ attempt_number, status_code }) => [attempt_number, status_code])).toEqual([
      [1, 200],
      [2, 200],
    ])
  })

  test('the same request to send again, asked twice under one key, sends once', async () => {
    await using receiver = await startReceiver()
    const { webhook_id } = await makeWebhook(server, receiver.url, ['space.created'])
    await makeSpace(server)
    await server.settle()
    const { webhook_delivery_id } = await theDelivery(server, webhook_id)
    for (let i = 0; i < 2; i++) {
      const reply = await server.post('/webhooks/deliveries/resend', { webhook_delivery_id }, server.apiKey, {
        'idempotency-key': 'resend-1',
      })
      expect(reply.body['resent_count']).toBe(1)
      await server.settle()
    }
    expect(receiver.received).toHaveLength(2)
  })

  test('a test is sent now, signed, and its outcome is the answer', async () => {
    await using receiver = await startReceiver()
    const { webhook_id, secret } = await makeWebhook(server, receiver.url, ['space.created'])
    const send = async (event_type = 'access_method.issued') =>
      (await server.ok('/webhooks/test', { webhook_id, event_type }))['webhook_test'] as Record<string, unknown>
    const tested = await send()
    const [request] = receiver.received
    if (request === undefined) throw new Error('nothing came')
    expect(receiver.verify(request, secret)).toEqual(request.event)
    expect(request.event).toMatchObject({ event_type: 'access_method.issued', is_test: true })
    expect(tested).toMatchObject({
      webhook_id,
      event_id: request.event.event_id,
      svix_id: request.headers['svix-id'],
      is_successful: true,
      status_code: 200,
      error: null,
      response_body: '{"received":true}',
      is_webhook_enabled_again: false,
    })
    expect(tested['duration_ms']).toEqual(expect.any(Number))
    receiver.next(500)
    expect(await send()).toMatchObject({ is_successful: false, status_code: 500, error: 'status 500' })
    await receiver.stop()
    expect(await send()).toMatchObject({
      is_successful: false,
      status_code: null,
      error: 'connection refused',
      response_body: null,
    })
    // It is no event and no delivery.
    expect(await server.post('/events/get', { event_id: request.event.event_id })).toMatchObject({ status: 404 })
    expect(await deliveries(server, { webhook_id })).toEqual([])
    for (const event_type of ['*', 'door.opened'])
      expect(await server.post('/webhooks/test', { webhook_id, event_type })).toMatchObject({ status: 400 })
  })
})

test('what a webhook has not taken since a time is sent again, and its waits begin anew', async () => {
  await using server = await startTestServer({ frozenAt: start })
  await using receiver = await startReceiver()
  const { webhook_id } = await makeWebhook(server, receiver.url, ['space.created'])
  await makeSpace(server, 'taken')
  await server.settle()
  // Lists are in order of time.
  await server.advance(at(start, 1))
  receiver.otherwise = 500
  await makeSpace(server, 'too early')
  await server.advance(at(start, 100_000))
  const since = at(start, 100_001)
  await server.advance(since)
  await makeSpace(server, 'given up')
  await server.advance(at(start, 250_000))
  await makeSpace(server, 'waiting')
  await server.settle()
  const stand = async () =>
    (await deliveries(server, { webhook_id })).map(({ status, attempt_count }) => [status, attempt_count])
  expect(await stand()).toEqual([
    ['delivered', 1],
    ['failed', 8],
    ['failed', 8],
    ['pending', 1],
  ])
  expect(await server.ok('/webhooks/deliveries/resend', { webhook_id, since })).toMatchObject({ resent_count: 2 })
  await server.settle()
  // Failed again: five seconds until the next, as after the first failure.
  const pending = await deliveries(server, { webhook_id, status: 'pending' })
  expect(pending.map(({ attempt_count, next_attempt_at }) => [attempt_count, next_attempt_at])).toEqual([
    [9, at(start, 250_005)],
    [2, at(start, 250_005)],
  ])
  receiver.otherwise = 200
  await server.advance(at(start, 250_005))
  expect(await stand()).toEqual([
    ['delivered', 1],
    ['failed', 8],
    ['delivered', 10],
    ['delivered', 3],
  ])
  const before = receiver.received.length
  const all = { webhook_id, since: start, include_delivered: true }
  expect(await server.ok('/webhooks/deliveries/resend', all)).toMatchObject({ resent_count: 4 })
  await server.settle()
  expect(receiver.received).toHaveLength(before + 4)
  expect(new Set(receiver.received.map(({ headers }) => headers['svix-id'])).size).toBe(4)
})

test('the log goes with its delivery, and tries are swept after 30 days', async () => {
  let ahead = 0
  await using server = await startTestServer({ clock: { now: () => systemClock.now() + ahead } })
  await using receiver = await startReceiver()
  const { webhook_id } = await makeWebhook(server, receiver.url, ['space.created'])
  await makeSpace(server)
  await server.settle()
  const { webhook_delivery_id } = await theDelivery(server, webhook_id)
  const { store, clock } = server.server.services
  const sweep = () => sweepWebhookAttempts(store, new Date(clock.now()).toISOString())
  ahead = 29.9 * 24 * 3_600_000
  await sweep()
  expect((await deliveryOf(server, webhook_delivery_id)).attempts).toHaveLength(1)
  ahead = 30.1 * 24 * 3_600_000
  await sweep()
  expect((await deliveryOf(server, webhook_delivery_id)).attempts).toEqual([])
  await server.ok('/webhooks/deliveries/resend', { webhook_delivery_id })
  await server.settle()
  expect((await deliveryOf(server, webhook_delivery_id)).attempts).toHaveLength(1)
  await server.ok('/webhooks/delete', { webhook_id })
  expect(await server.sql('SELECT 1 FROM webhook_attempt')).toEqual([])
})
