import { presentAcsEntrance } from '../../../domain/present/acs-entrance.ts'
import { listAccessibleEntrances } from '../../../store/acs-entrances.ts'
import { operation } from '../../operation.ts'
import { requireGroup } from '../access.ts'

export const listEntrancesOfAccessGroup = operation<{ acs_access_group_id: string }>({
  path: '/acs/access_groups/list_accessible_entrances',
  async handle(params, call) {
    const { acs_access_group_id } = await requireGroup(call, params.acs_access_group_id)
    const entrances = await listAccessibleEntrances(call.services.store, call.workspaceId, { acs_access_group_id })
    return { acs_entrances: entrances.map(presentAcsEntrance) }
  },
})
