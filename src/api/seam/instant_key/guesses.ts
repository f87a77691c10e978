/** Short codes cannot be guessed as long as guesses are few: 50 bits of code leave that margin. */
import { addressOf, Guesses, refuseUntil } from '../../limits.ts'
import type { Call, Services } from '../../operation.ts'

/** Unknown codes that one address may name within ten minutes. */
const MOST_WRONG = 20

const ofServer = new WeakMap<Services, Guesses>()

/** The tally of this server. */
function guessesOf(services: Services): Guesses {
  let guesses = ofServer.get(services)
  if (guesses === undefined) {
    guesses = new Guesses(MOST_WRONG)
    ofServer.set(services, guesses)
  }
  return guesses
}

/** Looks a code up for a caller nobody knows; a miss is counted. @throws ApiError 429 after too many */
export async function guarded<T>(call: Call, lookUp: () => Promise<T | undefined>): Promise<T | undefined> {
  const guesses = guessesOf(call.services)
  const address = addressOf(call.address, call.headers)
  // The machine's time: the workspace is not known before the code is.
  const now = call.services.clock.now()
  refuseUntil(guesses.waitMs(address, now), 'Too many unknown Instant Keys were asked for. Try again in a few minutes.')
  const found = await lookUp()
  if (found === undefined) guesses.wrong(address, now)
  return found
}
