/**
 * Requested access methods become rows (core.md 6.2 to 6.4): for each request and each system with doors that take the
 * mode, an access method and the credential behind it; for PINs, one access method per distinct PIN.
 */
import { fitsRule, type PinRule } from '../../systems/kit/pin.ts'
import { commonRule } from '../codes/choose.ts'
import type { ChangeSet } from '../changes.ts'
import { missingManager } from '../credential-managers.ts'
import { methodDisplayName } from '../methods/names.ts'
import type {
  AccessGrantRecord,
  AccessMethodRecord,
  AcsUserRecord,
  Mode,
  RequestedAccessMethod,
  SpaceRecord,
  UserIdentityRecord,
} from '../records.ts'
import { DELAY_NOTICE_MS, nextBoundary } from './clock.ts'
import { CANNOT_CREATE, coverageErrors, isAboutCoverage } from './coverage.ts'
import { capableDoors, inParts, takesMode, type Door, type GrantFacts } from './facts.ts'
import { settleHindrances } from './hindrances.ts'
import { schedulesOf, settlePeople } from './people.ts'
import { isDeletedExternally } from '../sync/marks.ts'
import { GrantPlan, stands, type SystemRef, type Tools } from './plan.ts'
import { heldBack } from './zones.ts'

/** What the caller asks for. */
export interface MethodRequest {
  mode: Mode
  code?: string
  instant_key_max_use_count?: number
}

/** Rows that are made together with a grant. */
export interface NewWithGrant {
  identity?: UserIdentityRecord
  space?: SpaceRecord
}

/** Creates the grant of the facts, with everything that follows from it. */
export function createGrant(facts: GrantFacts, made: NewWithGrant, now: string, tools: Tools): ChangeSet {
  const plan = new GrantPlan(facts, now, tools)
  const before = schedulesOf(plan)
  const { grant } = plan
  plan.guardReservation()
  if (made.identity !== undefined) plan.add('user_identity', made.identity)
  if (made.space !== undefined) {
    const { space_id, acs_entrance_ids, device_ids } = plan.add('space', made.space)
    plan.changes.event('space.created', { space_id, acs_entrance_ids, device_ids })
  }
  plan.add('access_grant', grant)
  plan.changes.event('access_grant.created', { access_grant_id: grant.access_grant_id })
  materialise(
    plan,
    grant.requested_access_methods.map((_, i) => i),
  )
  settlePeople(plan, before)
  lookAgain(plan)
  return plan.changes
}

/** Adds requested methods to a grant; they inherit its doors and its time. */
export function addRequests(
  facts: GrantFacts,
  requests: readonly MethodRequest[],
  now: string,
  tools: Tools,
): ChangeSet {
  const plan = new GrantPlan(facts, now, tools)
  const before = schedulesOf(plan)
  const first = plan.grant.requested_access_methods.length
  const known = plan.grant.errors
  plan.setGrant({
    requested_access_methods: [...plan.grant.requested_access_methods, ...requested(requests, now)],
    is_granted_to_all_doors: false,
  })
  materialise(
    plan,
    requests.map((_, i) => first + i),
  )
  forgetFailures(plan, known)
  settlePeople(plan, before)
  lookAgain(plan)
  return plan.changes
}

/** Requests as they stand on the grant. */
export function requested(requests: readonly MethodRequest[], now: string): RequestedAccessMethod[] {
  return requests.map(({ mode, code, instant_key_max_use_count }) => ({
    display_name: methodDisplayName(mode),
    mode,
    ...(code === undefined ? {} : { code }),
    ...(instant_key_max_use_count === undefined ? {} : { instant_key_max_use_count }),
    created_at: now,
    created_access_method_ids: [],
  }))
}

/** Systems need a moment: a grant that starts now is not called late before this long, in milliseconds. */
const GRACE_MS = 30_000

/** The last step of a change: what hinders the grant is told, and it is looked at again when time changes something about it (clock.ts). */
export function lookAgain(plan: GrantPlan): void {
  settleHindrances(plan)
  const { grant, nowMs } = plan
  const next = nextBoundary(grant, nowMs)
  const isFarOff = Date.parse(grant.starts_at) - DELAY_NOTICE_MS > nowMs
  const grace = new Date(nowMs + GRACE_MS).toISOString()
  const at = isFarOff ? next : next === null || grace < next ? grace : next
  if (at !== null) plan.changes.job('grant_clock', grant.access_grant_id, at)
}

