import { setPassword } from '../../../store/users.ts'
import { operation } from '../../operation.ts'
import { consoleContract, PASSWORD, signedIn } from '../contract.ts'
import { hashOf, refuseWeakPassword } from '../sign-in.ts'
import { ownAccount, proveCurrentPassword } from './account.ts'

/** Sets another password. Wherever else the user is signed in, they are no longer. */
export const changePassword = operation<{ current_password: string; new_password: string }>({
  path: '/console/users/change_password',
  contract: consoleContract('user', null, ['current_password', 'new_password'], {
    current_password: PASSWORD,
    new_password: PASSWORD,
  }),
  async handle({ current_password, new_password }, call) {
    const { store } = call.services
    const account = await ownAccount(call)
    refuseWeakPassword('new_password', new_password, account.email_address)
    await proveCurrentPassword(call, account, current_password)
    const { consoleSession, userId } = signedIn(call)
    await setPassword(store, userId, await hashOf(new_password), consoleSession.console_session_id)
  },
})
