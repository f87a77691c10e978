import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** Holds a card to a door: it decides as it would in the building. */
export const presentCard = operation<{ acs_entrance_id: string; card_id?: string; card_number?: string }>({
  path: '/sandbox/doors/present_card',
  contract: buildingContract('door_attempt', ['acs_entrance_id'], {
    acs_entrance_id: TEXT,
    card_id: TEXT,
    card_number: TEXT,
  }),
  isSandboxOnly: true,
  async handle(params, call) {
    if ((params.card_id === undefined) === (params.card_number === undefined)) {
      throw errors.invalidInput({ path: [], message: 'Must specify exactly one of `card_id` and `card_number`' })
    }
    return { door_attempt: await inBuilding(() => call.services.sandbox.presentCard(call.workspaceId, params)) }
  },
})
