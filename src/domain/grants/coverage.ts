/** Doors of a grant that none of its access methods opens: each is named, with the reason and what would help. */
import type { Problem } from '../records.ts'
import { zoneRemedy } from '../zones.ts'
import type { GrantPlan } from './plan.ts'
import { heldBack, zonesInPart } from './zones.ts'

/** The error of a grant that could not get what it asked for. */
export const CANNOT_CREATE = 'cannot_create_requested_access_methods'

/** Doors that an error names as a part of a zone. */
export function partOfZone(error: Problem): string[] {
  return error['zone_id'] === undefined ? [] : (error['missing_acs_entrance_ids'] as string[])
}

/** Whether zones have changed under the grant: it has a door it cannot be given any more, or lacks one that it can. */
export function hasOtherZones({ grant, facts }: GrantPlan): boolean {
  const held = heldBack(grant.door_ids, facts)
  const open = new Set([...grant.granted_door_ids, ...facts.methods.flatMap((method) => method.acs_entrance_ids)])
  return (
    grant.door_ids.some((id) => held.has(id) && open.has(id)) ||
    grant.errors.flatMap(partOfZone).some((id) => grant.door_ids.includes(id) && !held.has(id))
  )
}

/** Whether an error is one of those that {@link coverageErrors} finds. */
export function isAboutCoverage(error: Problem): boolean {
  return error['missing_acs_entrance_ids'] !== undefined
}

/** What stands between the grant's doors and its methods, as errors of the grant. */
export function coverageErrors(plan: GrantPlan): Problem[] {
  const { grant, facts } = plan
  if (grant.requested_access_methods.length === 0) return []
  const found = (doorIds: readonly string[], message: string): Problem => ({
    created_at: plan.now,
    error_code: CANNOT_CREATE,
    message,
    missing_acs_entrance_ids: doorIds,
  })
  const inPart = zonesInPart(grant.door_ids, facts).map((zone) => {
    const { doors, missing } = zone
    const ids = doors.map((door) => door.acs_entrance_id)
    const definition = facts.definitionOf(doors[0]?.provider ?? '')
    const how = zoneRemedy(doors, missing, zone, definition, (others) => `Add ${others} to the access grant`)
    return { ...found(ids, how), zone_id: zone.id }
  })
  const mine = facts.methods.filter((method) => method.access_grant_ids.includes(grant.access_grant_id))
  const covered = new Set(mine.flatMap((method) => method.acs_entrance_ids))
  const held = heldBack(grant.door_ids, facts)
  // Where no method came to be at all, each mode has said why.
  const uncovered = mine.length === 0 ? [] : grant.door_ids.filter((id) => !covered.has(id) && !held.has(id))
  if (uncovered.length === 0) return inPart
  const names = uncovered.map((id) => facts.doors.get(id)?.display_name ?? id).join(', ')
  return [
    ...inPart,
    found(uncovered, `No requested access method can open ${names}. Request a mode that these doors take.`),
  ]
}
