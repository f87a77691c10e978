import { shortCodeOf } from '../../../../../domain/present/instant-key.ts'
import { stayOf } from '../../../../../domain/present/instant-key-doors.ts'
import { userIdentityDisplayName } from '../../../../../domain/present/user-identity.ts'
import { errors } from '../../../../errors.ts'
import { operation } from '../../../../operation.ts'
import { doorsOf, FOR_ANYONE, propertyOf, requireKey } from '../../access.ts'

/** What a link leads to, without opening it: it counts as no use. Once it is used up or over, it tells nothing of the guest. */
export const previewInstantKey = operation<{ instant_key_url: string }>({
  path: '/seam/instant_key/v1/preview/get',
  contract: {
    ...FOR_ANYONE,
    response_key: 'instant_key_preview',
    request: {
      type: 'object',
      properties: { instant_key_url: { type: 'string', format: 'uri' } },
      required: ['instant_key_url'],
    },
  },
  async handle({ instant_key_url }, call) {
    const { store, workspaces } = call.services
    const short_code = shortCodeOf(instant_key_url)
    if (short_code === null) throw errors.notFound('instant_key', {})
    const key = await requireKey(call, short_code)
    const nowMs = await workspaces.now(key.workspace_id)
    const [workspace, identity] = await Promise.all([
      workspaces.get(key.workspace_id),
      store.get(key.workspace_id, 'user_identity', 'user_identity_id', key.user_identity_id),
    ])
    const isUsed = key.admitted_clients.length >= key.max_use_count
    const key_status = Date.parse(key.expires_at) <= nowMs ? 'expired' : isUsed ? 'used' : 'ready'
    const about = {
      short_code,
      key_status,
      expires_at: key.expires_at,
      hotel: workspace === undefined ? { name: '' } : propertyOf(workspace),
    }
    if (key_status !== 'ready' || identity === undefined || workspace === undefined)
      return { instant_key_preview: about }
    const doors = await doorsOf(call, key, workspace, nowMs)
    const stay = stayOf(doors)
    return {
      instant_key_preview: {
        ...about,
        guest: {
          name: userIdentityDisplayName(identity),
          check_in: stay.starts_at,
          check_out: stay.ends_at,
        },
        access: doors.map((door) => ({
          name: door.display_name,
          location: door.system_name,
          available: door.status === 'ready',
        })),
      },
    }
  },
})
