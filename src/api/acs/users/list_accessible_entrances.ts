import { presentAcsEntrance } from '../../../domain/present/acs-entrance.ts'
import { listAccessibleEntrances } from '../../../store/acs-entrances.ts'
import { operation } from '../../operation.ts'
import { requireUser, userKey, type UserParams } from '../access.ts'

export const listEntrancesOfAcsUser = operation<UserParams>({
  path: '/acs/users/list_accessible_entrances',
  async handle(params, call) {
    const { acs_user_id } = await requireUser(call, userKey(params))
    const entrances = await listAccessibleEntrances(call.services.store, call.workspaceId, { acs_user_id })
    return { acs_entrances: entrances.map(presentAcsEntrance) }
  },
})
