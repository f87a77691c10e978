// Databases of earlier versions, made by their own code, under today's server: nothing is lost, and the doors open.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { readConfig } from '../../src/config.ts'
import { silentLog } from '../../src/log.ts'
import { startServer, type Server } from '../../src/server.ts'
import { systemClock, systemIds } from '../../src/system-clock.ts'
import { startReceiver } from '../support/webhook-receiver.ts'
import { fixtures, migrationFiles, migrations, restoreOld, type Fixture, type Row } from './old-database.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'lockstitch-upgrade-'))
chmodSync(dataDir, 0o755)
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

const environment = (url: string, { story }: Fixture, roles: string): Record<string, string> => ({
  PORT: '0',
  DATABASE_URL: url,
  LOCKSTITCH_DATA_DIR: dataDir,
  LOCKSTITCH_SECRET_KEY: story.secret_key,
  LOCKSTITCH_SANDBOX_API_KEY: story.api_key,
  LOCKSTITCH_ROLES: roles,
})
const start = (env: Record<string, string>): Promise<Server> =>
  startServer({ config: readConfig(env), clock: systemClock, ids: systemIds, log: silentLog })

/** Columns that a later version has no use for. */
const GIVEN_UP: Record<string, string[] | undefined> = {
  // Logins rest encrypted since migration 0003; this one was always empty.
  connected_account: ['config'],
}

/** Columns whose empty values a later version fills in at its start. */
const FILLED_IN: Record<string, string[] | undefined> = {
  // The first owner can sign in to the console since migration 0017.
  app_user: ['email_address'],
}

