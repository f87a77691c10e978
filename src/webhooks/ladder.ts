/** When a delivery that failed is tried again (core.md section 12). */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** The wait after failure one, two, ...; after the last try there is none. */
const WAITS_MS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR]

/** Tries of one delivery in all. */
export const MAX_ATTEMPTS = WAITS_MS.length + 1

/** The time of the next try after `failures` failed ones, the last of them at `failedAtMs`; null when that was the last try. */
export function nextAttemptAt(failures: number, failedAtMs: number): number | null {
  const wait = WAITS_MS[failures - 1]
  return wait === undefined ? null : failedAtMs + wait
}
