/** Doors of a grant that cannot be given, since their system would open others with them. */
import { isRemovedEntrance } from '../sync/marks.ts'
import { zoneOf, type Zone } from '../zones.ts'
import type { Door, GrantFacts } from './facts.ts'

/** A zone of which the grant names a part. */
export interface ZoneInPart extends Zone {
  /** The doors that are named. */
  doors: Door[]
  /** Those that would be opened with them. */
  missing: Door[]
}

/** The zones of which these doors are a part. The facts hold all doors of the zones. */
export function zonesInPart(
  doorIds: readonly string[],
  facts: Pick<GrantFacts, 'doors' | 'definitionOf'>,
): ZoneInPart[] {
  const named = new Set(doorIds)
  const zones = new Map<string, ZoneInPart>()
  for (const door of facts.doors.values()) {
    const zone = isRemovedEntrance(door) ? null : zoneOf(door, facts.definitionOf(door.provider))
    if (zone === null) continue
    const key = `${door.acs_system_id} ${zone.id}`
    const known = zones.get(key) ?? { ...zone, doors: [], missing: [] }
    zones.set(key, known)
    if (named.has(door.acs_entrance_id)) known.doors.push(door)
    else known.missing.push(door)
  }
  return [...zones.values()].filter(({ doors, missing }) => doors.length > 0 && missing.length > 0)
}

/** The doors and all others of their zones: what a group holds that is to give these. */
export function wholeZones(doorIds: readonly string[], facts: Pick<GrantFacts, 'doors' | 'definitionOf'>): string[] {
  const missing = zonesInPart(doorIds, facts).flatMap((zone) => zone.missing)
  return [...doorIds, ...missing.map((door) => door.acs_entrance_id)]
}

/** Those of the doors that cannot be given, as they are a part of a zone. */
export function heldBack(
  doorIds: readonly string[],
  facts: Pick<GrantFacts, 'doors' | 'definitionOf'>,
): ReadonlySet<string> {
  return new Set(zonesInPart(doorIds, facts).flatMap(({ doors }) => doors.map((door) => door.acs_entrance_id)))
}
