import { dirty } from '../../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { credentialsOfUsers } from '../../../store/acs-credentials.ts'
import { operation } from '../../operation.ts'
import { requireUser, userKey, whenProvisioned, type UserParams } from '../access.ts'
import { closeEntranceGroups, lookAtGrantsOf, removeCredentials } from '../changes.ts'

export const deleteAcsUser = operation<UserParams>({
  path: '/acs/users/delete',
  async handle(params, call) {
    const key = userKey(params)
    const user = await call.decide(async () => {
      const user = await requireUser(call, key)
      const changes = new ChangeSet()
      // Asked again while the system has not answered yet, the deletion is tried at once again.
      // The identity is free for another user in this system from now on.
      const { acs_user_id, version } = user
      changes.update('acs_user', 'acs_user_id', {
        acs_user_id,
        version,
        is_deleting: true,
        user_identity_id: null,
        ...dirty(call.now),
      })
      changes.job('provision', user.acs_system_id, call.now)
      const credentials = await credentialsOfUsers(call.services.store, call.workspaceId, [acs_user_id])
      await removeCredentials(
        call,
        changes,
        credentials.filter((credential) => !credential.is_deleting),
      )
      await lookAtGrantsOf(call, changes, [user])
      await closeEntranceGroups(call, changes, [{ user, groupIds: user.acs_access_group_ids }])
      return { changes, result: user }
    })
    await whenProvisioned(call, user)
  },
})
