/** When a grant next needs to be looked at because time passes (core.md 6.10). */
import type { AccessGrantRecord } from '../records.ts'

/** An un-issued method is reported late this long before `starts_at`, in milliseconds (core.md 6.10, inferred). */
export const DELAY_NOTICE_MS = 15 * 60 * 1000

/**
 * The next instant (ISO 8601) at which something about the grant changes by itself, after `nowMs`; null when nothing
 * more will. The boundaries: 15 minutes before the start, the start, the end.
 */
export function nextBoundary(grant: Pick<AccessGrantRecord, 'starts_at' | 'ends_at'>, nowMs: number): string | null {
  const startsAt = Date.parse(grant.starts_at)
  const boundaries = [
    startsAt - DELAY_NOTICE_MS,
    startsAt,
    grant.ends_at === null ? Infinity : Date.parse(grant.ends_at),
  ]
  const next = Math.min(...boundaries.filter((at) => at > nowMs))
  return Number.isFinite(next) ? new Date(next).toISOString() : null
}
