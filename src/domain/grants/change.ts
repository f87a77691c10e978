/**
 * New times and doors for a grant (core.md 6.8), and a space whose doors changed (core.md section 5). Access methods
 * keep their identity: an issued one is revoked until its systems have taken the change, a written card until it has
 * been encoded again. What was deleted by hand does not come back.
 */
import { carriesDoors } from '../../systems/kit/definition.ts'
import type { ChangeSet } from '../changes.ts'
import { commonRule } from '../codes/choose.ts'
import type { AccessMethodRecord, AcsCredentialRecord, Mode, PendingMutation, Problem } from '../records.ts'
import { capableDoors, sameIds, type Door, type GrantFacts } from './facts.ts'
import { settleHindrances } from './hindrances.ts'
import { settleLostKeys } from './lost-keys.ts'
import { coverageErrors, hasOtherZones, isAboutCoverage, partOfZone } from './coverage.ts'
import { choosePin, isHeld, lacksManager, lookAgain, materialiseRequest } from './materialise.ts'
import { schedulesOf, settlePeople } from './people.ts'
import { GrantPlan, stands, type Tools } from './plan.ts'
import { sameWindow, type AccessWindow } from './windows.ts'
import { dropMethod } from './end.ts'
import { awaitChange, namedDoor, stillOpen, whatStands } from './still-open.ts'
import { timesMutation, windowBefore } from './waiting.ts'
import { heldBack } from './zones.ts'

/** What the grant shall be; absent fields stay as they are. */
export interface GrantTarget extends Partial<AccessWindow> {
  name?: string | null
  display_name?: string
  access_grant_key?: string
  acs_entrance_ids?: string[]
  space_ids?: string[]
  /** All doors, spaces expanded. Its doors must be in the facts. */
  door_ids: string[]
}

/** Changes a grant; nothing is written when nothing differs. */
export function updateGrant(facts: GrantFacts, target: GrantTarget, now: string, tools: Tools): ChangeSet {
  const plan = new GrantPlan(facts, now, tools)
  const { grant } = plan
  const labels = Object.fromEntries(
    (['name', 'display_name', 'access_grant_key'] as const)
      .filter((field) => target[field] !== undefined && target[field] !== grant[field])
      .map((field) => [field, target[field]]),
  )
  const after: AccessWindow = {
    starts_at: target.starts_at ?? grant.starts_at,
    ends_at: target.ends_at === undefined ? grant.ends_at : target.ends_at,
  }
  const lists = {
    ...(target.acs_entrance_ids === undefined || sameIds(target.acs_entrance_ids, grant.acs_entrance_ids)
      ? {}
      : { acs_entrance_ids: target.acs_entrance_ids }),
    ...(target.space_ids === undefined || sameIds(target.space_ids, grant.space_ids)
      ? {}
      : { space_ids: target.space_ids }),
  }
  if (Object.keys(labels).length > 0 || Object.keys(lists).length > 0) plan.setGrant({ ...labels, ...lists })
  const hasNewTimes = !sameWindow(after, grant)
  const hasNewDoors = !sameIds(target.door_ids, grant.door_ids)
  if (hasNewTimes || hasNewDoors) {
    plan.guardReservation()
    follow(plan, after, target.door_ids)
  } else settleHindrances(plan)
  return plan.changes
}

/** Brings the grant in line with the doors that its spaces now have, and their zones; `doorIds` are all, spaces expanded. */
export function rematerialise(facts: GrantFacts, doorIds: readonly string[], now: string, tools: Tools): ChangeSet {
  const plan = new GrantPlan(facts, now, tools)
  const hasChanged = !sameIds(doorIds, plan.grant.door_ids) || hasOtherZones(plan)
  if (!plan.grant.is_ended && hasChanged) follow(plan, plan.window, [...doorIds])
  else {
    settleLostKeys(plan)
    settleHindrances(plan)
  }
  return plan.changes
}

interface Before extends AccessWindow {
  door_ids: string[]
  /** Its end had come: the systems hold nothing of it any more. */
  isEnded: boolean
  /** Doors that could not be given, as they were a part of a zone. */
  held: ReadonlySet<string>
}

