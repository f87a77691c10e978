/** Every column that rests encrypted: to check that the key fits, and to seal all anew with a new one. */
import pg from 'pg'
import type { Sealer } from './sealer.ts'

/** By table: the columns, and the key columns of its rows besides `workspace_id`. */
const SEALED: Record<string, { columns: string[]; key: string[] }> = {
  client_session: { columns: ['token_sealed'], key: ['client_session_id'] },
  connect_webview: { columns: ['auth_token_sealed', 'sealed_answers'], key: ['connect_webview_id'] },
  connected_account: { columns: ['sealed_login'], key: ['connected_account_id'] },
  idempotency_record: { columns: ['sealed_results', 'sealed_answer'], key: ['scope', 'idempotency_key'] },
  webhook: { columns: ['secret_sealed', 'previous_secret_sealed'], key: ['webhook_id'] },
}

/** Rows handled at once. */
const BATCH = 500

type Row = Record<string, string | null>

/** Goes through all sealed values; `visit` answers the text to put in its place, or null to leave it. */
async function walk(
  connection: pg.ClientConfig,
  visit: (sealed: string, table: string, column: string) => string | null,
): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    for (const [table, { columns, key }] of Object.entries(SEALED)) {
      const keys = ['workspace_id', ...key]
      let after: (string | null)[] | null = null
      for (;;) {
        const where: string =
          after === null
            ? ''
            : `WHERE (${keys.join(', ')}) > (${keys.map((name, i) => `$${String(i + 1)}::${typeOf(name)}`).join(', ')})`
        const { rows }: { rows: Row[] } = await client.query<Row>(
          `SELECT ${[...keys, ...columns].join(', ')} FROM ${table} ${where} ORDER BY ${keys.join(', ')} LIMIT ${String(BATCH)}`,
          after ?? [],
        )
        for (const row of rows) {
          for (const column of columns) {
            const sealed = row[column] ?? null
            const anew = sealed === null ? null : visit(sealed, table, column)
            if (anew === null) continue
            // Only while it is still what was read: a server may have written another.
            const match = keys.map((name, i) => `${name} = $${String(i + 3)}`).join(' AND ')
            await client.query(`UPDATE ${table} SET ${column} = $1 WHERE ${column} = $2 AND ${match}`, [
              anew,
              sealed,
              ...keys.map((name) => row[name]),
            ])
          }
        }
        const last = rows.at(-1)
        if (last === undefined || rows.length < BATCH) break
        after = keys.map((name) => last[name] ?? null)
      }
    }
  } finally {
    await client.end()
  }
}

const typeOf = (column: string): string => (column.endsWith('_id') ? 'uuid' : 'text')

/** How many sealed values there are, and which cannot be opened. */
export async function unsealable(
  connection: pg.ClientConfig,
  sealer: Sealer,
): Promise<{ checked: number; closed: { table: string; column: string; count: number }[] }> {
  let checked = 0
  const closed = new Map<string, { table: string; column: string; count: number }>()
  await walk(connection, (sealed, table, column) => {
    checked++
    try {
      sealer.open(sealed)
    } catch {
      const one = closed.get(`${table}.${column}`) ?? { table, column, count: 0 }
      closed.set(`${table}.${column}`, { ...one, count: one.count + 1 })
    }
    return null
  })
  return { checked, closed: [...closed.values()] }
}

/** Seals everything anew that is not sealed with the newest key. @throws Error for what no key opens */
export async function resealAll(
  connection: pg.ClientConfig,
  sealer: Sealer,
): Promise<{ checked: number; resealed: number }> {
  let checked = 0
  let resealed = 0
  await walk(connection, (sealed) => {
    checked++
    if (sealer.isNewest(sealed)) return null
    resealed++
    return sealer.seal(sealer.open(sealed))
  })
  return { checked, resealed }
}
