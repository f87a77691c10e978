import { ChangeSet } from '../../domain/changes.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { requireUserIdentity } from './access.ts'

/** Unlinks the user; it stays at its system with what it may open. */
export const removeAcsUser = operation<{ user_identity_id: string; acs_user_id: string }>({
  path: '/user_identities/remove_acs_user',
  async handle({ user_identity_id, acs_user_id }, call) {
    await call.decide(async () => {
      const identity = await requireUserIdentity(call, { user_identity_id })
      const user = await call.services.store.get(call.workspaceId, 'acs_user', 'acs_user_id', acs_user_id)
      if (user?.user_identity_id !== identity.user_identity_id) throw errors.notFound('acs_user', { acs_user_id })
      const { version } = user
      const changes = new ChangeSet().update('acs_user', 'acs_user_id', {
        acs_user_id: user.acs_user_id,
        version,
        user_identity_id: null,
      })
      return { changes, result: undefined }
    })
  },
})
