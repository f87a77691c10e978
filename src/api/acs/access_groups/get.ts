import { getAcsAccessGroup } from '../../../store/acs-access-groups.ts'
import { errors } from '../../errors.ts'
import { operation, type Call } from '../../operation.ts'
import { scopeOf, showGroup } from '../access.ts'

interface Params {
  acs_access_group_id: string
}

async function showOne(
  call: Call,
  acs_access_group_id: string,
  isManaged: boolean,
): Promise<{ acs_access_group: unknown }> {
  const group = await getAcsAccessGroup(
    call.services.store,
    call.workspaceId,
    acs_access_group_id,
    isManaged,
    scopeOf(call),
  )
  if (group === undefined) throw errors.notFound('acs_access_group', { acs_access_group_id })
  return { acs_access_group: showGroup(call, group) }
}

export const getAcsAccessGroupOperation = operation<Params>({
  path: '/acs/access_groups/get',
  handle: (params, call) => showOne(call, params.acs_access_group_id, true),
})

export const getUnmanagedAcsAccessGroup = operation<Params>({
  path: '/acs/access_groups/unmanaged/get',
  handle: (params, call) => showOne(call, params.acs_access_group_id, false),
})