/** Makes the rows of the requests with these indexes, for the doors of the grant. */
export function materialise(plan: GrantPlan, indexes: readonly number[]): void {
  const created: AccessMethodRecord[] = []
  for (const index of indexes) {
    const request = plan.grant.requested_access_methods[index]
    if (request === undefined) continue
    const bySystem = capableDoors(plan.grant.door_ids, request.mode, plan.facts)
    if (bySystem.size === 0) {
      const reason = whyNoDoor(plan, request.mode)
      if (reason !== null) fail(plan, request.mode, reason)
      continue
    }
    created.push(...materialiseRequest(plan, index, bySystem))
  }
  for (const method of created) plan.methodEvent('access_method.created', method)
  reportUncovered(plan)
  reportFailures(plan)
}

/** Why no door of the grant takes the mode, and what would help; null when that is not the reason. */
function whyNoDoor({ grant, facts }: GrantPlan, mode: Mode): string | null {
  const held = heldBack(grant.door_ids, facts)
  const doors = grant.door_ids.flatMap((id) => facts.doors.get(id) ?? [])
  const definitionOf = (door: Door) => facts.definitionOf(door.provider)
  // A grant of a space without doors gains them later; doors in a part of a zone are reported as such.
  if (doors.length === 0) return null
  if (doors.some((door) => held.has(door.acs_entrance_id) && takesMode(door, mode, definitionOf(door)))) return null
  if (doors.every((door) => definitionOf(door).modes.length === 0)) {
    const systems = [...new Set(doors.map((door) => definitionOf(door).display_name))].join(' and ')
    return `${systems} keeps users and groups, and no credentials. Add the person to an access group that has these doors (/acs/access_groups/add_user), or add doors of another access system.`
  }
  return `None of its doors (${doorNames(doors)}) can be opened with a ${words(mode)}. Request another mode, or add doors that take it.`
}

/** Makes the rows of one request at some systems. Answers with the methods that are new. */
export function materialiseRequest(
  plan: GrantPlan,
  index: number,
  bySystem: ReadonlyMap<string, Door[]>,
): AccessMethodRecord[] {
  const request = plan.grant.requested_access_methods[index]
  if (request === undefined) return []
  if (request.mode === 'code') return materialiseCode(plan, index, request, bySystem)
  const created: AccessMethodRecord[] = []
  for (const [system, doors] of placesOf(plan, request.mode, bySystem)) {
    const { acs_system_id: acsSystemId } = system
    if (share(plan, index, request, doors, acsSystemId)) continue
    if (lacksManager(plan, request.mode, system)) continue
    const user = plan.userAt(system)
    if (isHeld(plan, request.mode, user, system)) continue
    const method = addMethod(plan, index, request.mode, acsSystemId, doors)
    if (request.mode === 'card') {
      method.is_encoding_required = system.definition.card === 'encode'
      method.is_assignment_required = system.definition.card === 'assign'
    }
    plan.addCredential(method, user, system, doors)
    if (request.mode === 'mobile_key') plan.addKey(method, request.instant_key_max_use_count ?? 1)
    created.push(method)
  }
  return created
}

/** Doors that one credential carries each: all of a system's, or as many as the system puts on one. */
function placesOf(
  plan: GrantPlan,
  mode: Mode,
  bySystem: ReadonlyMap<string, Door[]>,
): (readonly [SystemRef, Door[]])[] {
  return [...bySystem].flatMap(([acsSystemId, doors]) => {
    const system = plan.system(acsSystemId)
    return inParts(doors, system.definition.maxEntrances?.[mode]).map((part) => [system, part] as const)
  })
}

/** Whether nothing would carry a mobile key of this system to phones; the grant then says so. */
export function lacksManager(plan: GrantPlan, mode: Mode, system: SystemRef): boolean {
  const choice = mode === 'mobile_key' ? plan.facts.managers.get(system.acs_system_id) : undefined
  if (choice === undefined || 'acs_system_id' in choice) return false
  fail(plan, mode, `${missingManager(system.definition, choice.missing)}, then request the mobile key again.`)
  return true
}

/** Whether the person already has the one credential of this mode that the system allows; the grant then says so. */
export function isHeld(plan: GrantPlan, mode: Mode, user: AcsUserRecord, system: SystemRef): boolean {
  const holder = plan.exclusiveHolder(user, mode, system)
  if (holder === undefined) return false
  const what = words(mode)
  const remedy = holder.is_deleting
    ? `The one this person had is being deleted; request the ${what} again when it is gone.`
    : `This person already has one (credential ${holder.acs_credential_id}); delete that one first, then request the ${what} again.`
  fail(plan, mode, `${system.definition.display_name} allows one ${what} per person. ${remedy}`)
  return true
}

