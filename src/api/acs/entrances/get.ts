import { presentAcsEntrance } from '../../../domain/present/acs-entrance.ts'
import { getAcsEntrance } from '../../../store/acs-entrances.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { scopeOf } from '../access.ts'

export const getAcsEntranceOperation = operation<{ acs_entrance_id: string }>({
  path: '/acs/entrances/get',
  async handle({ acs_entrance_id }, call) {
    const entrance = await getAcsEntrance(call.services.store, call.workspaceId, acs_entrance_id, scopeOf(call))
    if (entrance === undefined) throw errors.notFound('acs_entrance', { acs_entrance_id })
    return { acs_entrance: presentAcsEntrance(entrance) }
  },
})
