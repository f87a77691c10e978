/** Dead receivers hold up nobody else's events. */
import { afterEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts'
import { deliveries, makeSpace, makeWebhook } from './support.ts'

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]()
})

async function receiverThat(answers: 'hang' | 200): Promise<Receiver> {
  const receiver = await startReceiver()
  receiver.otherwise = answers
  opened.push(receiver)
  return receiver
}

/** Milliseconds from the change to the receiver's having its event, `times` times over. */
async function delays(server: TestServer, receiver: Receiver, times: number): Promise<number[]> {
  const measured: number[] = []
  for (let i = 0; i < times; i++) {
    const count = receiver.received.length + 1
    const { user_identity } = await server.ok('/user_identities/create', { full_name: `Guest ${i}` })
    const acs_system_id = await server.systemOf('salto_space')
    const began = performance.now()
    const { acs_user } = await server.ok('/acs/users/create', {
      acs_system_id,
      user_identity_id: user_identity.user_identity_id,
      full_name: `Guest ${i}`,
    })
    await receiver.waitFor(count, 'acs_user.created', 20_000)
    measured.push(performance.now() - began)
    expect(acs_user.acs_user_id).toBe(receiver.received.at(-1)?.event['acs_user_id'])
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return measured
}

/** Deliveries without a request: hundreds of events as a busy hour leaves them. */
async function pileUp(server: TestServer, webhook_id: string, count: number): Promise<void> {
  await server.sql(
    `WITH made AS (
       INSERT INTO event (workspace_id, event_id, event_type, payload, subject_ids, occurred_at, created_at)
       SELECT workspace_id, gen_random_uuid(), event_type, payload, subject_ids, occurred_at, created_at
         FROM (SELECT * FROM event WHERE event_type = 'space.created' LIMIT 1) e, generate_series(1, $2)
       RETURNING workspace_id, event_id, created_at),
     due AS (
       INSERT INTO webhook_delivery (workspace_id, webhook_id, event_id, next_attempt_at, created_at)
       SELECT workspace_id, $1, event_id, created_at, created_at FROM made
       RETURNING workspace_id, webhook_delivery_id, created_at)
     INSERT INTO job (workspace_id, kind, key, run_at)
     SELECT workspace_id, 'deliver_webhook', webhook_delivery_id::text, created_at FROM due`,
    [webhook_id, count],
  )
}

// Again once: the machine is busy with other tests.
test.each([
  ['one dead endpoint with 500 deliveries', 1, 500],
  ['six dead endpoints with 100 deliveries each', 6, 100],
])(
  '%s: a healthy one gets each event soon, from the first moment on',
  async (_name, dead, each) => {
    await using server = await startTestServer()
    const healthy = await receiverThat(200)
    await makeWebhook(server, healthy.url, ['acs_user.created'])
    const hanging = await Promise.all(Array.from({ length: dead }, () => receiverThat('hang')))
    const made = await Promise.all(hanging.map((receiver) => makeWebhook(server, receiver.url, ['space.created'])))
    await makeSpace(server)
    await delays(server, healthy, 2)
    await Promise.all(made.map(({ webhook_id }) => pileUp(server, webhook_id, each)))
    // Over the time of the first timeouts, at 15 s.
    const measured: number[] = await delays(server, healthy, 8)
    await new Promise((resolve) => setTimeout(resolve, 13_000))
    measured.push(...(await delays(server, healthy, 8)))
    console.info(`${String(Math.round(Math.max(...measured)))} ms at the most: ${measured.map(Math.round).join(' ')}`)
    // A dead one takes 15 s for each try, and hundreds wait.
    expect(Math.max(...measured)).toBeLessThan(3000)
    for (const receiver of hanging) expect(receiver.received.length).toBeGreaterThan(0)
    for (const { webhook_id } of made) {
      expect(await deliveries(server, { webhook_id, status: 'pending', limit: 1000 })).toHaveLength(each + 1)
      await server.ok('/webhooks/delete', { webhook_id })
    }
  },
  90_000,
)
