/**
 * Time is passed in, never taken: below `main.ts` nothing reads the machine's clock.
 * A sandbox workspace has a clock of its own, which can be frozen and moved (design.md section 2).
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  now(): number
}

/** How a workspace's clock differs from the machine's: it stands still at `clock_frozen_at`, or runs `clock_offset_ms` ahead. */
export interface WorkspaceClockSetting {
  clock_offset_ms: number
  clock_frozen_at: string | null
}

/** The time it is in a workspace, in milliseconds. */
export function workspaceNow(clock: Clock, setting: WorkspaceClockSetting): number {
  return setting.clock_frozen_at === null ? clock.now() + setting.clock_offset_ms : Date.parse(setting.clock_frozen_at)
}

/** An instant as it goes over the wire: ISO 8601, UTC, milliseconds (core.md 1.9). */
export function toIso(ms: number): string {
  return new Date(ms).toISOString()
}
