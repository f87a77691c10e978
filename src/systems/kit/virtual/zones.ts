/** Doors that a system can only give together (`SystemDefinition.zones`). */
import { SystemError } from '../errors.ts'
import type { VirtualDoor, VirtualModel } from './model.ts'

/** Doors that the operator has not taken out. */
type IsThere = (door: VirtualDoor) => boolean

/** The zone a door is in, and the other doors of it; null where doors are given one by one, or this one is alone in its zone. */
function zoneOf(
  model: VirtualModel,
  door: VirtualDoor,
  isThere: IsThere,
): { name: string; others: VirtualDoor[] } | null {
  const { zones } = model.definition
  if (zones === undefined) return null
  const others = model.doors.filter(
    (one) => one !== door && isThere(one) && one.metadata[zones.id] === door.metadata[zones.id],
  )
  return others.length === 0 ? null : { name: String(door.metadata[zones.name]), others }
}

/** What a door in a zone with others warns of. */
export function zoneWarnings(
  model: VirtualModel,
  door: VirtualDoor,
  isThere: IsThere,
): { warning_code: string; message: string }[] {
  const zone = zoneOf(model, door, isThere)
  if (zone === null) return []
  const names = zone.others.map((one) => one.display_name).join(', ')
  const message = `It shares the zone "${zone.name}" with ${names}: access can only be given to all of them together. Name all of them, or give it a zone of its own in ${model.definition.display_name}.`
  return [{ warning_code: 'entrance_shares_zone', message }]
}

/** Refuses a part of a zone: the system could only give all of it. @throws SystemError */
export function checkZones(model: VirtualModel, doors: readonly VirtualDoor[], isThere: IsThere): void {
  for (const door of doors) {
    const zone = zoneOf(model, door, isThere)
    const missing = zone?.others.filter((other) => !doors.some((one) => one.entrance_id === other.entrance_id)) ?? []
    if (zone === null || missing.length === 0) continue
    const names = missing.map((one) => one.display_name).join(', ')
    throw new SystemError(
      'rejected',
      `${door.display_name} is in the zone "${zone.name}" with ${names}: a group holds all of a zone or nothing of it.`,
    )
  }
}
