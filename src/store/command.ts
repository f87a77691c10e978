/**
 * A command is one statement. A set of changes becomes data-modifying CTEs over `json_to_recordset`, so that any
 * command is one round trip and one implicit transaction, without hand-woven SQL per operation (design.md section 1:
 * five awaited statements are 2.3 times slower). The text depends on the shape of the set alone; it is built once
 * per shape and prepared once per connection.
 */
import type { Author } from '../domain/audit/author.ts'
import type { ChangeSet, JobRequest } from '../domain/changes.ts'
import type { TableName } from '../domain/records.ts'
import type { Catalogue, TableShape } from './catalogue.ts'

export interface Statement {
  text: string
  values: (string | null)[]
}

/** An event with everything filled in, as it is stored. */
export interface StoredEvent {
  event_id: string
  event_type: string
  payload: Record<string, unknown>
  subject_ids: string[]
  occurred_at: string
  created_at: string
}

/** The lease a worker holds on the job it works for: a late write of a worker that lost it is refused. */
export interface Fence {
  kind: string
  key: string
  lease_id: string
}

/** What jobs go back to: the request that asks for them, for the log, and the step of its trace. */
export interface JobOrigin {
  request_id: string | null
  traceparent: string | null
}

/** Who writes and when, for the audit log: its triggers read it (migration 0012). */
export interface Signature extends Author {
  /** By the workspace's clock, and by the machine's. */
  occurred_at: string
  recorded_at: string
}

type Row = Record<string, unknown>

interface Part {
  kind: 'insert' | 'update' | 'delete' | 'expect'
  table: TableName
  columns: string[]
  rows: Row[]
}

const texts = new Map<string, string>()

/** Tables with an exclusion constraint on `code`, the PIN. */
const PIN_TABLES: ReadonlySet<TableName> = new Set(['pin_claim', 'acs_credential'])
/** Tables whose rows are rights or lead to some; with the last two all that hangs on them goes. */
const AUDITED: ReadonlySet<TableName> = new Set([
  'access_grant',
  'access_method',
  'acs_credential',
  'acs_user',
  'acs_access_group',
  'space',
  'user_identity',
  'acs_system',
  'connected_account',
])
/** PINs share this many turns in a workspace: so many advisory locks a command takes at the most. */
const PIN_TURNS = 256

/** Builds the one statement that writes `changes` in `workspaceId`; `jobs` and `events` are those of the set, completed. */
export function buildCommand(
  catalogue: Catalogue,
  workspaceId: string,
  changes: ChangeSet,
  jobs: readonly JobRequest[],
  events: StoredEvent[],
  fence: Fence | null,
  signature: Signature | null = null,
  origin: JobOrigin = { request_id: null, traceparent: null },
): Statement {
  const parts: Part[] = [
    ...collect('expect', changes.expectations),
    ...collect('delete', changes.deletes),
    ...collect('update', changes.updates),
    ...collect('insert', changes.inserts),
  ]
  const values: (string | null)[] = [workspaceId]
  const turns = pinTurns(parts)
  if (turns.length > 0) values.push(JSON.stringify(turns))
  for (const part of parts) values.push(JSON.stringify(part.rows))
  if (jobs.length > 0) values.push(JSON.stringify(jobs))
  if (events.length > 0) values.push(JSON.stringify(events))
  if (jobs.length > 0 || events.length > 0) values.push(origin.request_id, origin.traceparent)
  if (fence !== null) values.push(JSON.stringify(fence))
  const isSigned = signature !== null && parts.some(({ kind, table }) => kind !== 'expect' && AUDITED.has(table))
  if (isSigned) values.push(JSON.stringify(signature))

  const shape =
    parts.map((part) => `${part.kind} ${part.table} ${part.columns.join(',')}`).join('\n') +
    `\n${turns.length > 0}${jobs.length > 0}${events.length > 0}${fence !== null}${isSigned}`
  let text = texts.get(shape)
  if (text === undefined) {
    text = compose(catalogue, parts, {
      hasTurns: turns.length > 0,
      hasJobs: jobs.length > 0,
      hasEvents: events.length > 0,
      hasFence: fence !== null,
      isSigned,
    })
    texts.set(shape, text)
  }
  return { text, values }
}

