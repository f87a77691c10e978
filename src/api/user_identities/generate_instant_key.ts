import { ChangeSet } from '../../domain/changes.ts'
import { addInstantKey, generatedKeyExpiry } from '../../domain/instant-keys.ts'
import { presentInstantKey } from '../../domain/present/instant-key.ts'
import { getInstantKey } from '../../store/instant-keys.ts'
import { syncCredentialsOf } from '../../store/phones.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { requireUserIdentity } from './access.ts'

interface Params {
  user_identity_id: string
  max_use_count?: number
  customization_profile_id?: string
}

/** A link to all mobile keys of the identity, for a week. */
export const generateInstantKey = operation<Params>({
  path: '/user_identities/generate_instant_key',
  async handle({ user_identity_id, max_use_count = 1, customization_profile_id }, call) {
    const { store, ids, sealer, publicUrl } = call.services
    if (!Number.isInteger(max_use_count) || max_use_count < 1 || max_use_count > 2_147_483_647) {
      throw errors.invalidField('max_use_count', 'Expected an integer from 1 to 2147483647')
    }
    // Profiles are managed by operations that are not served yet, so none exists.
    if (customization_profile_id !== undefined)
      throw errors.notFound('customization_profile', { customization_profile_id })
    const made = await call.decide(async () => {
      const identity = await requireUserIdentity(call, { user_identity_id })
      const changes = new ChangeSet().expect('user_identity', {
        user_identity_id: identity.user_identity_id,
        version: identity.version,
      })
      const result = addInstantKey(changes, {
        user_identity_id: identity.user_identity_id,
        access_method_id: null,
        max_use_count,
        customization_profile_id: null,
        expires_at: generatedKeyExpiry(call.nowMs),
        now: call.now,
        ids,
        seal: (text) => sealer.seal(text),
      })
      return { changes, result }
    })
    if ((await syncCredentialsOf(store, call.workspaceId, user_identity_id.toLowerCase())).length === 0) {
      call.tell({
        warning_code: 'no_effect_yet',
        parameter: 'user_identity_id',
        message:
          'This person has no mobile key, so the link shows no doors yet. It will, once there is an access grant that requests a mobile_key.',
      })
    }
    const { instant_key_id } = made
    const key = await getInstantKey(store, call.workspaceId, { instant_key_id })
    if (key === undefined) throw errors.notFound('instant_key', { instant_key_id })
    return { instant_key: presentInstantKey(key, publicUrl) }
  },
})
