import { endSessions } from '../../../store/console-sessions.ts'
import { operation } from '../../operation.ts'
import { consoleContract, signedIn } from '../contract.ts'
import { sessionCookie } from '../cookie.ts'

/** Signs out everywhere, here too. */
export const deleteAllSessions = operation({
  path: '/console/sessions/delete_all',
  contract: consoleContract('user', null),
  async handle(_params, call) {
    const { userId } = signedIn(call)
    const { store, publicUrl } = call.services
    await endSessions(store, userId)
    call.setHeader('set-cookie', sessionCookie(null, publicUrl))
  },
})
