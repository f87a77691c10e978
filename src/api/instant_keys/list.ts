import { presentInstantKey } from '../../domain/present/instant-key.ts'
import { listInstantKeys } from '../../store/instant-keys.ts'
import { operation } from '../operation.ts'

export const listInstantKeysOperation = operation<{ user_identity_id?: string }>({
  path: '/instant_keys/list',
  async handle({ user_identity_id }, call) {
    const keys = await listInstantKeys(call.services.store, call.workspaceId, user_identity_id)
    return { instant_keys: keys.map((key) => presentInstantKey(key, call.services.publicUrl)) }
  },
})
