/** Secrets that take over from one another, and webhooks that fail for days. */
import { expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts'
import { at, deliveries, deliveryOf, makeSpace, makeWebhook } from './support.ts'

const start = '2030-05-01T12:00:00.000Z'
const DAY = 24 * 3600

async function rotate(server: TestServer, webhook_id: string) {
  const { webhook, previous_secret_ends_at } = await server.ok('/webhooks/rotate_secret', { webhook_id })
  return { secret: webhook.secret as string, previous_secret_ends_at: previous_secret_ends_at as string }
}

/** Which of the secrets the latest request can be verified with. */
function fitting(receiver: Receiver, secrets: string[]): boolean[] {
  const latest = receiver.received.at(-1)
  if (latest === undefined) throw new Error('nothing came')
  return secrets.map((secret) => {
    try {
      receiver.verify(latest, secret)
      return true
    } catch {
      return false
    }
  })
}

test('after a rotation both secrets hold for 24 hours, then the new one alone', async () => {
  await using server = await startTestServer({ frozenAt: start })
  await using receiver = await startReceiver()
  const { webhook_id, secret: first } = await makeWebhook(server, receiver.url, ['space.created'])
  const { secret: second, previous_secret_ends_at } = await rotate(server, webhook_id)
  expect(second).not.toBe(first)
  expect(previous_secret_ends_at).toBe(at(start, DAY))
  const { webhook } = await server.ok('/webhooks/get', { webhook_id })
  expect(webhook.secret).toBe(second)

  await server.advance(at(start, DAY - 1))
  await makeSpace(server)
  await server.settle()
  expect(fitting(receiver, [first, second])).toEqual([true, true])
  expect(receiver.received.at(-1)?.headers['svix-signature']).toMatch(/^v1,\S+ v1,\S+$/)

  // A try made after the end is signed with the new one alone, whenever its event happened.
  receiver.next(500)
  await makeSpace(server)
  await server.advance(at(start, DAY + 10))
  expect(fitting(receiver, [first, second])).toEqual([false, true])
  expect(receiver.received.at(-1)?.headers['svix-signature']).toMatch(/^v1,\S+$/)
})

test('of three secrets the latest two hold, and none rests in the database as it is', async () => {
  await using server = await startTestServer({ frozenAt: start })
  await using receiver = await startReceiver()
  const { webhook_id, secret: first } = await makeWebhook(server, receiver.url, ['space.created'])
  const { secret: second } = await rotate(server, webhook_id)
  const { secret: third } = await rotate(server, webhook_id)
  await makeSpace(server)
  await server.settle()
  expect(fitting(receiver, [first, second, third])).toEqual([false, true, true])
  const rows = await server.sql<{ row: string }>('SELECT to_jsonb(w)::text AS row FROM webhook w')
  for (const secret of [first, second, third]) expect(rows[0]?.row).not.toContain(secret.slice('whsec_'.length))
  expect(await server.post('/webhooks/rotate_secret', { webhook_id: server.workspaceId })).toMatchObject({
    status: 404,
  })
})

test('a webhook that fails for five days is disabled, told of, and loses nothing', async () => {
  await using server = await startTestServer({ frozenAt: start })
  await using dead = await startReceiver()
  await using witness = await startReceiver()
  dead.otherwise = 500
  const { webhook_id } = await makeWebhook(server, dead.url, ['space.created', 'webhook.disabled'])
  await makeWebhook(server, witness.url, ['webhook.disabled'])
  const warnings = async () =>
    ((await server.ok('/webhooks/get', { webhook_id }))['webhook'].warnings as { warning_code: string }[]).map(
      (one) => one.warning_code,
    )
  for (let day = 0; day < 5; day++) {
    await server.advance(at(start, day * DAY))
    await makeSpace(server, `Day ${day}`)
  }
  await server.advance(at(start, 5 * DAY - 1))
  expect(await warnings()).toEqual(['deliveries_failing'])
  expect(witness.received).toEqual([])

  await server.advance(at(start, 5 * DAY + 11 * 3600))
  const [told] = await witness.waitFor(1, 'webhook.disabled')
  expect(told?.event).toMatchObject({ webhook_id, failing_since: start })
  const { event } = await server.ok('/events/get', { event_id: told?.event.event_id })
  expect(event).toEqual(told?.event)
  expect(await warnings()).toContain('webhook_disabled')
  expect(new Set((await deliveries(server, { webhook_id })).map(({ status }) => status))).toEqual(
    new Set(['failed', 'held']),
  )

  // Nothing more is sent; what happens is written down.
  const tries = dead.received.length
  await makeSpace(server, 'Meanwhile')
  await server.advance(at(start, 8 * DAY))
  expect(dead.received).toHaveLength(tries)
  expect(witness.received).toHaveLength(1)
  const refused = { status: 400, body: { error: { type: 'webhook_disabled' } } }
  expect(await server.post('/webhooks/deliveries/resend', { webhook_id, since: start })).toMatchObject(refused)
  const [one] = await deliveries(server, { webhook_id })
  const { webhook_delivery_id = '' } = one ?? {}
  expect(await server.post('/webhooks/deliveries/resend', { webhook_delivery_id })).toMatchObject(refused)

  // A test that fails enables nothing, one that succeeds does.
  const send = async () =>
    (await server.ok('/webhooks/test', { webhook_id, event_type: 'space.created' }))['webhook_test']
  expect(await send()).toMatchObject({ is_successful: false, is_webhook_enabled_again: false })
  expect(await warnings()).toContain('webhook_disabled')
  dead.otherwise = 200
  expect(await send()).toMatchObject({ is_successful: true, is_webhook_enabled_again: true })
  expect(await warnings()).not.toContain('webhook_disabled')

  const missed = (await deliveries(server, { webhook_id })).filter(({ status }) => status !== 'delivered').length
  const since = String(told?.event['failing_since'])
  expect(await server.ok('/webhooks/deliveries/resend', { webhook_id, since })).toMatchObject({ resent_count: missed })
  await server.settle()
  const all = await deliveries(server, { webhook_id })
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['delivered']))
  const names = new Set(dead.received.map(({ event }) => event.event_id))
  for (const { event_id } of all) expect(names).toContain(event_id)
  expect(await warnings()).toEqual([])
  await makeSpace(server, 'Afterwards')
  await server.settle()
  expect((await deliveries(server, { webhook_id })).at(-1)?.status).toBe('delivered')
}, 60_000)

