import { listAcsUsers } from '../../../store/acs-users.ts'
import { operation } from '../../operation.ts'
import { everything, requireGroup, scopeOf, showUsers } from '../access.ts'

export const listUsersInAccessGroup = operation<{ acs_access_group_id: string }>({
  path: '/acs/access_groups/list_users',
  async handle(params, call) {
    const { acs_access_group_id } = await requireGroup(call, params.acs_access_group_id)
    const filters = { scope: scopeOf(call), is_managed: true, acs_access_group_id }
    const users = await listAcsUsers(call.services.store, call.workspaceId, filters, everything('acs_user_id'))
    return { acs_users: await showUsers(call, users) }
  },
})
