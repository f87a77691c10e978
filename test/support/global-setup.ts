/** The pages built once, and one PostgreSQL for all test files, with a migrated template: a test's own database is a copy of it, made in milliseconds. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
// @ts-expect-error: a script without types
import { buildPages as untyped } from '../../scripts/build-pages.mjs'
import { silentLog } from '../../src/log.ts'
import { openEmbeddedDatabase } from '../../src/store/embedded/index.ts'
import { migrate } from '../../src/store/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: { host: string; port: number; user: string; password: string }
  }
}

const buildPages = untyped as () => Promise<void>

export const TEMPLATE = 'lockstitch_template'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildPages()
  const folder = mkdtempSync(join(tmpdir(), 'lockstitch-test-'))
  chmodSync(folder, 0o755)
  const database = await openEmbeddedDatabase({ dataDir: folder, log: silentLog })
  const { admin } = database
  const client = new pg.Client(admin)
  await client.connect()
  // Nobody kills this one: what is killed in tests has a PostgreSQL of its own. So no test has to wait for the disk.
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes'])
    await client.query(`ALTER SYSTEM SET ${setting} = off`)
  await client.query('SELECT pg_reload_conf()')
  await client.query(`CREATE DATABASE ${TEMPLATE}`)
  await client.end()
  await migrate({ ...admin, database: TEMPLATE }, join(import.meta.dirname, '../../src/store/migrations'), silentLog)
  project.provide('postgres', { host: admin.host, port: admin.port, user: admin.user, password: admin.password })
  return async () => {
    await database.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
