import { operation } from '../../operation.ts'
import { requireUser, showUsers, userKey, type UserParams } from '../access.ts'

export const getAcsUserOperation = operation<UserParams>({
  path: '/acs/users/get',
  async handle(params, call) {
    const user = await requireUser(call, userKey(params))
    const [acs_user] = await showUsers(call, [user])
    return { acs_user }
  },
})
