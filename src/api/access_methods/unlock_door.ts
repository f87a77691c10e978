import { DOOR_DEADLINE_MS, requestAttempt } from '../../domain/attempts/request.ts'
import { ChangeSet } from '../../domain/changes.ts'
import { presentActionAttempt } from '../../domain/present/action-attempt.ts'
import { credentialsOfMethods } from '../../store/access-methods.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { requireLivingMethod } from './access.ts'

interface Params {
  access_method_id: string
  acs_entrance_id: string
}

/** Opens a door now with a cloud key. Whether it is the time for it, the attempt says. */
export const unlockDoor = operation<Params>({
  path: '/access_methods/unlock_door',
  opensDoor: true,
  async handle(params, call) {
    const { store } = call.services
    const acs_entrance_id = params.acs_entrance_id.toLowerCase()
    const [method, entrance] = await Promise.all([
      requireLivingMethod(call, params.access_method_id),
      store.get(call.workspaceId, 'acs_entrance', 'acs_entrance_id', acs_entrance_id),
    ])
    if (entrance === undefined) throw errors.notFound('acs_entrance', { acs_entrance_id })
    if (method.mode !== 'cloud_key') {
      throw errors.invalidField(
        'access_method_id',
        `Only a cloud_key opens doors remotely; this access method is a ${method.mode}`,
      )
    }
    if (!method.acs_entrance_ids.includes(acs_entrance_id)) {
      throw errors.invalidField(
        'acs_entrance_id',
        `The access method does not cover ${entrance.display_name}: add the entrance to its access grant with /access_grants/update`,
      )
    }
    const { access_method_id } = method
    const credentials = await credentialsOfMethods(store, call.workspaceId, [access_method_id])
    const credential = credentials.find((one) => one.acs_system_id === entrance.acs_system_id && !one.is_deleting)
    if (credential === undefined) {
      throw errors.invalidField(
        'access_method_id',
        'Nothing is left to open the door with: its access grant has ended. Move its ends_at into the future with /access_grants/update, or make another access grant',
      )
    }
    const { acs_credential_id } = credential
    const attempt = await call.decide(async () => {
      const changes = new ChangeSet()
      const result = requestAttempt(changes, {
        workspace_id: call.workspaceId,
        action_type: 'UNLOCK_DOOR',
        input: { acs_entrance_id, acs_credential_id, access_method_id },
        deadlineMs: DOOR_DEADLINE_MS,
        now: call.now,
        nowMs: call.nowMs,
        ids: call.services.ids,
      })
      return { changes, result }
    })
    return { action_attempt: presentActionAttempt(attempt) }
  },
})
