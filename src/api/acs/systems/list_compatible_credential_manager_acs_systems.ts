import { managersFor } from '../../../domain/credential-managers.ts'
import { presentAcsSystem } from '../../../domain/present/acs-system.ts'
import { listAcsSystems } from '../../../store/acs-systems.ts'
import { operation } from '../../operation.ts'
import { definitionOf, requireSystem, scopeOf } from '../access.ts'

/** The connected managers that can carry this system's mobile keys to phones; none where the system does it itself. */
export const listCompatibleCredentialManagers = operation<{ acs_system_id: string }>({
  path: '/acs/systems/list_compatible_credential_manager_acs_systems',
  async handle({ acs_system_id }, call) {
    const system = await requireSystem(call, acs_system_id)
    const systems = await listAcsSystems(call.services.store, call.workspaceId, { scope: scopeOf(call) })
    const definition = (provider: string) => definitionOf(call, provider)
    return {
      acs_systems: managersFor(definition(system.provider), systems, definition).map((one) =>
        presentAcsSystem(one, definition(one.provider), one),
      ),
    }
  },
})
