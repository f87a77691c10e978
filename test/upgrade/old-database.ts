/** A database as an older version of the server left it (fixtures/, made by scripts/make-upgrade-fixture.mjs from that version's own code). */
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import { inject } from 'vitest'
import { silentLog } from '../../src/log.ts'
import { migrate } from '../../src/store/migrate.ts'

const folder = join(import.meta.dirname, 'fixtures')
export const migrations = join(import.meta.dirname, '../../src/store/migrations')
export const migrationFiles = readdirSync(migrations)
  .filter((name) => name.endsWith('.sql'))
  .sort()

export type Row = Record<string, unknown>

/** What the older version was asked for, and what it answered. */
export interface Story {
  api_key: string
  secret_key: string
  now: string
  space: { space_id: string; name: string }
  webhook: { webhook_id: string; secret: string }
  grants: (Row & { access_grant_id: string })[]
  methods: (Row & { access_method_id: string })[]
  card: { number: string; access_grant_id: string; opens: string[]; stays_shut: string[] }
  pin: { code: string; door: string; access_grant_id: string }
  waiting: { access_method_id: string; acs_encoder_id: string; door: string }
  later: { code: string; door: string; access_method_id: string; starts_at: string; ends_at: string }
  deleted: { code: string; door: string; access_grant_id: string }
}

export interface Fixture {
  name: string
  story: Story
  tables: Record<string, Row[]>
}

export const fixtures: Fixture[] = readdirSync(folder)
  .sort()
  .map((name) => ({ ...(JSON.parse(gunzipSync(readFileSync(join(folder, name))).toString()) as Fixture), name }))

export interface OldDatabase extends AsyncDisposable {
  url: string
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]>
}

/** A database of its own with the fixture in it, at the schema that the fixture was made with. */
export async function restoreOld({ tables }: Pick<Fixture, 'tables'>): Promise<OldDatabase> {
  const admin = inject('postgres')
  const database = `old_${randomBytes(6).toString('hex')}`
  const administer = async (statement: string): Promise<void> => {
    const one = new pg.Client({ ...admin, database: 'postgres' })
    await one.connect()
    await one.query(statement)
    await one.end()
  }
  await administer(`CREATE DATABASE ${database}`)
  const old = mkdtempSync(join(tmpdir(), 'lockstitch-migrations-'))
  for (const name of migrationFiles.slice(0, tables['schema_migration']?.length))
    copyFileSync(join(migrations, name), join(old, name))
  await migrate({ ...admin, database }, old, silentLog)
  rmSync(old, { recursive: true })
  const client = new pg.Client({ ...admin, database })
  client.on('error', () => undefined)
  await client.connect()
  // Rows as they lay there: in no order, and without triggers that would write them anew.
  await client.query("SET session_replication_role = replica; SET timezone = 'UTC'")
  for (const [table, rows] of Object.entries(tables)) {
    const { rows: columns } = await client.query<{ name: string; is_counted: boolean }>(
      `SELECT column_name AS name, pg_get_serial_sequence($1, column_name) IS NOT NULL AS is_counted
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'`,
      [table],
    )
    const list = columns.map(({ name }) => `"${name}"`).join(', ')
    await client.query(`DELETE FROM "${table}"`)
    await client.query(
      `INSERT INTO "${table}" (${list}) OVERRIDING SYSTEM VALUE SELECT ${list} FROM json_populate_recordset(NULL::"${table}", $1)`,
      [JSON.stringify(rows)],
    )
    for (const { name } of columns.filter(({ is_counted }) => is_counted))
      await client.query(
        `SELECT setval(pg_get_serial_sequence($1, $2), greatest(1, (SELECT max("${name}") FROM "${table}")))`,
        [table, name],
      )
  }
  await client.query('SET session_replication_role = origin')
  const auth = `${admin.user}:${encodeURIComponent(admin.password)}`
  return {
    url: `postgresql://${auth}@/${database}?host=${encodeURIComponent(admin.host)}&port=${String(admin.port)}`,
    async query<R extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      return (await client.query<R>(text, values)).rows
    },
    async [Symbol.asyncDispose]() {
      await client.end()
      await administer(`DROP DATABASE ${database} WITH (FORCE)`)
    },
  }
}
