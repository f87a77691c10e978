/**
 * What a system's state says beside what is held of it here: what appeared, changed and went there without our doing.
 * Pure: found here, decided in apply.ts.
 *
 * A row that we are changing is never mistaken for a change behind our back: only quiet rows are compared, those that
 * the system had taken when its state was about to be read and that are still as they were. Parts that a system does
 * not tell (it keeps no users, its doors are declared by the operator) are not known, and never "all gone".
 */
import { hasGroups, type SystemDefinition } from '../../systems/kit/definition.ts'
import type { ReportedCredential, ReportedGroup, ReportedUser } from '../../systems/kit/driver.ts'
import type { AcsAccessGroupRecord } from '../records.ts'
import type { Before, Comparison, Findings, Held, HeldCredential, HeldUser, IsQuiet, UserChange } from './findings.ts'
import { isDeletedExternally } from './marks.ts'
import { compareEncoders, compareEntrances, doorsAt, type Doors } from './places.ts'

export function compare({ definition, state, held, before, now, newId }: Comparison): Findings {
  const isQuiet: IsQuiet = (id, { version }) => before.quiet.get(id) === version
  const declares = definition.devicesAreDeclared === true
  const entrances = compareEntrances(declares ? undefined : state.entrances, held.entrances, now, newId)
  const encoders = compareEncoders(declares ? undefined : state.encoders, held.encoders)
  const doors = doorsAt(held, entrances)
  const groups = compareGroups(hasGroups(definition) ? state.groups : undefined, held, before, doors, isQuiet, newId)
  const knowsPeople = definition.keepsNoUsers !== true
  const users = compareUsers(knowsPeople ? state.users : undefined, definition, held, before, groups, isQuiet)
  const lostUsers = new Set([
    ...users.lost.map((row) => row.acs_user_id),
    ...held.users.filter((row) => isDeletedExternally(row) && !users.back.includes(row)).map((row) => row.acs_user_id),
  ])
  const credentials = compareCredentials(
    knowsPeople ? state.credentials : undefined,
    definition,
    held,
    before,
    lostUsers,
    isQuiet,
  )
  return { entrances, encoders, groups, users, credentials }
}

/** Whether the state says nothing that is not held already. */
export function isNothing(findings: Findings): boolean {
  return Object.values(findings).every((kind: Record<string, unknown[]>) =>
    Object.values(kind).every((list) => list.length === 0),
  )
}

// Groups ---------------------------------------------------------------------------------------------------------------

function compareGroups(
  state: readonly ReportedGroup[] | undefined,
  held: Held,
  before: Before,
  doors: Doors,
  isQuiet: IsQuiet,
  newId: () => string,
): Findings['groups'] {
  const findings: Findings['groups'] = { added: [], changed: [], gone: [], edited: [], missing: [] }
  if (state === undefined) return findings
  const { known, strangers } = match(
    state,
    held.groups,
    before.externalIds.groups,
    (row) => row.acs_access_group_id,
    isSameGroup,
  )
  for (const row of held.groups) {
    const { acs_access_group_id, is_managed } = row
    if (!isQuiet(acs_access_group_id, row) || row.external_id === null || row.reported === null) continue
    const reported = known.get(row)
    if (reported === undefined) {
      if (is_managed) findings.missing.push(row)
      else findings.gone.push(row)
      continue
    }
    const found = translate(reported.entrance_ids, doors.ids)
    const { name } = reported
    if (!is_managed) {
      const hasOtherDoors = !isSameSet(found, row.acs_entrance_ids)
      if (!hasOtherDoors && name === row.name) continue
      const acs_entrance_ids = hasOtherDoors ? found : row.acs_entrance_ids
      findings.changed.push({ row, name, acs_entrance_ids, hasOtherDoors })
      continue
    }
    const told = list(row.reported['acs_entrance_ids']).filter((id) => doors.there.has(id))
    if (isSameSet(found, told) && name === row.reported['name']) continue
    const lacks = told.filter((id) => !found.includes(id))
    const isOurs =
      name === row.reported['name'] && found.every((id) => told.includes(id)) && lacks.every((id) => doors.back.has(id))
    findings.edited.push({ row, name, acs_entrance_ids: found, isOurs })
  }
  for (const reported of strangers)
    findings.added.push({
      acs_access_group_id: newId(),
      reported,
      acs_entrance_ids: translate(reported.entrance_ids, doors.ids),
    })
  return findings
}

function isSameGroup(reported: ReportedGroup, row: AcsAccessGroupRecord): boolean {
  return reported.name === row.name
}

// Users ----------------------------------------------------------------------------------------------------------------

