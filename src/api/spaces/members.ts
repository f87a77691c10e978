/** Changing what a space holds: the event, and the grants that reach doors through it (core.md section 5). */
import { ChangeSet } from '../../domain/changes.ts'
import type { SpaceView } from '../../domain/present/space.ts'
import type { SpaceRecord } from '../../domain/records.ts'
import { sameMembers, spaceEventPayload, withMembers, type Members } from '../../domain/spaces/space.ts'
import { liveGrantsOfSpace } from '../../store/spaces.ts'
import type { Call } from '../operation.ts'
import { distinctIds } from '../people.ts'
import { readMembers, requireSpace } from './access.ts'

/** Asks that every live grant of the space be looked at again: doors that came or went follow (grants/change.ts). */
export async function followGrants(changes: ChangeSet, spaceId: string, call: Call): Promise<void> {
  for (const id of await liveGrantsOfSpace(call.services.store, call.workspaceId, spaceId)) {
    changes.job('grant_doors', id, call.now)
  }
}

/** Sets the members of a space that differ, with one event for doors and devices. Nothing is written when none differs. */
export async function setMembers(
  changes: ChangeSet,
  space: SpaceRecord,
  wanted: Partial<Members>,
  call: Call,
): Promise<SpaceRecord> {
  const { space_id, version } = space
  const after: SpaceRecord = { ...space, ...wanted }
  const differs = (field: keyof Members): boolean => !sameMembers(space[field], after[field])
  if (differs('connected_account_ids')) {
    changes.update('space', 'space_id', { space_id, version, connected_account_ids: after.connected_account_ids })
  }
  if (differs('acs_entrance_ids') || differs('device_ids')) {
    const { acs_entrance_ids, device_ids } = after
    changes.update('space', 'space_id', { space_id, version, acs_entrance_ids, device_ids })
    changes.event('space.device_membership_changed', spaceEventPayload(after))
    await followGrants(changes, space_id, call)
  }
  return after
}

/** Adds members, all of which must exist. Adding twice is adding once. */
export function addMembers(call: Call, spaceId: string, given: Partial<Members>): Promise<SpaceView> {
  return call.decide(async () => {
    const space = await requireSpace(call, { space_id: spaceId })
    const read = await readMembers(call, given)
    const changes = new ChangeSet()
    const result = await setMembers(changes, space, combine(space, read, 'add'), call)
    return { changes, result }
  })
}

/** Takes members out; what is not in the space is passed over, and the caller told. */
export function removeMembers(call: Call, spaceId: string, given: Partial<Members>): Promise<SpaceView> {
  return call.decide(async () => {
    const space = await requireSpace(call, { space_id: spaceId })
    for (const [field, ids] of Object.entries(given) as [keyof Members, string[]][]) {
      const absent = distinctIds(ids).filter((id) => !space[field].includes(id))
      if (absent.length > 0)
        call.tell({
          warning_code: 'nothing_to_do',
          parameter: field,
          message: `${absent.join(', ')} is not in this space, so it was not taken out. See what the space holds with ${LISTS[field]}.`,
        })
    }
    const changes = new ChangeSet()
    const result = await setMembers(changes, space, combine(space, given, 'remove'), call)
    return { changes, result }
  })
}

const LISTS: Record<keyof Members, string> = {
  acs_entrance_ids: '/acs/entrances/list and its space_id',
  device_ids: '/devices/list and its space_id',
  connected_account_ids: '/spaces/get_related',
}

function combine(space: SpaceRecord, given: Partial<Members>, how: 'add' | 'remove'): Partial<Members> {
  const wanted: Partial<Members> = {}
  for (const [field, ids] of Object.entries(given) as [keyof Members, string[]][]) {
    wanted[field] = withMembers(space[field], { [how]: distinctIds(ids) })
  }
  return wanted
}
