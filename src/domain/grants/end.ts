/** Access taken away: deletion of a grant or of single methods, and a grant's natural end (core.md 6.9, 7.7, 6.10). */
import type { ChangeSet } from '../changes.ts'
import type { AccessMethodRecord } from '../records.ts'
import { beingDeleted } from './deletion.ts'
import type { GrantFacts } from './facts.ts'
import { settleHindrances } from './hindrances.ts'
import { liveOthers, schedulesOf, settlePeople } from './people.ts'
import { GrantPlan, type Tools } from './plan.ts'
import { awaitChange, settleAwaited, stillOpen, whatStands } from './still-open.ts'

/**
 * Deletes the grant, its methods that no other grant shares, and what stands behind them. The person stays. While systems
 * hold something of it, the grant stays to be read, and goes when the last has confirmed (deletion.ts); with `isAtOnce`
 * it goes now: when its person does.
 */
export function deleteGrant(facts: GrantFacts, now: string, isAtOnce = false): ChangeSet {
  const plan = new GrantPlan(facts, now)
  const { grant } = plan
  const before = schedulesOf(plan)
  plan.guardReservation()
  // Those whose deletion is under way already: written as well, so that none goes without seeing that the grant waits.
  for (const method of [...facts.leaving]) {
    if (isAtOnce) deleteRow(plan, method)
    else plan.setMethod(method, {})
  }
  for (const method of [...facts.methods]) dropMethod(plan, method, { isGrantGoing: true, mayStay: !isAtOnce })
  // Its groups are left, its times no longer count; the row itself goes.
  grant.is_ended = true
  settlePeople(plan, before)
  if (facts.leaving.length > 0 && !isAtOnce) {
    const warnings = [beingDeleted('access grant', now)]
    plan.setGrant({ is_deleting: true, is_ended: true, pending: [], errors: [], warnings })
    return plan.changes
  }
  plan.changes.delete('access_grant', { access_grant_id: grant.access_grant_id, version: grant.version })
  plan.changes.event('access_grant.deleted', { access_grant_id: grant.access_grant_id })
  return plan.changes
}

/** Deletes access methods of the grant; it survives, and its people move to the group of the doors that are left. A method shared with other grants is gone for all of them when `isForAll`. */
export function deleteMethods(
  facts: GrantFacts,
  methodIds: readonly string[],
  now: string,
  tools: Tools,
  isForAll: boolean,
): ChangeSet {
  const plan = new GrantPlan(facts, now, tools)
  const { grant } = plan
  const before = schedulesOf(plan)
  const standing = whatStands(plan)
  for (const method of facts.methods.filter((one) => methodIds.includes(one.access_method_id))) {
    dropMethod(plan, method, { isForAll, mayStay: true })
  }
  // Doors that nothing opens any more are lost.
  const covered = new Set(facts.methods.flatMap((method) => method.acs_entrance_ids))
  const lost = grant.granted_door_ids.filter((id) => !covered.has(id))
  if (lost.length > 0) {
    plan.setGrant({
      granted_door_ids: grant.granted_door_ids.filter((id) => covered.has(id)),
      is_granted_to_all_doors: false,
    })
    for (const acs_entrance_id of lost) {
      plan.changes.event('access_grant.access_to_door_lost', {
        access_grant_id: grant.access_grant_id,
        acs_entrance_id,
      })
    }
  }
  const { door_ids } = grant
  const open = stillOpen(plan, lost, standing)
  if (open.length === 0) settleAwaited(plan)
  else awaitChange(plan, { times: null, doors: { from: door_ids, to: door_ids, gained: [], lost: open } })
  settlePeople(plan, before)
  settleHindrances(plan)
  return plan.changes
}

/** `ends_at` has passed: credentials are taken down and groups left. The grant and its methods stay listed. */
export function endGrant(facts: GrantFacts, now: string): ChangeSet {
  const plan = new GrantPlan(facts, now)
  const before = schedulesOf(plan)
  plan.setGrant({ is_ended: true })
  const live = new Set(liveOthers(plan).map((grant) => grant.access_grant_id))
  const ending = facts.methods.filter((method) => !method.access_grant_ids.some((id) => live.has(id)))
  const standing = whatStands(plan)
  const untold = new Set<string>()
  for (const method of ending) {
    for (const credential of plan.credentialsOf(method)) {
      const { groupsHaveNoTimes } = plan.system(credential.acs_system_id).definition
      // Its system was told another end, or none: what it holds opens until it is taken away.
      if (groupsHaveNoTimes === true || credential.is_dirty) untold.add(credential.acs_credential_id)
      plan.removeCredential(credential)
    }
    if (method.pending.length > 0) {
      const warnings = method.warnings.filter((warning) => warning.warning_code !== 'updating_access_times')
      plan.setMethod(method, { pending: [], warnings })
    }
  }
  const { door_ids } = plan.grant
  const credentials = standing.credentials.filter((one) => untold.has(one.acs_credential_id))
  const open = stillOpen(plan, door_ids, { ...standing, credentials })
  if (open.length === 0) settleAwaited(plan)
  else awaitChange(plan, { times: null, doors: { from: door_ids, to: [], gained: [], lost: open } })
  settlePeople(plan, before)
  return plan.changes
}

/**
 * Takes a method from the grant. One that other grants share stays for them, unless it goes for all; otherwise it is
 * deleted with its credentials and its Instant Key: where it may stay, only when its systems have confirmed it.
 */
export function dropMethod(
  plan: GrantPlan,
  method: AccessMethodRecord,
  how: { isForAll?: boolean; isGrantGoing?: boolean; mayStay?: boolean } = {},
): void {
  const { facts, grant } = plan
  const { access_method_id } = method
  facts.methods.splice(facts.methods.indexOf(method), 1)
  if (how.isGrantGoing !== true) unlink(plan, grant, access_method_id)
  const others = method.access_grant_ids.filter((id) => id !== grant.access_grant_id)
  if (others.length > 0 && how.isForAll !== true) {
    plan.setMethod(method, { access_grant_ids: others })
    facts.otherMethods.push(method)
    return
  }
  for (const other of facts.otherGrants)
    if (others.includes(other.access_grant_id)) unlink(plan, other, access_method_id)
  plan.removeKeys(method)
  for (const credential of plan.credentialsOf(method)) plan.removeCredential(credential)
  // Among them may be some that were on their way out before.
  if (how.mayStay === true && facts.credentials.some((one) => one.access_method_id === access_method_id)) {
    const warnings = [beingDeleted('access method', plan.now)]
    plan.setMethod(method, { is_deleting: true, client_session_id: null, pending: [], errors: [], warnings })
    facts.leaving.push(method)
  } else deleteRow(plan, method)
}

function deleteRow(plan: GrantPlan, method: AccessMethodRecord): void {
  plan.methodEvent('access_method.deleted', method)
  plan.changes.delete('access_method', { access_method_id: method.access_method_id, version: method.version })
}

function unlink(plan: GrantPlan, grant: GrantFacts['grant'], methodId: string): void {
  plan.set('access_grant', 'access_grant_id', grant, {
    access_method_ids: grant.access_method_ids.filter((id) => id !== methodId),
    requested_access_methods: grant.requested_access_methods.map((request) =>
      request.created_access_method_ids.includes(methodId)
        ? { ...request, created_access_method_ids: request.created_access_method_ids.filter((id) => id !== methodId) }
        : request,
    ),
  })
}
