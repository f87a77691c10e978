import { outcomeText } from '../../../../../domain/present/instant-key-doors.ts'
import { errors } from '../../../../errors.ts'
import { operation } from '../../../../operation.ts'
import { doorsOf, FOR_THE_GUEST, requireOpenedKey } from '../../access.ts'

/** Holds the guest's mobile keys to a door of the virtual building, as a phone with Bluetooth would. */
export const unlockGuestDoor = operation<{ acs_entrance_id: string }>({
  path: '/seam/instant_key/v1/doors/unlock',
  isSandboxOnly: true,
  contract: {
    ...FOR_THE_GUEST,
    response_key: 'unlock',
    request: {
      type: 'object',
      properties: { acs_entrance_id: { type: 'string', format: 'uuid' } },
      required: ['acs_entrance_id'],
    },
  },
  async handle(params, call) {
    const key = await requireOpenedKey(call)
    const acs_entrance_id = params.acs_entrance_id.toLowerCase()
    const doors = await doorsOf(call, key, call.nowMs)
    const door = doors.find((one) => one.acs_entrance_id === acs_entrance_id)
    if (door === undefined) throw errors.notFound('acs_entrance', { acs_entrance_id })
    const { user_identity_id } = key
    const attempt = await call.services.sandbox.openWithMobileKey(call.workspaceId, {
      acs_entrance_id,
      user_identity_id,
    })
    const { opened, reason } = attempt
    return { unlock: { acs_entrance_id, opened, reason, message: outcomeText(opened, reason, door.display_name) } }
  },
})
