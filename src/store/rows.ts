/**
 * Rows come as JSON made by PostgreSQL: one column instead of thirty to describe, send and parse (measured on a point
 * read of 38 columns: 17 instead of 32 microseconds of processor time, 22,000 instead of 18,000 a second).
 */

const wrapped = new Map<string, string>()

/** The statement that gives each row of `text` (a SELECT) as one JSON object. */
export function asJson(text: string): string {
  let json = wrapped.get(text)
  if (json === undefined) {
    json = `SELECT row_to_json(q)::text AS row FROM (${text}) q`
    wrapped.set(text, json)
  }
  return json
}

/** Columns of a statement that hold instants. */
const instantColumns = new Map<string, string[]>()

/** The rows of a statement that {@link asJson} wrapped, with instants as they go over the wire. */
export function readJson<R extends object>(text: string, rows: readonly { row: string }[]): R[] {
  const parsed = rows.map(({ row }) => JSON.parse(row) as Record<string, unknown>)
  const [first] = parsed
  if (first === undefined) return []
  let columns = instantColumns.get(text)
  if (columns === undefined) {
    columns = Object.keys(first).filter((column) => /_(at|since)$/.test(column))
    instantColumns.set(text, columns)
  }
  for (const row of parsed) {
    for (const column of columns) {
      const value = row[column]
      if (typeof value === 'string') row[column] = toWireInstant(value)
    }
  }
  return parsed as R[]
}

/**
 * `2025-06-16T16:54:17.9+00:00` (in JSON) or `2025-06-16 16:54:17.9+00` (as a column), in a session in UTC ->
 * `2025-06-16T16:54:17.900Z`.
 */
export function toWireInstant(text: string): string {
  const zone = text.endsWith('+00:00') ? 6 : text.endsWith('+00') ? 3 : 0
  if (zone === 0) return text
  const milliseconds = text
    .slice(20, text.length - zone)
    .padEnd(3, '0')
    .slice(0, 3)
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`
}
