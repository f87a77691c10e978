/**
 * Reads everything a change of a grant is decided on (domain/grants/facts.ts): a few statements in at most two round
 * trips, however much the grant has.
 */
import { managerOf, needsCredentialManager, type ManagerChoice } from '../domain/credential-managers.ts'
import {
  candidateGroupKeys,
  type Door,
  type FreeCodes,
  type GrantFacts,
  type NamedSpace,
  type ReservationGrant,
} from '../domain/grants/facts.ts'
import { rangeText, type AccessWindow } from '../domain/grants/windows.ts'
import type {
  AccessGrantRecord,
  AccessMethodRecord,
  AcsAccessGroupRecord,
  AcsCredentialRecord,
  AcsUserRecord,
  InstantKeyRecord,
  Mode,
  PhoneRecord,
  PinClaimRecord,
  ReservationRecord,
  SpaceRecord,
  UserIdentityRecord,
} from '../domain/records.ts'
import { zoneOf } from '../domain/zones.ts'
import { grantsThroughGroups, type SystemDefinition } from '../systems/kit/definition.ts'
import { systemsOf } from './acs-systems.ts'
import type { Store } from './store.ts'
import { claimsOfCodes, freeCodesAt, personalCodesAt } from './pins.ts'

type DefinitionOf = (provider: string) => SystemDefinition

const DOORS = `SELECT e.*, s.provider FROM acs_entrance e
  JOIN acs_system s ON s.workspace_id = e.workspace_id AND s.acs_system_id = e.acs_system_id WHERE e.workspace_id = $1`

/** The doors with these ids, by id. `customerKey` narrows to those of one customer (its accounts, its spaces). */
export async function loadDoors(
  store: Store,
  workspaceId: string,
  ids: readonly string[],
  customerKey: string | null = null,
): Promise<Map<string, Door>> {
  if (ids.length === 0) return new Map()
  const rows =
    customerKey === null
      ? await store.read<Door>(workspaceId, `${DOORS} AND e.acs_entrance_id = ANY($2)`, [ids])
      : await store.read<Door>(
          workspaceId,
          `${DOORS} AND e.acs_entrance_id = ANY($2) AND (
             e.connected_account_id IN (SELECT connected_account_id FROM connected_account WHERE workspace_id = $1 AND customer_key = $3)
             OR e.acs_entrance_id IN (SELECT unnest(acs_entrance_ids) FROM space WHERE workspace_id = $1 AND customer_key = $3))`,
          [ids, customerKey],
        )
  return new Map(rows.map((row) => [row.acs_entrance_id, row]))
}

/** All doors of the zones that these are in; nothing is read where doors are given one by one. */
export async function zoneMates(
  store: Store,
  workspaceId: string,
  doors: Iterable<Door>,
  definitionOf: DefinitionOf,
): Promise<Door[]> {
  const zones = new Map<string, { path: string[]; ids: Set<string> }>()
  for (const door of doors) {
    const definition = definitionOf(door.provider)
    const zone = zoneOf(door, definition)
    if (zone === null) continue
    const path = [definition.metadataKey ?? '', definition.zones?.id ?? '']
    const known = zones.get(door.acs_system_id) ?? { path, ids: new Set() }
    zones.set(door.acs_system_id, known)
    known.ids.add(zone.id)
  }
  const mates = await Promise.all(
    [...zones].map(([acsSystemId, { path, ids }]) =>
      store.read<Door>(workspaceId, `${DOORS} AND e.acs_system_id = $2 AND e.metadata #>> $3 = ANY($4)`, [
        acsSystemId,
        path,
        [...ids],
      ]),
    ),
  )
  return mates.flat()
}

/** The spaces with these ids or keys. */
export function loadSpaces(
  store: Store,
  workspaceId: string,
  ids: readonly string[],
  keys: readonly string[],
): Promise<SpaceRecord[]> {
  if (ids.length === 0 && keys.length === 0) return Promise.resolve([])
  return store.read(
    workspaceId,
    'SELECT * FROM space WHERE workspace_id = $1 AND (space_id = ANY($2) OR space_key = ANY($3)) ORDER BY created_at, space_id',
    [ids, keys],
  )
}

/**
 * The other live grants of a reservation, oldest first, with their doors that can belong to one. `nowIso` is the
 * workspace's time. Read them after the facts of the grant: a reservation whose guard row was read before is guarded.
 */
