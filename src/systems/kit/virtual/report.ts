/** What a virtual system tells of itself: its doors, encoders, groups, users, credentials and free cards. */
import type { DriverHost, ReportedEntrance, ReportedState } from '../driver.ts'
import type { DoorState, VirtualRecords } from '../virtual.ts'
import { AT_REST, onWire, type BuildingRecord, type VirtualDoor, type VirtualModel } from './model.ts'
import {
  isLive,
  KIND,
  type PlasticCard,
  type Removed,
  type VirtualCredential,
  type VirtualGroup,
  type VirtualUser,
} from './records.ts'
import { zoneWarnings } from './zones.ts'

/** Everything the system would tell of itself now. */
export async function readState(
  model: VirtualModel,
  host: DriverHost,
  records: VirtualRecords,
): Promise<ReportedState> {
  const [building, removed, doorStates, groups, users, credentials, cards] = await Promise.all([
    records.get<BuildingRecord>(KIND.building, KIND.building),
    records.list<Removed>(KIND.removed),
    records.list<DoorState & { entrance_id: string }>(KIND.door),
    records.list<VirtualGroup>(KIND.group),
    records.list<VirtualUser>(KIND.user),
    records.list<VirtualCredential>(KIND.credential),
    model.pool === undefined ? [] : records.list<PlasticCard>(KIND.card),
  ])
  const problems = await model.problems?.(records, host.now())
  const doors = [...model.doors]
  for (let n = 1; n <= (building?.size.extra_doors ?? 0); n++) {
    const extra = model.extraDoor?.(n)
    if (extra !== undefined) doors.push(extra)
  }
  const free = cards.filter((card) => card.is_registered && card.credential_id === null)
  const isThere = (what: Removed['what'], id: string): boolean =>
    !removed.some((one) => one.what === what && one.external_id === id)
  const states = new Map(doorStates.map((state) => [state.entrance_id, state]))
  return {
    entrances: doors
      .filter((door) => isThere('entrance', door.entrance_id))
      .map((door) => {
        const zone = zoneWarnings(model, door, (other) => isThere('entrance', other.entrance_id))
        return reportDoor(model, door, states.get(door.entrance_id) ?? AT_REST, zone)
      }),
    encoders: model.encoders
      .filter((encoder) => isThere('encoder', encoder.encoder_id))
      .map((encoder) => ({ external_id: encoder.encoder_id, display_name: encoder.display_name })),
    groups: groups.filter(isLive).map(({ external_id, reference, type, name, entrance_ids }) => ({
      external_id,
      reference,
      ...(type === undefined ? {} : { type }),
      name,
      entrance_ids,
    })),
    users: users.filter(isLive).map(({ external_id, reference, full_name, is_suspended, group_ids }) => ({
      external_id,
      reference,
      full_name,
      is_suspended,
      group_ids,
      ...(reference === null && model.strangerWarnings !== undefined ? { warnings: model.strangerWarnings } : {}),
    })),
    credentials: [
      ...credentials.filter(isLive).map(({ external_id, reference, mode, user_id, card_number, code }) => ({
        external_id,
        reference,
        mode,
        user_id,
        card_number,
        code,
      })),
      ...free.map((card) => ({
        external_id: card.card_id,
        reference: null,
        mode: 'card' as const,
        user_id: null,
        card_number: card.card_number,
        code: null,
      })),
    ],
    ...problems,
  }
}

/** What the system tells of a door. Of one that works without a network it does not know how it stands. */
function reportDoor(
  model: VirtualModel,
  door: VirtualDoor,
  state: DoorState,
  zone: ReportedEntrance['warnings'] = [],
): ReportedEntrance {
  const isOnline = door.decides === 'system'
  const facts = isOnline ? { ...door.metadata, ...model.doorMetadata?.(state) } : door.metadata
  const codes = isOnline && state.privacy_mode ? ['privacy_mode', ...(model.privacyWarnings ?? [])] : []
  const message = 'The door is in privacy mode: it does not open for guests until somebody inside ends it.'
  return {
    external_id: door.entrance_id,
    display_name: door.display_name,
    can_unlock_with: door.can_unlock_with,
    can_belong_to_reservation: door.is_reservable,
    is_locked: door.is_locked,
    metadata: onWire(model, facts),
    warnings: [...zone, ...codes.map((warning_code) => ({ warning_code, message }))],
  }
}
