import { ChangeSet } from '../../../domain/changes.ts'
import { addCopies, newSandboxPhone, type SandboxPhone } from '../../../domain/phones/phone.ts'
import { presentPhone } from '../../../domain/present/phone.ts'
import { findPhoneByInstallation, syncCredentialsOf } from '../../../store/phones.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { refuseBlankKey } from '../../user_identities/access.ts'

/** A virtual phone, with a copy of every mobile key its owner has. One installation is one phone. */
export const createSandboxPhone = operation<SandboxPhone>({
  path: '/phones/simulate/create_sandbox_phone',
  isSandboxOnly: true,
  async handle(params, call) {
    const { store, ids } = call.services
    const { custom_sdk_installation_id } = params
    const user_identity_id = params.user_identity_id.toLowerCase()
    refuseBlankKey('custom_sdk_installation_id', custom_sdk_installation_id)
    const made = await call.decide(async () => {
      const changes = new ChangeSet()
      const identity = await store.get(call.workspaceId, 'user_identity', 'user_identity_id', user_identity_id)
      if (identity === undefined) throw errors.notFound('user_identity', { user_identity_id })
      if (custom_sdk_installation_id !== undefined) {
        const known = await findPhoneByInstallation(store, call.workspaceId, custom_sdk_installation_id)
        if (known !== undefined && known.user_identity_id !== user_identity_id) {
          const { device_id } = known
          const message =
            'The phone with this custom_sdk_installation_id belongs to another user identity. Deactivate it first.'
          throw errors.alreadyExists('phone', message, { field: 'custom_sdk_installation_id', device_id })
        }
        if (known !== undefined) return { changes, result: { phone: known, systemIds: [] } }
      }
      const phone = newSandboxPhone(call.workspaceId, { ...params, user_identity_id }, ids, call.now)
      changes.insert('phone', phone)
      const parents = await syncCredentialsOf(store, call.workspaceId, user_identity_id)
      addCopies(changes, phone, parents, ids, call.now)
      return { changes, result: { phone, systemIds: [...new Set(parents.map((parent) => parent.acs_system_id))] } }
    })
    // The keys are on the phone when the answer arrives.
    await call.services.whenProvisioned(call.workspaceId, made.systemIds)
    return { phone: presentPhone(made.phone) }
  },
})
