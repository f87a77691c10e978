/**
 * Which stay a guest credential belongs to, on systems whose cards carry stays (access-systems.md 6.3): an override opens
 * a new one, a joiner shares that of the credentials it joins, and with auto-join the doors decide. Staff carry none.
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

export type StayPlan = { stay_key: string | null } | { field: string; message: string }

export function joinerIds(wishes: StayWishes): string[] {
  return (wishes.joiner_acs_credential_ids ?? wishes.joiners ?? []).map((id) => id.toLowerCase())
}

/** Decides the stay, or says which wish cannot be. Reservable doors are the guest doors; others never take part. */
export function planStay(wishes: StayWishes, facts: StayFacts): StayPlan {
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
  const standing = facts.onDoors.filter(
    (one) => isStanding(one, facts) && one.acs_entrance_ids.some((id) => guestDoors.includes(id)),
  )
  const latest = standing.sort((a, b) => (a.created_at < b.created_at ? 1 : -1))[0]
  return { stay_key: latest?.stay_key ?? facts.newKey() }
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