function addMethod(
  plan: GrantPlan,
  index: number,
  mode: Mode,
  acsSystemId: string | null,
  doors: readonly Door[],
  code: string | null = null,
): AccessMethodRecord {
  const { grant } = plan
  const method = plan.add('access_method', {
    workspace_id: grant.workspace_id,
    access_method_id: plan.tools.ids.uuid(),
    access_grant_ids: [grant.access_grant_id],
    mode,
    request_index: index,
    acs_system_id: acsSystemId,
    acs_entrance_ids: doors.map((door) => door.acs_entrance_id),
    device_ids: [],
    ...plan.window,
    code,
    is_issued: false,
    issued_at: null,
    was_issued: false,
    is_encoding_required: false,
    is_assignment_required: false,
    is_ready: false,
    is_deleting: false,
    client_session_id: null,
    customization_profile_id: grant.customization_profile_id,
    pending: [],
    errors: [],
    warnings: [],
    created_at: plan.now,
    version: 1,
  })
  plan.facts.methods.push(method)
  link(plan, index, method)
  return method
}

/** Names the method on the grant and on the request it came from. */
function link(plan: GrantPlan, index: number, method: AccessMethodRecord): void {
  const { grant } = plan
  plan.setGrant({
    access_method_ids: [...grant.access_method_ids, method.access_method_id],
    requested_access_methods: grant.requested_access_methods.map((request, i) =>
      i === index
        ? { ...request, created_access_method_ids: [...request.created_access_method_ids, method.access_method_id] }
        : request,
    ),
  })
}

/**
 * A method of another grant of the identity is shared when mode, doors, time and reservation are the same: one key on
 * the phone, one PIN to remember. Cards are never shared: each is a piece of plastic (core.md 6.4 (b)).
 */
function share(
  plan: GrantPlan,
  index: number,
  request: RequestedAccessMethod,
  doors: readonly Door[],
  acsSystemId: string | null,
): boolean {
  if (request.mode === 'card' || request.instant_key_max_use_count !== undefined) return false
  const { facts, grant } = plan
  const method = facts.otherMethods.find((other) => {
    if (other.mode !== request.mode || other.acs_system_id !== acsSystemId || !stands(other, doors, plan.window))
      return false
    if (plan.credentialsOf(other).some(isDeletedExternally)) return false
    if (request.code !== undefined && other.code !== request.code) return false
    if (other.customization_profile_id !== grant.customization_profile_id) return false
    const owners = facts.otherGrants.filter((one) => other.access_grant_ids.includes(one.access_grant_id))
    return owners.length > 0 && owners.every((one) => one.reservation_key === grant.reservation_key)
  })
  if (method === undefined) return false
  facts.otherMethods.splice(facts.otherMethods.indexOf(method), 1)
  facts.methods.push(method)
  plan.setMethod(method, { access_grant_ids: [...method.access_grant_ids, grant.access_grant_id] })
  link(plan, index, method)
  // The systems confirm the credentials once more: that opens the doors of this grant, too.
  for (const credential of plan.credentialsOf(method)) {
    plan.setCredential(credential, plan.dirty(credential.acs_system_id))
  }
  return true
}

// PINs -----------------------------------------------------------------------------------------------------------------

function materialiseCode(
  plan: GrantPlan,
  index: number,
  request: RequestedAccessMethod,
  bySystem: ReadonlyMap<string, Door[]>,
): AccessMethodRecord[] {
  const created: AccessMethodRecord[] = []
  const callers: (readonly [SystemRef, Door[]])[] = []
  for (const place of placesOf(plan, 'code', bySystem)) {
    const [system, doors] = place
    if (system.definition.pin?.maker === 'caller') callers.push(place)
    else if (!share(plan, index, request, doors, system.acs_system_id))
      created.push(addCode(plan, index, null, [place]))
  }
  const doorsOfCallers = callers.flatMap(([, doors]) => doors)
  if (callers.length === 0 || share(plan, index, request, doorsOfCallers, onlySystem(callers))) return created
  const chosen = new Map<string, (readonly [SystemRef, Door[]])[]>()
  for (const place of callers) {
    const [system, doors] = place
    if (system.definition.onePerUser.includes('code') && isHeld(plan, 'code', plan.userAt(system), system)) continue
    const code = choosePin(plan, request.code, system, doors, callers, [...chosen.keys()])
    if (code === null)
      fail(plan, 'code', `No free PIN is left on the doors of ${system.definition.display_name} in this time.`)
    else chosen.set(code, [...(chosen.get(code) ?? []), place])
  }
  for (const [code, places] of chosen) created.push(addCode(plan, index, code, places))
  return created
}

