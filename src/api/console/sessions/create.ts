import { accountByEmail } from '../../../store/users.ts'
import { addressOf } from '../../limits.ts'
import { operation } from '../../operation.ts'
import { consoleContract, EMAIL, PASSWORD } from '../contract.ts'
import { invalidLogin } from '../sign-in.ts'
import { beginSession, refuseSignInFromElsewhere } from './begin.ts'

/** Signs in: sets the cookie, and answers with the token that every further request carries in x-csrf-token. */
export const createSession = operation<{ email_address: string; password: string }>({
  path: '/console/sessions/create',
  contract: consoleContract('anyone', 'console_session', ['email_address', 'password'], {
    email_address: { ...EMAIL, format: undefined },
    password: PASSWORD,
  }),
  async handle({ email_address, password }, call) {
    const { store, passwords } = call.services
    refuseSignInFromElsewhere(call)
    const emailAddress = email_address.trim()
    const account = await accountByEmail(store, emailAddress)
    const attempt = { emailAddress, address: addressOf(call.address, call.headers) }
    // What is wrong of the two is not said, and not heard in the time it takes.
    if (!(await passwords.check(account, password, attempt)) || account === undefined) throw invalidLogin()
    return { console_session: await beginSession(call, account) }
  },
})
