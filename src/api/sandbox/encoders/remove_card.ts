import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** Takes the card off an encoder; from then on it is empty until a card is placed. */
export const removeCard = operation<{ acs_encoder_id: string }>({
  path: '/sandbox/encoders/remove_card',
  contract: buildingContract('card', ['acs_encoder_id'], { acs_encoder_id: TEXT }),
  isSandboxOnly: true,
  async handle({ acs_encoder_id }, call) {
    return { card: await inBuilding(() => call.services.sandbox.removeCard(call.workspaceId, acs_encoder_id)) }
  },
})