/** The system that all of the places are at, or null when they are at several. */
function onlySystem(places: readonly (readonly [SystemRef, Door[]])[]): string | null {
  const [first, ...others] = new Set(places.map(([system]) => system.acs_system_id))
  return others.length === 0 ? (first ?? null) : null
}

/** One access method for one PIN, at one or several systems. */
function addCode(
  plan: GrantPlan,
  index: number,
  code: string | null,
  places: readonly (readonly [SystemRef, Door[]])[],
): AccessMethodRecord {
  const all = places.flatMap(([, doors]) => doors)
  const method = addMethod(plan, index, 'code', onlySystem(places), all, code)
  for (const [system, doors] of places) plan.addCredential(method, plan.userAt(system), system, doors, code)
  return method
}

/**
 * The PIN for one system: the requested one, one that the person already knows, one chosen for another system of this
 * request, else a new one that suits all of them. Two grants racing for one PIN are told apart by a constraint: the
 * loser decides again and finds it taken.
 */
export function choosePin(
  plan: GrantPlan,
  wished: string | undefined,
  system: SystemRef,
  doors: readonly Door[],
  callers: readonly (readonly [SystemRef, Door[]])[],
  chosen: readonly string[],
): string | null {
  const rule = system.definition.pin
  if (rule === undefined) return null
  const { facts, window } = plan
  const known = [...facts.otherMethods, ...facts.methods].flatMap((method) =>
    method.mode === 'code' && method.code !== null ? [method.code] : [],
  )
  const candidates = [...(wished === undefined ? [] : [wished]), ...chosen, ...known]
  const suits = (code: string): boolean => fitsRule(code, rule) && !plan.isCodeTaken(code, doors, window)
  const candidate = candidates.find(suits)
  if (candidate !== undefined) return candidate

  const rules = callers.flatMap(([other]): PinRule[] =>
    other.definition.pin === undefined ? [] : [other.definition.pin],
  )
  const everywhere = callers.flatMap(([, others]) => others)
  const systemIds = callers.map(([other]) => other.acs_system_id)
  const common = commonRule(rules)
  const shared =
    common === null ? null : plan.freeCode(systemIds, common, (code) => plan.isCodeTaken(code, everywhere, window))
  return shared ?? plan.freeCode([system.acs_system_id], rule, (code) => plan.isCodeTaken(code, doors, window))
}

// What could not be made -------------------------------------------------------------------------------------------------

/** Doors by name, the first few of many. */
function doorNames(doors: readonly Door[]): string {
  const names = doors.slice(0, 5).map((door) => door.display_name)
  return doors.length > names.length ? `${names.join(', ')} and ${doors.length - names.length} more` : names.join(', ')
}

function words(mode: Mode): string {
  return { code: 'PIN code', card: 'card', mobile_key: 'mobile key', cloud_key: 'cloud key' }[mode]
}

/** Records that a requested method could not be made; reported by {@link reportFailures}. */
export function fail(plan: GrantPlan, mode: Mode, message: string): void {
  plan.setGrant({
    errors: [
      ...plan.grant.errors,
      {
        created_at: plan.now,
        error_code: CANNOT_CREATE,
        message: `Could not create the requested ${words(mode)}. ${message}`,
        mode,
      },
    ],
  })
}

/** What could not be made before and has been made now, on being requested again. */
function forgetFailures(plan: GrantPlan, known: AccessGrantRecord['errors']): void {
  const made = new Set(plan.facts.methods.filter((method) => plan.isNew(method)).map((method) => method.mode))
  const errors = plan.grant.errors.filter((error) => !known.includes(error) || !made.has(error['mode'] as Mode))
  if (errors.length < plan.grant.errors.length) plan.setGrant({ errors })
}

/** A door that no method opens must not go unnoticed. */
function reportUncovered(plan: GrantPlan): void {
  const others = plan.grant.errors.filter((error) => !isAboutCoverage(error))
  const found = coverageErrors(plan)
  if (found.length > 0 || others.length < plan.grant.errors.length) plan.setGrant({ errors: [...others, ...found] })
}

/** Says what could not be made in this change, in one event. */
function reportFailures(plan: GrantPlan): void {
  const fresh = plan.grant.errors.filter((error) => error.created_at === plan.now)
  if (fresh.length === 0) return
  plan.changes.event('access_grant.could_not_create_requested_access_methods', {
    access_grant_id: plan.grant.access_grant_id,
    error_message: fresh.map((error) => error.message).join(' '),
  })
}
