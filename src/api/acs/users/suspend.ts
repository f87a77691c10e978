import { ChangeSet } from '../../../domain/changes.ts'
import { operation, type Call, type Operation } from '../../operation.ts'
import { definitionOf, requireLivingUser, showUser, userKey, type UserParams } from '../access.ts'
import { changeAccess, lookAtGrantsOf } from '../changes.ts'

/** Suspended, a user keeps its credentials, and none of them opens an online door; suspended twice is suspended once. */
async function setSuspended(params: UserParams, call: Call, is_suspended: boolean): Promise<{ acs_user: unknown }> {
  const key = userKey(params)
  const acsUserId = await call.decide(async () => {
    const user = await requireLivingUser(call, key)
    const changes = new ChangeSet()
    await changeAccess(call, changes, definitionOf(call, user.provider), [{ user, wish: { is_suspended } }])
    // Grants of the person say that they open nothing here while it lasts (domain/grants/hindrances.ts).
    if (user.is_suspended !== is_suspended) await lookAtGrantsOf(call, changes, [user])
    return { changes, result: user.acs_user_id }
  })
  return { acs_user: await showUser(call, acsUserId) }
}

export const suspendAcsUser: Operation = operation<UserParams>({
  path: '/acs/users/suspend',
  handle: (params, call) => setSuspended(params, call, true),
})

export const unsuspendAcsUser: Operation = operation<UserParams>({
  path: '/acs/users/unsuspend',
  handle: (params, call) => setSuspended(params, call, false),
})
