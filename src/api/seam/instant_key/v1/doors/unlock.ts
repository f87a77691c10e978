import { DOOR_DEADLINE_MS, requestAttempt } from '../../../../../domain/attempts/request.ts'
import { ChangeSet } from '../../../../../domain/changes.ts'
import type { DoorStatus, GuestDoor } from '../../../../../domain/present/instant-key-doors.ts'
import type { InstantKeyRecord } from '../../../../../domain/records.ts'
import { errors } from '../../../../errors.ts'
import { operation, type Call } from '../../../../operation.ts'
import { doorsOf, FOR_THE_GUEST, requireOpenedKey } from '../../access.ts'

/** Why a cloud key does not open now: as a virtual door would call it, and in words for the event. */
const REFUSALS: Record<Exclude<DoorStatus, 'ready'>, { reason: string; message: string }> = {
  not_yet_valid: { reason: 'not_yet_valid', message: 'The cloud key is not valid yet: see its starts_at.' },
  preparing: { reason: 'not_issued', message: 'The cloud key is not issued yet. Wait for access_method.issued.' },
  suspended: { reason: 'suspended', message: 'The user is suspended. Lift it with /acs/users/unsuspend.' },
  expired: { reason: 'expired', message: 'The cloud key is over. Move its end.' },
}

/**
 * Opens a door for the guest: in a virtual building as a phone with Bluetooth held to it, elsewhere with a cloud key by
 * the access system. What the system makes of it is an action attempt, which the page asks for.
 */
export const unlockGuestDoor = operation<{ acs_entrance_id: string }>({
  path: '/seam/instant_key/v1/doors/unlock',
  opensDoor: true,
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
    const doors = await doorsOf(call, key, call.workspace, call.nowMs)
    const door = doors.find((one) => one.acs_entrance_id === acs_entrance_id)
    if (door === undefined) throw errors.notFound('acs_entrance', { acs_entrance_id })
    switch (door.opens_with) {
      case 'phone': {
        const { user_identity_id } = key
        const { opened, reason } = await call.services.sandbox.openWithMobileKey(call.workspaceId, {
          acs_entrance_id,
          user_identity_id,
        })
        return { unlock: { acs_entrance_id, opened, reason } }
      }
      case 'cloud':
        return { unlock: { acs_entrance_id, ...(await openFromAfar(call, key, door)) } }
      case 'app':
        throw errors.invalidField(
          'acs_entrance_id',
          `${door.display_name} is opened by Bluetooth, which a browser cannot speak to it: use the mobile key in an app, or add a cloud_key to the access grant`,
        )
    }
  },
})

/** With a cloud key that is good now the access system is asked; else the door counts as refused at once. */
async function openFromAfar(call: Call, key: InstantKeyRecord, door: GuestDoor): Promise<Record<string, unknown>> {
  const { acs_entrance_id, acs_credential_id } = door
  if (door.status !== 'ready') {
    const { reason, message } = REFUSALS[door.status]
    const entrance = await call.services.store.get(call.workspaceId, 'acs_entrance', 'acs_entrance_id', acs_entrance_id)
    const { acs_system_id, connected_account_id } = entrance ?? {}
    const { user_identity_id } = key
    return call.decide(async () => ({
      changes: new ChangeSet().event('lock.access_denied', {
        acs_entrance_id,
        acs_system_id,
        connected_account_id,
        user_identity_id,
        reason: { reason_code: 'credential_error', message },
      }),
      result: { opened: false, reason },
    }))
  }
  return call.decide(async () => {
    const changes = new ChangeSet()
    const { action_attempt_id } = requestAttempt(changes, {
      workspace_id: call.workspaceId,
      action_type: 'UNLOCK_DOOR',
      input: { acs_entrance_id, acs_credential_id },
      deadlineMs: DOOR_DEADLINE_MS,
      now: call.now,
      nowMs: call.nowMs,
      ids: call.services.ids,
    })
    return { changes, result: { action_attempt_id } }
  })
}
