import { stayOf } from '../../../../../domain/present/instant-key-doors.ts'
import { operation } from '../../../../operation.ts'
import { doorsOf, FOR_THE_GUEST, propertyOf, requireOpenedKey } from '../../access.ts'

/** Whose key it is, from when until when, and which doors it opens now or later. */
export const listGuestDoors = operation({
  path: '/seam/instant_key/v1/doors/list',
  contract: { ...FOR_THE_GUEST, response_key: 'doors', request: { type: 'object', properties: {} } },
  async handle(_params, call) {
    const key = await requireOpenedKey(call)
    const { store } = call.services
    const [identity, found] = await Promise.all([
      store.get(call.workspaceId, 'user_identity', 'user_identity_id', key.user_identity_id),
      doorsOf(call, key, call.workspace, call.nowMs),
    ])
    return {
      // Which credential opens a door is the server's business.
      doors: found.map(({ acs_credential_id: _, ...door }) => door),
      hotel: propertyOf(call.workspace),
      guest: { name: identity?.full_name ?? null },
      stay: stayOf(found),
      expires_at: key.expires_at,
      now: call.now,
      // The page counts down to the start; a clock that stands still has nothing to count.
      is_clock_frozen: call.workspace.clock_frozen_at !== null,
    }
  },
})