export function loadReservationGrants(
  store: Store,
  workspaceId: string,
  reservationKey: string,
  exceptGrantId: string | null,
  nowIso: string,
): Promise<ReservationGrant[]> {
  return store.read(
    workspaceId,
    `SELECT g.access_grant_id, g.starts_at, g.ends_at, ARRAY(
        SELECT e.acs_entrance_id FROM acs_entrance e
         WHERE e.workspace_id = $1 AND e.acs_entrance_id = ANY(g.door_ids) AND e.can_belong_to_reservation) AS reservable_door_ids
       FROM access_grant g
      WHERE g.workspace_id = $1 AND g.reservation_key = $2 AND g.access_grant_id IS DISTINCT FROM $3::uuid
        AND NOT g.is_ended AND (g.ends_at IS NULL OR g.ends_at > $4)
      ORDER BY g.created_at, g.access_grant_id`,
    [reservationKey, exceptGrantId, nowIso],
  )
}

/**
 * A reservation's guard row, and the stay that the credentials of its live grants belong to: of one instant, so that
 * whoever finds the guard unchanged knows that the stay is, too.
 */
async function loadReservation(
  store: Store,
  workspaceId: string,
  reservationKey: string,
): Promise<{ guard: ReservationRecord | undefined; stay_key: string | null }> {
  const [row] = await store.read<{ version: number | null; stay_key: string | null }>(
    workspaceId,
    `SELECT (SELECT version FROM reservation WHERE workspace_id = $1 AND reservation_key = $2) AS version,
      (SELECT c.stay_key FROM access_grant g
         JOIN access_method m ON m.workspace_id = g.workspace_id AND m.access_grant_ids @> ARRAY[g.access_grant_id]
         JOIN acs_credential c ON c.workspace_id = m.workspace_id AND c.access_method_id = m.access_method_id
        WHERE g.workspace_id = $1 AND g.reservation_key = $2 AND NOT g.is_ended AND c.stay_key IS NOT NULL AND NOT c.is_deleting
        ORDER BY c.created_at, c.acs_credential_id LIMIT 1) AS stay_key`,
    [reservationKey],
  )
  const version = row?.version ?? null
  const guard = { workspace_id: workspaceId, reservation_key: reservationKey, version: version ?? 0 }
  return { guard: version === null ? undefined : guard, stay_key: row?.stay_key ?? null }
}

export interface FactsRequest {
  /** Doors the grant may get, beside those it has. */
  door_ids?: readonly string[]
  /** The window it may get. */
  window?: AccessWindow
  /** What may be requested, beside what already is. */
  requests?: readonly { mode: Mode; code?: string }[]
}

/** The facts of an existing grant; undefined when there is none. */
export async function loadGrantFacts(
  store: Store,
  workspaceId: string,
  accessGrantId: string,
  definitionOf: DefinitionOf,
  request: FactsRequest = {},
): Promise<GrantFacts | undefined> {
  const [[grant], [identity]] = await Promise.all([
    store.read<AccessGrantRecord>(
      workspaceId,
      'SELECT * FROM access_grant WHERE workspace_id = $1 AND access_grant_id = $2',
      [accessGrantId],
    ),
    store.read<UserIdentityRecord>(
      workspaceId,
      `SELECT i.* FROM access_grant g JOIN user_identity i ON i.workspace_id = g.workspace_id AND i.user_identity_id = g.user_identity_id
        WHERE g.workspace_id = $1 AND g.access_grant_id = $2`,
      [accessGrantId],
    ),
  ])
  if (grant === undefined || identity === undefined) return undefined
  const ids = [...new Set([...grant.door_ids, ...(request.door_ids ?? [])])]
  const doors = await loadDoors(store, workspaceId, ids)
  return loadFacts(store, { grant, identity, doors, definitionOf, ...request })
}

export interface FactsOf extends FactsRequest {
  /** The grant, or the row about to be inserted. */
  grant: AccessGrantRecord
  identity: UserIdentityRecord
  /** Identity and grant are about to be inserted: nothing refers to them yet. */
  isNewIdentity?: boolean
  doors: Map<string, Door>
  /** The spaces it names, where they have been read already. */
  spaces?: readonly NamedSpace[]
  definitionOf: DefinitionOf
}

