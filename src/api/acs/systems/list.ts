import { presentAcsSystem } from '../../../domain/present/acs-system.ts'
import { listAcsSystems } from '../../../store/acs-systems.ts'
import { operation } from '../../operation.ts'
import { definitionOf, scopeOf } from '../access.ts'

interface Params {
  connected_account_id?: string
  customer_key?: string
  search?: string
}

export const listAcsSystemsOperation = operation<Params>({
  path: '/acs/systems/list',
  async handle({ connected_account_id, customer_key, search }, call) {
    const filters = { scope: scopeOf(call), connected_account_id, customer_key, search }
    const systems = await listAcsSystems(call.services.store, call.workspaceId, filters)
    return {
      acs_systems: systems.map((system) => presentAcsSystem(system, definitionOf(call, system.provider), system)),
    }
  },
})
