/** Waits after failures one, two, ... of whatever is tried again, by the workspace's clock: jobs, changes, looks at systems. */
export const WAITS_MS: readonly number[] = [250, 1000, 5000, 15_000, 60_000, 300_000]

/** The wait after a failure that `earlier` others came before; the last wait repeats. */
export function waitAfter(earlier: number): number {
  return WAITS_MS[Math.min(earlier, WAITS_MS.length - 1)] ?? 0
}
