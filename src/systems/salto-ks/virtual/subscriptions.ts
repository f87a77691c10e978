/**
 * Subscription slots of a Salto KS site. A user holds one while the schedule lets it in; without one no lock opens for
 * it. Each slot is a record of its own, so that two users never take one together and seldom wait for one another.
 */
import type { AppliedChange, ReportedState, Window } from '../../kit/driver.ts'
import { SystemError } from '../../kit/errors.ts'
import type { DoorReason, VirtualRecords, VirtualTransaction } from '../../kit/virtual.ts'
import { reasonByWindow } from '../../kit/virtual/lock.ts'
import type { BuildingRecord } from '../../kit/virtual/model.ts'
import { KIND, type VirtualUser } from '../../kit/virtual/records.ts'

const SLOTS = 20
const KIND_SLOT = 'slot'
const KIND_SUBSCRIPTION = 'subscription'
/** Slots looked at together once the first one was found taken. */
const SEARCH = 20

/** Who holds a slot, and the schedule by which. */
interface Slot {
  user_id: string
  schedule: Window
}

/** The slot a user was given; the slot itself says whether it still holds it. */
interface Subscription {
  slot: string
}

const ALWAYS: Window = { starts_at: null, ends_at: null }

/** Whether the user holds a slot now, taking one that is due and free; `isFull` when it found none. */
async function subscribe(
  records: VirtualTransaction,
  user: VirtualUser,
  now: number,
): Promise<{ isSubscribed: boolean; isFull: boolean }> {
  const schedule = user.schedule ?? ALWAYS
  const isWanted = !user.is_deleted && reasonByWindow(schedule, now) === 'granted'
  const given = await records.get<Subscription>(KIND_SUBSCRIPTION, user.external_id)
  const slot = given === undefined ? undefined : await records.get<Slot>(KIND_SLOT, given.slot)
  const held = slot?.user_id === user.external_id ? slot : undefined
  if (!isWanted) {
    if (given !== undefined && held !== undefined) records.delete(KIND_SLOT, given.slot)
    return { isSubscribed: false, isFull: false }
  }
  if (given !== undefined && held !== undefined) {
    const isSame = held.schedule.starts_at === schedule.starts_at && held.schedule.ends_at === schedule.ends_at
    if (!isSame) records.put(KIND_SLOT, given.slot, { user_id: user.external_id, schedule } satisfies Slot)
    return { isSubscribed: true, isFull: false }
  }
  const free = await freeSlot(records, user.external_id, now)
  if (free === null) return { isSubscribed: false, isFull: true }
  records.put(KIND_SLOT, free, { user_id: user.external_id, schedule } satisfies Slot)
  records.put(KIND_SUBSCRIPTION, user.external_id, { slot: free } satisfies Subscription)
  return { isSubscribed: true, isFull: false }
}

/** A slot nobody holds, or whose holder's schedule is over; sought from a place that differs from user to user. */
async function freeSlot(records: VirtualTransaction, userId: string, now: number): Promise<string | null> {
  const building = await records.get<BuildingRecord>(KIND.building, KIND.building)
  const count = building?.size.user_slots ?? SLOTS
  const first = placeOf(userId) % count
  for (let from = 0, size = 1; from < count; from += size, size = SEARCH) {
    const ids = Array.from({ length: Math.min(size, count - from) }, (_, i) => String((first + from + i) % count))
    const slots = await Promise.all(ids.map((id) => records.get<Slot>(KIND_SLOT, id)))
    const free = slots.findIndex((slot) => slot === undefined || reasonByWindow(slot.schedule, now) !== 'granted')
    if (free !== -1) return ids[free] ?? null
  }
  return null
}

function placeOf(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0
  return hash
}

/** Subscribes or unsubscribes a user that is put. @throws SystemError `busy` with the wire's code while the site is full. */
export async function settleUser(
  records: VirtualTransaction,
  user: VirtualUser,
  now: number,
): Promise<Partial<AppliedChange>> {
  const { isSubscribed, isFull } = await subscribe(records, user, now)
  if (isFull) {
    throw new SystemError(
      'busy',
      'All user subscriptions of the Salto KS site are taken. Free one, or add subscriptions at Salto.',
      { code: 'salto_ks_subscription_limit_exceeded' },
    )
  }
  const warnings = isSubscribed
    ? []
    : [
        {
          warning_code: 'salto_ks_user_not_subscribed',
          message:
            'The user is not subscribed on the Salto KS site: its access schedule has not started or is over. It is subscribed by itself when the schedule starts; to change the schedule, use /acs/users/update.',
        },
        {
          warning_code: 'acs_user_inactive',
          message: 'The user opens no doors outside its access schedule.',
        },
      ]
  return { metadata: { is_subscribed: isSubscribed }, warnings }
}

/** Over this share of taken slots the site warns (access-systems.md section 2). */
const ALMOST_ALL = 0.8

/** How many slots are left, where that is something to know. */
export async function shortage(
  records: VirtualRecords,
  now: number,
): Promise<Pick<ReportedState, 'errors' | 'warnings'>> {
  const [building, slots] = await Promise.all([
    records.get<BuildingRecord>(KIND.building, KIND.building),
    records.list<Slot>(KIND_SLOT),
  ])
  const count = building?.size.user_slots ?? SLOTS
  const taken = slots.filter((slot) => reasonByWindow(slot.schedule, now) === 'granted').length
  if (taken <= count * ALMOST_ALL) return {}
  const told = `${taken} of ${count} user subscriptions of the Salto KS site are taken.`
  const remedy = 'Free some (/acs/users/delete), or add subscriptions at Salto.'
  const error_code = 'salto_ks_subscription_limit_exceeded'
  const warning_code = 'salto_ks_subscription_limit_almost_reached'
  return taken >= count
    ? { errors: [{ error_code, message: `${told} Nobody else can be let in. ${remedy}` }] }
    : { warnings: [{ warning_code, message: `${told} ${remedy}` }] }
}

/** At a lock: outside its schedule, or while no slot is free, a user is not subscribed. */
export async function refuses(records: VirtualTransaction, user: VirtualUser, now: number): Promise<DoorReason | null> {
  const { isSubscribed } = await subscribe(records, user, now)
  return isSubscribed ? null : 'not_subscribed'
}
