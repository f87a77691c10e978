/** Doors that their system can only give together, because it gives access to zones (`SystemDefinition.zones`). Pure. */
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { AcsEntranceRecord, Json } from './records.ts'

export interface Zone {
  /** As the system has it, unique in the system. */
  id: string
  name: string
}

/** The zone a door is in; null where doors are given one by one. */
export function zoneOf(door: Pick<AcsEntranceRecord, 'metadata'>, definition: SystemDefinition): Zone | null {
  const { zones, metadataKey } = definition
  if (zones === undefined || metadataKey === undefined) return null
  const facts = door.metadata[metadataKey] as Json | undefined
  const [id, name] = [facts?.[zones.id], facts?.[zones.name]]
  if (typeof id !== 'string' && typeof id !== 'number') return null
  return { id: String(id), name: typeof name === 'string' ? name : String(id) }
}

/**
 * The doors of the zones that have changed: a door came, went, or moved to another one. `found` are doors as they were
 * and as they are.
 */
export function doorsOfZones(
  found: readonly Pick<AcsEntranceRecord, 'metadata'>[],
  doors: readonly AcsEntranceRecord[],
  definition: SystemDefinition,
): string[] {
  const zones = new Set(found.flatMap((door) => zoneOf(door, definition)?.id ?? []))
  return doors.filter((door) => zones.has(zoneOf(door, definition)?.id ?? '')).map((door) => door.acs_entrance_id)
}

/** Why doors of a zone are not given, and what would help. `missing` are the other doors of it; `how` names them all. */
export function zoneRemedy(
  doors: readonly Pick<AcsEntranceRecord, 'display_name'>[],
  missing: readonly Pick<AcsEntranceRecord, 'display_name'>[],
  zone: Zone,
  definition: SystemDefinition,
  how: (missing: string) => string,
): string {
  const [names, others] = [doors, missing].map((some) => some.map((door) => door.display_name).join(', '))
  const system = definition.display_name
  return `${names} cannot be given without ${others}: they share the zone "${zone.name}" of ${system}, which gives access to a zone as a whole. ${how(others ?? '')}, or give ${names} a zone of its own in ${system}, which the next look at it finds.`
}
