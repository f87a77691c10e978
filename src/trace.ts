/** Which request the work at hand goes back to: from the HTTP answer over jobs to what access systems are asked. */
import { AsyncLocalStorage } from 'node:async_hooks'

const current = new AsyncLocalStorage<string | null>()

/** Runs `work` for a request; its id is found with {@link currentRequestId} in everything that the work awaits. */
export function forRequest<T>(requestId: string | null, work: () => T): T {
  return current.run(requestId, work)
}

/** The request that caused what runs now; null when nobody asked for it (clocks, polls). */
export function currentRequestId(): string | null {
  return current.getStore() ?? null
}
