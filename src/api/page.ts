/** Keyset pagination: ordered by creation, then id; stable while rows are inserted and deleted (core.md 1.8). */
import { createHash } from 'node:crypto'
import { errors } from './errors.ts'
import type { Call } from './operation.ts'
import { parseInstant, type Params } from './validation.ts'

/** What the reader of a list needs to know of the page asked for. */
export interface PageRequest {
  limit: number
  /** The last row of the page before, or null for the first page. */
  after: { created_at: string; id: string } | null
  /** The newest rows first; the contract's order is oldest first. */
  isNewestFirst?: boolean
}

export interface Pagination {
  next_page_cursor: string | null
  has_next_page: boolean
  next_page_url: string | null
}

const MOST = 100_000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Reads `limit`, `page_cursor` and `order`; `defaultLimit` is that of the operation. `order` is ours: `oldest_first`, as
 * the contract has it, or `newest_first`, for people who look at what has just been made.
 */
export function pageRequest(params: Params, defaultLimit = 500): PageRequest {
  const given = params['limit'] ?? defaultLimit
  if (typeof given !== 'number' || !Number.isInteger(given) || given <= 0)
    throw errors.invalidField('limit', 'Number must be greater than 0')
  const limit = Math.min(given, MOST)
  const isNewestFirst = newestFirst(params['order'])
  const cursor = params['page_cursor'] ?? params['next_page_cursor'] ?? null
  if (cursor === null || cursor === '') return { limit, after: null, isNewestFirst }
  const decoded = decode(cursor as string)
  if (decoded === null)
    throw errors.invalidField('page_cursor', 'Invalid page_cursor: pass next_page_cursor of the page before unchanged')
  if (decoded.hash !== hashOf(params)) {
    throw errors.badRequest(
      'mismatched_page_parameters',
      'When using next_page_cursor, the request must send parameters identical to the initial request.',
    )
  }
  return { limit, after: { created_at: decoded.created_at, id: decoded.id }, isNewestFirst }
}

/** Reads `order`. @throws ApiError when it is neither of the two */
export function newestFirst(order: unknown): boolean {
  if (order !== undefined && order !== 'oldest_first' && order !== 'newest_first')
    throw errors.invalidField('order', 'Must be oldest_first or newest_first')
  return order === 'newest_first'
}

/**
 * Cuts the page from up to `limit + 1` rows. The reader asks for one row more than the limit: its presence says that
 * another page follows.
 */
export function page<R>(
  rows: R[],
  request: PageRequest,
  params: Params,
  call: Call,
  keyOf: (row: R) => { created_at: string; id: string },
): { rows: R[]; pagination: Pagination } {
  const shown = rows.slice(0, request.limit)
  const last = shown.at(-1)
  if (rows.length <= request.limit || last === undefined) {
    return { rows: shown, pagination: { next_page_cursor: null, has_next_page: false, next_page_url: null } }
  }
  const key = keyOf(last)
  const next_page_cursor = Buffer.from(JSON.stringify([hashOf(params), key.created_at, key.id])).toString('base64')
  return {
    rows: shown,
    pagination: { next_page_cursor, has_next_page: true, next_page_url: nextUrl(params, next_page_cursor, call) },
  }
}

/** SQL for the keyset: rows after the cursor, in order, one more than the limit. `next` is the number of the next free parameter. */
export function keyset(
  request: PageRequest,
  idColumn: string,
  next: number,
  alias = 't',
): { where: string; tail: string; values: unknown[] } {
  const [direction, beyond] = request.isNewestFirst === true ? [' DESC', '<'] : ['', '>']
  const order = (parameter: number): string =>
    `ORDER BY ${alias}.created_at${direction}, ${alias}.${idColumn}${direction} LIMIT $${parameter}::int`
  const limit = request.limit + 1
  if (request.after === null) return { where: '', tail: order(next), values: [limit] }
  return {
    where: ` AND (${alias}.created_at, ${alias}.${idColumn}) ${beyond} ($${next}::timestamptz, $${next + 1}::uuid)`,
    tail: order(next + 2),
    values: [request.after.created_at, request.after.id, limit],
  }
}

function decode(cursor: string): { hash: string; created_at: string; id: string } | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64').toString('utf8'))
    if (!Array.isArray(parts) || parts.length !== 3 || !parts.every((part) => typeof part === 'string')) return null
    const [hash, created_at, id] = parts as [string, string, string]
    if (parseInstant(created_at) === null || !UUID.test(id)) return null
    return { hash, created_at, id }
  } catch {
    return null
  }
}

function hashOf(params: Params): string {
  const { page_cursor: _cursor, next_page_cursor: _alias, ...rest } = params
  const sorted = Object.keys(rest)
    .sort()
    .map((key) => [key, rest[key]])
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 22)
}

function nextUrl(params: Params, cursor: string, call: Call): string {
  const url = new URL(call.services.publicUrl + call.path)
  for (const [key, value] of Object.entries(params)) {
    if (key === 'page_cursor' || key === 'next_page_cursor' || value === undefined) continue
    if (Array.isArray(value)) {
      if (value.length === 0) url.searchParams.append(key, '')
      for (const item of value) url.searchParams.append(key, scalar(item))
    } else if (typeof value === 'object' && value !== null) {
      for (const [inner, item] of Object.entries(value)) url.searchParams.append(`${key}.${inner}`, String(item))
    } else url.searchParams.append(key, value === null ? '' : scalar(value))
  }
  url.searchParams.set('page_cursor', cursor)
  return url.toString()
}

function scalar(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
