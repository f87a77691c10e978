/** What the operations on events and webhooks ask of event types and times. */
import { toIso } from '../../clock.ts'
import type { Contract } from '../contract.ts'
import { errors } from '../errors.ts'
import { parseInstant } from '../validation.ts'

/** Refuses event types that do not exist: a filter on one would wait for ever. @throws ApiError 400 on `field` */
export function checkEventType(contract: Contract, field: string, eventType: string): void {
  if (contract.eventTypes.has(eventType)) return
  throw errors.invalidField(field, `Unknown event type '${eventType}'`)
}

/** An instant in the wire's form: ISO 8601, or another date that can be read; UTC unless it says otherwise. @throws ApiError 400 on `field` */
export function eventTime(field: string, text: string): string {
  const ms = parseInstant(text) ?? parseDate(text)
  if (ms === null) throw errors.invalidField(field, 'Invalid datetime: send ISO 8601, for example 2025-06-16T16:54:17Z')
  return toIso(ms)
}

/** `16 June 2025 16:54`, `Mon, 16 Jun 2025 16:54:17 GMT`: what earlier clients send. */
function parseDate(text: string): number | null {
  const candidates = [Date.parse(`${text} UTC`), Date.parse(text)]
  return candidates.find((ms) => !Number.isNaN(ms) && parseInstant(toIso(ms)) !== null) ?? null
}
