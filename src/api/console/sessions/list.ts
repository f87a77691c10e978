import { toIso } from '../../../clock.ts'
import { sessionEndsAt, sessionsOfUser } from '../../../store/console-sessions.ts'
import { operation } from '../../operation.ts'
import { consoleContract, signedIn } from '../contract.ts'

/** Where the user is signed in, the session used last first. */
export const listSessions = operation({
  path: '/console/sessions/list',
  contract: consoleContract('user', 'console_sessions'),
  async handle(_params, call) {
    const { consoleSession, userId } = signedIn(call)
    const { store, clock } = call.services
    const sessions = await sessionsOfUser(store, userId, clock.now())
    return {
      console_sessions: sessions.map((session) => ({
        console_session_id: session.console_session_id,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: toIso(sessionEndsAt(session)),
        user_agent: session.user_agent,
        is_current: session.console_session_id === consoleSession.console_session_id,
      })),
    }
  },
})
