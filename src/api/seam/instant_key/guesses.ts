/**
 * Short codes cannot be guessed as long as guesses are few: an address that has named too many unknown codes has to
 * wait. Counted in memory, by each process: 50 bits of code leave that margin.
 */
import { ApiError } from '../../errors.ts'
import type { Call, Services } from '../../operation.ts'

const MOST_WRONG = 20
const PERIOD_MS = 10 * 60 * 1000
/** Addresses remembered at most; the oldest is forgotten first. */
const MOST_ADDRESSES = 10_000

interface Tally {
  wrong: number
  since: number
}

export class Guesses {
  readonly #byAddress = new Map<string, Tally>()

  /** Whether the address may name a code now. */
  allows(address: string, nowMs: number): boolean {
    const tally = this.#byAddress.get(address)
    if (tally === undefined) return true
    if (nowMs - tally.since >= PERIOD_MS) {
      this.#byAddress.delete(address)
      return true
    }
    return tally.wrong < MOST_WRONG
  }

  /** The address named a code that does not exist. */
  wrong(address: string, nowMs: number): void {
    const tally = this.#byAddress.get(address)
    if (tally !== undefined) tally.wrong++
    else {
      const [oldest] = this.#byAddress.keys()
      if (this.#byAddress.size >= MOST_ADDRESSES && oldest !== undefined) this.#byAddress.delete(oldest)
      this.#byAddress.set(address, { wrong: 1, since: nowMs })
    }
  }
}

const ofServer = new WeakMap<Services, Guesses>()

/** The tally of this server. */
function guessesOf(services: Services): Guesses {
  let guesses = ofServer.get(services)
  if (guesses === undefined) {
    guesses = new Guesses()
    ofServer.set(services, guesses)
  }
  return guesses
}

const PRIVATE = /^(::ffff:)?(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)|^::1$|^f[cd]/i

/** The caller, or the one a proxy on this machine or network speaks for: else one guesser would lock out all guests. */
function addressOf({ address, headers }: Call): string {
  const forwarded = headers['x-forwarded-for']?.split(',').at(-1)?.trim()
  return forwarded !== undefined && forwarded !== '' && PRIVATE.test(address) ? forwarded : address
}

/** Looks a code up for a caller nobody knows; a miss is counted. @throws ApiError 429 after too many */
export async function guarded<T>(call: Call, lookUp: () => Promise<T | undefined>): Promise<T | undefined> {
  const guesses = guessesOf(call.services)
  const address = addressOf(call)
  // The machine's time: the workspace is not known before the code is.
  const now = call.services.clock.now()
  if (!guesses.allows(address, now)) {
    throw new ApiError(
      429,
      'rate_limit_exceeded',
      'Too many unknown Instant Keys were asked for. Try again in a few minutes.',
    )
  }
  const found = await lookUp()
  if (found === undefined) guesses.wrong(address, now)
  return found
}
