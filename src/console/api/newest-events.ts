/**
 * Events newest first. The API lists them oldest first, so the list is walked backwards by spans of time: wider where little
 * happened, narrower where much did.
 */
import type { SeamEvent } from './routes.ts'

/** Asks for the events between two instants, oldest first, at most `limit`. */
export type AskEvents = (fromMs: number, untilMs: number, limit: number) => Promise<SeamEvent[]>

export interface Span {
  /** Nothing after this is asked for (exclusive). */
  untilMs: number
  spanMs: number
}

/** As many as one question may bring. A full answer is no answer: which of its span are missing is not known. */
const MOST = 500
/** Enough for a page. */
const ENOUGH = 60
const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS
/** The clocks of browser and server may differ by this much. */
const SKEW_MS = 300_000

/** Where to begin: at the end of time for a workspace whose own clock is ahead, else a little after now. */
export async function newestSpan(ask: AskEvents, nowMs: number): Promise<Span> {
  const aheadMs = nowMs + SKEW_MS
  const ahead = await ask(aheadMs - 1, aheadMs + 100 * YEAR_MS, 1)
  if (ahead.length === 0) return { untilMs: aheadMs, spanMs: HOUR_MS }
  return { untilMs: aheadMs + 100 * YEAR_MS, spanMs: 100 * YEAR_MS }
}

/** The newest events of the span and before it, newest first, and where to go on; null = nothing is older. */
export async function eventsBefore(
  ask: AskEvents,
  { untilMs, spanMs }: Span,
  oldestMs: number,
): Promise<{ events: SeamEvent[]; next: Span | null }> {
  const found: SeamEvent[] = []
  let [until, span] = [untilMs, spanMs]
  while (until > oldestMs && found.length < ENOUGH) {
    const from = Math.max(until - span, oldestMs)
    // Both ends are exclusive for the API: a millisecond more at the start leaves none out.
    const answer = await ask(from - 1, until, MOST)
    // So many in one millisecond are not taken apart any more.
    if (answer.length === MOST && span > 1) {
      span = Math.max(1, Math.floor(span / 8))
      continue
    }
    found.push(...answer.toReversed())
    until = from
    if (answer.length < ENOUGH) span *= 8
  }
  return { events: found, next: until > oldestMs ? { untilMs: until, spanMs: span } : null }
}
