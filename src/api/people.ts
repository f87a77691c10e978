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

/** Ids in lower case, each once, in the order given. */
export function distinctIds(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => id.toLowerCase()))]
}
