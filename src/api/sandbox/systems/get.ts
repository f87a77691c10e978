import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** What a virtual system's cards are, and which faults are set in it. */
export const getSystem = operation<{ acs_system_id: string }>({
  path: '/sandbox/systems/get',
  contract: buildingContract('system', ['acs_system_id'], { acs_system_id: TEXT }),
  isSandboxOnly: true,
  async handle({ acs_system_id }, call) {
    return { system: await inBuilding(() => call.services.sandbox.looks.system(call.workspaceId, acs_system_id)) }
  },
})