/** The heart of both: methods, credentials, PINs, groups and keys follow the new window and doors. */
function follow(plan: GrantPlan, after: AccessWindow, doorIds: string[]): void {
  const { grant, facts } = plan
  const schedules = schedulesOf(plan)
  const before: Before = {
    starts_at: grant.starts_at,
    ends_at: grant.ends_at,
    door_ids: grant.door_ids,
    isEnded: grant.is_ended,
    held: new Set(grant.errors.flatMap(partOfZone)),
  }
  const standing = whatStands(plan)
  const hasNewTimes = !sameWindow(before, after)
  const held = heldBack(doorIds, facts)
  const lost = [
    ...before.door_ids.filter((id) => !doorIds.includes(id)),
    // Still named, and not to be given without doors that are named no more.
    ...doorIds.filter((id) => held.has(id) && grant.granted_door_ids.includes(id)),
  ]
  const gained = doorIds.filter((id) => !before.door_ids.includes(id))
  plan.setGrant({
    ...after,
    door_ids: doorIds,
    // The caller has checked that the new end lies ahead: a grant that had ended lives again.
    ...(before.isEnded ? { is_ended: false } : {}),
    ...(lost.length === 0 ? {} : { granted_door_ids: grant.granted_door_ids.filter((id) => !lost.includes(id)) }),
    ...(gained.length === 0 ? {} : { is_granted_to_all_doors: false }),
  })
  if (hasNewTimes) {
    plan.changes.event('access_grant.access_times_changed', {
      access_grant_id: grant.access_grant_id,
      ...(grant.access_grant_key === null ? {} : { access_grant_key: grant.access_grant_key }),
      ...(before.starts_at === after.starts_at ? {} : { starts_at: after.starts_at }),
      ...(before.ends_at === after.ends_at ? {} : { ends_at: after.ends_at }),
    })
  }
  for (const acs_entrance_id of lost) {
    plan.changes.event('access_grant.access_to_door_lost', { access_grant_id: grant.access_grant_id, acs_entrance_id })
  }
  const created: AccessMethodRecord[] = []
  grant.requested_access_methods.forEach((_, index) => created.push(...followRequest(plan, index, before)))
  for (const method of created) plan.methodEvent('access_method.created', method)
  settleErrors(plan)

  awaitChange(plan, {
    times: hasNewTimes ? { from: before, to: after } : null,
    doors:
      lost.length + gained.length === 0
        ? null
        : {
            from: before.door_ids,
            to: doorIds,
            gained: gained.map((id) => namedDoor(plan, id)),
            lost: stillOpen(plan, lost, standing),
          },
  })
  if (lost.length > 0) announceIfComplete(plan)
  settlePeople(plan, schedules)
  lookAgain(plan)
}

/** With the doors that were missing the last obstacle may have gone. What the systems have yet to confirm announces itself. */
function announceIfComplete(plan: GrantPlan): void {
  const { grant, facts } = plan
  const stands = (method: AccessMethodRecord): boolean =>
    plan.credentialsOf(method).every((one) => one.synced_at !== null && !one.is_dirty)
  const isComplete =
    !grant.is_granted_to_all_doors &&
    grant.errors.length === 0 &&
    grant.door_ids.length > 0 &&
    grant.door_ids.every((id) => grant.granted_door_ids.includes(id)) &&
    facts.methods.every(stands)
  if (!isComplete) return
  plan.setGrant({ is_granted_to_all_doors: true })
  plan.changes.event('access_grant.access_granted_to_all_doors', { access_grant_id: grant.access_grant_id })
}

/** Answers with the methods that are new. */
function followRequest(plan: GrantPlan, index: number, before: Before): AccessMethodRecord[] {
  const { grant, facts } = plan
  const request = grant.requested_access_methods[index]
  if (request === undefined) return []
  const doorsAfter = capableDoors(grant.door_ids, request.mode, facts)
  const doorsBefore = capableDoors(before.door_ids, request.mode, facts)
  const methods = facts.methods.filter((method) => request.created_access_method_ids.includes(method.access_method_id))
  const created: AccessMethodRecord[] = []

  for (const method of methods) {
    const systems = new Set(plan.credentialsOf(method).map((credential) => credential.acs_system_id))
    if (method.acs_system_id !== null) systems.add(method.acs_system_id)
    const bySystem = new Map<string, Door[]>()
    for (const [id, all] of doorsAfter) {
      // Where a credential has room for some doors only, each keeps its own.
      const own = hasParts(plan, request.mode, id) ? all.filter((door) => isAt(method, door)) : all
      if (systems.has(id) && own.length > 0) bySystem.set(id, own)
    }
    const doors = [...bySystem.values()].flat()
    if (doors.length === 0) dropMethod(plan, method)
    else if (stands(method, doors, plan.window)) continue
    else if (method.access_grant_ids.length > 1) {
      // It stays as it is for the other grant; this one gets its own.
      dropMethod(plan, method)
      created.push(...materialiseRequest(plan, index, bySystem))
    } else if (before.isEnded) revive(plan, method, bySystem)
    else reissue(plan, method, bySystem)
  }
  // What the request reaches for the first time. What it reached before has its method, or lost it by hand.
  const reached = new Map<string, Door[]>()
  for (const [id, all] of doorsAfter) {
    const had = (doorsBefore.get(id) ?? []).filter((door) => !before.held.has(door.acs_entrance_id))
    const fresh = had.length === 0 || hasParts(plan, request.mode, id) ? all.filter((door) => !had.includes(door)) : []
    if (fresh.length > 0) reached.set(id, fresh)
  }
  if (reached.size > 0) created.push(...materialiseRequest(plan, index, reached))
  return created
}

