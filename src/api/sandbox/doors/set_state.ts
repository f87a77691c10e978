import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

interface Params {
  acs_entrance_id: string
  is_online?: boolean
  privacy_mode?: boolean
  /** Wrong PINs in a row after which the keypad takes none for a minute; null = as many as one likes. */
  wrong_codes_allowed?: number | null
}

/** Cuts a door off from its system, puts it in privacy mode, or lets its keypad lock itself; and back. */
export const setDoorState = operation<Params>({
  path: '/sandbox/doors/set_state',
  contract: buildingContract(null, ['acs_entrance_id'], {
    acs_entrance_id: TEXT,
    is_online: { type: 'boolean' },
    privacy_mode: { type: 'boolean' },
    wrong_codes_allowed: { type: ['integer', 'null'], minimum: 1, maximum: 100 },
  }),
  isSandboxOnly: true,
  async handle(params, call) {
    const { is_online, privacy_mode, wrong_codes_allowed } = params
    if (is_online === undefined && privacy_mode === undefined && wrong_codes_allowed === undefined)
      throw errors.invalidInput({
        path: [],
        message: 'Must specify `is_online`, `privacy_mode` or `wrong_codes_allowed`',
      })
    await inBuilding(() => call.services.sandbox.setDoor(call.workspaceId, params))
  },
})
