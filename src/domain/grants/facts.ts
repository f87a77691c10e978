/**
 * Access grants, and how their parts fit together
 *
 * A grant says who, where, when and how. Everything that follows from it - access methods, the credentials behind them,
 * the people and groups at the access systems, PINs, Instant Keys - is decided here, as pure functions over one
 * structure: {@link GrantFacts}, read by one function of the store (store/access-grants.ts `loadGrantFacts`). Each
 * function fills a ChangeSet that is written as one command.
 *
 *   plan.ts         GrantPlan: the facts being changed; finds or makes people, groups, credentials, PINs, Instant Keys
 *   windows.ts      times of access: which overlap, which hold others
 *   materialise.ts  create and request_access_methods: requested methods become rows (core.md 6.2)
 *   change.ts       update, and a space whose doors changed: the same rows follow new times and doors (core.md 6.8, 5)
 *   end.ts          delete, deletion of methods, natural end (core.md 6.9, 7.7, 6.10)
 *   deletion.ts     the end of a deletion, once the systems have confirmed it
 *   hindrances.ts   warnings of grants that open nothing although nothing is wrong with them
 *
 * People and groups are settled by level, not by edge: after any change, `GrantPlan.settle` computes from all live grants
 * of the identity which managed groups its users should be in, and which schedule they should have, and writes the
 * difference. What happens at the systems, and the events that follow from it (doors opened, methods issued), is the
 * reconciler's (provisioning/, domain/issuance.ts).
 */
import { createHash } from 'node:crypto'
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { PinRule } from '../../systems/kit/pin.ts'
import { commonRule } from '../codes/choose.ts'
import type { ManagerChoice } from '../credential-managers.ts'
import { heldBack, wholeZones } from './zones.ts'
import type {
  AccessGrantRecord,
  AccessMethodRecord,
  AcsAccessGroupRecord,
  AcsCredentialRecord,
  AcsEntranceRecord,
  AcsUserRecord,
  InstantKeyRecord,
  Mode,
  PhoneRecord,
  PinClaimRecord,
  ReservationRecord,
  SpaceRecord,
  UserIdentityRecord,
} from '../records.ts'
import { isRemovedEntrance } from '../sync/marks.ts'
import type { AccessWindow } from './windows.ts'

/** An entrance and the provider of its system. */
export type Door = AcsEntranceRecord & { provider: string }

/** A live grant of a reservation, and which of its doors can belong to one. */
export interface ReservationGrant extends AccessWindow {
  access_grant_id: string
  reservable_door_ids: string[]
}

/** A space that a grant names. */
export type NamedSpace = Pick<SpaceRecord, 'space_id' | 'name' | 'acs_entrance_ids'>

export type PersonalCode = Pick<AcsCredentialRecord, 'acs_system_id' | 'code' | 'acs_user_id'>

/** Doors of the grant that may need one PIN together: of all systems that take ours, or of one of them. */
export interface CodePlace {
  acs_system_ids: string[]
  acs_entrance_ids: string[]
  rule: PinRule
}

/** PINs that nobody has on the doors of these systems in the grant's time, best first. */
export interface FreeCodes {
  acs_system_ids: string[]
  codes: string[]
}

export interface GrantFacts {
  identity: UserIdentityRecord
  /** The grant; at create, the row about to be inserted. */
  grant: AccessGrantRecord
  /** Doors of the grant (before and after the change) and of the identity's other live grants, and what shares a zone with them. */
  doors: Map<string, Door>
  /** The identity's users at access systems, and users without identity that have its e-mail address or phone number. */
  users: AcsUserRecord[]
  /** The managed groups its users are in, and those that stand for the doors and times the grant may want. */
  groups: AcsAccessGroupRecord[]
  /** Other grants of the identity that have not ended. */
  otherGrants: AccessGrantRecord[]
  /** Access methods of the grant. */
  methods: AccessMethodRecord[]
  /** Access methods of the grant whose deletion waits for their systems; in no other list. */
  leaving: AccessMethodRecord[]
  /** Access methods of those other grants that are not the grant's too. */
  otherMethods: AccessMethodRecord[]
  /** Credentials of the identity's users, and those behind the methods. */
  credentials: AcsCredentialRecord[]
  /** The PINs of the methods above where they stand on the doors, and where others have one of these, or a requested one, in the grant's time. */
  claims: PinClaimRecord[]
  /** Of these PINs, those that belong to one person on a whole system of the doors, and to whom. */
  personalCodes: PersonalCode[]
  /** PINs to choose from. */
  freeCodes: FreeCodes[]
  instantKeys: InstantKeyRecord[]
  /** Active phones of the identity. */
  phones: PhoneRecord[]
  /** The spaces the grant names; absent where they do not matter. */
  spaces?: readonly NamedSpace[]
  /** The guard row of the grant's reservation, if it has one already. */
  reservation: ReservationRecord | undefined
  /** The stay that the credentials of the reservation's other live grants belong to. */
  reservationStayKey: string | null
  /** For systems whose mobile keys need a credential manager, by id: the one that carries them. */
  managers: ReadonlyMap<string, ManagerChoice>
  definitionOf: (provider: string) => SystemDefinition
  /** The keys of the grants an access method belongs to, as its events carry them. */
  grantKeysOf: (method: Pick<AccessMethodRecord, 'access_grant_ids'>) => string[]
}

