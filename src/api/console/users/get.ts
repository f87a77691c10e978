import { operation } from '../../operation.ts'
import { ownAccount } from './account.ts'
import { consoleContract } from '../contract.ts'
import { presentUser } from '../sessions/present.ts'

/** The signed-in user's own account. */
export const getUser = operation({
  path: '/console/users/get',
  contract: consoleContract('user', 'user'),
  async handle(_params, call) {
    return { user: presentUser(await ownAccount(call)) }
  },
})
