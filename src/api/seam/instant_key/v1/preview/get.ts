import { shortCodeOf } from '../../../../../domain/present/instant-key.ts'
import { userIdentityDisplayName } from '../../../../../domain/present/user-identity.ts'
import { errors } from '../../../../errors.ts'
import { operation } from '../../../../operation.ts'
import { doorsOf, FOR_ANYONE, requireKey } from '../../access.ts'

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
      hotel: { name: workspace?.company_name ?? '' },
    }
    if (key_status !== 'ready' || identity === undefined) return { instant_key_preview: about }
    const doors = await doorsOf(call, key, nowMs)
    const starts = doors.flatMap((door) => door.starts_at ?? []).sort()
    const ends = doors.some((door) => door.ends_at === null) ? [] : doors.flatMap((door) => door.ends_at ?? []).sort()
    return {
      instant_key_preview: {
        ...about,
        guest: {
          name: userIdentityDisplayName(identity),
          check_in: starts[0] ?? null,
          check_out: ends.at(-1) ?? null,
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
