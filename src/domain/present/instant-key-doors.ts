/** What the Instant Key page shows of a guest's doors: one line a door, with the best key the guest has for it. */

/** One key on one door: a mobile key, or a cloud key where the door can be opened from afar. */
export interface KeyOnDoor {
  access_method: 'mobile_key' | 'cloud_key'
  acs_credential_id: string
  acs_entrance_id: string
  display_name: string
  system_name: string
  time_zone: string | null
  starts_at: string | null
  ends_at: string | null
  is_issued: boolean
  is_suspended: boolean
}

export type DoorStatus = 'ready' | 'preparing' | 'not_yet_valid' | 'suspended' | 'expired'

/** From what a guest can use now to what is over. */
const BEST_FIRST: readonly DoorStatus[] = ['ready', 'preparing', 'not_yet_valid', 'suspended', 'expired']

/**
 * How the page opens a door. `phone`: it counts as the phone before a virtual lock. `cloud`: it asks the access system.
 * `app`: a real lock that speaks Bluetooth, which a browser cannot; the key is used in an app.
 */
export type OpensWith = 'phone' | 'cloud' | 'app'

/** Of two keys that are as good, the one that the page itself can use. */
const HANDIEST_FIRST: readonly OpensWith[] = ['phone', 'cloud', 'app']

export interface GuestDoor extends Omit<KeyOnDoor, 'access_method' | 'is_issued' | 'is_suspended'> {
  status: DoorStatus
  opens_with: OpensWith
}

/** From when until when a guest has keys. */
export interface Stay {
  starts_at: string | null
  /** Null = without end, or no keys. */
  ends_at: string | null
  /** The zone of the property, or null when no system of the guest's tells one. */
  time_zone: string | null
}

/** The doors of these keys, each once, in the order of their names. */
export function guestDoors(keys: readonly KeyOnDoor[], nowMs: number, isSandbox: boolean): GuestDoor[] {
  const doors = new Map<string, GuestDoor>()
  for (const { access_method, is_issued, is_suspended, ...key } of keys) {
    const opens_with: OpensWith = access_method === 'cloud_key' ? 'cloud' : isSandbox ? 'phone' : 'app'
    const door = { ...key, status: statusOf({ ...key, is_issued, is_suspended }, nowMs), opens_with }
    const known = doors.get(key.acs_entrance_id)
    if (known === undefined || isBetter(door, known)) doors.set(key.acs_entrance_id, door)
  }
  return [...doors.values()].sort((a, b) =>
    a.display_name.localeCompare(b.display_name, 'en', { numeric: true, sensitivity: 'base' }),
  )
}

/** What of the keys is not over yet makes the stay; once all are over, the last stay. */
export function stayOf(doors: readonly GuestDoor[]): Stay {
  const current = doors.filter((door) => door.status !== 'expired')
  const counted = current.length > 0 ? current : doors
  const starts = counted.flatMap((door) => door.starts_at ?? []).sort()
  const ends = counted.flatMap((door) => door.ends_at ?? []).sort()
  return {
    starts_at: starts[0] ?? null,
    ends_at: ends.length === counted.length ? (ends.at(-1) ?? null) : null,
    time_zone: counted.find((door) => door.time_zone !== null)?.time_zone ?? null,
  }
}

function statusOf(
  key: Pick<KeyOnDoor, 'starts_at' | 'ends_at' | 'is_issued' | 'is_suspended'>,
  nowMs: number,
): DoorStatus {
  if (key.ends_at !== null && Date.parse(key.ends_at) <= nowMs) return 'expired'
  if (key.is_suspended) return 'suspended'
  if (key.starts_at !== null && Date.parse(key.starts_at) > nowMs) return 'not_yet_valid'
  return key.is_issued ? 'ready' : 'preparing'
}

/** Of two keys that can be used alike, the handier, then the one that lasts longer; of two that wait, the one that starts first. */
function isBetter(a: GuestDoor, b: GuestDoor): boolean {
  const rank = (door: GuestDoor): number => BEST_FIRST.indexOf(door.status)
  if (rank(a) !== rank(b)) return rank(a) < rank(b)
  const handiness = (door: GuestDoor): number => HANDIEST_FIRST.indexOf(door.opens_with)
  if (a.status === 'ready' && handiness(a) !== handiness(b)) return handiness(a) < handiness(b)
  if (a.status === 'not_yet_valid') return (a.starts_at ?? '') < (b.starts_at ?? '')
  return b.ends_at !== null && (a.ends_at === null || a.ends_at > b.ends_at)
}
