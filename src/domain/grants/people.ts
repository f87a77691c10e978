/**
 * The identity's users at access systems, in line with its live grants: the managed groups they are in, and their own
 * schedules. Computed from all live grants each time, so that no grant can undo what another needs.
 */
import { grantsThroughGroups } from '../../systems/kit/definition.ts'
import type { AccessGrantRecord, AcsAccessGroupRecord, AcsUserRecord } from '../records.ts'
import { isGrantGroup, managedGroupKey } from './facts.ts'
import type { GrantPlan, SystemRef } from './plan.ts'
import { hull, sameWindow, type AccessWindow } from './windows.ts'
import { wholeZones } from './zones.ts'

/** What one live grant wants at a system: doors, and their time. */
interface Wish {
  doors: string[]
  window: AccessWindow
}

/**
 * Brings the identity's users in line with its live grants: where grants work through groups their managed groups, on
 * systems with user schedules the hull of the grants' times. `scheduleBefore` is what {@link schedulesOf} answered
 * before anything was changed.
 */
export function settlePeople(plan: GrantPlan, scheduleBefore: ReadonlyMap<string, AccessWindow | null>): void {
  const { identity, users } = plan.facts
  for (const user of users) {
    if (user.user_identity_id !== identity.user_identity_id || user.is_deleting) continue
    const system = plan.systems.get(user.acs_system_id)
    if (system === undefined) continue
    const wishes = wishesAt(plan, user.acs_system_id)
    if (grantsThroughGroups(system.definition)) settleGroups(plan, user, system, wishes)
    if (system.definition.hasUserSchedule)
      settleSchedule(plan, user, wishes, scheduleBefore.get(user.acs_system_id) ?? null)
  }
}

/**
 * The identity's other grants that give something now or later. One whose end has come is over, whether or not that was
 * noted already: two that end together must not each keep what they shared for the other.
 */
export function liveOthers({ facts, now }: GrantPlan): AccessGrantRecord[] {
  return facts.otherGrants.filter((grant) => grant.ends_at === null || grant.ends_at > now)
}

/** The hull of the live grants' times at each system, as things stand. */
export function schedulesOf(plan: GrantPlan): Map<string, AccessWindow | null> {
  return new Map([...plan.systems.keys()].map((id) => [id, hull(wishesAt(plan, id).map((wish) => wish.window))]))
}

/** What each live grant of the identity wants at a system: doors that its methods there cover, and its time. */
function wishesAt(plan: GrantPlan, acsSystemId: string): Wish[] {
  const { facts } = plan
  const live = [...(plan.grant.is_ended ? [] : [plan.grant]), ...liveOthers(plan)]
  const methods = [...facts.methods, ...facts.otherMethods]
  return live.flatMap((grant) => {
    const doors = new Set(
      methods
        .filter((method) => method.access_grant_ids.includes(grant.access_grant_id))
        .flatMap((method) => method.acs_entrance_ids)
        .filter((id) => facts.doors.get(id)?.acs_system_id === acsSystemId),
    )
    if (doors.size === 0) return []
    return [{ doors: wholeZones([...doors], facts), window: { starts_at: grant.starts_at, ends_at: grant.ends_at } }]
  })
}

function settleGroups(plan: GrantPlan, user: AcsUserRecord, system: SystemRef, wishes: readonly Wish[]): void {
  const wanted = new Map(wishes.map((wish) => [managedGroupKey(wish.doors, wish.window), wish]))
  const current = plan.facts.groups.filter(
    (group) => isGrantGroup(group) && user.acs_access_group_ids.includes(group.acs_access_group_id),
  )
  const leaving: AcsAccessGroupRecord[] = []
  for (const group of current) {
    const key = managedGroupKey(group.acs_entrance_ids, group)
    if (wanted.has(key) && !group.is_deleting) wanted.delete(key)
    else leaving.push(group)
  }
  const joining = [...wanted].flatMap(([key, wish]) => groupFor(plan, key, system, wish) ?? [])
  if (leaving.length === 0 && joining.length === 0) return

  const left = new Set(leaving.map((group) => group.acs_access_group_id))
  plan.set('acs_user', 'acs_user_id', user, {
    acs_access_group_ids: [
      ...user.acs_access_group_ids.filter((id) => !left.has(id)),
      ...joining.map((group) => group.acs_access_group_id),
    ],
    ...plan.dirty(system.acs_system_id),
  })
  // Groups that somebody was in are deleted by the reconciler once they are empty: it looks at those that a user has
  // left since it last told the system. Of one it was never told of it would not know.
  const told = user.reported?.['acs_access_group_ids']
  for (const group of leaving) {
    if (group.is_deleting || (Array.isArray(told) && told.includes(group.acs_access_group_id))) continue
    plan.set('acs_access_group', 'acs_access_group_id', group, plan.dirty(group.acs_system_id))
  }
  staleCards(plan, user, system)
}

