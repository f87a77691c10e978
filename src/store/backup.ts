/**
 * The whole database as files, and back: one gzipped file of JSON lines per table and a manifest with their digests. All
 * tables are read in one snapshot, beside running servers; what was acknowledged before the backup began is in it, and
 * nothing half done. Secrets stay sealed: the key they are sealed with is not in a backup (see docs/operations.md).
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import pg from 'pg'

/** Rows read or written at once. */
const BATCH = 1000
const FORMAT = 'lockstitch-backup-1'

export interface BackupManifest {
  format: typeof FORMAT
  /** By the machine's clock. */
  created_at: string
  /** The newest migration: a backup is restored by a Lockstitch that knows it. */
  migration: number
  tables: Record<string, TableDigest>
}

export interface TableDigest {
  rows: number
  /** Sum of the SHA-256 of all rows, modulo 2^256, in hex: the same rows in any order have the same. */
  digest: string
}

/** The backup cannot be made, read, or written back; the message says what to do. */
export class BackupError extends Error {
  override name = 'BackupError'
}

/** Writes all tables to the empty or new folder `to`. @throws BackupError */
export async function backUp(connection: pg.ClientConfig, to: string, now: string): Promise<BackupManifest> {
  await mkdir(to, { recursive: true })
  if ((await readdir(to)).length > 0) throw new BackupError(`${to} is not empty. Name a new folder.`)
  return withSnapshot(connection, async (client, migration) => {
    const tables: BackupManifest['tables'] = {}
    for (const table of await tablesOf(client)) {
      const file = createGzip()
      const written = finished(file.pipe(createWriteStream(fileOf(to, table))))
      const digest = new Digest()
      for await (const row of rowsOf(client, table)) {
        digest.add(row)
        if (!file.write(`${row}\n`)) await once(file, 'drain')
      }
      file.end()
      await written
      tables[table] = digest.result()
    }
    const manifest: BackupManifest = { format: FORMAT, created_at: now, migration, tables }
    // Last: a folder without it is no backup.
    await writeFile(join(to, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    return manifest
  })
}

/** @throws BackupError when `from` is no backup */
export async function readManifest(from: string): Promise<BackupManifest> {
  const text = await readFile(join(from, 'manifest.json'), 'utf8').catch(() => null)
  const manifest = text === null ? null : (JSON.parse(text) as BackupManifest)
  if (manifest?.format !== FORMAT)
    throw new BackupError(`${from} is no backup: it has no manifest.json of the form ${FORMAT}.`)
  return manifest
}

/**
 * Writes a backup into a database that is migrated and empty. All of it or nothing; the digests are checked first.
 * @throws BackupError
 */
export async function restore(connection: pg.ClientConfig, from: string): Promise<BackupManifest> {
  const manifest = await readManifest(from)
  const client = await connect(connection)
  try {
    const newest = await migrationOf(client)
    if (newest !== manifest.migration) {
      throw new BackupError(
        `The backup has migration ${String(manifest.migration)} and this Lockstitch ${String(newest)}. Restore it with the version that made it, and upgrade then.`,
      )
    }
    const there = await client.query('SELECT FROM workspace LIMIT 1')
    if (there.rows.length > 0)
      throw new BackupError('The database is not empty. Name an empty data folder or database.')
    await client.query('BEGIN')
    try {
      // Rows come table by table: what refers to rows that come later is checked by the digest of the whole.
      await client.query('SET LOCAL session_replication_role = replica')
      for (const [table, wanted] of Object.entries(manifest.tables)) {
        const digest = await fill(client, table, fileOf(from, table))
        if (digest.rows !== wanted.rows || digest.digest !== wanted.digest)
          throw new BackupError(`The file of ${table} is damaged: it does not have the digest that the manifest names.`)
      }
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined)
      throw error
    }
    await client.query('ANALYZE')
    return manifest
  } finally {
    await client.end()
  }
}

/** What a database holds, table by table, in one snapshot: to be compared with a manifest. */
export function digestOf(connection: pg.ClientConfig): Promise<Pick<BackupManifest, 'migration' | 'tables'>> {
  return withSnapshot(connection, async (client, migration) => {
    const tables: BackupManifest['tables'] = {}
    for (const table of await tablesOf(client)) {
      const digest = new Digest()
      for await (const row of rowsOf(client, table)) digest.add(row)
      tables[table] = digest.result()
    }
    return { migration, tables }
  })
}

/** A sum of hashes, so that the order of rows does not count. */
class Digest {
  #sum = 0n
  #rows = 0

  add(row: string): void {
    this.#rows++
    this.#sum += BigInt(`0x${createHash('sha256').update(row).digest('hex')}`)
    this.#sum &= (1n << 256n) - 1n
  }

  result(): TableDigest {
    return { rows: this.#rows, digest: this.#sum.toString(16).padStart(64, '0') }
  }
}

const fileOf = (folder: string, table: string): string => join(folder, `${table}.jsonl.gz`)

async function connect(connection: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(connection)
  await client.connect()
  await client.query("SET TIME ZONE 'UTC'; SET extra_float_digits = 1")
  const { rows } = await client.query<{ sees_all: boolean }>(
    'SELECT rolsuper OR rolbypassrls AS sees_all FROM pg_roles WHERE rolname = current_user',
  )
  if (rows[0]?.sees_all === true) return client
  await client.end()
  throw new BackupError(
    'The role of DATABASE_URL sees single workspaces only (row-level security). Name one that is superuser or has BYPASSRLS, or back the database up with pg_dump.',
  )
}

/** One picture of the whole database, whatever is written meanwhile. */
async function withSnapshot<T>(
  connection: pg.ClientConfig,
  work: (client: pg.Client, migration: number) => Promise<T>,
): Promise<T> {
  const client = await connect(connection)
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return await work(client, await migrationOf(client))
  } finally {
    await client.end()
  }
}

async function migrationOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ newest: number }>('SELECT max(number) AS newest FROM schema_migration')
  return rows[0]?.newest ?? 0
}

