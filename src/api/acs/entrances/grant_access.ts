import { entranceGroupKey, joinEntranceGroup } from '../../../domain/acs-users/entrance-group.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { zonesInPart } from '../../../domain/grants/zones.ts'
import type { AcsEntranceRecord } from '../../../domain/records.ts'
import { zoneRemedy } from '../../../domain/zones.ts'
import { findGroupByManagedKey } from '../../../store/acs-access-groups.ts'
import { zoneMates } from '../../../store/grant-facts.ts'
import { hasGroups } from '../../../systems/kit/definition.ts'
import { errors } from '../../errors.ts'
import { operation, type Call } from '../../operation.ts'
import { definitionOf, refuseRemoved, requireEntrance, requireSystem, showUser, type UserParams } from '../access.ts'
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
      refuseRemoved('acs_entrance_id', entrance)
      const system = await requireSystem(call, entrance.acs_system_id)
      const changes = new ChangeSet()
      const user = await userIn(call, changes, system, params)
      if (hasGroups(definitionOf(call, system.provider))) {
        await refusePartOfZone(call, { ...entrance, provider: system.provider })
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

/** @throws ApiError 400 when the door can only be given together with others */
async function refusePartOfZone(call: Call, door: AcsEntranceRecord & { provider: string }): Promise<void> {
  const definition = definitionOf(call, door.provider)
  const definitionFor = (): typeof definition => definition
  const mates = await zoneMates(call.services.store, call.workspaceId, [door], definitionFor)
  const doors = new Map([door, ...mates].map((one) => [one.acs_entrance_id, one]))
  const [zone] = zonesInPart([door.acs_entrance_id], { doors, definitionOf: definitionFor })
  if (zone === undefined) return
  const how = (others: string): string => `Give ${others}, too, with an access grant that names all of them`
  throw errors.invalidField('acs_entrance_id', zoneRemedy(zone.doors, zone.missing, zone, definition, how))
}
