/**
 * Which stay a guest credential belongs to, on systems whose cards carry stays (access-systems.md 6.3): an override opens
 * a new one, a joiner shares that of the credentials it joins, and with auto-join the doors decide. Staff carry none.
 * Most makers override or join with the credential as a whole, some with each guest door of it.
 */
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import { isValid, storedMetadata } from '../present/acs-credential.ts'
import type { AcsCredentialRecord, AcsEntranceRecord } from '../records.ts'

/** What a caller wishes in the provider's words. `is_override_key` and `joiners` are older spellings. */
export interface StayWishes {
  card_function_type?: string
  override?: boolean
  is_override_key?: boolean
  auto_join?: boolean
  joiner_acs_credential_ids?: string[]
  joiners?: string[]
  override_guest_acs_entrance_ids?: string[]
  override_all_guest_acs_entrances?: boolean
  join_all_guest_acs_entrances?: boolean
}

export interface StayFacts {
  definition: SystemDefinition
  acs_system_id: string
  doors: readonly AcsEntranceRecord[]
  /** The credentials named as joined, by id; those not found are missing. */
  joined: ReadonlyMap<string, AcsCredentialRecord>
  /** Credentials of the system that stand on one of the doors. */
  onDoors: readonly AcsCredentialRecord[]
  now: string
  newKey: () => string
}

/** `stay_keys`: doors at which it is another stay than `stay_key`. */
export type StayPlan =
  { stay_key: string | null; stay_keys?: Record<string, string> } | { field: string; message: string }

/** Doors at which a credential belongs to another stay than its `stay_key`, as kept in its metadata. */
export function deviatingStays(credential: Pick<AcsCredentialRecord, 'metadata'>): Record<string, string> {
  return (credential.metadata['stay_keys'] as Record<string, string> | undefined) ?? {}
}

function stayAt(credential: AcsCredentialRecord, acsEntranceId: string): string | null {
  return deviatingStays(credential)[acsEntranceId] ?? credential.stay_key
}

export function joinerIds(wishes: StayWishes): string[] {
  return (wishes.joiner_acs_credential_ids ?? wishes.joiners ?? []).map((id) => id.toLowerCase())
}

/** Decides the stay, or says which wish cannot be. Reservable doors are the guest doors; others never take part. */
export function planStay(wishes: StayWishes, facts: StayFacts): StayPlan {
  if (facts.definition.hasStaysByDoor === true) return planStayByDoor(wishes, facts)
  if (wishes.card_function_type === 'staff') return { stay_key: null }
  const override = wishes.override ?? wishes.is_override_key
  const joiners = joinerIds(wishes)
  const guestDoors = facts.doors.filter((door) => door.can_belong_to_reservation).map((door) => door.acs_entrance_id)
  if (override === true && joiners.length > 0) {
    return {
      field: 'override',
      message: 'An override starts a new stay and joins none: leave out joiner_acs_credential_ids',
    }
  }
  if (joiners.length > 0) return joinStay(joiners, guestDoors, facts)
  if (override === true) return { stay_key: facts.newKey() }
  if (override === false && wishes.auto_join !== true) {
    const message =
      'Required when override is false: name the credentials to join, or set override or auto_join to true'
    return { field: 'joiner_acs_credential_ids', message }
  }
  return { stay_key: latestOn(guestDoors, facts)?.stay_key ?? facts.newKey() }
}

/** Each guest door on its own: overridden where that is wished, else joined where somebody stays, else a new stay. */
function planStayByDoor(wishes: StayWishes, facts: StayFacts): StayPlan {
  const isOverridden = (wishes.override_all_guest_acs_entrances ?? wishes.override ?? wishes.is_override_key) === true
  const isJoined = wishes.join_all_guest_acs_entrances === true
  const named = (wishes.override_guest_acs_entrance_ids ?? []).map((id) => id.toLowerCase())
  const guestDoors = facts.doors.filter((door) => door.can_belong_to_reservation)
  if (isJoined && (isOverridden || named.length > 0)) {
    return {
      field: 'join_all_guest_acs_entrances',
      message: 'Contradicts the override: a guest door is either joined or overridden',
    }
  }
  if (wishes.auto_join === true && (isOverridden || isJoined)) {
    return {
      field: 'auto_join',
      message: 'Leaves it to the doors: leave it out, or leave out what is wished of all guest doors',
    }
  }
  const stranger = named.find((id) => !guestDoors.some((door) => door.acs_entrance_id === id))
  if (stranger !== undefined) {
    return {
      field: 'override_guest_acs_entrance_ids',
      message: `The entrance ${stranger} is not among the guest doors of this credential: name only doors of allowed_acs_entrance_ids that belong to guests`,
    }
  }
  const fresh = facts.newKey()
  const keys: Record<string, string> = {}
  for (const { acs_entrance_id, display_name } of guestDoors) {
    const isNew = isOverridden || named.includes(acs_entrance_id)
    const latest = isNew ? undefined : latestOn([acs_entrance_id], facts)
    if (latest === undefined && isJoined) {
      return {
        field: 'join_all_guest_acs_entrances',
        message: `Nobody stays at ${display_name} to be joined: leave this out, or set auto_join to true`,
      }
    }
    keys[acs_entrance_id] = (latest === undefined ? null : stayAt(latest, acs_entrance_id)) ?? fresh
  }
  const all = Object.values(keys)
  const stay_key = all.includes(fresh) ? fresh : (all[0] ?? null)
  const deviating = Object.entries(keys).filter(([, key]) => key !== stay_key)
  return { stay_key, ...(deviating.length === 0 ? {} : { stay_keys: Object.fromEntries(deviating) }) }
}

/** The newest guest credential that stands on one of these doors. */
function latestOn(doorIds: readonly string[], facts: StayFacts): AcsCredentialRecord | undefined {
  return facts.onDoors
    .filter((one) => isStanding(one, facts) && one.acs_entrance_ids.some((id) => doorIds.includes(id)))
    .sort((a, b) => (a.created_at < b.created_at ? 1 : -1))[0]
}

function joinStay(joiners: readonly string[], guestDoors: readonly string[], facts: StayFacts): StayPlan {
  const field = 'joiner_acs_credential_ids'
  const keys = new Set<string>()
  const doors = new Set<string>()
  for (const id of joiners) {
    const credential = facts.joined.get(id)
    if (credential === undefined || credential.is_deleting)
      return { field, message: `No credential ${id} was found: name live credentials of the stay` }
    if (credential.acs_system_id !== facts.acs_system_id)
      return { field, message: `The credential ${id} belongs to another access system` }
    if (credential.stay_key === null)
      return { field, message: `The credential ${id} is no guest credential: only guests are joined` }
    keys.add(credential.stay_key)
    for (const door of credential.acs_entrance_ids) doors.add(door)
  }
  const [stay_key] = keys
  if (stay_key === undefined || keys.size > 1)
    return { field, message: 'The named credentials belong to different stays: name those of one stay' }
  if (!guestDoors.every((door) => doors.has(door))) {
    return {
      field: 'allowed_acs_entrance_ids',
      message: 'A joiner opens the same guest doors as the credentials it joins, or fewer',
    }
  }
  return { stay_key }
}

/** A guest credential that is neither ended nor overridden. */
function isStanding(credential: AcsCredentialRecord, { definition, now }: StayFacts): boolean {
  if (credential.stay_key === null || credential.is_deleting) return false
  if (credential.ends_at !== null && credential.ends_at <= now) return false
  return isValid(storedMetadata(credential, definition))
}