function compareUsers(
  state: readonly ReportedUser[] | undefined,
  definition: SystemDefinition,
  held: Held,
  before: Before,
  groups: Findings['groups'],
  isQuiet: IsQuiet,
): Findings['users'] {
  const findings: Findings['users'] = { added: [], changed: [], gone: [], lost: [], back: [] }
  if (state === undefined) return findings
  const { known, strangers } = match(
    state,
    held.users,
    before.externalIds.users,
    (row) => row.acs_user_id,
    isSamePerson,
  )
  const holders = new Set(held.credentials.map((row) => row.acs_user_id))
  const memberships = new Memberships(held, groups, isQuiet)
  for (const row of held.users) {
    if (!isQuiet(row.acs_user_id, row) || row.external_id === null || row.reported === null) continue
    const reported = known.get(row)
    if (reported === undefined) {
      const isOurs = row.is_managed || row.user_identity_id !== null || holders.has(row.acs_user_id)
      if (!isOurs) findings.gone.push(row)
      else if (!isDeletedExternally(row)) findings.lost.push(row)
      continue
    }
    if (isDeletedExternally(row)) {
      findings.back.push(row)
      continue
    }
    const change: UserChange = {
      row,
      ...(row.reported['is_suspended'] === reported.is_suspended ? {} : { is_suspended: reported.is_suspended }),
      ...(row.is_managed || reported.full_name === row.full_name ? {} : { full_name: reported.full_name }),
      ...(hasGroups(definition) ? memberships.differences(row, reported) : {}),
    }
    if (Object.keys(change).length > 1) findings.changed.push(change)
  }
  for (const reported of strangers)
    findings.added.push({ reported, acs_access_group_ids: memberships.translate(reported.group_ids) })
  return findings
}

function isSamePerson(reported: ReportedUser, row: HeldUser): boolean {
  return reported.full_name === row.full_name
}

class Memberships {
  /** Groups that can be compared, by our id. */
  readonly #groups: ReadonlyMap<string, { name: string; is_managed: boolean }>
  /** Ours of those that are at the system, by its id. */
  readonly #ids: ReadonlyMap<string, string>

  constructor(held: Held, groups: Findings['groups'], isQuiet: IsQuiet) {
    const rows = held.groups.filter((row) => row.external_id !== null && isQuiet(row.acs_access_group_id, row))
    const absent = new Set([...groups.gone, ...groups.missing])
    const ids = new Map<string, string>()
    for (const row of rows)
      if (row.external_id !== null && !absent.has(row)) ids.set(row.external_id, row.acs_access_group_id)
    const known = new Map<string, { name: string; is_managed: boolean }>(
      rows.map((row) => [row.acs_access_group_id, row]),
    )
    for (const { acs_access_group_id, reported } of groups.added) {
      ids.set(reported.external_id, acs_access_group_id)
      known.set(acs_access_group_id, { name: reported.name, is_managed: false })
    }
    this.#groups = known
    this.#ids = ids
  }

