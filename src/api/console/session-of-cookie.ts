/** The console session that a request's cookie stands for. */
import type { Clock } from '../../clock.ts'
import { csrfTokenOf, findSession } from '../../store/console-sessions.ts'
import type { Store } from '../../store/store.ts'
import type { Headers } from '../authenticate.ts'
import { errors } from '../errors.ts'
import type { InConsole } from '../operation.ts'
import { sessionTokenIn } from './cookie.ts'
import { refuseOtherSites, whereFrom, type From } from './cross-site.ts'

/**
 * Pages of other addresses are refused before anything is looked at. `trusts` is who may ride on the cookie without
 * showing a CSRF token.
 * @throws ApiError 401 without a session that goes on, 403 for the page of another address
 */
export async function sessionOfCookie(
  headers: Headers,
  { store, clock, publicUrl }: { store: Store; clock: Clock; publicUrl: string },
  trusts: readonly From[] = ['own', 'unsaid'],
): Promise<InConsole> {
  const token = sessionTokenIn(headers['cookie'], publicUrl)
  if (token === undefined) throw errors.unauthorized('Unauthorized: sign in to the console.')
  const from = whereFrom(headers, publicUrl)
  refuseOtherSites(trusts.includes(from) ? from : 'other')
  const consoleSession = await findSession(store, token, clock.now())
  if (consoleSession === undefined)
    throw errors.unauthorized('Unauthorized: the console session is over, or was ended. Sign in again.')
  return { consoleSession, csrfToken: csrfTokenOf(token) }
}
