/**
 * Subscription slots of a Salto KS site. A user holds one while the schedule lets it in; without one no lock opens for
 * it. The holders stand in one record, so that two users never take the last slot together.
 */
import type { AppliedChange, Window } from '../../kit/driver.ts'
import { SystemError } from '../../kit/errors.ts'
import type { VirtualTransaction } from '../../kit/virtual.ts'
import { reasonByWindow } from '../../kit/virtual/lock.ts'
import type { BuildingRecord } from '../../kit/virtual/model.ts'
import { KIND, type VirtualUser } from '../../kit/virtual/records.ts'
import type { DoorReason } from '../../kit/virtual.ts'

const SLOTS = 20
const KIND_SLOTS = 'slots'

/** User -> the schedule it holds its slot by. */
interface Slots {
  holders: Record<string, Window>
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
  const slots = (await records.get<Slots>(KIND_SLOTS, KIND_SLOTS)) ?? { holders: {} }
  const held = slots.holders[user.external_id]
  if (isWanted && held?.starts_at === schedule.starts_at && held.ends_at === schedule.ends_at)
    return { isSubscribed: true, isFull: false }
  if (!isWanted && held === undefined) return { isSubscribed: false, isFull: false }
  // Those whose schedule is over have given theirs back.
  const others = Object.entries(slots.holders).filter(
    ([id, window]) => id !== user.external_id && reasonByWindow(window, now) === 'granted',
  )
  const building =
    isWanted && held === undefined ? await records.get<BuildingRecord>(KIND.building, KIND.building) : undefined
  const isFull = isWanted && held === undefined && others.length >= (building?.size.user_slots ?? SLOTS)
  const holders = Object.fromEntries(others)
  if (isWanted && !isFull) holders[user.external_id] = schedule
  records.put(KIND_SLOTS, KIND_SLOTS, { holders } satisfies Slots)
  return { isSubscribed: isWanted && !isFull, isFull }
}

/** Subscribes or unsubscribes a user that was put. @throws SystemError `busy` with the wire's code while the site is full. */
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
      {
        code: 'salto_ks_subscription_limit_exceeded',
      },
    )
  }
  const warnings = isSubscribed
    ? []
    : [
        {
          warning_code: 'salto_ks_user_not_subscribed',
          message: 'The user is not subscribed on the Salto KS site: its access schedule has not started or is over.',
        },
        { warning_code: 'acs_user_inactive', message: 'The user opens no doors outside its access schedule.' },
      ]
  return { metadata: { is_subscribed: isSubscribed }, warnings }
}

/** At a lock: outside its schedule, or while no slot is free, a user is not subscribed. */
export async function refuses(records: VirtualTransaction, user: VirtualUser, now: number): Promise<DoorReason | null> {
  const { isSubscribed } = await subscribe(records, user, now)
  return isSubscribed ? null : 'not_subscribed'
}
