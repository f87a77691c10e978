import { toIso } from '../../../clock.ts'
import { sessionEndsAt, type ConsoleSession, type ConsoleUser } from '../../../store/console-sessions.ts'

/** A session as its own browser is told of it. */
export function presentSession(session: ConsoleSession, user: ConsoleUser, csrfToken: string): Record<string, unknown> {
  return {
    console_session_id: session.console_session_id,
    user: presentUser(user),
    csrf_token: csrfToken,
    expires_at: toIso(sessionEndsAt(session)),
  }
}

export function presentUser({ user_id, email_address, full_name }: ConsoleUser): Record<string, unknown> {
  return { user_id, email_address, full_name }
}
