import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** Enters a PIN at a door's keypad. */
export const enterCode = operation<{ acs_entrance_id?: string; device_id?: string; code: string }>({
  path: '/sandbox/doors/enter_code',
  contract: buildingContract('door_attempt', ['code'], { acs_entrance_id: TEXT, device_id: TEXT, code: TEXT }),
  isSandboxOnly: true,
  async handle(params, call) {
    if ((params.acs_entrance_id === undefined) === (params.device_id === undefined)) {
      throw errors.invalidInput({ path: [], message: 'Must specify exactly one of `acs_entrance_id` and `device_id`' })
    }
    return { door_attempt: await inBuilding(() => call.services.sandbox.enterCode(call.workspaceId, params)) }
  },
})
