import { entranceGroupKey, joinEntranceGroup } from '../../../domain/acs-users/entrance-group.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { findGroupByManagedKey } from '../../../store/acs-access-groups.ts'
import { hasGroups } from '../../../systems/kit/definition.ts'
import { operation } from '../../operation.ts'
import { definitionOf, requireEntrance, requireSystem, showUser, type UserParams } from '../access.ts'
import { userIn, wishOf } from '../membership.ts'

/**
 * Access that does not hang on a credential: on group-based systems by a group of that one door, elsewhere by a link
 * between user and door (access-systems.md section 5).
 */
export const grantAccessToEntrance = operation<UserParams & { acs_entrance_id: string }>({
  path: '/acs/entrances/grant_access',
  async handle(params, call) {
    const { store, ids } = call.services
    const acsUserId = await call.decide(async () => {
      const entrance = await requireEntrance(call, params.acs_entrance_id)
      const system = await requireSystem(call, entrance.acs_system_id)
      const changes = new ChangeSet()
      const user = await userIn(call, changes, system, params)
      if (hasGroups(definitionOf(call, system.provider))) {
        const standing = await findGroupByManagedKey(
          store,
          call.workspaceId,
          system.acs_system_id,
          entranceGroupKey(entrance),
        )
        const group = joinEntranceGroup(changes, entrance, standing, ids, call.now)
        if (!user.acs_access_group_ids.includes(group.acs_access_group_id)) {
          const acs_access_group_ids = [...user.acs_access_group_ids, group.acs_access_group_id]
          await wishOf(call, changes, system, user, { acs_access_group_ids })
        }
      } else if (!user.acs_entrance_ids.includes(entrance.acs_entrance_id)) {
        await wishOf(call, changes, system, user, {
          acs_entrance_ids: [...user.acs_entrance_ids, entrance.acs_entrance_id],
        })
      }
      return { changes, result: user.acs_user_id }
    })
    return { acs_user: await showUser(call, acsUserId) }
  },
})
