/** The begin of a session: a fresh token in the cookie, and the one that the browser had is worth nothing any more. */
import { toIso } from '../../../clock.ts'
import { csrfTokenOf, insertSession, makeSessionToken, type ConsoleUser } from '../../../store/console-sessions.ts'
import type { Call } from '../../operation.ts'
import { sessionCookie, sessionTokenIn } from '../cookie.ts'
import { refuseOtherSites, whereFrom } from '../cross-site.ts'
import { presentSession } from './present.ts'

/** Another site's page could sign a browser in as somebody else. @throws ApiError 403 */
export function refuseSignInFromElsewhere({ headers, services }: Call): void {
  refuseOtherSites(whereFrom(headers, services.publicUrl))
}

export async function beginSession(call: Call, user: ConsoleUser): Promise<Record<string, unknown>> {
  const { services, headers } = call
  const { clock, ids, store, publicUrl } = services
  const now = toIso(clock.now())
  const token = makeSessionToken(ids)
  const session = {
    console_session_id: ids.uuid(),
    user_id: user.user_id,
    user_agent: headers['user-agent'] ?? null,
    last_seen_at: now,
    created_at: now,
  }
  await insertSession(store, session, token, sessionTokenIn(headers['cookie'], publicUrl) ?? null)
  call.setHeader('set-cookie', sessionCookie(token, publicUrl))
  return presentSession(session, user, csrfTokenOf(token))
}