test('one success in the five days, or a single bad moment long after, disables nothing', async () => {
  await using server = await startTestServer({ frozenAt: start })
  await using receiver = await startReceiver()
  const { webhook_id } = await makeWebhook(server, receiver.url, ['space.created'])
  receiver.otherwise = 500
  await makeSpace(server)
  await server.advance(at(start, 2 * DAY))
  receiver.otherwise = 200
  await makeSpace(server)
  await server.settle()
  receiver.otherwise = 500
  await makeSpace(server)
  await server.advance(at(start, 6 * DAY))
  // Failing since the third day: three tries over five minutes, nine days later, are not yet enough.
  await server.advance(at(start, 12 * DAY))
  await makeSpace(server)
  await server.advance(at(start, 12 * DAY + 310))
  receiver.otherwise = 200
  await server.advance(at(start, 13 * DAY))
  const { webhook } = await server.ok('/webhooks/get', { webhook_id })
  expect((webhook.warnings as { warning_code: string }[]).map((one) => one.warning_code)).not.toContain(
    'webhook_disabled',
  )
  const last = (await deliveries(server, { webhook_id })).at(-1)
  expect((await deliveryOf(server, last?.webhook_delivery_id ?? '')).attempts.map((one) => one.is_successful)).toEqual([
    false,
    false,
    false,
    true,
  ])
}, 60_000)

test('a reset leaves webhooks enabled, with one secret', async () => {
  await using server = await startTestServer({ frozenAt: start })
  const { webhook_id } = await makeWebhook(server, 'http://127.0.0.1:9/', ['space.created'])
  await rotate(server, webhook_id)
  await server.sql(`UPDATE webhook SET disabled_at = now(), failing_since = now()`)
  await server.ok('/workspaces/reset_sandbox')
  await server.settle()
  expect(
    await server.sql('SELECT disabled_at, failing_since, previous_secret_sealed, previous_secret_ends_at FROM webhook'),
  ).toEqual([{ disabled_at: null, failing_since: null, previous_secret_sealed: null, previous_secret_ends_at: null }])
})