/* Answers are read field by field. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Body = Record<string, any>

async function call({ url }: Server, { story }: Fixture, path: string, params: object = {}): Promise<Body> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${story.api_key}` },
    body: JSON.stringify(params),
  })
  const body = (await response.json()) as Body
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`)
  return body
}

test('there is a fixture of the first version that did the main job, and of the schema before this one', () => {
  expect(fixtures.length).toBeGreaterThanOrEqual(3)
  expect(fixtures[0]?.tables['schema_migration']).toHaveLength(2)
})

describe.each(fixtures)('a database at $name', (fixture) => {
  const { story, tables } = fixture

  test('the migrations that it was made with have not changed since', () => {
    for (const { name, checksum } of tables['schema_migration'] as { name: string; checksum: string }[]) {
      const text = readFileSync(join(migrations, name), 'utf8')
      expect(createHash('sha256').update(text).digest('hex'), name).toBe(checksum)
    }
  })

  test('two servers that start on it at once bring it forward; every row is there, the doors open, work goes on', async () => {
    await using receiver = await startReceiver()
    await using database = await restoreOld(fixture)
    const { url } = database
    const ask = (server: Server, path: string, params: object = {}) => call(server, fixture, path, params)

    // Without workers nothing happens but the upgrade.
    const two = await Promise.all([start(environment(url, fixture, 'api')), start(environment(url, fixture, 'api'))])
    try {
      const applied = await database.query<{ name: string }>('SELECT name FROM schema_migration ORDER BY number')
      expect(applied.map(({ name }) => name)).toEqual(migrationFiles)
      for (const [table, rows] of Object.entries(tables)) {
        if (rows.length === 0 || table === 'schema_migration') continue
        const kept = await database.query<{ name: string }>(
          "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1",
          [table],
        )
        const there = kept.map(({ name }) => name).filter((name) => name in (rows[0] ?? {}))
        const columns = there.filter((name) => FILLED_IN[table]?.includes(name) !== true)
        const gone = Object.keys(rows[0] ?? {}).filter((name) => !there.includes(name))
        expect(
          gone.filter((name) => GIVEN_UP[table]?.includes(name) !== true),
          table,
        ).toEqual([])
        const list = columns.map((name) => `"${name}"`).join(', ')
        const now = await database.query<{ row: Row }>(
          `SELECT to_json(t) AS row FROM (SELECT ${list} FROM "${table}") t`,
        )
        const known = new Set(now.map(({ row }) => JSON.stringify(columns.map((name) => row[name]))))
        const lost = rows.filter((row) => !known.has(JSON.stringify(columns.map((name) => row[name]))))
        expect(lost, table).toEqual([])
      }
      for (const server of two) {
        const { access_grants } = await ask(server, '/access_grants/list')
        const found = new Map((access_grants as Row[]).map((one) => [one['access_grant_id'], one]))
        for (const grant of story.grants) {
          const { access_grant_id, access_method_ids, name, starts_at, ends_at, user_identity_id } = grant
          expect(found.get(access_grant_id)).toMatchObject({
            access_method_ids,
            name,
            starts_at,
            ends_at,
            user_identity_id,
          })
        }
        expect(found.size).toBe(story.grants.length)
        for (const { access_method_id, mode, code, is_issued } of story.methods) {
          const { access_method } = await ask(server, '/access_methods/get', { access_method_id })
          expect(access_method).toMatchObject({ mode, is_issued, ...(code === undefined ? {} : { code }) })
        }
        const { space_id, name } = story.space
        expect((await ask(server, '/spaces/get', { space_id }))['space']).toMatchObject({ name })
      }
    } finally {
      await Promise.all(two.map((server) => server.stop()))
    }

    // The receiver of that time is found where this one listens.
    await database.query('UPDATE webhook SET url = $1', [receiver.url])
    const env = environment(url, fixture, 'api,worker')
    await using server = await start(env)
    const present = async (door: string, card_number: string): Promise<boolean> =>
      (await ask(server, '/sandbox/doors/present_card', { acs_entrance_id: door, card_number }))['door_attempt']
        .opened as boolean
    const enter = async (door: string, code: string): Promise<boolean> =>
      (await ask(server, '/sandbox/doors/enter_code', { acs_entrance_id: door, code }))['door_attempt']
        .opened as boolean
    await ask(server, '/sandbox/settle')
    const { card, pin, waiting, later, deleted } = story
    for (const door of card.opens) expect(await present(door, card.number), door).toBe(true)
    for (const door of card.stays_shut) expect(await present(door, card.number), door).toBe(false)
    expect(await enter(pin.door, pin.code)).toBe(true)
    expect(await enter(deleted.door, deleted.code)).toBe(false)
    expect(await enter(later.door, later.code)).toBe(false)

    // A card that waited is written now.
    const { access_method_id, acs_encoder_id, door } = waiting
    let { action_attempt: attempt } = await ask(server, '/access_methods/encode', { access_method_id, acs_encoder_id })
    await ask(server, '/sandbox/settle')
    attempt = (await ask(server, '/action_attempts/get', { action_attempt_id: attempt.action_attempt_id }))[
      'action_attempt'
    ]
    expect(attempt).toMatchObject({ status: 'success' })
    expect(await present(door, attempt.result.card_number as string)).toBe(true)

    // A grant that ends is known to the system at once.
    await ask(server, '/access_grants/delete', { access_grant_id: pin.access_grant_id })
    await ask(server, '/sandbox/settle')
    expect(await enter(pin.door, pin.code)).toBe(false)

    // Jobs of that time are done when their time comes: deliveries, and a stay that begins.
    const pending = (tables['webhook_delivery'] ?? []).filter(({ status }) => status === 'pending')
    await ask(server, '/sandbox/clock/advance', { to: '2040-06-10T15:00:01.000Z' })
    expect(await enter(later.door, later.code)).toBe(true)
    expect(await present(card.opens[0] ?? '', card.number)).toBe(false)
    expect(pending.length).toBeGreaterThan(0)
    const received = await receiver.waitFor(pending.length, undefined, 60_000)
    const events = new Set(received.map(({ event }) => event.event_id))
    for (const { event_id } of pending) expect(events).toContain(event_id)
    for (const one of received) expect(receiver.verify(one, story.webhook.secret)).toHaveProperty('event_id')

    await server.stop()
    const lines: string[] = []
    const note = (line: string): void => void lines.push(line)
    const code = await run(['audit', 'verify'], { env, out: note, tell: note })
    expect(code, lines.join('\n')).toBe(0)
  }, 300_000)
})

test('a database of a newer version is refused, and left as it is', async () => {
  const [fixture] = fixtures.slice(-1) as [Fixture]
  await using database = await restoreOld(fixture)
  await database.query(
    "INSERT INTO schema_migration (number, name, checksum) VALUES (9999, '9999_from_the_future.sql', 'unknown')",
  )
  await expect(start(environment(database.url, fixture, 'api'))).rejects.toThrow(
    'The database has migration 9999 (9999_from_the_future.sql), which this version of Lockstitch does not know. Start the newer version again.',
  )
  const [count] = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM schema_migration')
  expect(count?.count).toBe((fixture.tables['schema_migration'] ?? []).length + 1)
}, 120_000)
