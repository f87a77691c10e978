import { DOOR_DEADLINE_MS, requestAttempt } from '../../../domain/attempts/request.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { presentActionAttempt } from '../../../domain/present/action-attempt.ts'
import { listAccessibleEntrances } from '../../../store/acs-entrances.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { requireCredential, requireEntrance, sameSystem } from '../access.ts'

/** Opens a door from afar with a cloud key. Whether it may do so now is decided when it is carried out. */
export const unlockAcsEntrance = operation<{ acs_entrance_id: string; acs_credential_id: string }>({
  path: '/acs/entrances/unlock',
  opensDoor: true,
  async handle(params, call) {
    const { store, ids } = call.services
    const attempt = await call.decide(async () => {
      const [entrance, credential] = await Promise.all([
        requireEntrance(call, params.acs_entrance_id),
        requireCredential(call, params.acs_credential_id),
      ])
      const { acs_credential_id } = credential
      const { acs_entrance_id } = entrance
      if (credential.access_method !== 'cloud_key') {
        throw errors.invalidField(
          'acs_credential_id',
          `Only a cloud_key opens doors remotely, and this is a ${credential.access_method}`,
        )
      }
      sameSystem('acs_credential_id', credential, entrance.acs_system_id)
      if (!entrance.can_unlock_with_cloud_key) {
        throw errors.invalidField('acs_entrance_id', `${entrance.display_name} cannot be unlocked with a cloud key`)
      }
      const doors = await listAccessibleEntrances(store, call.workspaceId, { acs_credential_id })
      if (!doors.some((door) => door.acs_entrance_id === acs_entrance_id)) {
        throw errors.invalidField('acs_entrance_id', `The credential does not open ${entrance.display_name}`)
      }
      const changes = new ChangeSet()
      const attempt = requestAttempt(changes, {
        workspace_id: call.workspaceId,
        action_type: 'UNLOCK_DOOR',
        input: { acs_entrance_id, acs_credential_id },
        deadlineMs: DOOR_DEADLINE_MS,
        now: call.now,
        nowMs: call.nowMs,
        ids,
      })
      return { changes, result: attempt }
    })
    return { action_attempt: presentActionAttempt(attempt) }
  },
})
