/**
 * New requests share each turn of the event loop with everything else. Node accepts one new connection a turn, and reads
 * nothing while a turn lasts: when a flood of requests is all begun in one turn, the next connection waits for all of them,
 * and the kernel turns further ones away, where nobody can tell them to come back later.
 */

/** What beginning requests may take of one turn (milliseconds); what is left over begins in the next ones, in order. */
const SHARE_MS = 2

export class LoopShare {
  readonly #nowMs: () => number
  #turnBeganMs = 0
  #waiting = 0
  #isCounting = false

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** Null when there is time for one more in this turn; else it is its turn when the promise is fulfilled. */
  take(): Promise<void> | null {
    if (!this.#isCounting) this.#count()
    if (this.#waiting === 0 && !this.#isSpent()) return null
    this.#waiting++
    return new Promise((resolve) => {
      const begin = (): void => {
        if (this.#isSpent()) return void setImmediate(begin)
        this.#waiting--
        resolve()
      }
      setImmediate(begin)
    })
  }

  #isSpent(): boolean {
    return this.#nowMs() - this.#turnBeganMs > SHARE_MS
  }

  /** A new turn begins before those that wait are looked at, and there is one as long as somebody waits. */
  #count(): void {
    this.#isCounting = true
    this.#turnBeganMs = this.#nowMs()
    setImmediate(() => {
      this.#turnBeganMs = this.#nowMs()
      if (this.#waiting > 0) this.#count()
      else this.#isCounting = false
    })
  }
}
