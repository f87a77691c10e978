import { operation } from '../../../../operation.ts'
import { doorsOf, FOR_THE_GUEST, requireOpenedKey } from '../../access.ts'

/** Whose key it is, until when, and which doors it opens now or later. */
export const listGuestDoors = operation({
  path: '/seam/instant_key/v1/doors/list',
  contract: { ...FOR_THE_GUEST, response_key: 'doors', request: { type: 'object', properties: {} } },
  async handle(_params, call) {
    const key = await requireOpenedKey(call)
    const { store } = call.services
    const identity = await store.get(call.workspaceId, 'user_identity', 'user_identity_id', key.user_identity_id)
    return {
      doors: await doorsOf(call, key, call.nowMs),
      // A browser cannot speak to a real lock: there the key is used in an app.
      can_unlock: call.workspace.is_sandbox,
      hotel: { name: call.workspace.company_name },
      guest: { name: identity?.full_name ?? null },
      expires_at: key.expires_at,
      now: call.now,
    }
  },
})
