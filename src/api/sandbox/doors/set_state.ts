import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** Cuts a door off from its system or puts it in privacy mode, and back. */
export const setDoorState = operation<{ acs_entrance_id: string; is_online?: boolean; privacy_mode?: boolean }>({
  path: '/sandbox/doors/set_state',
  contract: buildingContract(null, ['acs_entrance_id'], {
    acs_entrance_id: TEXT,
    is_online: { type: 'boolean' },
    privacy_mode: { type: 'boolean' },
  }),
  isSandboxOnly: true,
  async handle(params, call) {
    if (params.is_online === undefined && params.privacy_mode === undefined)
      throw errors.invalidInput({ path: [], message: 'Must specify `is_online`, `privacy_mode` or both' })
    await inBuilding(() => call.services.sandbox.setDoor(call.workspaceId, params))
  },
})
