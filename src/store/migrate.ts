/** Forward-only numbered migrations, safe when two processes start at once. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { Log } from '../log.ts'

/** The folder of them: beside this file, and beside the built program that this file is part of. */
export const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url))

/** One number for "migrations of Lockstitch", taken as an advisory lock while they run. */
const MIGRATION_LOCK = 7_106_115_116

/** The database was made by a newer Lockstitch, or a released migration was edited. */
export class MigrationError extends Error {
  override name = 'MigrationError'
}

/**
 * Brings the schema up to the newest migration in `folder`.
 * @throws MigrationError when the database is newer than this version or a migration was changed after it ran.
 */
export async function migrate(config: pg.ClientConfig, folder: string, log: Log): Promise<void> {
  const client = new pg.Client(config)
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    await client.query(
      `CREATE TABLE IF NOT EXISTS schema_migration (
         number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    )
    const applied = await client.query<{ number: number; name: string; checksum: string }>(
      'SELECT number, name, checksum FROM schema_migration ORDER BY number',
    )
    const known = new Map(applied.rows.map((row) => [row.number, row]))
    const files = (await readdir(folder)).filter((file) => /^\d{4}_.*\.sql$/.test(file)).sort()
    const newest = Number(files.at(-1)?.slice(0, 4) ?? 0)
    const unknown = applied.rows.find((row) => row.number > newest)
    if (unknown !== undefined) {
      throw new MigrationError(
        `The database has migration ${unknown.number} (${unknown.name}), which this version of Lockstitch does not know. Start the newer version again.`,
      )
    }
    for (const file of files) {
      const number = Number(file.slice(0, 4))
      const sql = await readFile(join(folder, file), 'utf8')
      const checksum = createHash('sha256').update(sql).digest('hex')
      const done = known.get(number)
      if (done !== undefined) {
        if (done.checksum !== checksum) {
          throw new MigrationError(
            `Migration ${file} was changed after it ran. Restore it and add a new migration instead.`,
          )
        }
        continue
      }
      await client.query('BEGIN')
      try {
        await client.query(sql)
        await client.query('INSERT INTO schema_migration (number, name, checksum) VALUES ($1, $2, $3)', [
          number,
          file,
          checksum,
        ])
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      }
      log.info({ migration: file }, 'migrated')
    }
  } finally {
    await client.end()
  }
}
