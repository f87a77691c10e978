import { presentAcsSystem } from '../../../domain/present/acs-system.ts'
import { getAcsSystem } from '../../../store/acs-systems.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { definitionOf } from '../access.ts'

export const getAcsSystemOperation = operation<{ acs_system_id: string }>({
  path: '/acs/systems/get',
  async handle({ acs_system_id }, call) {
    const system = await getAcsSystem(call.services.store, call.workspaceId, acs_system_id)
    if (system === undefined) throw errors.notFound('acs_system', { acs_system_id })
    return { acs_system: presentAcsSystem(system, definitionOf(call, system.provider), system) }
  },
})