/**
 * The turns of the PINs that the command writes, ascending. Two commands that write one PIN at the same instant would
 * each put it down and then wait for the other to end, as exclusion constraints do, until the database ends one of them
 * a second later; that one would decide again, put its PIN down before the other got on, and be waited for again. So
 * commands take the turns of their PINs before anything else: the second waits, finds the PIN taken, and decides again.
 */
function pinTurns(parts: readonly Part[]): number[] {
  const turns = new Set<number>()
  for (const { kind, table, rows } of parts) {
    if (!PIN_TABLES.has(table) || (kind !== 'insert' && kind !== 'update')) continue
    for (const { code } of rows) if (typeof code === 'string') turns.add(turnOf(code))
  }
  return [...turns].sort((a, b) => a - b)
}

function turnOf(code: string): number {
  let hash = 0
  for (let i = 0; i < code.length; i++) hash = (Math.imul(hash, 31) + code.charCodeAt(i)) | 0
  return (hash >>> 0) % PIN_TURNS
}

/** Rows of one table that set the same columns share a part. */
function collect(kind: Part['kind'], lists: Partial<Record<TableName, object[]>>): Part[] {
  const parts: Part[] = []
  for (const [table, rows] of Object.entries(lists) as [TableName, Row[]][]) {
    const byColumns = new Map<string, Part>()
    for (const row of rows) {
      const columns = Object.keys(row)
        .filter((column) => row[column] !== undefined && column !== 'workspace_id')
        .sort()
      const id = columns.join(',')
      let part = byColumns.get(id)
      if (part === undefined) {
        part = { kind, table, columns, rows: [] }
        byColumns.set(id, part)
        parts.push(part)
      }
      part.rows.push(row)
    }
  }
  return parts
}

interface Extras {
  hasTurns: boolean
  hasJobs: boolean
  hasEvents: boolean
  hasFence: boolean
  isSigned: boolean
}

function compose(catalogue: Catalogue, parts: Part[], extras: Extras): string {
  const { hasTurns, hasJobs, hasEvents, hasFence, isSigned } = extras
  const ctes: string[] = []
  const checks: string[] = []
  let parameter = 2
  // A condition of every part, looked at once and before its rows: nothing is locked until the turns are taken.
  const inTurn = hasTurns ? '(SELECT n FROM turns) >= 0' : null
  if (hasTurns) {
    ctes.push(
      `turns AS MATERIALIZED (SELECT count(*) AS n FROM (
         SELECT pg_advisory_xact_lock(hashtext($1::uuid::text), x.turn::int) FROM json_array_elements_text($${parameter}::json) AS x(turn)) taken)`,
    )
    parameter++
  }
  const where = inTurn === null ? '' : ` WHERE ${inTurn}`
  const and = inTurn === null ? '' : ` AND ${inTurn}`
  parts.forEach((part, i) => {
    const shape = shapeOf(catalogue, part)
    const record = `json_to_recordset($${parameter}::json) AS x(${part.columns.map((c) => `${quote(c)} ${typeOf(shape, part, c)}`).join(', ')})`
    const name = `p${i}`
    ctes.push(`${name} AS (${partSql(part, shape, record, inTurn)})`)
    if (part.kind !== 'insert') {
      checks.push(
        `assert_rows('${part.table}', json_array_length($${parameter}::json), (SELECT count(*) FROM ${name}))`,
      )
    }
    parameter++
  })
  const originAt = parameter + Number(hasJobs) + Number(hasEvents)
  const origin = `$${originAt}::uuid, $${originAt + 1}::text`
  if (hasJobs) {
    ctes.push(
      `jobs AS (INSERT INTO job (workspace_id, kind, key, run_at, request_id, traceparent)
         SELECT $1::uuid, x.kind, x.key, x.run_at, ${origin} FROM json_to_recordset($${parameter}::json) AS x(kind text, key text, run_at timestamptz)${where}
         ON CONFLICT (workspace_id, kind, key) DO UPDATE
           SET run_at = least(job.run_at, excluded.run_at), generation = job.generation + 1,
               request_id = excluded.request_id, traceparent = excluded.traceparent)`,
    )
    parameter++
  }
  if (hasEvents) {
    ctes.push(
      `events AS (INSERT INTO event (workspace_id, event_id, event_type, payload, subject_ids, occurred_at, created_at)
         SELECT $1::uuid, x.event_id, x.event_type, x.payload, x.subject_ids, x.occurred_at, x.created_at
           FROM json_to_recordset($${parameter}::json) AS x(event_id uuid, event_type text, payload jsonb, subject_ids uuid[], occurred_at timestamptz, created_at timestamptz)${where}
         RETURNING event_id, event_type, created_at)`,
      `deliveries AS (INSERT INTO webhook_delivery (workspace_id, webhook_id, event_id, status, next_attempt_at, created_at)
         SELECT $1::uuid, w.webhook_id, e.event_id, CASE WHEN w.disabled_at IS NULL THEN 'pending' ELSE 'held' END,
                CASE WHEN w.disabled_at IS NULL THEN e.created_at END, e.created_at
           FROM events e JOIN webhook w ON w.workspace_id = $1::uuid AND w.event_types && ARRAY['*', e.event_type]
         RETURNING webhook_delivery_id, status, created_at)`,
      `delivery_jobs AS (INSERT INTO job (workspace_id, kind, key, run_at, request_id, traceparent)
         SELECT $1::uuid, 'deliver_webhook', d.webhook_delivery_id::text, d.created_at, ${origin} FROM deliveries d
          WHERE d.status = 'pending' RETURNING 1)`,
    )
    checks.push('(SELECT count(*) FROM delivery_jobs)')
    parameter++
  }
  if (hasJobs || hasEvents) parameter += 2
  if (hasFence) {
    ctes.push(
      `fence AS (SELECT 1 FROM job j, jsonb_to_record($${parameter}::jsonb) AS x(kind text, key text, lease_id uuid)
         WHERE j.workspace_id = $1::uuid AND j.kind = x.kind AND j.key = x.key AND j.lease_id = x.lease_id${and} FOR UPDATE OF j)`,
    )
    checks.push(`assert_rows('lease', 1, (SELECT count(*) FROM fence))`)
    parameter++
  }
  // For this statement alone. Triggers run when the statement has been worked off, so it is set by then.
  if (isSigned) checks.push(`set_config('lockstitch.audit', $${parameter}, true)`)
  return `WITH ${ctes.join(',\n')}\nSELECT ${checks.length > 0 ? checks.map((c, i) => `${c} AS c${i}`).join(', ') : '1 AS c0'}`
}

