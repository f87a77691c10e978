import { listAcsAccessGroups } from '../../../store/acs-access-groups.ts'
import { operation, type Call } from '../../operation.ts'
import { scopeOf, showGroup } from '../access.ts'

interface Params {
  acs_system_id?: string
  acs_user_id?: string
  user_identity_id?: string
  search?: string
}

async function showAll(call: Call, params: Params, is_managed: boolean): Promise<{ acs_access_groups: unknown[] }> {
  const { acs_system_id, acs_user_id, user_identity_id, search } = params
  const filters = { scope: scopeOf(call), is_managed, acs_system_id, acs_user_id, user_identity_id, search }
  const groups = await listAcsAccessGroups(call.services.store, call.workspaceId, filters)
  return { acs_access_groups: groups.map((group) => showGroup(call, group)) }
}

export const listAcsAccessGroupsOperation = operation<Params>({
  path: '/acs/access_groups/list',
  handle: (params, call) => showAll(call, params, true),
})

export const listUnmanagedAcsAccessGroups = operation<Params>({
  path: '/acs/access_groups/unmanaged/list',
  accepts: ['user_identity_id'],
  handle: (params, call) => showAll(call, params, false),
})
