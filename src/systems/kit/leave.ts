/**
 * Leave to ask a system. Whoever asks has its turn for a time; a process that stood still may have lost it without having
 * heard. So leave comes with the signal of a call and is looked at right before each request goes out: a call of several
 * requests stops where the process stood still, and does not go on among what others have told the system since.
 */
const looks = new WeakMap<AbortSignal, () => void>()

/** From now on calls with this signal ask only while `look` does not throw. */
export function withLeave(signal: AbortSignal, look: () => void): AbortSignal {
  looks.set(signal, look)
  return signal
}

/** Right before something is asked. @throws whatever says that it may not be asked any more */
export function lookForLeave(signal: AbortSignal | undefined): void {
  if (signal !== undefined) looks.get(signal)?.()
}
