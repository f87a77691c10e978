/** Small rules that the operations on people, spaces and sessions share. */
import { toIso } from '../clock.ts'
import { errors } from './errors.ts'
import { parseInstant } from './validation.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Some parameters of the contract are plain strings although they are ids: what is no id is found nowhere. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** An instant in the wire's form. @throws ApiError 400 on `field`. */
export function instantParam(field: string, text: string): string {
  const ms = parseInstant(text)
  if (ms === null) throw errors.invalidField(field, 'Invalid datetime: send ISO 8601, for example 2025-06-16T16:54:17Z')
  return toIso(ms)
}

/** What starts later than this is a slip in the year, not a guest. */
const MOST_YEARS_AHEAD = 100
const YEAR_MS = 366 * 24 * 60 * 60 * 1000

/** @throws ApiError 400 for a start so far off that nobody would ever see the access begin. */
export function refuseFarStart(field: string, startsAt: string, nowMs: number): void {
  if (Date.parse(startsAt) > nowMs + MOST_YEARS_AHEAD * YEAR_MS) {
    throw errors.invalidField(field, `Lies more than ${String(MOST_YEARS_AHEAD)} years ahead: check the year`)
  }
}

/** Ids in lower case, each once, in the order given. */
export function distinctIds(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => id.toLowerCase()))]
}