/** Whether the system's doors of a grant are spread over several credentials of a mode. */
function hasParts(plan: GrantPlan, mode: Mode, acsSystemId: string): boolean {
  return plan.system(acsSystemId).definition.maxEntrances?.[mode] !== undefined
}

function isAt(method: AccessMethodRecord, door: Door): boolean {
  return method.acs_entrance_ids.includes(door.acs_entrance_id)
}

/** An access method gets new doors and times: revoked if it was issued, until the change has arrived. */
function reissue(plan: GrantPlan, method: AccessMethodRecord, bySystem: ReadonlyMap<string, Door[]>): void {
  const { window } = plan
  const doors = [...bySystem.values()].flat()
  const wasIssued = method.is_issued
  const hasNewTimes = !sameWindow(method, window)
  const code = method.mode === 'code' ? keepCode(plan, method, bySystem) : method.code
  let isEncoded = false
  for (const credential of plan.credentialsOf(method)) {
    const here = bySystem.get(credential.acs_system_id) ?? []
    if (here.length === 0) {
      plan.removeCredential(credential)
      continue
    }
    const { definition } = plan.system(credential.acs_system_id)
    const isWritten = credential.access_method === 'card' && definition.card === 'encode' && credential.is_issued
    isEncoded ||= isWritten
    plan.setCredential(credential, {
      ...window,
      ...(carriesDoors(definition) ? { acs_entrance_ids: here.map((door) => door.acs_entrance_id) } : {}),
      ...(definition.pin?.maker === 'caller' && credential.code !== null ? { code } : {}),
      // The first guest door makes a guest's card of it: without a stay it would count as staff's.
      ...(credential.stay_key === null ? { stay_key: plan.stayKey(method.mode, definition, here) } : {}),
      ...(isWritten
        ? { needs_to_be_reissued: true }
        : credential.is_issued
          ? { is_issued: false, issued_at: null }
          : {}),
      synced_at: null,
      ...plan.dirty(credential.acs_system_id),
    })
    if (definition.pin?.maker === 'caller' && credential.code !== null) plan.claim(credential, here, code, window)
  }
  const gainsDoors = doors.some((door) => !method.acs_entrance_ids.includes(door.acs_entrance_id))
  const losesDoors = !method.acs_entrance_ids.every((id) => doors.some((door) => door.acs_entrance_id === id))
  const isRevoked = wasIssued || (method.was_issued && method.pending.length > 0)
  const { pending, warnings } = isRevoked
    ? waitingFor(plan, method, { hasNewTimes, gainsDoors, losesDoors })
    : { pending: [], warnings: method.warnings }
  plan.setMethod(method, {
    ...window,
    acs_entrance_ids: doors.map((door) => door.acs_entrance_id),
    code,
    is_issued: false,
    issued_at: null,
    pending,
    warnings,
    ...(isEncoded ? { is_encoding_required: true, is_ready: false } : {}),
  })
  plan.moveKeys(method)
  if (wasIssued) plan.methodEvent('access_method.revoked', method)
}

/** What a revoked method waits for: the change, and what it was waiting for already. */
function waitingFor(
  plan: GrantPlan,
  method: AccessMethodRecord,
  change: { hasNewTimes: boolean; gainsDoors: boolean; losesDoors: boolean },
): Pick<AccessMethodRecord, 'pending' | 'warnings'> {
  const { now, window } = plan
  const waits = (code: string): boolean => method.pending.some((one) => one.mutation_code === code)
  const nowhere = { from: { device_ids: [] }, to: { device_ids: [] } }
  const pending: PendingMutation[] = []
  const warnings: Problem[] = method.warnings.filter((warning) => warning.warning_code !== 'updating_access_times')
  if (change.hasNewTimes || waits('updating_access_times')) {
    const message = 'The access times of this access method are being updated.'
    pending.push(timesMutation(windowBefore(method.pending, method), window, now, message))
    warnings.push({ created_at: now, warning_code: 'updating_access_times', message })
  }
  if (change.gainsDoors || waits('provisioning_access')) {
    const message = 'Access to further doors is being set up.'
    pending.push({ created_at: now, message, mutation_code: 'provisioning_access', ...nowhere })
  }
  if (change.losesDoors || waits('revoking_access')) {
    const message = 'Access to some doors is being taken away.'
    pending.push({ created_at: now, message, mutation_code: 'revoking_access', ...nowhere })
  }
  return { pending, warnings }
}

