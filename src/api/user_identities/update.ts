import { changeAcsUser } from '../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../domain/changes.ts'
import { presentUserIdentity } from '../../domain/present/user-identity.ts'
import type { UserIdentityRecord } from '../../domain/records.ts'
import { tidyPhoneNumber, type UserIdentityInput } from '../../domain/user-identities/user-identity.ts'
import { acsUsersOfIdentity } from '../../store/acs-users.ts'
import { operation } from '../operation.ts'
import { refuseBlankKey, refuseTakenIdentity, requireUserIdentity } from './access.ts'

/** Absent fields stay, null clears. Name, e-mail address and phone number go on to the identity's users at systems. */
export const updateUserIdentity = operation<UserIdentityInput & { user_identity_id: string }>({
  path: '/user_identities/update',
  async handle(params, call) {
    const { user_identity_id } = params
    refuseBlankKey('user_identity_key', params.user_identity_key)
    refuseBlankKey('full_name', params.full_name)
    await call.decide(async () => {
      const identity = await requireUserIdentity(call, { user_identity_id })
      const given = changedFields(identity, { ...params, phone_number: tidyPhoneNumber(params.phone_number) })
      const changes = new ChangeSet()
      if (Object.keys(given).length === 0) return { changes, result: undefined }
      await refuseTakenIdentity(call, given, identity.user_identity_id)
      const { version } = identity
      changes.update('user_identity', 'user_identity_id', {
        user_identity_id: identity.user_identity_id,
        version,
        ...given,
      })
      for (const user of await acsUsersOfIdentity(call.services.store, call.workspaceId, identity.user_identity_id)) {
        if (user.is_deleting) continue
        changeAcsUser(
          changes,
          user,
          {
            // A user at a system keeps its name when the identity has none any more.
            ...(typeof given.full_name === 'string' ? { full_name: given.full_name } : {}),
            ...(given.email_address === undefined ? {} : { email_address: given.email_address }),
            ...(given.phone_number === undefined ? {} : { phone_number: given.phone_number }),
          },
          call.now,
        )
      }
      return { changes, result: undefined }
    })
    const updated = await requireUserIdentity(call, { user_identity_id })
    return { user_identity: presentUserIdentity(updated, updated.acs_users) }
  },
})

function changedFields(identity: UserIdentityRecord, params: UserIdentityInput): UserIdentityInput {
  const fields = ['user_identity_key', 'full_name', 'email_address', 'phone_number'] as const
  const changed = fields.filter((field) => params[field] !== undefined && params[field] !== identity[field])
  return Object.fromEntries(changed.map((field) => [field, params[field]]))
}
