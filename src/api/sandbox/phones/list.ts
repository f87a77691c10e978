import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** Every phone of the workspace with the mobile keys that are on it: those of one system, or of all. */
export const listPhones = operation<{ acs_system_id?: string }>({
  path: '/sandbox/phones/list',
  contract: buildingContract('phones', [], { acs_system_id: TEXT }),
  isSandboxOnly: true,
  async handle({ acs_system_id }, call) {
    return { phones: await inBuilding(() => call.services.sandbox.looks.phones(call.workspaceId, acs_system_id)) }
  },
})
