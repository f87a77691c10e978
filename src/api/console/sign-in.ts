/** Proving who one is with a password. Wrong ones are counted, by account and by address, and slowed down. */
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { hashPassword, isPassword, needsRehash, passwordFault, TooManyHashes } from '../../store/passwords.ts'
import type { Store } from '../../store/store.ts'
import { keepRehash, type Account } from '../../store/users.ts'
import { ApiError, errors } from '../errors.ts'
import { Guesses, refuseUntil } from '../limits.ts'

/** Wrong passwords within ten minutes, for one account from one address; for an account from anywhere; from an address. */
const MOST_FOR_ACCOUNT_FROM_ADDRESS = 5
const MOST_FOR_ACCOUNT = 50
const MOST_FROM_ADDRESS = 30

export interface Attempt {
  /** The e-mail address as given: counted whether an account has it or not. */
  emailAddress: string
  /** Where it came from. */
  address: string
}

/** Of one process, in memory (limits.ts). */
export class PasswordCheck {
  readonly #store: Store
  readonly #clock: Clock
  readonly #log: Log
  readonly #pair = new Guesses(MOST_FOR_ACCOUNT_FROM_ADDRESS)
  readonly #account = new Guesses(MOST_FOR_ACCOUNT)
  readonly #address = new Guesses(MOST_FROM_ADDRESS)

  constructor(store: Store, clock: Clock, log: Log) {
    this.#store = store
    this.#clock = clock
    this.#log = log
  }

  /**
   * Whether the password is the account's; without an account it is not, after the same time.
   * @throws ApiError 429 after too many wrong ones, 503 when too many are being checked
   */
  async check(account: Account | undefined, password: string, attempt: Attempt): Promise<boolean> {
    const now = this.#clock.now()
    const mail = attempt.emailAddress.toLowerCase().slice(0, 320)
    const tallies: [Guesses, string][] = [
      [this.#pair, `${attempt.address} ${mail}`],
      [this.#account, mail],
      [this.#address, attempt.address],
    ]
    const waitMs = Math.max(...tallies.map(([guesses, key]) => guesses.waitMs(key, now)))
    refuseUntil(waitMs, 'Too many wrong passwords. Wait as retry-after says, then try again with the right one.')
    // Counted before it is looked at: guesses sent at once are guesses too.
    for (const [guesses, key] of tallies) guesses.wrong(key, now)
    const forgive = (): void => {
      for (const [guesses, key] of tallies) guesses.right(key)
    }
    try {
      if (!(await isPassword(password, account?.password_hash ?? null))) {
        this.#log.info({ address: attempt.address }, 'a sign-in to the console was refused')
        return false
      }
    } catch (error) {
      forgive()
      throw asBusy(error)
    }
    forgive()
    const kept = account?.password_hash ?? ''
    if (account !== undefined && needsRehash(kept)) {
      // The one moment when the password is known: it is kept as passwords are kept today.
      await keepRehash(this.#store, account.user_id, kept, await hashOf(password))
    }
    return true
  }
}

/** The hash to keep of a password. @throws ApiError 503 when too many are being made */
export async function hashOf(password: string): Promise<string> {
  try {
    return await hashPassword(password)
  } catch (error) {
    throw asBusy(error)
  }
}

/** @throws ApiError 400 when the password will not do for this account */
export function refuseWeakPassword(field: string, password: string, emailAddress: string): void {
  const fault = passwordFault(password, emailAddress)
  if (fault !== null) throw errors.invalidField(field, fault)
}

export function invalidLogin(): ApiError {
  return new ApiError(
    401,
    'invalid_login',
    'There is no account with this e-mail address and password. Check both. A new password is set with: npm run lockstitch -- console-user',
  )
}

function asBusy(error: unknown): unknown {
  if (!(error instanceof TooManyHashes)) return error
  return new ApiError(503, 'server_overloaded', 'Too many people are signing in at once. Try again shortly.', {
    retryAfterMs: 1000,
  })
}
