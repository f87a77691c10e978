/** Brivo's refusals as faults that say what to do (apidocs.brivo.com, Response Codes). Pure. */
import type { HttpAnswer } from '../kit/http.ts'
import { SystemError } from '../kit/errors.ts'
import { fault } from './wire.ts'

/** Longest piece of Brivo's own words that is passed on. */
const LONGEST_WORDS = 200

/**
 * What Brivo said, fit to be shown: JSON answers alone (a page of HTML says nothing to an operator), without any number
 * that could be a PIN or a card's, and without `secrets`.
 */
export function wordsOf(body: string, secrets: readonly string[] = []): string | null {
  let said: string | undefined
  try {
    const { message, error_description, error } = fault(JSON.parse(body), 'the answer')
    said = message ?? error_description ?? error
  } catch {
    return null
  }
  if (said === undefined) return null
  // The longest first: one secret may be a part of another.
  const hidden = secrets.filter((secret) => secret !== '').sort((a, b) => b.length - a.length)
  const words = hidden
    .reduce((text, secret) => text.replaceAll(secret, '...'), said)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\d(?:[\s-]?\d){2,}/g, '...')
    .trim()
  return words === '' ? null : words.slice(0, LONGEST_WORDS).replace(/[.\s]+$/, '')
}

/** The fault behind an answer that is no success. `isReading`: asking changed nothing. `secrets` are not passed on. */
export function faultOf(answer: HttpAnswer, isReading: boolean, secrets: readonly string[]): SystemError {
  const { status, body } = answer
  const words = wordsOf(body, secrets)
  const said = words === null ? '' : ` Brivo says: ${words}.`
  const cause = new Error(`status ${status}`)
  switch (status) {
    case 400:
      return new SystemError(
        'rejected',
        `Brivo refused the request.${said} Check what was sent against the account at Brivo.`,
        { cause },
      )
    case 401:
      return loginRefused('its e-mail address and password', cause)
    case 403:
      if (/developer\s+(inactive|over)/i.test(body) || words === null) return keyRefused(cause)
      return new SystemError(
        'rejected',
        `The Brivo administrator of this connection may not do this.${said} Give the administrator the permission in Brivo Access.`,
        { cause, code: 'insufficient_permissions' },
      )
    case 404:
      return new SystemError('not_found', `Brivo has no such thing (any more).${said} Read its state again.`, { cause })
    case 412:
      return new SystemError('rejected', 'The door is not connected to Brivo. Check its panel, then try again.', {
        cause,
        code: 'entrance_offline',
      })
    case 429:
      return new SystemError('rate_limited', 'Brivo was asked too often. It is asked again in a while.', { cause })
    case 503:
      return new SystemError('busy', 'Brivo is busy. It is asked again in a while.', { cause })
    case 596:
      return wrongAddress(cause)
  }
  if (status >= 500)
    return isReading
      ? new SystemError('unreachable', `Brivo has a fault of its own (status ${status}). It is asked again.`, { cause })
      : lost(cause)
  return new SystemError('rejected', `Brivo answered with status ${status}.${said}`, { cause })
}

/** The fault behind a token that was not given. */
export function tokenFaultOf(answer: HttpAnswer, secrets: readonly string[]): SystemError {
  const { status, body } = answer
  const cause = new Error(`status ${status}`)
  if (status === 403) return keyRefused(cause)
  if (status === 404) return wrongAddress(cause)
  if (status !== 400 && status !== 401) return faultOf(answer, true, secrets)
  // `invalid_grant` is about the person, anything else about the application (Response Codes, 401).
  let error: string | undefined
  try {
    error = fault(JSON.parse(body), 'the answer').error
  } catch {
    error = undefined
  }
  return loginRefused(error === 'invalid_grant' ? 'its e-mail address and password' : 'its client ID and secret', cause)
}

/** The effect of what was asked may have happened. */
export function lost(cause: unknown): SystemError {
  return new SystemError('in_doubt', 'Brivo gave no answer of use. Its state is read before it is asked again.', {
    cause,
  })
}

function wrongAddress(cause: unknown): SystemError {
  const message =
    "There is no Brivo service at this address. Check the addresses of the account's region: European accounts have their own."
  return new SystemError('rejected', message, { cause })
}

function keyRefused(cause: unknown): SystemError {
  return new SystemError('unauthorized', 'Brivo refuses the login. Check: API key.', { cause })
}

function loginRefused(what: string, cause: unknown): SystemError {
  return new SystemError('unauthorized', `Brivo refuses the login. Connect the account again, and check ${what}.`, {
    cause,
  })
}
