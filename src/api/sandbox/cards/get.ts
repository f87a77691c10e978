import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** A card, with what is really written on it. */
export const getCard = operation<{ card_id: string }>({
  path: '/sandbox/cards/get',
  contract: buildingContract('card', ['card_id'], { card_id: TEXT }),
  isSandboxOnly: true,
  async handle({ card_id }, call) {
    return { card: await inBuilding(() => call.services.sandbox.getCard(call.workspaceId, card_id)) }
  },
})