/** The group for these doors and this time: one that stands, or a new one; null when there is none and rows are not made. */
function groupFor(plan: GrantPlan, key: string, system: SystemRef, wish: Wish): AcsAccessGroupRecord | null {
  const { acs_system_id, connected_account_id } = system
  const known = plan.facts.groups.find(
    (group) => group.acs_system_id === acs_system_id && group.managed_key === key && !group.is_deleting,
  )
  if (known !== undefined) {
    // The reconciler may be closing it as empty at this moment (store/grant-facts.ts `retireEmptyGroups`): then it is
    // not the group that was read. Joiners only share a lock on it, so they never wait for one another.
    if (!plan.isNew(known)) {
      const { acs_access_group_id, version } = known
      plan.changes.expect('acs_access_group', { acs_access_group_id, version })
    }
    return known
  }
  if (!plan.makesRows) return null
  const group = plan.add('acs_access_group', {
    workspace_id: plan.grant.workspace_id,
    acs_access_group_id: plan.tools.ids.uuid(),
    acs_system_id,
    connected_account_id,
    external_id: null,
    name: groupName(wish.doors.map((id) => plan.facts.doors.get(id)?.display_name ?? id).sort(), wish.window),
    external_type: null,
    is_managed: true,
    managed_key: key,
    acs_entrance_ids: wish.doors,
    ...wish.window,
    is_deleting: false,
    reported: null,
    ...plan.dirty(acs_system_id),
    errors: [],
    warnings: [],
    created_at: plan.now,
    version: 1,
  })
  plan.facts.groups.push(group)
  return group
}

/** Cards that carry their holder's groups are out of date once these change (access-systems.md section 4). */
function staleCards(plan: GrantPlan, user: AcsUserRecord, system: SystemRef): void {
  if (system.definition.card !== 'encode') return
  for (const credential of plan.facts.credentials) {
    const isCard = credential.access_method === 'card' && credential.acs_user_id === user.acs_user_id
    if (!isCard || !credential.is_issued || credential.needs_to_be_reissued || credential.is_deleting) continue
    plan.setCredential(credential, { needs_to_be_reissued: true })
    const method = [...plan.facts.methods, ...plan.facts.otherMethods].find(
      (one) => one.access_method_id === credential.access_method_id,
    )
    if (method !== undefined && !method.is_encoding_required) plan.setMethod(method, { is_encoding_required: true })
  }
}

/**
 * A schedule that came from the grants follows them; one that somebody gave the user is only widened; a user that has
 * none is always active and stays so. When no grant is left, the schedule ends now.
 */
function settleSchedule(
  plan: GrantPlan,
  user: AcsUserRecord,
  wishes: readonly Wish[],
  before: AccessWindow | null,
): void {
  const after = hull(wishes.map((wish) => wish.window))
  const own: AccessWindow | null =
    user.access_starts_at === null ? null : { starts_at: user.access_starts_at, ends_at: user.access_ends_at }
  const isNew = plan.isNew(user)
  if (own === null && !isNew) return
  const isOver = own?.ends_at !== null && own !== null && own.ends_at <= plan.now
  const isOurs = isNew || isOver || (own !== null && before !== null && sameWindow(own, before))
  let next: AccessWindow | null
  if (after === null) next = isOurs && own !== null && !isOver ? { ...own, ends_at: plan.now } : own
  else next = isOurs || own === null ? after : hull([own, after])
  if (next === null || (own !== null && sameWindow(own, next))) return
  plan.set('acs_user', 'acs_user_id', user, {
    access_starts_at: next.starts_at,
    access_ends_at: next.ends_at,
    ...plan.dirty(user.acs_system_id),
  })
  const boundary = [next.starts_at, next.ends_at].find((at) => at !== null && at > plan.now)
  if (boundary !== undefined && boundary !== null) plan.changes.job('acs_user_clock', user.acs_user_id, boundary)
}

/** A group's name says what it is for, to whoever meets it in the system's own software. */
function groupName(doors: string[], window: AccessWindow): string {
  const minute = (at: string): string => at.slice(0, 16).replace('T', ' ')
  const named = doors.length > 3 ? `${doors.slice(0, 3).join(', ')} and ${doors.length - 3} more` : doors.join(', ')
  return `${named} (${minute(window.starts_at)} to ${window.ends_at === null ? 'open end' : minute(window.ends_at)} UTC)`
}
