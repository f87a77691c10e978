import { dirty } from '../../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { listAcsUsers } from '../../../store/acs-users.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { definitionOf, everything, requireSystem, scopeOf } from '../access.ts'
import { changeAccess, lookAtGrantsOf } from '../changes.ts'

/** Deletes the group at its system; its users leave it first. */
export const deleteAccessGroup = operation<{ acs_access_group_id: string }>({
  path: '/acs/access_groups/delete',
  async handle({ acs_access_group_id }, call) {
    const { store } = call.services
    const acsSystemId = await call.decide(async () => {
      const group = await store.get(call.workspaceId, 'acs_access_group', 'acs_access_group_id', acs_access_group_id)
      const scope = scopeOf(call)
      const isHidden =
        scope.kind === 'identity' && !scope.connected_account_ids.includes(group?.connected_account_id ?? '')
      if (group === undefined || isHidden) throw errors.notFound('acs_access_group', { acs_access_group_id })
      const id = group.acs_access_group_id
      const system = await requireSystem(call, group.acs_system_id)
      const changes = new ChangeSet()
      const filters = { scope: { kind: 'workspace' } as const, acs_access_group_id: id }
      const everyone = await Promise.all(
        [true, false].map((is_managed) =>
          listAcsUsers(store, call.workspaceId, { ...filters, is_managed }, everything('acs_user_id')),
        ),
      )
      const wishes = everyone.flat().map((user) => ({
        user,
        wish: { acs_access_group_ids: user.acs_access_group_ids.filter((one) => one !== id) },
      }))
      await changeAccess(call, changes, definitionOf(call, system.provider), wishes, [id])
      await lookAtGrantsOf(
        call,
        changes,
        wishes.map(({ user }) => user),
      )
      const { version } = group
      // Its name for our own purposes is free for another group from now on.
      changes.update('acs_access_group', 'acs_access_group_id', {
        acs_access_group_id: id,
        version,
        managed_key: null,
        is_deleting: true,
        ...dirty(call.now),
      })
      changes.job('provision', group.acs_system_id, call.now)
      return { changes, result: group.acs_system_id }
    })
    await call.services.whenProvisioned(call.workspaceId, [acsSystemId])
  },
})