/** The facts around a grant whose doors have been read. */
export async function loadFacts(store: Store, of: FactsOf): Promise<GrantFacts> {
  const { grant, identity, definitionOf } = of
  const { workspace_id: workspaceId, access_grant_id, reservation_key } = grant
  const { user_identity_id } = identity
  const isNew = of.isNewIdentity === true
  const doors = new Map(of.doors)
  for (const mate of await zoneMates(store, workspaceId, doors.values(), definitionOf))
    doors.set(mate.acs_entrance_id, mate)
  const window = of.window ?? { starts_at: grant.starts_at, ends_at: grant.ends_at }
  const requests = [...grant.requested_access_methods, ...(of.requests ?? [])]
  const modes = requests.map((request) => request.mode)
  const codeRequests = requests.filter((request) => request.mode === 'code')
  const doorIds = [...doors.keys()]
  const systemIds = [...new Set([...doors.values()].map((door) => door.acs_system_id))]
  const groupKeys = keysOf(of.door_ids ?? grant.door_ids, modes, window, doors, definitionOf)
  const none = <T>(): Promise<T[]> => Promise.resolve([])
  const read = <T extends object>(text: string, ...values: unknown[]): Promise<T[]> =>
    store.read<T>(workspaceId, text, values)

  const [
    users,
    otherGrants,
    methods,
    instantKeys,
    phones,
    freeCodes,
    reservation,
    keyedGroups,
    otherDoors,
    managers,
    spaces,
  ] = await Promise.all([
    usersOf(store, identity, isNew, systemIds),
    isNew
      ? none<AccessGrantRecord>()
      : read<AccessGrantRecord>(
          'SELECT * FROM access_grant WHERE workspace_id = $1 AND user_identity_id = $2 AND access_grant_id <> $3 AND NOT is_ended',
          user_identity_id,
          access_grant_id,
        ),
    isNew
      ? none<AccessMethodRecord>()
      : read<AccessMethodRecord>(
          `SELECT * FROM access_method WHERE workspace_id = $1 AND access_grant_ids && ARRAY(
               SELECT access_grant_id FROM access_grant WHERE workspace_id = $1 AND user_identity_id = $2 AND (NOT is_ended OR access_grant_id = $3))
             ORDER BY created_at, access_method_id`,
          user_identity_id,
          access_grant_id,
        ),
    isNew
      ? none<InstantKeyRecord>()
      : read<InstantKeyRecord>(
          'SELECT * FROM instant_key WHERE workspace_id = $1 AND user_identity_id = $2 AND access_method_id IS NOT NULL',
          user_identity_id,
        ),
    isNew || !modes.includes('mobile_key')
      ? none<PhoneRecord>()
      : read<PhoneRecord>('SELECT * FROM phone WHERE workspace_id = $1 AND user_identity_id = $2', user_identity_id),
    codeRequests.length === 0
      ? none<FreeCodes>()
      : freeCodesAt(store, workspaceId, doors, definitionOf, rangeText(window), codeRequests.length),
    reservation_key === null ? undefined : loadReservation(store, workspaceId, reservation_key),
    groupKeys.length === 0
      ? none<AcsAccessGroupRecord>()
      : read<AcsAccessGroupRecord>(
          'SELECT * FROM acs_access_group WHERE workspace_id = $1 AND acs_system_id = ANY($2) AND managed_key = ANY($3)',
          systemIds,
          groupKeys,
        ),
    isNew
      ? none<Door>()
      : read<Door>(
          `${DOORS} AND e.acs_entrance_id IN (
               SELECT unnest(door_ids) FROM access_grant WHERE workspace_id = $1 AND user_identity_id = $2 AND NOT is_ended)`,
          user_identity_id,
        ),
    managersOf(store, workspaceId, [...doors.values()], modes, definitionOf),
    of.spaces ?? (grant.space_ids.length === 0 ? [] : store.getMany(workspaceId, 'space', 'space_id', grant.space_ids)),
  ])
  for (const door of otherDoors) doors.set(door.acs_entrance_id, door)
  for (const mate of await zoneMates(store, workspaceId, otherDoors, definitionOf))
    doors.set(mate.acs_entrance_id, mate)

  const otherKeys = otherGrants.flatMap((other) =>
    keysOf(
      other.door_ids,
      other.requested_access_methods.map((request) => request.mode),
      other,
      doors,
      definitionOf,
    ),
  )
  const hasCodes = codeRequests.length > 0
  const codes = hasCodes ? [...new Set([...codeRequests, ...methods].flatMap(({ code }) => code ?? []))] : []
  const [surroundings, claims, personalCodes] = await Promise.all([
    loadSurroundings(store, identity, users, methods, otherKeys, hasCodes),
    claimsOfCodes(store, workspaceId, doorIds, rangeText(window), codes),
    personalCodesAt(store, workspaceId, doors, definitionOf, codes),
  ])
  const groups = new Map([...keyedGroups, ...surroundings.groups].map((group) => [group.acs_access_group_id, group]))
  const allClaims = new Map(
    [...claims, ...surroundings.claims].map((claim) => [`${claim.acs_credential_id} ${claim.acs_entrance_id}`, claim]),
  )
  const isOwn = (method: AccessMethodRecord): boolean => method.access_grant_ids.includes(access_grant_id)
  const living = methods.filter((method) => !method.is_deleting)
  const facts: GrantFacts = {
    identity,
    grant,
    doors,
    users,
    groups: [...groups.values()],
    otherGrants,
    methods: living.filter(isOwn),
    leaving: methods.filter((method) => method.is_deleting && isOwn(method)),
    otherMethods: living.filter((method) => !isOwn(method)),
    credentials: surroundings.credentials,
    claims: [...allClaims.values()],
    personalCodes,
    freeCodes,
    instantKeys,
    phones,
    managers,
    spaces,
    reservation: reservation?.guard,
    reservationStayKey: reservation?.stay_key ?? null,
    definitionOf,
    grantKeysOf: (method) =>
      [grant, ...otherGrants].flatMap((one) =>
        one.access_grant_key !== null && method.access_grant_ids.includes(one.access_grant_id)
          ? [one.access_grant_key]
          : [],
      ),
  }
  return facts
}

