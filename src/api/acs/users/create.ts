import { createAcsUser } from '../../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { tidyPhoneNumber } from '../../../domain/user-identities/user-identity.ts'
import { getAcsUser } from '../../../store/acs-users.ts'
import { hasGroups, isCredentialManager } from '../../../systems/kit/definition.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { distinctIds } from '../../people.ts'
import { definitionOf, requireGroup, requireIdentity, requireSystem, sameSystem, showUser } from '../access.ts'
import { emailOf, refuseBlankName, scheduleOf, type ScheduleParam } from './contact.ts'

interface Params {
  acs_system_id: string
  full_name: string
  email?: string
  email_address?: string
  phone_number?: string
  user_identity_id?: string
  acs_access_group_ids?: string[]
  access_schedule?: ScheduleParam
}

export const createAcsUserOperation = operation<Params>({
  path: '/acs/users/create',
  async handle(params, call) {
    refuseBlankName(params.full_name)
    const email = emailOf(params)
    const { ids, store } = call.services
    const acsUserId = await call.decide(async () => {
      const system = await requireSystem(call, params.acs_system_id)
      const definition = definitionOf(call, system.provider)
      if (isCredentialManager(definition)) {
        throw errors.invalidField(
          'acs_system_id',
          'Is a credential manager, which has no users: name the access system it serves',
        )
      }
      const schedule = params.access_schedule === undefined ? {} : scheduleOf(call, params.access_schedule, definition)
      const groupIds = distinctIds(params.acs_access_group_ids ?? [])
      if (groupIds.length > 0 && !hasGroups(definition)) {
        throw errors.invalidField(
          'acs_access_group_ids',
          `${definition.display_name} has no access groups: doors stand on the credential instead`,
        )
      }
      for (const id of groupIds) sameSystem('acs_access_group_ids', await requireGroup(call, id), system.acs_system_id)
      if (params.user_identity_id !== undefined) {
        const { user_identity_id } = await requireIdentity(call, params.user_identity_id)
        const key = { user_identity_id, acs_system_id: system.acs_system_id }
        const twin = await getAcsUser(store, call.workspaceId, key, true)
        if (twin !== undefined) {
          throw errors.invalidField(
            'user_identity_id',
            `Already has a user in this access system (${twin.acs_user_id}): use that one`,
          )
        }
      }
      const changes = new ChangeSet()
      const user = createAcsUser(
        changes,
        system,
        {
          full_name: params.full_name.trim(),
          email_address: email ?? null,
          phone_number: tidyPhoneNumber(params.phone_number) ?? null,
          user_identity_id: params.user_identity_id?.toLowerCase() ?? null,
          acs_access_group_ids: groupIds,
          ...schedule,
        },
        ids,
        call.now,
      )
      return { changes, result: user.acs_user_id }
    })
    return { acs_user: await showUser(call, acsUserId) }
  },
})
