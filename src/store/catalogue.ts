/** Column types and primary keys as PostgreSQL has them, so that no table is described twice. */
import pg from 'pg'

export interface TableShape {
  columns: Map<string, string>
  primaryKey: string[]
}

export type Catalogue = Map<string, TableShape>

/** Reads the shape of every table in the public schema. */
export async function readCatalogue(config: pg.ClientConfig): Promise<Catalogue> {
  const client = new pg.Client(config)
  await client.connect()
  try {
    const { rows } = await client.query<{
      table_name: string
      name: string
      type: string
      key_position: number | null
    }>(
      `SELECT c.relname AS table_name, a.attname AS name, format_type(a.atttypid, NULL) AS type,
              array_position(i.indkey::int2[], a.attnum) AS key_position
         FROM pg_class c
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        ORDER BY c.relname, a.attnum`,
    )
    const catalogue: Catalogue = new Map()
    const keys = new Map<string, [number, string][]>()
    for (const row of rows) {
      let shape = catalogue.get(row.table_name)
      if (shape === undefined) {
        shape = { columns: new Map(), primaryKey: [] }
        catalogue.set(row.table_name, shape)
        keys.set(row.table_name, [])
      }
      shape.columns.set(row.name, row.type)
      if (row.key_position !== null) keys.get(row.table_name)?.push([row.key_position, row.name])
    }
    for (const [table, shape] of catalogue) {
      shape.primaryKey = (keys.get(table) ?? []).sort((a, b) => a[0] - b[0]).map(([, name]) => name)
    }
    return catalogue
  } finally {
    await client.end()
  }
}
