import { operation } from '../operation.ts'
import { requireUserIdentity } from './access.ts'

/** Doors here are entrances of access systems; stand-alone locks are not served, so no identity has any. */
export const listAccessibleDevices = operation<{ user_identity_id: string }>({
  path: '/user_identities/list_accessible_devices',
  async handle(params, call) {
    await requireUserIdentity(call, params)
    return { devices: [], accessible_devices: [] }
  },
})
