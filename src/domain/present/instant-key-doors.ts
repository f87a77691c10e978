/** What the Instant Key page shows of a guest's doors: one line a door, with the best key the guest has for it. */

/** One mobile key on one door. */
export interface MobileKeyOnDoor {
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

export interface GuestDoor extends Omit<MobileKeyOnDoor, 'is_issued' | 'is_suspended'> {
  status: DoorStatus
}

/** The doors of these keys, each once, in the order of their names. */
export function guestDoors(keys: readonly MobileKeyOnDoor[], nowMs: number): GuestDoor[] {
  const doors = new Map<string, GuestDoor>()
  for (const { is_issued, is_suspended, ...key } of keys) {
    const door = { ...key, status: statusOf({ ...key, is_issued, is_suspended }, nowMs) }
    const known = doors.get(key.acs_entrance_id)
    if (known === undefined || isBetter(door, known)) doors.set(key.acs_entrance_id, door)
  }
  return [...doors.values()].sort((a, b) =>
    a.display_name.localeCompare(b.display_name, 'en', { numeric: true, sensitivity: 'base' }),
  )
}

function statusOf(key: MobileKeyOnDoor, nowMs: number): DoorStatus {
  if (key.ends_at !== null && Date.parse(key.ends_at) <= nowMs) return 'expired'
  if (key.is_suspended) return 'suspended'
  if (key.starts_at !== null && Date.parse(key.starts_at) > nowMs) return 'not_yet_valid'
  return key.is_issued ? 'ready' : 'preparing'
}

/** Of two keys that can be used alike, the one that lasts longer; of two that wait, the one that starts first. */
function isBetter(a: GuestDoor, b: GuestDoor): boolean {
  const rank = (door: GuestDoor): number => BEST_FIRST.indexOf(door.status)
  if (rank(a) !== rank(b)) return rank(a) < rank(b)
  if (a.status === 'not_yet_valid') return (a.starts_at ?? '') < (b.starts_at ?? '')
  return b.ends_at !== null && (a.ends_at === null || a.ends_at > b.ends_at)
}

/** What happened at the door, told to the guest; `reason` is that of the virtual door (design.md section 3). */
export function outcomeText(opened: boolean, reason: string, doorName: string): string {
  if (opened) return `${doorName} is open. Come in.`
  return OUTCOMES[reason] ?? 'The door did not open. Please ask the reception for help.'
}

const OUTCOMES: Record<string, string> = {
  not_yet_valid: 'Your key is not valid yet. Please come back when your stay begins.',
  expired: 'Your key has expired. Please ask the reception for a new one.',
  no_access_to_entrance: 'Your key does not open this door.',
  revoked: 'Your key was withdrawn. Please ask the reception for a new one.',
  overridden: 'A newer key has been used at this door, so yours no longer opens it. Please ask the reception.',
  suspended: 'Your access is paused. Please ask the reception.',
  not_subscribed: 'Your access is not active at this time. Please ask the reception.',
  not_issued: 'Your key is still being prepared. Please try again in a moment.',
  privacy_mode: 'Somebody inside has locked the door for privacy.',
  entrance_offline: 'The door does not answer at the moment. Please try again, or ask the reception.',
}