  translate(externalIds: readonly string[]): string[] {
    return translate(externalIds, this.#ids)
  }

  differences(row: HeldUser, reported: ReportedUser): Partial<UserChange> {
    const told = list(row.reported?.['acs_access_group_ids'])
    const found = this.translate(reported.group_ids)
    const taken = told.filter((id) => !found.includes(id) && this.#groups.has(id))
    const put = found.filter((id) => !told.includes(id))
    if (taken.length === 0 && put.length === 0) return {}
    const isOurs = (id: string): boolean => this.#groups.get(id)?.is_managed === true
    const names = (ids: string[]): string[] => ids.filter(isOurs).map((id) => this.#groups.get(id)?.name ?? id)
    const putBack = { taken_from: names(taken), put_into: names(put) }
    const wished = row.acs_access_group_ids.filter((id) => isOurs(id) || !taken.includes(id))
    return {
      acs_access_group_ids: [...new Set([...wished, ...put.filter((id) => !isOurs(id))])],
      found_group_ids: [...told.filter((id) => !taken.includes(id)), ...put],
      ...(putBack.taken_from.length + putBack.put_into.length === 0 ? {} : { putBack }),
    }
  }
}

// Credentials and free cards -------------------------------------------------------------------------------------------

function compareCredentials(
  state: readonly ReportedCredential[] | undefined,
  definition: SystemDefinition,
  held: Held,
  before: Before,
  lostUsers: ReadonlySet<string>,
  isQuiet: IsQuiet,
): Findings['credentials'] {
  const findings: Findings['credentials'] = { lost: [], back: [], cardsAdded: [], cardsGone: [] }
  if (state === undefined) return findings
  const byExternalId = new Map(state.map((one) => [one.external_id, one]))
  const byReference = new Map(state.flatMap((one) => (one.reference === null ? [] : [[one.reference, one]])))
  const isPool = (row: HeldCredential): boolean =>
    definition.card === 'assign' && row.acs_user_id === null && row.access_method_id === null
  for (const row of held.credentials) {
    const { acs_credential_id, external_id, acs_user_id } = row
    if (isPool(row) || !row.is_told || external_id === null || !isQuiet(acs_credential_id, row)) continue
    const reported = byExternalId.get(external_id) ?? byReference.get(acs_credential_id)
    const isUserLost = acs_user_id !== null && lostUsers.has(acs_user_id)
    const isKept = definition.modesNotKept?.includes(row.access_method) !== true
    const isThere = (reported !== undefined || !isKept) && !isUserLost
    if (isDeletedExternally(row)) {
      if (isThere) findings.back.push({ row, card_number: reported?.card_number ?? null })
    } else if (!isThere) findings.lost.push({ row, cause: isUserLost ? 'user' : 'credential' })
  }
  if (definition.card === 'assign') comparePool(findings, state, held.credentials, before, isPool, isQuiet)
  return findings
}

/** Cards that the system knows and nobody holds: they appear and vanish. A number stands once. */
function comparePool(
  findings: Findings['credentials'],
  state: readonly ReportedCredential[],
  held: readonly HeldCredential[],
  before: Before,
  isPool: (row: HeldCredential) => boolean,
  isQuiet: IsQuiet,
): void {
  const lost = new Set(findings.lost.map(({ row }) => row))
  const ours = new Set(held.flatMap((row) => [row.acs_credential_id, row.external_id ?? row.acs_credential_id]))
  const standing = new Map<string, { isFree: boolean; isOurs: boolean; credential_id: string; number: string }>()
  for (const one of state) {
    if (one.card_number === null || one.mode !== 'card') continue
    const number = one.card_number.toLowerCase()
    const isFree = one.user_id === null
    const isOurs = ours.has(one.external_id) || (one.reference !== null && ours.has(one.reference))
    const known = standing.get(number)
    // A card that was unassigned shows twice, as itself and as the credential that let it go: it is free.
    standing.set(number, {
      isFree: isFree || known?.isFree === true,
      isOurs: isOurs || known?.isOurs === true,
      credential_id: known === undefined || isFree ? one.external_id : known.credential_id,
      number: one.card_number,
    })
  }
  const numbers = new Set(
    held.flatMap((row) => (isPool(row) || lost.has(row) ? [] : (row.card_number?.toLowerCase() ?? []))),
  )
  for (const row of held) {
    if (!isPool(row) || row.card_number === null) continue
    const number = row.card_number.toLowerCase()
    const card = standing.get(number)
    const isThere = card !== undefined && (card.isFree || card.isOurs) && !numbers.has(number)
    if (isThere || !isQuiet(row.acs_credential_id, row)) numbers.add(number)
    else findings.cardsGone.push(row)
  }
  for (const [number, card] of standing) {
    const wasOurs = before.externalIds.credentials.has(card.credential_id) && !ours.has(card.credential_id)
    if (!card.isFree || numbers.has(number) || wasOurs) continue
    findings.cardsAdded.push({ card_number: card.number, credential_id: card.credential_id })
  }
}

// Shared ---------------------------------------------------------------------------------------------------------------

interface Reported {
  external_id: string
  reference?: string | null
}

interface Row {
  external_id: string | null
  is_dirty: boolean
}

/**
 * Which of the rows the reported things are; `strangers` are nobody's. What bears a reference of ours is ours, even if
 * its row is gone by now. What bears none may still be ours where a system keeps no references: the answer to a creation
 * was lost, and it looks like a row that waits.
 */
function match<S extends Reported, R extends Row>(
  state: readonly S[],
  rows: readonly R[],
  heldBefore: ReadonlySet<string>,
  idOf: (row: R) => string,
  looksLike: (reported: S, row: R) => boolean,
): { known: Map<R, S>; strangers: S[] } {
  const byExternalId = new Map(rows.flatMap((row) => (row.external_id === null ? [] : [[row.external_id, row]])))
  const byId = new Map(rows.map((row) => [idOf(row), row]))
  const waiting = rows.filter((row) => row.external_id === null && row.is_dirty)
  const known = new Map<R, S>()
  const strangers: S[] = []
  for (const reported of state) {
    const reference = reported.reference ?? null
    const row = byExternalId.get(reported.external_id) ?? (reference === null ? undefined : byId.get(reference))
    if (row !== undefined) known.set(row, reported)
    else if (reference !== null || heldBefore.has(reported.external_id)) continue
    else if (!waiting.some((one) => looksLike(reported, one))) strangers.push(reported)
  }
  return { known, strangers }
}

function translate(externalIds: readonly string[], ids: ReadonlyMap<string, string>): string[] {
  return [...new Set(externalIds.flatMap((id) => ids.get(id) ?? []))]
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [new Set(a), new Set(b)]
  return left.size === right.size && [...left].every((id) => right.has(id))
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}
