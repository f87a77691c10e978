/** What a Visionline server's refusals mean. Their text is not published: it is kept as the cause, and shown to nobody. */
import { SystemError } from '../kit/errors.ts'
import type { HttpAnswer } from '../kit/http.ts'

/** Longest piece of a refusal that is kept. */
const KEPT = 2048

/** A server's own words; they may hold anything, so that printing the error does not print them. */
export class ServerRefusal extends Error {
  override name = 'ServerRefusal'
  readonly status: number
  readonly #body: string

  constructor(answer: HttpAnswer) {
    super(`Visionline answered with the status ${answer.status}.`)
    this.status = answer.status
    this.#body = answer.body.slice(0, KEPT)
  }

  /** For somebody who looks into it on purpose. */
  body(): string {
    return this.#body
  }
}

/** `hasEffect`: what was asked changes something, so that an answer on the way may have been lost after it was done. */
export function refusalOf(answer: HttpAnswer, hasEffect: boolean): SystemError {
  const cause = new ServerRefusal(answer)
  const { status } = answer
  switch (status) {
    case 401:
      return new SystemError(
        'unauthorized',
        'Visionline refuses the login. Check: User name, Password, and that its clock and ours agree.',
        { cause },
      )
    case 403:
      return new SystemError(
        'unauthorized',
        'Visionline lets this user in, but not do this. Give the user the rights for the Web API in Visionline.',
        { cause },
      )
    case 404:
      return new SystemError('not_found', 'Visionline has no such door, card or encoder (any more).', { cause })
    case 409:
      return new SystemError('conflict', 'Visionline refuses: it clashes with a card it holds. Look into its log.', {
        cause,
      })
    case 429:
      return new SystemError('rate_limited', 'Visionline is asked too often. It is asked again in a while.', { cause })
    case 503:
      return new SystemError('busy', 'Visionline is busy. It is asked again in a while.', { cause })
    case 408:
    case 502:
    case 504:
      return hasEffect
        ? inDoubt(cause)
        : new SystemError('unreachable', 'Visionline cannot be reached behind its gateway. Check that it is running.', {
            cause,
          })
    default:
      return status >= 500 && !hasEffect
        ? new SystemError('unreachable', `Visionline failed (status ${status}). Look into its log.`, { cause })
        : new SystemError('rejected', `Visionline refused the request (status ${status}). Look into its log.`, {
            cause,
          })
  }
}

export function inDoubt(cause: unknown): SystemError {
  return new SystemError('in_doubt', 'Visionline did not answer. Its state is read before it is asked again.', {
    cause,
  })
}
