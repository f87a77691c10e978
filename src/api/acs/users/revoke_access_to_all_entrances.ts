import { dirty } from '../../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { credentialsOfUsers } from '../../../store/acs-credentials.ts'
import { claimsOf } from '../../../store/pins.ts'
import { operation } from '../../operation.ts'
import { definitionOf, requireLivingUser, userKey, whenProvisioned, type UserParams } from '../access.ts'
import { changeAccess, lookAtGrantsOf, markStale } from '../changes.ts'

/** The user leaves all groups, loses the doors linked to it, and its credentials lose theirs. User and credentials stay. */
export const revokeAcsUserAccess = operation<UserParams>({
  path: '/acs/users/revoke_access_to_all_entrances',
  async handle(params, call) {
    const key = userKey(params)
    const { store } = call.services
    const user = await call.decide(async () => {
      const user = await requireLivingUser(call, key)
      const definition = definitionOf(call, user.provider)
      const changes = new ChangeSet()
      await changeAccess(call, changes, definition, [
        { user, wish: { acs_access_group_ids: [], acs_entrance_ids: [] } },
      ])
      const credentials = await credentialsOfUsers(store, call.workspaceId, [user.acs_user_id])
      const open = credentials.filter((credential) => credential.acs_entrance_ids.length > 0 && !credential.is_deleting)
      for (const { acs_credential_id, acs_system_id, version } of open) {
        changes.update('acs_credential', 'acs_credential_id', {
          acs_credential_id,
          version,
          acs_entrance_ids: [],
          ...dirty(call.now),
        })
        changes.job('provision', acs_system_id, call.now)
      }
      await markStale(call, changes, definition, open)
      const ids = open.map((credential) => credential.acs_credential_id)
      for (const { acs_credential_id, acs_entrance_id } of await claimsOf(store, call.workspaceId, ids)) {
        changes.delete('pin_claim', { acs_credential_id, acs_entrance_id })
      }
      await lookAtGrantsOf(call, changes, [user])
      return { changes, result: user }
    })
    await whenProvisioned(call, user)
  },
})
