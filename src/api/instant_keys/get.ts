import { presentInstantKey, shortCodeOf } from '../../domain/present/instant-key.ts'
import { getInstantKey } from '../../store/instant-keys.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'

export const getInstantKeyOperation = operation<{ instant_key_id?: string; instant_key_url?: string }>({
  path: '/instant_keys/get',
  async handle({ instant_key_id, instant_key_url }, call) {
    const { store, publicUrl } = call.services
    if (instant_key_id !== undefined) {
      const key = await getInstantKey(store, call.workspaceId, { instant_key_id })
      if (key === undefined) throw errors.notFound('instant_key', { instant_key_id })
      return { instant_key: presentInstantKey(key, publicUrl) }
    }
    if (instant_key_url === undefined) {
      throw errors.invalidInput({ path: [], message: 'Must specify `instant_key_id` or `instant_key_url`' })
    }
    const short_code = shortCodeOf(instant_key_url)
    const key = short_code === null ? undefined : await getInstantKey(store, call.workspaceId, { short_code })
    if (key === undefined) throw errors.notFound('instant_key', { instant_key_url })
    return { instant_key: presentInstantKey(key, publicUrl) }
  },
})
