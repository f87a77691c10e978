import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** How the doors of one system stand, or of all. */
export const listDoors = operation<{ acs_system_id?: string }>({
  path: '/sandbox/doors/list',
  contract: buildingContract('doors', [], { acs_system_id: TEXT }),
  isSandboxOnly: true,
  async handle({ acs_system_id }, call) {
    return { doors: await inBuilding(() => call.services.sandbox.looks.doors(call.workspaceId, acs_system_id)) }
  },
})