/** Whether the door and its system take credentials of this mode. */
export function takesMode(door: Door, mode: Mode, definition: SystemDefinition): boolean {
  if (!definition.modes.includes(mode) || isRemovedEntrance(door)) return false
  switch (mode) {
    case 'code':
      return door.can_unlock_with_code && definition.pin !== undefined
    case 'card':
      return door.can_unlock_with_card
    case 'mobile_key':
      return door.can_unlock_with_mobile_key
    case 'cloud_key':
      return door.can_unlock_with_cloud_key
  }
}

/** Doors that take the mode, by system, in the order given; a part of a zone is left out, since it would open the rest. */
export function capableDoors(
  doorIds: readonly string[],
  mode: Mode,
  facts: Pick<GrantFacts, 'doors' | 'definitionOf'>,
): Map<string, Door[]> {
  const bySystem = new Map<string, Door[]>()
  const held = heldBack(doorIds, facts)
  for (const id of doorIds) {
    const door = facts.doors.get(id)
    if (door === undefined || held.has(id) || !takesMode(door, mode, facts.definitionOf(door.provider))) continue
    const doors = bySystem.get(door.acs_system_id)
    if (doors === undefined) bySystem.set(door.acs_system_id, [door])
    else doors.push(door)
  }
  return bySystem
}

/** Where PINs have to be chosen for these doors: at all their systems together if one PIN suits them, and at each. */
export function codePlaces(doors: Iterable<Door>, definitionOf: GrantFacts['definitionOf']): CodePlace[] {
  const bySystem = new Map<string, CodePlace>()
  for (const door of doors) {
    const definition = definitionOf(door.provider)
    if (definition.pin?.maker !== 'caller' || !takesMode(door, 'code', definition)) continue
    const { acs_system_id, acs_entrance_id } = door
    const place = bySystem.get(acs_system_id)
    if (place !== undefined) place.acs_entrance_ids.push(acs_entrance_id)
    else
      bySystem.set(acs_system_id, {
        acs_system_ids: [acs_system_id],
        acs_entrance_ids: [acs_entrance_id],
        rule: definition.pin,
      })
  }
  const places = [...bySystem.values()]
  const rule = places.length > 1 ? commonRule(places.map((place) => place.rule)) : null
  if (rule === null) return places
  const together: CodePlace = {
    acs_system_ids: [...bySystem.keys()],
    acs_entrance_ids: places.flatMap((place) => place.acs_entrance_ids),
    rule,
  }
  return [together, ...places]
}

/** The doors in parts of `most` at the most; undefined = all in one. */
export function inParts(doors: readonly Door[], most: number = doors.length): Door[][] {
  const parts: Door[][] = []
  for (let from = 0; from < doors.length; from += most) parts.push(doors.slice(from, from + most))
  return parts
}

/**
 * What a managed group stands for, as text unique per system: its doors and its time. Hashed, since an index entry
 * cannot hold the ids of a hundred doors.
 */
export function managedGroupKey(
  doorIds: readonly string[],
  window: { starts_at: string | null; ends_at: string | null },
): string {
  const text = [window.starts_at ?? '', window.ends_at ?? '', ...[...new Set(doorIds)].sort()].join('\n')
  return `grant:${createHash('sha256').update(text).digest('hex')}`
}

/** Whether the group was made for grants; one that is closed (nobody joins it any more) has lost its key. */
export function isGrantGroup(group: AcsAccessGroupRecord): boolean {
  return group.is_managed && (group.managed_key === null || group.managed_key.startsWith('grant:'))
}

/**
 * Keys of all groups that a grant of these doors, modes and time could want: a group holds the doors of the methods that
 * came to be, so one for each combination of modes (at most 15 per system, most often one).
 */
export function candidateGroupKeys(
  doorIds: readonly string[],
  modes: readonly Mode[],
  window: AccessWindow,
  facts: Pick<GrantFacts, 'doors' | 'definitionOf'>,
): string[] {
  const keys = new Set<string>()
  const distinct = [...new Set(modes)]
  const byMode = distinct.map((mode) => capableDoors(doorIds, mode, facts))
  const systems = new Set(byMode.flatMap((bySystem) => [...bySystem.keys()]))
  for (const system of systems) {
    for (let combination = 1; combination < 1 << distinct.length; combination++) {
      const ids = byMode.flatMap((bySystem, i) =>
        combination & (1 << i) ? (bySystem.get(system) ?? []).map((door) => door.acs_entrance_id) : [],
      )
      if (ids.length > 0) keys.add(managedGroupKey(wholeZones(ids, facts), window))
    }
  }
  return [...keys]
}

/** Whether two lists hold the same ids, in any order. */
export function sameIds(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  const set = new Set(a)
  return b.every((id) => set.has(id))
}
