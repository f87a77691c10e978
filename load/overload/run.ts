/**
 * More grants than the machine can make, for a while: what was answered 200 stands exactly once, what was refused does
 * not, those who were let in did not wait long, and the server is no larger afterwards.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { post } from '../../bench/load.ts'
import { start, type Started } from '../../bench/processes.ts'
import { caller, placeOf, anySystem, type Call } from '../../bench/server.ts'
import { Random } from '../../storm/random.ts'
import { arrive, type Answer } from './arrivals.ts'

const KEY = 'seam_testL_overloadoverloadoverload'

export interface OverloadOptions {
  /** dist/main.js */
  script: string
  grantsPerSecond: number
  readsPerSecond: number
  seconds: number
  seed?: number
  /** Further settings of the server. */
  env?: Record<string, string>
}

export interface Latency {
  p50: number
  p99: number
  max: number
}

export interface Kind {
  offered: number
  /** Answers by status; 0 = none. */
  byStatus: Record<number, number>
  accepted: Latency
  refused: Latency
  withoutRetryAfter: number
}

export interface OverloadOutcome {
  seconds: number
  grants: Kind
  reads: Kind
  /** Reads before the load began. */
  quietReads: Kind
  /** Accepted grants of each second. */
  acceptedPerSecond: number[]
  /** Resident memory of the server in MB, each second. */
  rssMb: number[]
  /** What was promised and is not so. */
  violations: string[]
  stored: number
}

