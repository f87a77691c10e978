/**
 * What a grant still waits for at its systems after it has changed: new times, doors that are being set up, doors that
 * are being taken away. Kept as the grant's pending mutations, from which its warnings follow; each thing that waits is
 * named, and struck off when it has arrived, so that a system which is away is seen as long as it is away and no longer
 * (core.md 6.8). Pure.
 */
import type { AccessGrantRecord, AccessMethodRecord, PendingMutation, Problem } from '../records.ts'
import { sameIds } from './facts.ts'
import type { AccessWindow } from './windows.ts'

/** A door as it is named to people. */
export interface NamedDoor {
  acs_entrance_id: string
  name: string
}

/** A door that the grant has lost and that still opens: to these credentials, and to these methods until they have followed. */
export interface LostDoor extends NamedDoor {
  acs_credential_ids: string[]
  access_method_ids: string[]
}

/** The mutation of doors, with what the wire does not show (present/access-grant.ts). */
interface DoorsMutation extends PendingMutation {
  mutation_code: 'updating_spaces'
  gained: NamedDoor[]
  lost: LostDoor[]
}

/** What the wire does not show of a grant's mutations. */
export const INTERNAL_FIELDS: readonly string[] = ['gained', 'lost']

const TIMES = 'updating_access_times'
const UNDER = 'underprovisioned_access'
const OVER = 'overprovisioned_access'

type Grant = Pick<AccessGrantRecord, 'pending' | 'warnings' | 'door_ids' | 'granted_door_ids' | 'is_ended'>
type Waiting = Pick<AccessGrantRecord, 'pending' | 'warnings'>

/** A change of times, as mutations show it. */
export function timesMutation(from: AccessWindow, to: AccessWindow, now: string, message: string): PendingMutation {
  const window = ({ starts_at, ends_at }: AccessWindow) => ({ starts_at, ends_at })
  return { created_at: now, message, mutation_code: TIMES, from: window(from), to: window(to) }
}

/** The window that the systems were last known to hold: before a change that has not arrived, else `current`. */
export function windowBefore(pending: readonly PendingMutation[], current: AccessWindow): AccessWindow {
  const waiting = pending.find((mutation) => mutation.mutation_code === TIMES)
  return (waiting?.['from'] as AccessWindow | undefined) ?? current
}

export interface GrantChange {
  /** Null when the times stay. */
  times: { from: AccessWindow; to: AccessWindow } | null
  /** Null when the doors stay. */
  doors: { from: string[]; to: string[]; gained: NamedDoor[]; lost: LostDoor[] } | null
}

/** Adds a change to what the grant waits for already. */
export function withChange(grant: Grant, change: GrantChange, now: string): PendingMutation[] {
  const pending: PendingMutation[] = []
  const oldTimes = grant.pending.find((mutation) => mutation.mutation_code === TIMES)
  if (change.times === null) pending.push(...(oldTimes === undefined ? [] : [oldTimes]))
  else {
    const from = windowBefore(grant.pending, change.times.from)
    pending.push(timesMutation(from, change.times.to, now, 'The access times of this grant are being updated.'))
  }
  const oldDoors = grant.pending.find(isAboutDoors)
  if (change.doors === null) pending.push(...(oldDoors === undefined ? [] : [oldDoors]))
  else {
    const { from, to, gained, lost } = change.doors
    pending.push({
      created_at: now,
      message: 'The doors of this grant are being updated.',
      mutation_code: 'updating_spaces',
      from: oldDoors?.['from'] ?? { device_ids: [], acs_entrance_ids: from },
      to: { device_ids: [], acs_entrance_ids: to },
      gained: [...(oldDoors?.gained ?? []), ...gained],
      lost: joined([...(oldDoors?.lost ?? []), ...lost]),
    } satisfies DoorsMutation)
  }
  return pending
}

/** Doors that are opened by nothing but what is on its way out, beside what was lost before. */
export function awaitLoss(grant: Grant, lost: LostDoor[], now: string): PendingMutation[] {
  const { door_ids } = grant
  return withChange(grant, { times: null, doors: { from: door_ids, to: door_ids, gained: [], lost } }, now)
}

function isAboutDoors(mutation: PendingMutation): mutation is DoorsMutation {
  return mutation.mutation_code === 'updating_spaces' && Array.isArray(mutation['lost'])
}

/** One entry for each door, with everything that still opens it. */
function joined(doors: readonly LostDoor[]): LostDoor[] {
  const byId = new Map<string, LostDoor>()
  for (const door of doors) {
    const known = byId.get(door.acs_entrance_id)
    byId.set(door.acs_entrance_id, {
      ...door,
      acs_credential_ids: [...new Set([...(known?.acs_credential_ids ?? []), ...door.acs_credential_ids])],
      access_method_ids: [...new Set([...(known?.access_method_ids ?? []), ...door.access_method_ids])],
    })
  }
  return [...byId.values()]
}

/**
 * Strikes off what has arrived. `methods` are all of the grant; `goneCredentialIds` are credentials that their systems
 * have just given up. Answers with the mutations and warnings that are left, or null when nothing has changed.
 */