function partSql(part: Part, shape: TableShape, record: string, condition: string | null): string {
  const table = quote(part.table)
  if (part.kind === 'insert') {
    const columns = part.columns.map(quote)
    return `INSERT INTO ${table} (workspace_id, ${columns.join(', ')}) SELECT $1::uuid, ${columns.map((c) => `x.${c}`).join(', ')} FROM ${record}${condition === null ? '' : ` WHERE ${condition}`} RETURNING 1`
  }
  const keys = shape.primaryKey.filter((key) => key !== 'workspace_id')
  const match = [`t.workspace_id = $1::uuid`, ...keys.map((key) => `t.${quote(key)} = x.${quote(key)}`)]
  const missing = keys.filter((key) => !part.columns.includes(key))
  if (missing.length > 0) throw new Error(`${part.kind} ${part.table} lacks its key ${missing.join(', ')}`)
  if (part.columns.includes('version')) match.push('t.version = x.version')
  if (condition !== null) match.push(condition)
  const where = match.join(' AND ')
  switch (part.kind) {
    case 'update': {
      const fields = part.columns.filter((column) => column !== 'version' && !keys.includes(column))
      const set = fields.map((column) => `${quote(column)} = x.${quote(column)}`)
      if (shape.columns.has('version')) set.push('version = t.version + 1')
      return `UPDATE ${table} t SET ${set.join(', ')} FROM ${record} WHERE ${where} RETURNING 1`
    }
    case 'delete':
      return `DELETE FROM ${table} t USING ${record} WHERE ${where} RETURNING 1`
    case 'expect':
      return `SELECT 1 FROM ${table} t, ${record} WHERE ${where} FOR SHARE OF t`
  }
}

function shapeOf(catalogue: Catalogue, part: Part): TableShape {
  const shape = catalogue.get(part.table)
  if (shape === undefined) throw new Error(`no table ${part.table}`)
  return shape
}

function typeOf(shape: TableShape, part: Part, column: string): string {
  const type = shape.columns.get(column)
  if (type === undefined) throw new Error(`table ${part.table} has no column ${column}`)
  return type
}

function quote(name: string): string {
  return `"${name}"`
}
