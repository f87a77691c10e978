import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** Holds a phone to a door: it shows every mobile key on it. */
export const presentPhone = operation<{ acs_entrance_id: string; device_id: string }>({
  path: '/sandbox/doors/present_phone',
  contract: buildingContract('door_attempt', ['acs_entrance_id', 'device_id'], {
    acs_entrance_id: TEXT,
    device_id: TEXT,
  }),
  isSandboxOnly: true,
  async handle(params, call) {
    return { door_attempt: await inBuilding(() => call.services.sandbox.presentPhone(call.workspaceId, params)) }
  },
})
