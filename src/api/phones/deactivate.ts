import { ChangeSet } from '../../domain/changes.ts'
import { deactivatePhone } from '../../domain/phones/phone.ts'
import { copiesOnPhones } from '../../store/phones.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { isUuid } from '../people.ts'
import { ownIdentityOf } from '../user_identities/access.ts'

/** The phone loses its keys; a client session may deactivate the phones of its own identity. */
export const deactivatePhoneOperation = operation<{ device_id: string }>({
  path: '/phones/deactivate',
  async handle({ device_id }, call) {
    const { store } = call.services
    const systemIds = await call.decide(async () => {
      const phone = isUuid(device_id) ? await store.get(call.workspaceId, 'phone', 'device_id', device_id) : undefined
      const own = ownIdentityOf(call)
      if (phone === undefined || (own !== undefined && own !== phone.user_identity_id)) {
        throw errors.notFound('phone', { device_id })
      }
      const copies = await copiesOnPhones(store, call.workspaceId, [phone.device_id])
      const changes = new ChangeSet()
      deactivatePhone(changes, phone, copies, call.now)
      return { changes, result: [...new Set(copies.map((copy) => copy.acs_system_id))] }
    })
    await call.services.whenProvisioned(call.workspaceId, systemIds)
  },
})
