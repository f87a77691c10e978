import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** Every card there is, of one system or of all. */
export const listCards = operation<{ acs_system_id?: string }>({
  path: '/sandbox/cards/list',
  contract: buildingContract('cards', [], { acs_system_id: TEXT }),
  isSandboxOnly: true,
  async handle({ acs_system_id }, call) {
    return { cards: await inBuilding(() => call.services.sandbox.looks.cards(call.workspaceId, acs_system_id)) }
  },
})
