import { dirty, touchAcsUser } from '../../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { credentialFamily } from '../../../store/acs-credentials.ts'
import { claimsOf } from '../../../store/pins.ts'
import { getAcsUser } from '../../../store/acs-users.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { definitionOf, requireCredential, requireUser, showCredential, userKey, type UserParams } from '../access.ts'
import { lookAtGrantsOf, removeCredentials } from '../changes.ts'

/** Takes a credential from its user: it opens nothing until it is assigned again. */
export const unassignAcsCredential = operation<UserParams & { acs_credential_id: string }>({
  path: '/acs/credentials/unassign',
  async handle(params, call) {
    const { store } = call.services
    const id = await call.decide(async () => {
      const credential = await requireCredential(call, params.acs_credential_id)
      const { acs_credential_id, version } = credential
      if (credential.is_deleting) throw errors.notFound('acs_credential', { acs_credential_id })
      if (params.acs_user_id !== undefined || params.user_identity_id !== undefined) {
        const named = await requireUser(call, userKey(params, credential.acs_system_id))
        if (named.acs_user_id !== credential.acs_user_id) {
          throw errors.invalidField(
            'acs_credential_id',
            'Is not assigned to this user: /acs/credentials/list with its acs_user_id shows those that are',
          )
        }
      }
      const changes = new ChangeSet()
      if (credential.acs_user_id === null) return { changes, result: acs_credential_id }
      // A registered card is free again; what was written on plastic stays written.
      const isFree = credential.access_method === 'card' && definitionOf(call, credential.provider).card === 'assign'
      changes.update('acs_credential', 'acs_credential_id', {
        acs_credential_id,
        version,
        acs_user_id: null,
        exclusive_key: null,
        ...(isFree ? { is_issued: false, issued_at: null } : {}),
        ...dirty(call.now),
      })
      const user = await getAcsUser(store, call.workspaceId, { acs_user_id: credential.acs_user_id }, true)
      if (user !== undefined && !user.is_deleting) touchAcsUser(changes, user, call.now)
      // Copies on phones belong to the person who holds the phones.
      const family = await credentialFamily(store, call.workspaceId, acs_credential_id)
      const copies = family.filter((one) => one.parent_acs_credential_id !== null && !one.is_deleting)
      await removeCredentials(call, changes, copies)
      for (const { acs_entrance_id } of await claimsOf(store, call.workspaceId, [acs_credential_id])) {
        changes.delete('pin_claim', { acs_credential_id, acs_entrance_id })
      }
      if (credential.access_method_id !== null) await lookAtGrantsOf(call, changes, [credential])
      changes.job('provision', credential.acs_system_id, call.now)
      return { changes, result: acs_credential_id }
    })
    return { acs_credential: showCredential(call, await requireCredential(call, id)) }
  },
})