/** All tables but the list of migrations, which a database has from its making. */
async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'schema_migration' ORDER BY 1",
  )
  return rows.map(({ name }) => name)
}

/** Rows as JSON texts, which name the columns: a column without a value is null. */
async function* rowsOf(client: pg.Client, table: string): AsyncGenerator<string> {
  await client.query(`DECLARE rows_of NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM "${table}" t`)
  for (;;) {
    const { rows } = await client.query<{ row: string }>(`FETCH ${String(BATCH)} FROM rows_of`)
    for (const { row } of rows) yield row
    if (rows.length < BATCH) break
  }
  await client.query('CLOSE rows_of')
}

async function fill(client: pg.Client, table: string, file: string): Promise<TableDigest> {
  const { rows: columns } = await client.query<{ name: string; is_identity: boolean }>(
    `SELECT column_name AS name, is_identity = 'YES' AS is_identity FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
    [table],
  )
  if (columns.length === 0) throw new BackupError(`The database has no table ${table}.`)
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  const digest = new Digest()
  let batch: string[] = []
  const write = async (): Promise<void> => {
    if (batch.length === 0) return
    await client.query(
      `INSERT INTO "${table}" (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM json_populate_recordset(NULL::"${table}", $1)`,
      [`[${batch.join(',')}]`],
    )
    batch = []
  }
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Infinity })
  for await (const line of lines) {
    digest.add(line)
    batch.push(line)
    if (batch.length === BATCH) await write()
  }
  await write()
  for (const { name, is_identity } of columns) {
    if (is_identity)
      await client.query(
        `SELECT setval(pg_get_serial_sequence('"${table}"', '${name}'), coalesce((SELECT max("${name}") FROM "${table}"), 0) + 1, false)`,
      )
  }
  return digest.result()
}
