import { dirty, touchAcsUser } from '../../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { childCredential, exclusiveKey } from '../../../domain/credentials/credential.ts'
import { liveCredentialOfMode } from '../../../store/acs-credentials.ts'
import { listPhones } from '../../../store/phones.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import {
  definitionOf,
  requireAnyCredential,
  requireCredential,
  requireSystem,
  showCredential,
  type UserParams,
} from '../access.ts'
import { lookAtGrantsOf } from '../changes.ts'
import { isNew, userIn } from '../membership.ts'
import { refuseCodeOfAnother } from './pin.ts'

/** Gives a credential, such as a registered card that nobody holds, to a user. */
export const assignAcsCredential = operation<UserParams & { acs_credential_id: string }>({
  path: '/acs/credentials/assign',
  async handle(params, call) {
    const { store } = call.services
    const id = await call.decide(async () => {
      const credential = await requireAnyCredential(call, params.acs_credential_id)
      const { acs_credential_id, version, access_method } = credential
      const changes = new ChangeSet()
      const system = await requireSystem(call, credential.acs_system_id)
      const user = await userIn(call, changes, system, params)
      if (credential.acs_user_id === user.acs_user_id) return { changes, result: acs_credential_id }
      if (credential.acs_user_id !== null) {
        throw errors.invalidField(
          'acs_credential_id',
          'Is assigned to another user: unassign it first with /acs/credentials/unassign',
        )
      }
      const definition = definitionOf(call, system.provider)
      if (credential.code !== null) {
        const holder = { acs_system_id: system.acs_system_id, acs_user_id: user.acs_user_id }
        await refuseCodeOfAnother(call, definition, credential.code, holder, 'acs_credential_id')
      }
      const exclusive_key = exclusiveKey(definition, access_method, user.acs_user_id)
      if (
        exclusive_key !== null &&
        (await liveCredentialOfMode(store, call.workspaceId, user.acs_user_id, access_method)) !== undefined
      ) {
        throw errors.invalidField(
          'acs_user_id',
          `The user already has a ${access_method} credential, and this access system gives a user one at most: delete it first`,
        )
      }
      changes.update('acs_credential', 'acs_credential_id', {
        acs_credential_id,
        version,
        acs_user_id: user.acs_user_id,
        exclusive_key,
        is_managed: true,
        ...dirty(call.now),
      })
      if (!isNew(changes, user)) touchAcsUser(changes, user, call.now)
      if (credential.is_multi_phone_sync_credential && user.user_identity_id !== null) {
        const phones = await listPhones(store, call.workspaceId, { owner_user_identity_id: user.user_identity_id })
        const parent = { ...credential, acs_user_id: user.acs_user_id, is_managed: true }
        for (const phone of phones) {
          changes.insert('acs_credential', childCredential(parent, phone, call.services.ids, call.now))
        }
      }
      if (credential.access_method_id !== null) await lookAtGrantsOf(call, changes, [user])
      changes.job('provision', system.acs_system_id, call.now)
      return { changes, result: acs_credential_id }
    })
    return { acs_credential: showCredential(call, await requireCredential(call, id)) }
  },
})
