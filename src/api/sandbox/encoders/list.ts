import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** What lies on the encoders of one system, or of all. */
export const listEncoders = operation<{ acs_system_id?: string }>({
  path: '/sandbox/encoders/list',
  contract: buildingContract('encoders', [], { acs_system_id: TEXT }),
  isSandboxOnly: true,
  async handle({ acs_system_id }, call) {
    return { encoders: await inBuilding(() => call.services.sandbox.looks.encoders(call.workspaceId, acs_system_id)) }
  },
})
