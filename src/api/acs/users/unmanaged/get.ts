import { operation } from '../../../operation.ts'
import { requireUser, showUsers } from '../../access.ts'

export const getUnmanagedAcsUser = operation<{ acs_user_id: string }>({
  path: '/acs/users/unmanaged/get',
  async handle(params, call) {
    const user = await requireUser(call, { acs_user_id: params.acs_user_id }, false)
    const [acs_user] = await showUsers(call, [user])
    return { acs_user }
  },
})
