/**
 * Doors and encoders that their system cannot list (`devicesAreDeclared`): the operator says what is there and what is
 * not any more, and that is taken over as if it had been read. Pure.
 */
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { ReportedEncoder, ReportedEntrance } from '../../systems/kit/driver.ts'
import type { AcsEncoderRecord, AcsEntranceRecord, AcsSystemRecord, Problem } from '../records.ts'
import type { Findings } from './findings.ts'
import { compareEncoders, compareEntrances } from './places.ts'
import { isRemovedEntrance, withoutWarning } from './marks.ts'

export interface Declared<T> {
  device: T
  is_removed: boolean
}

export interface Declaration {
  entrances: readonly Declared<ReportedEntrance>[]
  encoders: readonly Declared<ReportedEncoder>[]
}

export const SETUP_REQUIRED = 'setup_required'

/** What a declaration changes about the rows that are held. What it does not name stays, and what is so already changes nothing. */
export function compareDeclared(
  { entrances, encoders }: Declaration,
  held: { entrances: readonly AcsEntranceRecord[]; encoders: readonly AcsEncoderRecord[] },
  now: string,
  newId: () => string,
): Findings {
  return {
    entrances: compareEntrances(there(entrances), named(held.entrances, entrances), now, newId),
    encoders: compareEncoders(there(encoders), named(held.encoders, encoders)),
    groups: { added: [], changed: [], gone: [], edited: [], missing: [] },
    users: { added: [], changed: [], gone: [], lost: [], back: [] },
    credentials: { lost: [], back: [], cardsAdded: [], cardsGone: [] },
  }
}

function there<T>(declared: readonly Declared<T>[]): T[] {
  return declared.filter((one) => !one.is_removed).map((one) => one.device)
}

function named<R extends { external_id: string }>(
  held: readonly R[],
  declared: readonly Declared<{ external_id: string }>[],
): R[] {
  const ids = new Set(declared.map((one) => one.device.external_id))
  return held.filter((row) => ids.has(row.external_id))
}

/** The rooms that stand once the findings are taken over. */
export function hasRooms(held: readonly AcsEntranceRecord[], { added, removed, back }: Findings['entrances']): boolean {
  const standing = held.filter((row) => (!isRemovedEntrance(row) || back.includes(row)) && !removed.includes(row))
  return (
    standing.some((row) => row.can_belong_to_reservation) ||
    added.some(({ reported }) => reported.can_belong_to_reservation)
  )
}

/** The system's warnings, with or without the one that its rooms are to be declared. One that stands already keeps its time. */
export function setupWarnings(
  warnings: AcsSystemRecord['warnings'],
  definition: SystemDefinition,
  isSetUp: boolean,
  now: string,
): Problem[] {
  if (definition.devicesAreDeclared !== true || isSetUp) return withoutWarning(warnings, SETUP_REQUIRED)
  if (warnings.some((warning) => warning.warning_code === SETUP_REQUIRED)) return [...warnings]
  const message = `${definition.display_name} cannot list its doors, and no room is declared yet. Declare rooms, common areas and encoders with /acs/systems/report_devices.`
  return [...warnings, { created_at: now, warning_code: SETUP_REQUIRED, message }]
}
