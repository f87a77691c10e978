import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** Puts a card on an encoder: a known one, or a fresh blank of a format. */
export const placeCard = operation<{ acs_encoder_id: string; card_id?: string; card_format?: string }>({
  path: '/sandbox/encoders/place_card',
  contract: buildingContract('card', ['acs_encoder_id'], { acs_encoder_id: TEXT, card_id: TEXT, card_format: TEXT }),
  isSandboxOnly: true,
  async handle(params, call) {
    if ((params.card_id === undefined) === (params.card_format === undefined)) {
      throw errors.invalidInput({ path: [], message: 'Must specify exactly one of `card_id` and `card_format`' })
    }
    return { card: await inBuilding(() => call.services.sandbox.placeCard(call.workspaceId, params)) }
  },
})
