/** Time in the browser, in one place: what counts is the property's time, told by the server and carried on from there. */

/** Milliseconds since 1970 by this phone, which may be wrong; only differences are used. */
export function phoneNow(): number {
  return Date.now()
}

/** Resolves after a while, or at once when aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
