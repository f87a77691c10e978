/**
 * `npm run demo`: the main job from grant to opened door, told as a story. A server of its own on a data folder of its
 * own, spoken to over HTTP like any other; everything that is said was answered by it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../config.ts'
import { silentLog } from '../log.ts'
import { startServer, type Server } from '../server.ts'
import { systemClock, systemIds } from '../system-clock.ts'

type Answer = Record<string, unknown>

const startedAt = performance.now()
const wide = process.stdout.isTTY

function say(text = ''): void {
  console.log(text)
}

function act(number: number, title: string): void {
  say()
  say(wide ? `\x1b[1m${number}. ${title}\x1b[0m` : `${number}. ${title}`)
}

async function main(): Promise<void> {
  say('Lockstitch demo: a guest arrives, gets a key card, and opens the right doors and no others.')
  say(
    'Everything runs on this machine: a real PostgreSQL, a virtual hotel with doors and encoders, and a small web server',
  )
  say('that stands for your own software and listens for news.')
  const folder = mkdtempSync(join(tmpdir(), 'lockstitch-demo-'))
  chmodSync(folder, 0o755)
  let server: Server | null = null
  try {
    say()
    say('Starting ...')
    server = await startServer({
      config: readConfig({ PORT: '0', LOCKSTITCH_DATA_DIR: folder, LOCKSTITCH_LOG_LEVEL: 'silent' }),
      clock: systemClock,
      ids: systemIds,
      log: silentLog,
      onProgress: (what) => say(`  ${what} ...`),
    })
    await tell(server)
    say()
    say(
      `That was the main job, in ${((performance.now() - startedAt) / 1000).toFixed(1)} s. Start your own server with: npm start`,
    )
  } finally {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function tell(server: Server): Promise<void> {
  const call = caller(server)
  const listener = await listen()
  const { webhook } = await call('/webhooks/create', { url: listener.url, event_types: ['access_method.issued'] })
  const secret = text(webhook, 'secret')

  act(1, 'The hotel')
  const [system = {}] = list(await call('/acs/systems/list'), 'acs_systems')
  const acs_system_id = text(system, 'acs_system_id')
  const doors = list(await call('/acs/entrances/list', { acs_system_id }), 'acs_entrances')
  const door = (name: string): string =>
    text(doors.find((one) => one['display_name'] === name) ?? {}, 'acs_entrance_id')
  say(
    `   It runs a ${text(system, 'external_type_display_name')}. Its doors: ${doors.map((one) => text(one, 'display_name')).join(', ')}.`,
  )

  act(2, 'The booking')
  // The story's clock stands at the morning of arrival, whatever day it is for you.
  await call('/sandbox/clock/freeze', { now: '2030-06-01T09:00:00.000Z' })
  const { access_grant } = await call('/access_grants/create', {
    user_identity: { full_name: 'Jane Doe' },
    acs_entrance_ids: [door('Main Entrance'), door('Room 101')],
    requested_access_methods: [{ mode: 'card' }],
    starts_at: '2030-06-01T15:00:00.000Z',
    ends_at: '2030-06-04T11:00:00.000Z',
  })
  say('   Jane Doe gets Room 101 and the Main Entrance, from 1 June 15:00 to 4 June 11:00 (UTC), with a key card.')
  const [access_method_id = ''] = strings(access_grant, 'access_method_ids')
  await call('/sandbox/settle')
  const before = await call('/access_methods/get', { access_method_id })
  say(
    `   The hotel system knows her. Her card ${flag(before['access_method'], 'is_encoding_required') ? 'has to be written at the front desk' : 'is ready'}.`,
  )

  act(3, 'The front desk')
  const [encoder = {}] = list(await call('/acs/encoders/list', { acs_system_ids: [acs_system_id] }), 'acs_encoders')
  say(`   A blank card lies on the encoder "${text(encoder, 'display_name')}". Writing ...`)
  const { action_attempt } = await call('/access_methods/encode', {
    access_method_id,
    acs_encoder_id: text(encoder, 'acs_encoder_id'),
  })
  const attempt = await finished(call, text(action_attempt, 'action_attempt_id'))
  if (attempt['status'] !== 'success') throw new Error(`the card was not written: ${JSON.stringify(attempt['error'])}`)
  const cards = list(await call('/sandbox/cards/list', { acs_system_id }), 'cards')
  const card_id = text(cards.find((one) => one['written'] !== null) ?? {}, 'card_id')
  say('   Done: the card is written, and Jane has it in her hand.')

  act(4, 'Your software hears of it')
  const delivery = await listener.next
  say(
    `   A webhook arrived: ${text(delivery.event, 'event_type')}. Its signature ${isSigned(delivery, secret) ? 'is genuine' : 'IS WRONG'}.`,
  )
  if (!isSigned(delivery, secret)) throw new Error('the webhook signature is wrong')

  act(5, 'At the doors')
  const present = async (when: string, name: string, expected: boolean): Promise<void> => {
    const { door_attempt } = await call('/sandbox/doors/present_card', { acs_entrance_id: door(name), card_id })
    const opened = flag(door_attempt, 'opened')
    say(
      `   ${when.padEnd(15)} ${name.padEnd(14)} ${(opened ? 'opens' : 'stays shut').padEnd(11)} (${text(door_attempt, 'reason').replaceAll('_', ' ')})`,
    )
    if (opened !== expected) throw new Error(`${name} should ${expected ? 'have opened' : 'have stayed shut'}`)
  }
  await present('1 June, 09:00', 'Room 101', false)
  await call('/sandbox/clock/advance', { to: '2030-06-01T15:00:00.000Z' })
  await present('1 June, 15:00', 'Main Entrance', true)
  await present('1 June, 15:00', 'Room 101', true)
  await present('1 June, 15:00', 'Room 102', false)
  await call('/sandbox/clock/advance', { to: '2030-06-04T11:00:00.000Z' })
  await present('4 June, 11:00', 'Room 101', false)
  say('   Too early, the room next door, and after check-out: shut. Her own room and the entrance: open.')
  await listener.close()
}

function caller(server: Server): (path: string, body?: object) => Promise<Answer> {
  return async (path, body = {}) => {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.sandboxApiKey ?? ''}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as Answer
    if (response.status !== 200)
      throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer['error'])}`)
    return answer
  }
}

async function finished(
  call: (path: string, body?: object) => Promise<Answer>,
  action_attempt_id: string,
): Promise<Answer> {
  for (;;) {
    const { action_attempt } = await call('/action_attempts/get', { action_attempt_id })
    const attempt = action_attempt as Answer
    if (attempt['status'] !== 'pending') return attempt
    await call('/sandbox/settle')
  }
}

interface Delivery {
  event: Answer
  body: string
  headers: Record<string, string | undefined>
}

/** Your software: takes the first webhook that arrives. */
async function listen(): Promise<{ url: string; next: Promise<Delivery>; close(): Promise<void> }> {
  let deliver: (delivery: Delivery) => void = () => undefined
  const next = new Promise<Delivery>((resolve) => (deliver = resolve))
  const http = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
    request.on('end', () => {
      response.end()
      deliver({ event: JSON.parse(body) as Answer, body, headers: request.headers as Delivery['headers'] })
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/webhook`,
    next,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
}

/** Standard Webhooks: `v1,` and the HMAC-SHA256 of `<id>.<timestamp>.<body>` under the secret. */
function isSigned({ body, headers }: Delivery, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = createHmac('sha256', key)
    .update(`${headers['svix-id']}.${headers['svix-timestamp']}.${body}`)
    .digest()
  const given = Buffer.from((headers['svix-signature'] ?? '').replace(/^v1,/, ''), 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function list(answer: Answer, key: string): Answer[] {
  return (answer[key] ?? []) as Answer[]
}

function text(answer: unknown, key: string): string {
  const value = (answer as Answer | null)?.[key]
  if (typeof value !== 'string') throw new Error(`the answer has no ${key}`)
  return value
}

function strings(answer: unknown, key: string): string[] {
  return ((answer as Answer | null)?.[key] ?? []) as string[]
}

function flag(answer: unknown, key: string): boolean {
  return (answer as Answer | null)?.[key] === true
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(1)
  },
)