export function settleWaiting(
  grant: Grant,
  methods: readonly AccessMethodRecord[],
  now: string,
  goneCredentialIds: ReadonlySet<string> = new Set(),
): Waiting | null {
  if (grant.pending.length === 0 && !grant.warnings.some(isAboutWaiting)) return null
  const pending = grant.pending.flatMap((mutation) => {
    if (mutation.mutation_code === TIMES) return timesLeft(mutation, methods)
    return isAboutDoors(mutation) ? doorsLeft(mutation, grant, methods, goneCredentialIds) : []
  })
  const before = grant.warnings.filter(isAboutWaiting)
  const found = warningsOf(pending, now).map((one) => before.find((known) => isSameWarning(known, one)) ?? one)
  const isSame =
    JSON.stringify(pending) === JSON.stringify(grant.pending) &&
    found.length === before.length &&
    found.every((one) => before.includes(one))
  if (isSame) return null
  return { pending, warnings: [...found, ...grant.warnings.filter((warning) => !isAboutWaiting(warning))] }
}

function isWaiting(method: AccessMethodRecord, mutation_code?: string): boolean {
  return method.pending.some((one) => mutation_code === undefined || one.mutation_code === mutation_code)
}

function timesLeft(mutation: PendingMutation, methods: readonly AccessMethodRecord[]): PendingMutation[] {
  const access_method_ids = methods
    .filter((method) => isWaiting(method, TIMES))
    .map((method) => method.access_method_id)
  return access_method_ids.length === 0 ? [] : [{ ...mutation, access_method_ids }]
}

function doorsLeft(
  mutation: DoorsMutation,
  grant: Grant,
  methods: readonly AccessMethodRecord[],
  goneCredentialIds: ReadonlySet<string>,
): PendingMutation[] {
  const covered = new Set(methods.flatMap((method) => method.acs_entrance_ids))
  const gained = mutation.gained.filter(
    ({ acs_entrance_id: id }, i) =>
      grant.door_ids.includes(id) &&
      covered.has(id) &&
      !grant.granted_door_ids.includes(id) &&
      mutation.gained.findIndex((one) => one.acs_entrance_id === id) === i,
  )
  const waiting = new Set(methods.filter((method) => isWaiting(method)).map((method) => method.access_method_id))
  const lost = mutation.lost.flatMap((door) => {
    // It has come back: what opened it before goes, and what opens it now comes.
    if (!grant.is_ended && grant.door_ids.includes(door.acs_entrance_id) && covered.has(door.acs_entrance_id)) return []
    const acs_credential_ids = door.acs_credential_ids.filter((id) => !goneCredentialIds.has(id))
    const access_method_ids = door.access_method_ids.filter((id) => waiting.has(id))
    return acs_credential_ids.length + access_method_ids.length === 0
      ? []
      : [{ ...door, acs_credential_ids, access_method_ids }]
  })
  return gained.length + lost.length === 0 ? [] : [{ ...mutation, gained, lost }]
}

function warningsOf(pending: readonly PendingMutation[], now: string): Problem[] {
  return pending.flatMap((mutation): Problem[] => {
    if (mutation.mutation_code === TIMES) {
      const { access_method_ids } = mutation
      const message =
        'The access times of this grant are being updated: the access methods named here wait for their access system, or for a card to be encoded again.'
      return [{ created_at: now, warning_code: TIMES, message, access_method_ids }]
    }
    if (!isAboutDoors(mutation)) return []
    const { gained, lost } = mutation
    const under = `Access to ${namesOf(gained)} is still being set up: the access system has not confirmed it yet. If this lasts, check that it is online.`
    const over = `Access to ${namesOf(lost)} is still being taken away: until the access system has confirmed it, or the card has been encoded again, the door may open. If this lasts, check that the system is online.`
    return [
      ...(gained.length === 0
        ? []
        : [{ created_at: now, warning_code: UNDER, message: under, acs_entrance_ids: idsOf(gained) }]),
      ...(lost.length === 0
        ? []
        : [{ created_at: now, warning_code: OVER, message: over, acs_entrance_ids: idsOf(lost) }]),
    ]
  })
}

function idsOf(doors: readonly NamedDoor[]): string[] {
  return doors.map((door) => door.acs_entrance_id)
}

function namesOf(doors: readonly NamedDoor[]): string {
  const names = doors.slice(0, 5).map((door) => door.name)
  return doors.length > names.length ? `${names.join(', ')} and ${doors.length - names.length} more` : names.join(', ')
}

/** Whether a warning is one of those above; others of the same code have other causes and other ends. */
function isAboutWaiting(warning: Problem): boolean {
  const { warning_code } = warning
  return (
    warning_code === TIMES ||
    warning_code === OVER ||
    (warning_code === UNDER && warning['acs_entrance_ids'] !== undefined && warning['reason'] === undefined)
  )
}

function isSameWarning(a: Problem, b: Problem): boolean {
  const ids = (one: Problem) => (one['acs_entrance_ids'] ?? one['access_method_ids'] ?? []) as string[]
  return a.warning_code === b.warning_code && a.message === b.message && sameIds(ids(a), ids(b))
}
