import { endSession } from '../../../store/console-sessions.ts'
import { ApiError } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { consoleContract, ID, signedIn } from '../contract.ts'
import { sessionCookie } from '../cookie.ts'

/** Signs out: here, or where a session of the user named by its id is. In every process from then on. */
export const deleteSession = operation<{ console_session_id?: string }>({
  path: '/console/sessions/delete',
  contract: consoleContract('user', null, [], { console_session_id: ID }),
  async handle(params, call) {
    const { consoleSession, userId } = signedIn(call)
    const { store, publicUrl } = call.services
    const id = params.console_session_id?.toLowerCase() ?? consoleSession.console_session_id
    if (!(await endSession(store, userId, id)))
      throw new ApiError(
        404,
        'console_session_not_found',
        'You have no such session: it may be over already. /console/sessions/list shows yours.',
        { data: { console_session_id: id } },
      )
    if (id === consoleSession.console_session_id) call.setHeader('set-cookie', sessionCookie(null, publicUrl))
  },
})
