/** Membership in access groups; joining twice is joining once, and leaving a group one is not in changes nothing. */
import { findOrCreateAcsUser } from '../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../domain/changes.ts'
import type { AcsSystemRecord, AcsUserRecord } from '../../domain/records.ts'
import { acsUsersMatching } from '../../store/acs-users.ts'
import type { Call } from '../operation.ts'
import {
  definitionOf,
  oneOwner,
  requireGroup,
  requireIdentity,
  requireLivingUser,
  requireSystem,
  sameSystem,
  userKey,
  type UserParams,
} from './access.ts'
import { changeAccess, lookAtGrantsOf } from './changes.ts'

/**
 * The user a caller means in this system: the one named, or the identity's, which is found or created there. Its row may
 * be new in `changes` and not stored yet.
 */
export async function userIn(
  call: Call,
  changes: ChangeSet,
  system: AcsSystemRecord,
  params: UserParams,
): Promise<AcsUserRecord> {
  oneOwner(params)
  if (params.acs_user_id !== undefined) {
    const user = await requireLivingUser(call, { acs_user_id: params.acs_user_id })
    sameSystem('acs_user_id', user, system.acs_system_id)
    return user
  }
  const identity = await requireIdentity(call, params.user_identity_id ?? '')
  const { store, ids } = call.services
  const candidates = await acsUsersMatching(store, call.workspaceId, system.acs_system_id, identity)
  return findOrCreateAcsUser(changes, system, identity, candidates, ids, call.now)
}

/** Adds the user (or the identity's user, found or created) to the group. Answers with its id. */
export function addToGroup(call: Call, params: UserParams & { acs_access_group_id: string }): Promise<string> {
  return call.decide(async () => {
    const group = await requireGroup(call, params.acs_access_group_id)
    const system = await requireSystem(call, group.acs_system_id)
    const changes = new ChangeSet()
    const user = await userIn(call, changes, system, params)
    const { acs_access_group_id, version } = group
    if (!user.acs_access_group_ids.includes(acs_access_group_id)) {
      const wish = { acs_access_group_ids: [...user.acs_access_group_ids, acs_access_group_id] }
      await wishOf(call, changes, system, user, wish)
      // The group may be deleted at this moment: then nobody joins it.
      changes.expect('acs_access_group', { acs_access_group_id, version })
      await lookAtGrantsOf(call, changes, [user])
    }
    return { changes, result: user.acs_user_id }
  })
}

export function removeFromGroup(call: Call, params: UserParams & { acs_access_group_id: string }): Promise<void> {
  return call.decide(async () => {
    const group = await requireGroup(call, params.acs_access_group_id)
    const user = await requireLivingUser(call, userKey(params, group.acs_system_id))
    sameSystem('acs_user_id', user, group.acs_system_id)
    const changes = new ChangeSet()
    const rest = user.acs_access_group_ids.filter((id) => id !== group.acs_access_group_id)
    if (rest.length === user.acs_access_group_ids.length) {
      call.tell({
        warning_code: 'nothing_to_do',
        parameter: 'acs_access_group_id',
        message: `The user is not in the access group "${group.name}". /acs/access_groups/list with its acs_user_id shows those it is in.`,
      })
    }
    await changeAccess(call, changes, definitionOf(call, user.provider), [
      { user, wish: { acs_access_group_ids: rest } },
    ])
    await lookAtGrantsOf(call, changes, [user])
    return { changes, result: undefined }
  })
}

/** Whether the user is made by this very command. */
export function isNew(changes: ChangeSet, user: AcsUserRecord): boolean {
  return changes.inserts.acs_user?.some((row) => row.acs_user_id === user.acs_user_id) === true
}

/** A change of a user that may have been made or linked by the same command. */
export async function wishOf(
  call: Call,
  changes: ChangeSet,
  system: AcsSystemRecord,
  user: AcsUserRecord,
  wish: Partial<Pick<AcsUserRecord, 'acs_access_group_ids' | 'acs_entrance_ids'>>,
): Promise<void> {
  const fresh = changes.inserts.acs_user?.find((row) => row.acs_user_id === user.acs_user_id)
  if (fresh !== undefined) {
    Object.assign(fresh, wish)
    return
  }
  await changeAccess(call, changes, definitionOf(call, system.provider), [{ user, wish }])
}
