import { presentAcsSystem } from '../../domain/present/acs-system.ts'
import { listAcsSystems } from '../../store/acs-systems.ts'
import { definitionOf } from '../acs/access.ts'
import { operation } from '../operation.ts'
import { requireUserIdentity } from './access.ts'

/** Systems in which the identity has a user, and those of doors it may open. */
export const listAcsSystemsOfIdentity = operation<{ user_identity_id: string }>({
  path: '/user_identities/list_acs_systems',
  async handle(params, call) {
    const { user_identity_id } = await requireUserIdentity(call, params)
    const systems = await listAcsSystems(call.services.store, call.workspaceId, {
      scope: { kind: 'identity', user_identity_id, connected_account_ids: [] },
    })
    return {
      acs_systems: systems.map((system) => presentAcsSystem(system, definitionOf(call, system.provider), system)),
    }
  },
})