/** The credential managers of the systems whose mobile keys need one; nothing is read where none is asked for. */
async function managersOf(
  store: Store,
  workspaceId: string,
  doors: readonly Door[],
  modes: readonly Mode[],
  definitionOf: DefinitionOf,
): Promise<Map<string, ManagerChoice>> {
  const needing = doors.filter((door) => needsCredentialManager(definitionOf(door.provider)))
  if (needing.length === 0 || !modes.includes('mobile_key')) return new Map()
  const ids = new Set(needing.map((door) => door.acs_system_id))
  const systems = await systemsOf(store, workspaceId)
  return new Map(
    systems
      .filter((system) => ids.has(system.acs_system_id))
      .map((system) => [system.acs_system_id, managerOf(system, systems, definitionOf)]),
  )
}

/** Keys of the managed groups that a grant of these doors, modes and time may want its people to be in. */
function keysOf(
  doorIds: readonly string[],
  modes: readonly Mode[],
  window: AccessWindow,
  doors: Map<string, Door>,
  definitionOf: DefinitionOf,
): string[] {
  const grouped = doorIds.filter((id) => {
    const door = doors.get(id)
    return door !== undefined && grantsThroughGroups(definitionOf(door.provider))
  })
  return candidateGroupKeys(grouped, modes, window, { doors, definitionOf })
}

/** The identity's users, and those without identity that share its e-mail address or phone number. */
async function usersOf(
  store: Store,
  identity: UserIdentityRecord,
  isNew: boolean,
  systemIds: readonly string[],
): Promise<AcsUserRecord[]> {
  const { email_address, phone_number } = identity
  const hasContact = email_address !== null || phone_number !== null
  if (isNew && !hasContact) return []
  // A union, so that each part has its index.
  const parts = [
    ...(isNew ? [] : ['SELECT * FROM acs_user WHERE workspace_id = $1 AND user_identity_id = $2']),
    'SELECT * FROM acs_user WHERE workspace_id = $1 AND acs_system_id = ANY($3) AND lower(email_address) = lower($4) AND user_identity_id IS NULL AND NOT is_deleting',
    'SELECT * FROM acs_user WHERE workspace_id = $1 AND acs_system_id = ANY($3) AND phone_number = $5 AND user_identity_id IS NULL AND NOT is_deleting',
  ]
  const rows = await store.read<AcsUserRecord>(
    identity.workspace_id,
    `SELECT * FROM (${parts.join(' UNION ALL ')}) u WHERE $2::uuid IS NOT NULL ORDER BY u.created_at, u.acs_user_id`,
    [identity.user_identity_id, systemIds, email_address, phone_number],
  )
  return [...new Map(rows.map((row) => [row.acs_user_id, row])).values()]
}

