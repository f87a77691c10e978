import { accountById } from '../../../store/users.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { consoleContract, signedIn } from '../contract.ts'
import { presentSession } from './present.ts'

/** Who is signed in here. Asked by a page that was loaded anew and has lost its csrf_token. */
export const getSession = operation({
  path: '/console/sessions/get',
  contract: consoleContract('user', 'console_session'),
  async handle(_params, call) {
    const { consoleSession, csrfToken, userId } = signedIn(call)
    const user = await accountById(call.services.store, userId)
    if (user === undefined) throw errors.unauthorized()
    return { console_session: presentSession(consoleSession, user, csrfToken) }
  },
})
