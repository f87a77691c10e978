/** An event as it goes over the wire: exactly as it was stored with the change it tells of, here and in webhooks (core.md section 11). */
import type { EventRecord, Json } from '../records.ts'

export function presentEvent(event: Pick<EventRecord, 'payload'>): Json {
  return event.payload
}