export async function runOverload(options: OverloadOptions): Promise<OverloadOutcome> {
  const { seconds, grantsPerSecond, readsPerSecond, seed = 1 } = options
  const folder = mkdtempSync(join(tmpdir(), 'lockstitch-overload-'))
  chmodSync(folder, 0o755)
  const dataDir = join(folder, 'data')
  const random = new Random(seed)
  try {
    await using server = await start(options.script, [], {
      PORT: '0',
      LOCKSTITCH_DATA_DIR: dataDir,
      LOCKSTITCH_SANDBOX_API_KEY: KEY,
      LOCKSTITCH_LOG_LEVEL: 'error',
      ...options.env,
    })
    const { port } = server
    const call = caller(server, KEY)
    const { entranceIds, userId } = await subjects(call)
    const read = (): Buffer => post('/acs/users/get', KEY, JSON.stringify({ acs_user_id: userId }))
    const quietReads = await arrive({
      ...{ port, random: random.fork(), request: read },
      perSecond: readsPerSecond,
      seconds: Math.min(seconds, 5),
    })

    const rssMb: number[] = []
    const sampling = setInterval(() => rssMb.push(residentMb(server)), 1000)
    const [grants, reads] = await Promise.all([
      arrive({
        ...{ port, seconds, random: random.fork(), perSecond: grantsPerSecond },
        request: (n) =>
          post(
            '/access_grants/create',
            KEY,
            JSON.stringify({
              access_grant_key: keyOf(n),
              user_identity: { full_name: nameOf(n) },
              acs_entrance_ids: entranceIds,
              requested_access_methods: [{ mode: 'card' }],
              starts_at: '2040-06-01T15:00:00.000Z',
              ends_at: '2040-06-03T11:00:00.000Z',
            }),
          ),
      }),
      arrive({ ...{ port, seconds, random: random.fork(), perSecond: readsPerSecond }, request: read }),
    ])
    clearInterval(sampling)
    const { violations, stored } = await audit(dataDir, grants)
    const unread = reads.find((answer) => answer.status === 200 && !answer.body.includes(userId))
    if (unread !== undefined) violations.push(`a read was answered with somebody else: ${unread.body.slice(0, 200)}`)
    return {
      ...{ seconds, violations, stored, rssMb },
      grants: summarise(grants),
      reads: summarise(reads),
      quietReads: summarise(quietReads),
      acceptedPerSecond: Array.from(
        { length: seconds },
        (_, second) =>
          grants.filter((one) => one.status === 200 && Math.floor((one.dueAt + one.ms) / 1000) === second).length,
      ),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function keyOf(n: number): string {
  return `overload-${n}`
}

function nameOf(n: number): string {
  return `Guest ${n}`
}

/** Compares what callers were told with the tables themselves. */
async function audit(dataDir: string, answers: readonly Answer[]): Promise<{ violations: string[]; stored: number }> {
  const client = new pg.Client(placeOf({ LOCKSTITCH_DATA_DIR: dataDir }))
  await client.connect()
  try {
    const { rows } = await client.query<{ id: string; key: string }>(
      'SELECT access_grant_id AS id, access_grant_key AS key FROM access_grant',
    )
    // Counted once for all grants: a look for each would take longer than the load did.
    const created = await counts(
      client,
      `SELECT subject AS of, count(*)::int FROM event, unnest(subject_ids) AS subject
        WHERE event_type = 'access_grant.created' GROUP BY subject`,
    )
    const people = await counts(client, 'SELECT full_name AS of, count(*)::int FROM user_identity GROUP BY full_name')
    const byKey = new Map<string, typeof rows>()
    for (const row of rows) byKey.set(row.key, [...(byKey.get(row.key) ?? []), row])
    const violations: string[] = []
    for (const { n, status, body } of answers) {
      const stored = byKey.get(keyOf(n)) ?? []
      byKey.delete(keyOf(n))
      if (stored.length > 1) violations.push(`grant ${n} is stored ${stored.length} times`)
      if (status === 200) {
        const told = (JSON.parse(body) as { access_grant: { access_grant_id: string } }).access_grant.access_grant_id
        if (stored[0]?.id !== told) violations.push(`grant ${n} was answered 200 and is not stored`)
        const events = created.get(told) ?? 0
        if (events !== 1) violations.push(`grant ${n} has ${events} events of its creation`)
      } else if (status !== 0 && stored.length > 0) violations.push(`grant ${n} was answered ${status} and is stored`)
      const guests = people.get(nameOf(n)) ?? 0
      if (stored.length === 1 && guests !== 1) violations.push(`the person of grant ${n} is there ${guests} times`)
      if (status !== 200 && status !== 429 && status !== 503 && status !== 0)
        violations.push(`grant ${n} was answered ${status}: ${body.slice(0, 200)}`)
    }
    for (const key of byKey.keys()) violations.push(`${key} is stored and nobody asked for it`)
    return { violations, stored: rows.length }
  } finally {
    await client.end()
  }
}

/** How many rows there are of each. */
async function counts(client: pg.Client, sql: string): Promise<Map<string, number>> {
  const { rows } = await client.query<{ of: string; count: number }>(sql)
  return new Map(rows.map((row) => [row.of, row.count]))
}

function summarise(answers: readonly Answer[]): Kind {
  const byStatus: Record<number, number> = {}
  for (const { status } of answers) byStatus[status] = (byStatus[status] ?? 0) + 1
  const isRefused = ({ status }: Answer): boolean => status === 429 || status === 503
  return {
    offered: answers.length,
    byStatus,
    accepted: latencyOf(answers.filter(({ status }) => status === 200)),
    refused: latencyOf(answers.filter(isRefused)),
    withoutRetryAfter: answers.filter((one) => isRefused(one) && !/^[1-9]\d*$/.test(one.retryAfter ?? '')).length,
  }
}

function latencyOf(answers: readonly Answer[]): Latency {
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (part: number): number => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? NaN
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

function residentMb(server: Started): number {
  const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(server.process.pid)], { encoding: 'utf8' })
  return Number(kilobytes) / 1000
}

/** Two doors of one system, and a person to read. */
async function subjects(call: Call): Promise<{ entranceIds: string[]; userId: string }> {
  const acs_system_id = await anySystem(call)
  const { acs_entrances } = await call('/acs/entrances/list', { acs_system_id })
  const { acs_user } = await call('/acs/users/create', { acs_system_id, full_name: 'Overload Reader' })
  await call('/sandbox/settle', {})
  return {
    entranceIds: (acs_entrances as { acs_entrance_id: string }[]).slice(0, 2).map((one) => one.acs_entrance_id),
    userId: (acs_user as { acs_user_id: string }).acs_user_id,
  }
}