interface Surroundings {
  credentials: AcsCredentialRecord[]
  groups: AcsAccessGroupRecord[]
  claims: PinClaimRecord[]
}

/** What hangs on the users and methods: credentials, groups, PINs. */
async function loadSurroundings(
  store: Store,
  identity: UserIdentityRecord,
  users: readonly AcsUserRecord[],
  methods: readonly AccessMethodRecord[],
  groupKeys: readonly string[],
  hasCodes: boolean,
): Promise<Surroundings> {
  const workspaceId = identity.workspace_id
  if (users.length === 0 && methods.length === 0) {
    return { credentials: [], groups: [], claims: [] }
  }
  const userIds = users.map((user) => user.acs_user_id)
  const methodIds = methods.map((method) => method.access_method_id)
  const groupIds = [...new Set(users.flatMap((user) => user.acs_access_group_ids))]
  const own = `SELECT acs_credential_id FROM acs_credential WHERE workspace_id = $1 AND acs_user_id = ANY($2)
     UNION SELECT acs_credential_id FROM acs_credential WHERE workspace_id = $1 AND access_method_id = ANY($3)`
  const [credentials, groups, claims] = await Promise.all([
    store.read<AcsCredentialRecord>(
      workspaceId,
      `SELECT * FROM acs_credential WHERE workspace_id = $1 AND acs_credential_id IN (${own}) ORDER BY created_at, acs_credential_id`,
      [userIds, methodIds],
    ),
    groupIds.length === 0 && groupKeys.length === 0
      ? []
      : store.read<AcsAccessGroupRecord>(
          workspaceId,
          `SELECT * FROM acs_access_group WHERE workspace_id = $1 AND acs_access_group_id = ANY($2)
           UNION ALL SELECT * FROM acs_access_group WHERE workspace_id = $1 AND acs_system_id = ANY($3) AND managed_key = ANY($4)`,
          [groupIds, [...new Set(users.map((user) => user.acs_system_id))], groupKeys],
        ),
    hasCodes
      ? store.read<PinClaimRecord>(
          workspaceId,
          `SELECT * FROM pin_claim WHERE workspace_id = $1 AND acs_credential_id IN (${own})`,
          [userIds, methodIds],
        )
      : [],
  ])
  return { credentials, groups, claims }
}

/**
 * Deletes those of the given managed groups that nobody is in any more; answers whether there were any. Somebody may be
 * joining at this moment (domain/grants/plan.ts), so it takes two steps. An empty group is closed: it gives up its key,
 * after which nobody can join it, and whoever was about to decides again. Then it is looked at once more: who had joined
 * before it was closed is seen now, and keeps it; it is deleted when that one leaves.
 */
export async function retireEmptyGroups(
  store: Store,
  workspaceId: string,
  groupIds: readonly string[],
  now: string,
): Promise<boolean> {
  const empty = `g.workspace_id = $1 AND g.acs_access_group_id = ANY($2) AND g.is_managed AND NOT g.is_deleting
    AND NOT EXISTS (SELECT 1 FROM acs_user u WHERE u.workspace_id = $1 AND u.acs_access_group_ids @> ARRAY[g.acs_access_group_id] AND NOT u.is_deleting)`
  await store.execute(
    workspaceId,
    `UPDATE acs_access_group g SET managed_key = NULL, version = g.version + 1 WHERE ${empty} AND g.managed_key LIKE 'grant:%'`,
    [groupIds],
  )
  const rows = await store.execute(
    workspaceId,
    `UPDATE acs_access_group g SET is_deleting = true, is_dirty = true, dirty_since = $3, retry_at = NULL, attempts = 0, version = g.version + 1
      WHERE ${empty} AND g.managed_key IS NULL RETURNING 1 AS retired`,
    [groupIds, now],
  )
  return rows.length > 0
}
