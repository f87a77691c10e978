/** The floor for a command: the rows of one grant written by pgbench, on the same cluster, with synchronous commit on. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where pgbench is, or null: PATH first, then where Debian puts it. */
export function findPgbench(): string | null {
  if (spawnSync('pgbench', ['--version']).status === 0) return 'pgbench'
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return null
  for (const version of readdirSync(root).sort().reverse()) {
    const path = join(root, version, 'bin/pgbench')
    if (existsSync(path)) return path
  }
  return null
}

export interface Place {
  host: string
  port: number
  user: string
  password: string
  database: string
}

/** Transactions per second of the script, 8 clients, for `seconds`. */
export function pgbench(pgbenchPath: string, place: Place, script: string, seconds: number, folder: string): number {
  const file = join(folder, 'grant.pgbench.sql')
  writeFileSync(file, script)
  const args = [
    '-n',
    '-M',
    'prepared',
    '-c',
    '8',
    '-j',
    '1',
    '-T',
    String(seconds),
    '-f',
    file,
    '-h',
    place.host,
    '-p',
    String(place.port),
    '-U',
    place.user,
    place.database,
  ]
  const run = spawnSync(pgbenchPath, args, { env: { ...process.env, PGPASSWORD: place.password }, encoding: 'utf8' })
  const match = /tps = ([\d.]+)/.exec(run.stdout)
  if (run.status !== 0 || match === null) throw new Error(`pgbench failed: ${run.stderr}`)
  return Number(match[1])
}

/** Rows of one table as they were written: values in PostgreSQL's own text form. */
export interface TableRows {
  table: string
  columns: { name: string; type: string }[]
  rows: (string | null)[][]
}

/**
 * One transaction that writes what one `access_grants/create` wrote: its rows, one INSERT each, with fresh ids where the
 * server made fresh ids.
 */
export function scriptOf(tables: readonly TableRows[], freshIds: ReadonlySet<string>): string {
  const variables = new Map<string, string>()
  const variable = (id: string): string => {
    const name = variables.get(id) ?? `r${variables.size}`
    variables.set(id, name)
    return `:${name}`
  }
  const literal = (value: string | null, type: string): string => {
    if (value === null) return 'NULL'
    const pieces = value
      .split(/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/)
      .filter((piece) => piece !== '')
    // pgbench has no uuids: a fresh one is spelled from a random number.
    const parts = pieces.map((piece) =>
      freshIds.has(piece) ? `md5((${variable(piece)})::text)::uuid::text` : `'${piece.replaceAll("'", "''")}'`,
    )
    return `(${parts.length === 0 ? "''" : parts.join(' || ')})::${type}`
  }
  const inserts = tables.flatMap(({ table, columns, rows }) =>
    rows.map(
      (row) =>
        `INSERT INTO ${table} (${columns.map((column) => column.name).join(', ')}) VALUES (${row.map((value, i) => literal(value, columns[i]?.type ?? 'text')).join(', ')});`,
    ),
  )
  const draws = [...variables.values()].map((name) => `\\set ${name} random(1, 9000000000000000000)`)
  return [...draws, 'BEGIN;', ...inserts, 'COMMIT;', ''].join('\n')
}
