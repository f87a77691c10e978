// Several API and worker processes on one database: killed, frozen, or asked to stop in the middle of their work.
import { execFileSync } from 'node:child_process'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Caller } from '../../storm/client.ts'
import { Cluster, KEY, type Member } from '../../storm/processes.ts'
import { Random } from '../../storm/random.ts'
import { makeInstallation, until } from '../support/process.ts'

const root = join(import.meta.dirname, '../..')
const script = join(root, 'dist/main.js')
execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'ignore' })

const WINDOW = { starts_at: '2040-06-01T15:00:00.000Z', ends_at: '2040-06-04T11:00:00.000Z' }

interface Reply {
  status: number
  body: Record<string, unknown>
  error: string | null
}

/** One call on a connection of its own; a broken connection is an answer too. */
function send(url: string, path: string, params: object, agent: Agent | false = false): Promise<Reply> {
  return new Promise((resolve) => {
    const broken = (error: Error & { code?: string }): void =>
      resolve({ status: 0, body: {}, error: error.code ?? error.message })
    const outgoing = request(
      url + path,
      { method: 'POST', agent, headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` } },
      (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('error', broken)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Reply['body'], error: null }),
        )
      },
    )
    outgoing.on('error', broken)
    outgoing.end(JSON.stringify(params))
  })
}

async function start(workers: number, apis = 1) {
  const cluster = await Cluster.start(script, { api: apis, worker: workers })
  const caller = new Caller(() => cluster.urls(), new Random(1))
  const systems = (await caller.read('/acs/systems/list')).body.acs_systems ?? []
  const acs_system_id = systems.find((one) => one.external_type === 'salto_space_system')?.acs_system_id ?? ''
  const doors = (await caller.read('/acs/entrances/list', { acs_system_id })).body.acs_entrances ?? []
  const encoders = (await caller.read('/acs/encoders/list', { acs_system_ids: [acs_system_id] })).body.acs_encoders
  const door = doors.find((one) => one.display_name === 'Gym')?.acs_entrance_id ?? ''
  return {
    cluster,
    caller,
    acs_system_id,
    door,
    slow: (delay_ms: number) =>
      caller.change('/sandbox/systems/set_fault', {
        ...{ acs_system_id, fault: delay_ms === 0 ? 'none' : 'slow', delay_ms },
      }),
    /** A card grant whose card waits to be encoded. */
    async method(): Promise<string> {
      const { body } = await caller.change('/access_grants/create', {
        ...{ user_identity: { full_name: 'Guest' }, acs_entrance_ids: [door], ...WINDOW },
        requested_access_methods: [{ mode: 'card' }],
      })
      await caller.read('/sandbox/settle')
      return body.access_grant?.access_method_ids[0] ?? ''
    },
    async encode(access_method_id: string): Promise<string> {
      const acs_encoder_id = encoders?.[0]?.acs_encoder_id
      const { body } = await caller.change('/access_methods/encode', { access_method_id, acs_encoder_id })
      const id = body.action_attempt?.action_attempt_id ?? ''
      await until(async () =>
        (
          await cluster.sql('SELECT 1 FROM action_attempt WHERE action_attempt_id = $1 AND started_at IS NOT NULL', [
            id,
          ])
        ).at(0),
      )
      return id
    },
    ended: (action_attempt_id: string) =>
      until(async () => {
        const attempt = (await caller.read('/action_attempts/get', { action_attempt_id })).body.action_attempt
        return attempt?.status === 'pending' ? null : attempt
      }),
    async [Symbol.asyncDispose]() {
      caller.close()
      await cluster[Symbol.asyncDispose]()
    },
  }
}

const of = (cluster: Cluster, name: string): Member => {
  const member = cluster.members.find((one) => one.name === name)
  if (member === undefined) throw new Error(`no ${name}`)
  return member
}

async function stopped(member: Member): Promise<{ code: number | null; seconds: number }> {
  const startedAt = performance.now()
  const code = await member.stop()
  return { code, seconds: (performance.now() - startedAt) / 1000 }
}

describe('SIGTERM', () => {
  test('at an API process: what was accepted is answered, what comes later is refused', async () => {
    await using world = await start(1)
    const { cluster, acs_system_id, caller } = world
    const [url = ''] = cluster.urls()
    // Deletions answer when the system has confirmed them, within two seconds: they are under way when the signal comes.
    const grants = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const { body } = await caller.change('/access_grants/create', {
          ...{ user_identity: { full_name: `Guest ${n}` }, acs_entrance_ids: [world.door], ...WINDOW },
          requested_access_methods: [{ mode: 'mobile_key' }],
        })
        return body.access_grant?.access_grant_id ?? ''
      }),
    )
    await caller.read('/sandbox/settle')
    await caller.change('/sandbox/systems/set_fault', { acs_system_id, fault: 'slow', delay_ms: 5000 })
    const agent = new Agent({ keepAlive: true })
    const accepted = grants.map((access_grant_id) => send(url, '/access_grants/delete', { access_grant_id }, agent))
    await sleep(200)
    // One that would go on for longer than a server may take to stop is told to ask again.
    const long = send(url, '/sandbox/settle', {}, agent)
    await sleep(300)
    const stopping = stopped(of(cluster, 'api-1'))
    await sleep(150)
    const late = await Promise.all(
      Array.from({ length: 5 }, (_, n) => send(url, '/spaces/create', { name: `Late ${n}` })),
    )
    for (const reply of late) expect(['ECONNREFUSED', 503, 200]).toContain(reply.error ?? reply.status)
    const replies = await Promise.all(accepted)
    expect(replies.map(({ status, error }) => error ?? status)).toEqual(grants.map(() => 200))
    expect((await long).body['error'] ?? (await long).error).toMatchObject({ type: 'service_unavailable' })
    const { code, seconds } = await stopping
    expect(code).toBe(0)
    expect(seconds).toBeLessThan(10)
    agent.destroy()
  })

  test('at a worker: its jobs are finished or given back, so that nobody waits for a lease to end', async () => {
    await using world = await start(1)
    const { cluster } = world
    const access_method_id = await world.method()
    await world.slow(20_000)
    const attempt = await world.encode(access_method_id)
    const { code, seconds } = await stopped(of(cluster, 'worker-1'))
    expect(code).toBe(0)
    expect(seconds).toBeLessThan(10)
    expect(await cluster.sql('SELECT kind, key FROM job WHERE lease_until > now()')).toEqual([])
    expect(await cluster.sql('SELECT 1 FROM system_lease WHERE held_until > now()')).toEqual([])
    await world.slow(0)
    of(cluster, 'worker-1').resume()
    expect((await world.ended(attempt)).status).not.toBe('pending')
  })
})

describe('a worker that is frozen in the middle of an encode', () => {
  test('is followed by another within 5 s of its lease, and its late write is refused', async () => {
    await using world = await start(1)
    const { cluster } = world
    const access_method_id = await world.method()
    await world.slow(1500)
    const attempt = await world.encode(access_method_id)
    const frozen = of(cluster, 'worker-1')
    const frozenAt = performance.now()
    frozen.signal('SIGSTOP')
    await cluster.add('worker')
    await world.slow(0)
    const ended = await world.ended(attempt)
    expect(performance.now() - frozenAt).toBeLessThan(8000)
    const before = await cluster.sql('SELECT event_type, position FROM event ORDER BY position')
    frozen.signal('SIGCONT')
    await until(async () => frozen.output.includes('taken over by another worker'))
    await world.caller.read('/sandbox/settle')
    expect(
      (await world.caller.read('/action_attempts/get', { action_attempt_id: attempt })).body.action_attempt,
    ).toEqual(ended)
    expect(await cluster.sql('SELECT event_type, position FROM event ORDER BY position')).toEqual(before)
    // What is true of the card is what the caller was told.
    const cards = (await world.caller.read('/sandbox/cards/list', { acs_system_id: world.acs_system_id })).body.cards
    expect(cards?.filter(({ written }) => written !== null)).toHaveLength(ended.status === 'success' ? 1 : 0)
    // It goes on working.
    of(cluster, 'worker-2').signal('SIGKILL')
    const next = await world.method()
    expect((await world.ended(await world.encode(next))).status).toBe('success')
  })
})

test('the jobs of a killed worker are taken up within 5 s', async () => {
  await using world = await start(2)
  const { cluster } = world
  const access_method_id = await world.method()
  await world.slow(1000)
  const attempt = await world.encode(access_method_id)
  const [held] = await cluster.sql<{ lease_id: string }>('SELECT lease_id FROM job WHERE key = $1', [attempt])
  const killedAt = performance.now()
  // Whichever of the two has it: both are killed, and come again.
  for (const name of ['worker-1', 'worker-2']) of(cluster, name).signal('SIGKILL')
  await until(async () => (await cluster.sql('SELECT 1 FROM job WHERE lease_id = $1', [held?.lease_id])).length === 0)
  expect(performance.now() - killedAt).toBeLessThan(5000)
  await world.slow(0)
  expect((await world.ended(attempt)).status).not.toBe('pending')
})

test('processes on one data folder too tell a system one thing at a time', async () => {
  await using installation = makeInstallation()
  const one = await installation.start()
  await installation.start()
  const { acs_systems } = await one.ok('/acs/systems/list')
  const { acs_system_id } = acs_systems[0]
  const { acs_entrances } = await one.ok('/acs/entrances/list', { acs_system_id })
  await one.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'slow', delay_ms: 1000, times: 1 })
  await one.ok('/access_grants/create', {
    ...{ user_identity: { full_name: 'Guest' }, acs_entrance_ids: [acs_entrances[0].acs_entrance_id], ...WINDOW },
    requested_access_methods: [{ mode: 'mobile_key' }],
  })
  await until(
    async () => (await installation.sql('SELECT 1 FROM system_lease WHERE acs_system_id = $1', [acs_system_id]))[0],
    10,
  )
})