/** A method of a grant that had ended gets credentials anew; a card has to be made again. One that can have none goes. */
function revive(plan: GrantPlan, method: AccessMethodRecord, bySystem: ReadonlyMap<string, Door[]>): void {
  const { window } = plan
  const covered: string[] = []
  let { code } = method
  let cardPath: 'encode' | 'assign' | undefined
  const wasIssued = method.is_issued
  const waiting = wasIssued
    ? waitingFor(plan, method, { hasNewTimes: true, gainsDoors: false, losesDoors: false })
    : { pending: [], warnings: method.warnings }
  for (const [acsSystemId, doors] of bySystem) {
    const system = plan.system(acsSystemId)
    if (lacksManager(plan, method.mode, system)) continue
    const user = plan.userAt(system)
    if (isHeld(plan, method.mode, user, system)) continue
    const isChosenHere = method.mode === 'code' && system.definition.pin?.maker === 'caller'
    if (isChosenHere) code = choosePin(plan, code ?? undefined, system, doors, [[system, doors]], [])
    if (covered.length === 0) plan.setMethod(method, { ...window })
    plan.addCredential(method, user, system, doors, isChosenHere ? code : null)
    if (method.mode === 'card') cardPath = system.definition.card
    covered.push(...doors.map((door) => door.acs_entrance_id))
  }
  if (covered.length === 0) {
    // As when it could not be made at first: the grant's errors say why.
    dropMethod(plan, method, { mayStay: true })
    return
  }
  plan.setMethod(method, {
    acs_entrance_ids: covered,
    code,
    is_issued: false,
    issued_at: null,
    ...waiting,
    is_encoding_required: cardPath === 'encode',
    is_assignment_required: cardPath === 'assign',
    is_ready: false,
  })
  if (wasIssued) plan.methodEvent('access_method.revoked', method)
}

/**
 * The PIN stays the same. Only when somebody else has it on a door or in a time that is new, another is chosen; the
 * grant then says so.
 */
function keepCode(plan: GrantPlan, method: AccessMethodRecord, bySystem: ReadonlyMap<string, Door[]>): string | null {
  const { code } = method
  if (code === null) return null
  const own = plan
    .credentialsOf(method)
    .filter((credential) => plan.system(credential.acs_system_id).definition.pin?.maker === 'caller')
  const isTaken = (wanted: string): boolean =>
    own.some((credential: AcsCredentialRecord) =>
      plan.isCodeTaken(wanted, bySystem.get(credential.acs_system_id) ?? [], plan.window, credential),
    )
  if (!isTaken(code)) return code
  const rules = own.flatMap((credential) => plan.system(credential.acs_system_id).definition.pin ?? [])
  const rule = commonRule(rules)
  const systemIds = own.map((credential) => credential.acs_system_id)
  const next = rule === null ? null : plan.freeCode(systemIds, rule, isTaken)
  if (next === null) throw new NoFreePin()
  const [door] = [...bySystem.values()].flat()
  plan.setGrant({
    warnings: [
      ...plan.grant.warnings,
      {
        created_at: plan.now,
        warning_code: 'requested_code_unavailable',
        message:
          'The PIN code is in use on one of the doors in the new time, so another one was assigned. Hand out the new code.',
        // The published model knows devices alone; the first door of the access method stands in.
        device_id: door?.acs_entrance_id,
        original_code: code,
        new_code: next,
      },
    ],
  })
  return next
}

/** No PIN is left for the new doors and times: the change cannot be made. */
export class NoFreePin extends Error {
  override name = 'NoFreePin'
}

/** Errors about doors and modes that the new doors have put right are gone; new ones are reported. */
function settleErrors(plan: GrantPlan): void {
  const { grant, facts } = plan
  const mine = facts.methods.filter((method) => method.access_grant_ids.includes(grant.access_grant_id))
  const known = grant.errors.filter(isAboutCoverage)
  const errors = grant.errors.filter((error) => {
    if (isAboutCoverage(error)) return false
    return error.created_at === plan.now || !mine.some((method) => method.mode === error['mode'])
  })
  for (const error of coverageErrors(plan)) errors.push(known.find((one) => one.message === error.message) ?? error)
  const isSame = errors.length === grant.errors.length && errors.every((error) => grant.errors.includes(error))
  const fresh = errors.filter((error) => error.created_at === plan.now)
  if (!isSame) plan.setGrant({ errors })
  if (fresh.length > 0) {
    plan.changes.event('access_grant.could_not_create_requested_access_methods', {
      access_grant_id: grant.access_grant_id,
      error_message: fresh.map((error) => error.message).join(' '),
    })
  }
}
