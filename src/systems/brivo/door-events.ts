/** Brivo's access events, each taken over once. Pure but for the asking. */
import type { ReportedDoorEvent } from '../kit/driver.ts'
import type { AccessEvent } from './wire.ts'

const HOUR_MS = 3_600_000
/** A panel that was cut off tells of what happened meanwhile later: events are looked for this far back again. */
const LATE_MS = HOUR_MS / 4
/** The longest time asked for at once; Brivo gives 24 hours at most. */
const SPAN_MS = 2 * HOUR_MS

/** Events of which the reference says what they are: "User Entry" and "Unauthorized Access Attempt". */
const ENTRY = 2004
const REFUSED = 5018

interface Cursor {
  /** Nothing from before is told. */
  begin: number
  /** Up to here everything was asked for. */
  read_to: number
  /** What was told of the time that is looked at again. */
  seen: string[]
}

/** What happened since `cursor`. `ask` gets a time and gives what happened in it, newest first, and perhaps more. */
export async function eventsSince(
  cursor: string | null,
  now: number,
  ask: (from: number, to: number) => Promise<AccessEvent[]>,
): Promise<{ events: ReportedDoorEvent[]; cursor: string; hasMore: boolean }> {
  if (cursor === null) {
    const first: Cursor = { begin: now, read_to: now, seen: [] }
    return { events: [], cursor: JSON.stringify(first), hasMore: false }
  }
  const { begin, read_to, seen } = JSON.parse(cursor) as Cursor
  const from = Math.max(begin, read_to - LATE_MS)
  const to = Math.min(from + SPAN_MS, Math.max(now, read_to))
  const known = new Set(seen)
  // The hours around it are told too. What lies behind `to` comes with the next look.
  const told = (await ask(from, to)).filter((event) => {
    const at = Date.parse(event.occurred)
    return at >= from && (at < to || to >= now)
  })
  const next: Cursor = {
    begin,
    read_to: to,
    seen: told.filter((event) => Date.parse(event.occurred) >= to - LATE_MS).map((event) => event.uuid),
  }
  const events = told
    .filter((event) => !known.has(event.uuid))
    .flatMap((event) => doorEventOf(event) ?? [])
    // Of two in one second the one told later happened first.
    .reverse()
    .sort((a, b) => Date.parse(a.occurred_at) - Date.parse(b.occurred_at))
  return { events, cursor: JSON.stringify(next), hasMore: to < now }
}

/** Null for whatever is no door that somebody used: Lockstitch itself tells of doors it opened from afar. */
export function doorEventOf({ securityAction, actor, eventObject, occurred }: AccessEvent): ReportedDoorEvent | null {
  const { securityActionId } = securityAction
  if ((securityActionId !== ENTRY && securityActionId !== REFUSED) || eventObject?.id === undefined) return null
  return {
    occurred_at: new Date(occurred).toISOString(),
    entrance_id: String(eventObject.id),
    user_id: actor?.id === undefined || actor.id === 0 ? null : String(actor.id),
    opened: securityActionId === ENTRY,
  }
}
