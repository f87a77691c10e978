/**
 * `npm run bench`: the figures of docs/performance.md, taken interleaved in one run, so that a ratio holds on a machine
 * whose speed drifts. Prints the command line that repeats it.
 */
import { mkdtempSync, rmSync, chmodSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { findPgbench, pgbench, scriptOf, type Place, type TableRows } from './floor.ts'
import { load } from './load.ts'
import { serveHello, start, type Started } from './processes.ts'

const here = dirname(fileURLToPath(import.meta.url))
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5)
const seconds = Number(process.env['BENCH_SECONDS'] ?? 4)
const KEY = 'seam_testB_benchmarkbenchmarkbench1'

if (process.argv[2] === 'hello') await serveHello()
else await main()

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstitch-bench-'))
  chmodSync(folder, 0o755)
  const env = {
    PORT: '0',
    LOCKSTITCH_DATA_DIR: join(folder, 'data'),
    LOCKSTITCH_SANDBOX_API_KEY: KEY,
    LOCKSTITCH_LOG_LEVEL: 'error',
  }
  console.log(`Lockstitch bench: ${rounds} rounds of ${seconds} s, ${cpus().length} cores, Node ${process.version}`)
  console.log(`Repeat with: BENCH_ROUNDS=${rounds} BENCH_SECONDS=${seconds} npm run bench\n`)
  try {
    await measureThroughput(env, folder)
    // A data folder of its own: the throughput run leaves work behind, and this figure is of an idle server.
    await measureIssuedLatency({ ...env, LOCKSTITCH_DATA_DIR: join(folder, 'idle') })
    await measureRestart(env)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Figures 1 and 2: create grant over pgbench with the same rows, point read over Fastify hello. The workers stay off. */
async function measureThroughput(env: Record<string, string>, folder: string): Promise<void> {
  // The first start seeds the sandbox and brings the user to its system; the measured one serves the API alone, as
  // pgbench runs no jobs either.
  const seeding = await start(join(here, 'main.js'), [], env)
  const { entranceIds, userId } = await subjects(caller(seeding))
  await seeding[Symbol.asyncDispose]()
  await using server = await start(join(here, 'main.js'), [], { ...env, LOCKSTITCH_ROLES: 'api' })
  await using hello = await start(join(here, 'bench.js'), ['hello'], {})
  const headers = { authorization: `Bearer ${KEY}` }
  const call = caller(server)
  const grantBody = (n: number): string =>
    JSON.stringify({
      user_identity: { full_name: `Guest ${n}` },
      acs_entrance_ids: entranceIds,
      requested_access_methods: [{ mode: 'card' }],
      reservation_key: undefined,
      starts_at: '2040-06-01T15:00:00.000Z',
      ends_at: '2040-06-03T11:00:00.000Z',
    })
  const readBody = JSON.stringify({ acs_user_id: userId })
  const place = placeOf(env)
  const floorPath = findPgbench()
  const script = floorPath === null ? null : await floorScript(place, call, grantBody)

  const run = (port: number, path: string, body: (n: number) => string) =>
    load({ port, path, headers, body, connections: 50, durationMs: seconds * 1000 })
  await run(hello.port, '/hello', () => readBody)
  await run(server.port, '/acs/users/get', () => readBody)
  await run(server.port, '/access_grants/create', grantBody)
  const grantRatios: number[] = []
  const readRatios: number[] = []
  console.log('round  hello/s  read/s  ratio   pgbench/s  grant/s  ratio')
  for (let round = 1; round <= rounds; round++) {
    const hellos = await run(hello.port, '/hello', () => readBody)
    const reads = ensure(await run(server.port, '/acs/users/get', () => readBody))
    const floor = floorPath === null || script === null ? NaN : pgbench(floorPath, place, script, seconds, folder)
    const grants = ensure(await run(server.port, '/access_grants/create', grantBody))
    readRatios.push(reads.requestsPerSecond / hellos.requestsPerSecond)
    grantRatios.push(grants.requestsPerSecond / floor)
    const cells = [
      hellos.requestsPerSecond,
      reads.requestsPerSecond,
      readRatios.at(-1),
      floor,
      grants.requestsPerSecond,
      grantRatios.at(-1),
    ]
    console.log(
      [String(round).padEnd(5), ...cells.map((cell, i) => (cell ?? 0).toFixed(i % 3 === 2 ? 2 : 0).padStart(8))].join(
        ' ',
      ),
    )
  }
  console.log(
    `\n1. create grant / pgbench, same rows, 8 clients:  median ${median(grantRatios).toFixed(2)}   (target >= 0.8)${floorPath === null ? '  pgbench was not found: install postgresql-contrib' : ''}`,
  )
  console.log(
    `2. point read / Fastify hello:                   median ${median(readRatios).toFixed(2)}   (target >= 0.4)`,
  )
}

/** Figure 5: from `access_grants/create` to the signed `access_method.issued` at the receiver, idle server, one at a time. */
async function measureIssuedLatency(env: Record<string, string>): Promise<void> {
  await using server = await start(join(here, 'main.js'), [], env)
  const call = caller(server)
  const arrived = new Set<string>()
  const waiting = new Map<string, () => void>()
  const receiver = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      response.end()
      const event = JSON.parse(text) as { access_grant_ids?: string[] }
      for (const id of event.access_grant_ids ?? []) {
        arrived.add(id)
        waiting.get(id)?.()
      }
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const { port } = receiver.address() as AddressInfo
  const { webhook } = await call('/webhooks/create', {
    url: `http://127.0.0.1:${port}/hook`,
    event_types: ['access_method.issued'],
  })
  const { acs_entrances } = await call('/acs/entrances/list', {})
  const door = (acs_entrances as { can_unlock_with_mobile_key?: boolean; acs_entrance_id: string }[]).find(
    (one) => one.can_unlock_with_mobile_key,
  )
  const times: number[] = []
  for (let n = 0; n < 200; n++) {
    const startedAt = performance.now()
    const { access_grant } = await call('/access_grants/create', {
      user_identity: { full_name: `Latency ${n}` },
      acs_entrance_ids: [door?.acs_entrance_id],
      requested_access_methods: [{ mode: 'mobile_key' }],
    })
    const id = (access_grant as { access_grant_id: string }).access_grant_id
    await new Promise<void>((resolve) => {
      waiting.set(id, resolve)
      if (arrived.has(id)) resolve()
      setTimeout(resolve, 2000).unref()
    })
    waiting.delete(id)
    times.push(performance.now() - startedAt)
  }
  await call('/webhooks/delete', { webhook_id: (webhook as { webhook_id: string }).webhook_id })
  receiver.close()
  receiver.closeAllConnections()
  times.sort((a, b) => a - b)
  const [p50 = 0, p99 = 0] = [times[Math.floor(times.length / 2)], times[Math.floor(times.length * 0.99) - 1]]
  console.log(
    `5. grant create to issued at the receiver:       p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms   (target p99 < 100 ms)`,
  )
}

async function measureRestart(env: Record<string, string>): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const startedAt = performance.now()
    await using server = await start(join(here, '../scripts/run.mjs'), ['start'], env)
    const response = await fetch(`http://127.0.0.1:${server.port}/health`)
    if (response.status === 200) times.push(performance.now() - startedAt)
  }
  console.log(
    `   start again on existing data to first 200:    median ${median(times).toFixed(0)} ms   (target < 1500 ms)`,
  )
}

