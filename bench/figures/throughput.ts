/**
 * Grants and point reads at 50 connections, beside what bounds them: the same rows by pgbench, a Fastify hello, and the
 * vendor's in-memory fake. All in the same rounds. The workers stay off, as pgbench runs no jobs either.
 */
import { findPgbench, pgbench, scriptOf, type TableRows } from '../floor.ts'
import { installFake } from '../fake.ts'
import { load, type LoadResult } from '../load.ts'
import { start } from '../processes.ts'
import {
  caller,
  ensure,
  KEY,
  median,
  placeOf,
  settings,
  anySystem,
  tell,
  withDatabase,
  type BenchPaths,
  type Call,
} from '../server.ts'

export interface Rounds {
  rounds: number
  /** Of each measurement in each round. */
  seconds: number
}

export async function measureThroughput(paths: BenchPaths, { rounds, seconds }: Rounds): Promise<void> {
  const env = settings(paths, 'throughput')
  // The first start seeds the sandbox and brings the user to its system; the measured one serves the API alone.
  const seeding = await start(paths.server, [], env)
  const { entranceIds, userId } = await subjects(caller(seeding))
  await seeding[Symbol.asyncDispose]()
  await using server = await start(paths.server, [], { ...env, LOCKSTITCH_ROLES: 'api' })
  await using hello = await start(paths.bench, ['hello'], {})
  await using fake = await installFake(paths)
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
  const floorPath = findPgbench()
  const script = floorPath === null ? null : await floorScript(env, call, grantBody)

  const run = (port: number, path: string, body: (n: number) => string, key = KEY): Promise<LoadResult> =>
    load({ port, path, key, body, connections: 50, durationMs: seconds * 1000 })
  const measures: Record<string, () => Promise<number>> = {
    'hello/s': async () => (await run(hello.port, '/hello', () => readBody)).requestsPerSecond,
    'read/s': async () => ensure(await run(server.port, '/acs/users/get', () => readBody)).requestsPerSecond,
    'fake/s': async () =>
      fake === null
        ? NaN
        : ensure(await run(fake.port, '/acs/users/get', () => fake.readBody, fake.key)).requestsPerSecond,
    'pgbench/s': () =>
      Promise.resolve(
        floorPath === null || script === null ? NaN : pgbench(floorPath, placeOf(env), script, seconds, paths.folder),
      ),
    'grant/s': async () => ensure(await run(server.port, '/access_grants/create', grantBody)).requestsPerSecond,
  }
  const names = Object.keys(measures)
  // Once for nothing: what runs for the first time is slower.
  for (const name of names.filter((one) => one !== 'pgbench/s')) await measures[name]?.()
  const taken: Record<string, number>[] = []
  console.log(['round', ...names.map((name) => name.padStart(10))].join(' '))
  for (let round = 1; round <= rounds; round++) {
    const row: Record<string, number> = {}
    for (const name of names) row[name] = (await measures[name]?.()) ?? NaN
    taken.push(row)
    const cells = names.map((name) => (row[name] ?? NaN).toFixed(0).padStart(10))
    console.log([String(round).padEnd(5), ...cells].join(' '))
  }
  const ratio = (over: string, under: string): string =>
    median(taken.map((row) => (row[over] ?? NaN) / (row[under] ?? NaN))).toFixed(2)
  tell(
    'create grant / pgbench, same rows, 8 clients',
    floorPath === null ? 'pgbench not found: install postgresql-contrib' : ratio('grant/s', 'pgbench/s'),
    '>= 0.8',
  )
  tell('point read / Fastify hello', ratio('read/s', 'hello/s'), '>= 0.4')
  tell(
    'point read / fake-seam-connect',
    fake === null ? 'it could not be installed' : ratio('read/s', 'fake/s'),
    '>= 2',
  )
}

/** Two doors of one system, and a user to read. */
async function subjects(call: Call): Promise<{ entranceIds: string[]; userId: string }> {
  const acs_system_id = await anySystem(call)
  const { acs_entrances } = await call('/acs/entrances/list', { acs_system_id })
  const entranceIds = (acs_entrances as { acs_entrance_id: string }[]).slice(0, 2).map((one) => one.acs_entrance_id)
  const { acs_user } = await call('/acs/users/create', { acs_system_id, full_name: 'Bench Reader' })
  await call('/sandbox/settle')
  return { entranceIds, userId: (acs_user as { acs_user_id: string }).acs_user_id }
}

/** Creates one grant, reads back every row it wrote, and turns them into a pgbench script. */
async function floorScript(env: Record<string, string>, call: Call, grantBody: (n: number) => string): Promise<string> {
  return withDatabase(env, async (client) => {
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
  })
}

function ownId(table: string): string {
  const names: Record<string, string> = { event: 'event_id', webhook_delivery: 'webhook_delivery_id' }
  return names[table] ?? `${table}_id`
}