type Call = (path: string, body: object) => Promise<Record<string, unknown>>

function caller(server: Started): Call {
  return async (path, body) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as Record<string, unknown>
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`)
    return answer
  }
}

/** Two doors of one system, and a user to read. */
async function subjects(call: Call): Promise<{ entranceIds: string[]; userId: string }> {
  const { acs_systems } = await call('/acs/systems/list', {})
  const [system] = acs_systems as { acs_system_id: string }[]
  const { acs_entrances } = await call('/acs/entrances/list', { acs_system_id: system?.acs_system_id })
  const entranceIds = (acs_entrances as { acs_entrance_id: string }[]).slice(0, 2).map((one) => one.acs_entrance_id)
  const { acs_user } = await call('/acs/users/create', {
    acs_system_id: system?.acs_system_id,
    full_name: 'Bench Reader',
  })
  await call('/sandbox/settle', {})
  return { entranceIds, userId: (acs_user as { acs_user_id: string }).acs_user_id }
}

function placeOf(env: Record<string, string>): Place {
  const folder = env['LOCKSTITCH_DATA_DIR'] ?? ''
  const [pid = '', , , port = '', socket = ''] = readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8').split(
    '\n',
  )
  if (pid === '') throw new Error('the private PostgreSQL is not running')
  return {
    host: socket,
    port: Number(port),
    user: 'postgres',
    password: readFileSync(join(folder, 'postgres-password'), 'utf8').trim(),
    database: 'lockstitch',
  }
}

/** Creates one grant, reads back every row it wrote, and turns them into a pgbench script. */
async function floorScript(place: Place, call: Call, grantBody: (n: number) => string): Promise<string> {
  const client = new pg.Client(place)
  await client.connect()
  try {
    const tables = [
      'user_identity',
      'acs_user',
      'acs_access_group',
      'acs_credential',
      'access_grant',
      'access_method',
      'event',
      'job',
      'webhook_delivery',
      'client_session',
      'instant_key',
      'reservation',
      'pin_claim',
    ]
    // The first grant makes what later ones share (a group of the doors): the second is the usual one.
    await call('/access_grants/create', JSON.parse(grantBody(-2)) as object)
    const { rows: snapshot } = await client.query<{ x: string }>('SELECT pg_current_snapshot()::text AS x')
    await call('/access_grants/create', JSON.parse(grantBody(-1)) as object)
    const found: TableRows[] = []
    const fresh = new Set<string>()
    for (const table of tables) {
      const { rows: columns } = await client.query<{ name: string; type: string }>(
        `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' ORDER BY attnum`,
        [table],
      )
      const select = columns.map((column) => `${column.name}::text`).join(', ')
      const { rows } = await client.query<(string | null)[]>({
        text: `SELECT ${select} FROM ${table} WHERE NOT pg_visible_in_snapshot(xmin::text::xid8, $1::pg_snapshot)`,
        values: [snapshot[0]?.x],
        rowMode: 'array',
      })
      if (rows.length === 0) continue
      found.push({ table, columns, rows })
      for (const row of rows) {
        row.forEach((value, i) => {
          const column = columns[i]
          if (column?.type === 'uuid' && value !== null && column.name === ownId(table)) fresh.add(value)
          // `provision` is asked for under the system's id and one of the command's own.
          if (column?.name === 'key' && table === 'job') fresh.add(/\/(.*)$/.exec(value ?? '')?.[1] ?? '')
        })
      }
    }
    // Changed, not made, by the grant (a group that gained a user): it stands already.
    return scriptOf(
      found.filter((one) => one.rows.length > 0 && one.table !== 'acs_access_group'),
      fresh,
    )
  } finally {
    await client.end()
  }
}

function ownId(table: string): string {
  const names: Record<string, string> = { event: 'event_id', webhook_delivery: 'webhook_delivery_id' }
  return names[table] ?? `${table}_id`
}

function ensure<T extends { failures: number; firstFailure: string | null }>(result: T): T {
  if (result.failures > 0)
    throw new Error(`${result.failures} requests failed; the first answer: ${result.firstFailure}`)
  return result
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}
