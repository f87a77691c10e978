/**
 * The job `provision` of one system: everything that is wished for and not yet there is told to the system, one change
 * after the other, and what it answered is recorded in one command per batch.
 */
import { toIso } from '../clock.ts'
import { ChangeSet } from '../domain/changes.ts'
import { finishDeletions } from '../domain/grants/deletion.ts'
import { credentialsConfirmed, strikeOff, type CardPath } from '../domain/issuance.ts'
import { isLockedOut } from '../domain/sync/health.ts'
import { loseCredentials } from '../domain/sync/lost.ts'
import {
  CREDENTIAL_OF_DELETED_USER_MESSAGE,
  DELETED_EXTERNALLY,
  ENTRANCE_REMOVED,
  GROUP_CHANGED,
  isDeletedExternally,
  USER_CHANGED,
  withoutWarning,
} from '../domain/sync/marks.ts'
import { PUSH_ERRORS } from '../domain/sync/refused.ts'
import type {
  AcsAccessGroupRecord,
  AcsCredentialRecord,
  AcsSystemRecord,
  AcsUserRecord,
  Problem,
} from '../domain/records.ts'
import type { Ids } from '../ids.ts'
import { loadDeletionFacts } from '../store/deletion-facts.ts'
import { retireEmptyGroups } from '../store/grant-facts.ts'
import { endSiblings } from '../store/jobs.ts'
import { loadAwaitingGrants, loadIssuanceFacts } from '../store/issuance-facts.ts'
import type { Decision, Fence } from '../store/store.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { AppliedChange, DesiredChange, SystemConnection } from '../systems/kit/driver.ts'
import { SystemError } from '../systems/kit/errors.ts'
import type { Connections, ConnectionsOptions } from './connections.ts'
import type { Health } from './health.ts'
import {
  changeId,
  desiredCredential,
  desiredGroup,
  desiredUser,
  dueGroups,
  reportedCredential,
  reportedGroup,
  reportedUser,
  type DueGroups,
  type ExternalIds,
} from './desired.ts'
import { loadJoins, type Joins } from './joins.ts'
import { newPoolCard } from './pool.ts'
import type { JobOutcome, JobRun } from './worker.ts'

/** A job of a system that is being told something already is looked at again after this (milliseconds of real time). */
const BUSY_RETRY_MS = 25
/** Rows taken per kind and round. */
const BATCH = 50
/** Waits after failures one, two, ... of a change (milliseconds, by the workspace's clock); the last one repeats. */
const RETRY_MS = [250, 1000, 5000, 15_000, 60_000, 300_000, 900_000]
/**
 * The same for a system that does not answer at all: it is looked for every few minutes anyway (sync.ts), and whatever
 * waits is told as soon as it is found.
 */
const AWAY_RETRY_MS = [250, 1000, 5000, 15_000, 60_000, 300_000, 3_600_000]

type Kind = 'acs_access_group' | 'acs_user' | 'acs_credential'
type Row = AcsAccessGroupRecord | AcsUserRecord | AcsCredentialRecord

/** Faults that say nothing of a wish: the system was not reached, or does not let us in. */
const AWAY: ReadonlySet<SystemError['kind']> = new Set(['unreachable', 'unauthorized'])

/** One row, and what the system answered to its wish. */
interface Told {
  kind: Kind
  row: Row
  applied: AppliedChange | null
  error: SystemError | null
  /** Of a user: the groups it was told of, where groups are joined when their time comes. */
  due?: DueGroups | undefined
  /** False: it needed no asking. */
  wasAsked: boolean
}

export class Provisioner {
  readonly #options: ConnectionsOptions
  readonly #connections: Connections
  readonly #health: Health

  constructor(options: ConnectionsOptions, connections: Connections, health: Health) {
    this.#options = options
    this.#connections = connections
    this.#health = health
  }

  /** Handler of the job: key = acs_system_id, and behind a slash the command that asked. */
  async run(run: JobRun): Promise<JobOutcome> {
    const { store } = this.#options
    const [acs_system_id = ''] = run.key.split('/')
    // The run under way looks again before it ends; a job that waited for it would only hold a worker's place.
    if (this.#connections.isBusy(acs_system_id)) return { again_in_ms: BUSY_RETRY_MS }
    const system = await store.get(run.workspaceId, 'acs_system', 'acs_system_id', acs_system_id)
    if (system === undefined) return undefined
    // Before the rows are read: what a sibling was asked for is among them.
    await endSiblings(store, run.workspaceId, 'provision', acs_system_id, run.key)
    return this.provision(system, run.signal, run.fence)
  }

  /** Tells the system everything that is due. Answers when to look again, if anything has to wait. */
  async provision(system: AcsSystemRecord, signal: AbortSignal, fence: Fence | null = null): Promise<JobOutcome> {
    // Everything waits for a valid login: the next good look at the system lets it go on.
    if (isLockedOut(system)) return undefined
    return this.#connections.inTurn(system.acs_system_id, async () => {
      let hasAnswered = false
      for (;;) {
        const now = await this.#options.workspaces.nowIso(system.workspace_id)
        const rows = await this.#dueRows(system, now)
        if (rows.length === 0) return this.#nextRetry(system, now)
        const left = groupsLeft(rows)
        if (left.length > 0 && (await retireEmptyGroups(this.#options.store, system.workspace_id, left, now))) continue
        const told = await this.#tell(system, rows, now, signal)
        await this.#record(system, told, fence)
        const away = told.flatMap(({ error }) => (error !== null && AWAY.has(error.kind) ? [error] : []))[0]
        if (away !== undefined) await this.#health.failed(system, away, fence, false)
        else if (!hasAnswered && told.some((one) => one.wasAsked && one.applied !== null)) {
          hasAnswered = true
          await this.#health.answered(system, fence)
        }
        if (away?.kind === 'unauthorized') return undefined
        if (signal.aborted) return { again_at: now }
      }
    })
  }

  /** Dirty rows in the order a system needs them: groups, users, credentials; then deletions the other way round. */
  async #dueRows(system: AcsSystemRecord, now: string): Promise<{ kind: Kind; row: Row }[]> {
    const { store } = this.#options
    const due = async <R extends Row>(kind: Kind) =>
      (
        await store.read<R>(
          system.workspace_id,
          `SELECT * FROM ${kind} WHERE workspace_id = $1 AND acs_system_id = $2 AND is_dirty AND (retry_at IS NULL OR retry_at <= $3)
            ORDER BY is_deleting, created_at LIMIT ${BATCH}`,
          [system.acs_system_id, now],
        )
      ).map((row) => ({ kind, row }))
    // What is named is read after what names it: a grant made meanwhile must not show its credential without its user,
    // which would then be told to wait for a user that nobody is telling the system about.
    const credentials = await due<AcsCredentialRecord>('acs_credential')
    const users = await due<AcsUserRecord>('acs_user')
    const groups = await due<AcsAccessGroupRecord>('acs_access_group')
    // Users name groups, credentials name users: a full batch may have left out what the next kind needs.
    const put: { kind: Kind; row: Row }[] = []
    for (const rows of [groups, users, credentials]) {
      const wishes = rows.filter(({ row }) => !row.is_deleting)
      put.push(...wishes)
      if (wishes.length === BATCH && rows !== credentials) return put
    }
    const gone = [...credentials, ...users, ...groups].filter(({ row }) => row.is_deleting)
    return [...put, ...gone]
  }

  async #nextRetry(system: AcsSystemRecord, now: string): Promise<JobOutcome> {
    const rows = await this.#options.store.read<{ retry_at: string | null }>(
      system.workspace_id,
      `SELECT min(retry_at) AS retry_at FROM (
         SELECT retry_at FROM acs_access_group WHERE workspace_id = $1 AND acs_system_id = $2 AND is_dirty AND retry_at > $3
         UNION ALL SELECT retry_at FROM acs_user WHERE workspace_id = $1 AND acs_system_id = $2 AND is_dirty AND retry_at > $3
         UNION ALL SELECT retry_at FROM acs_credential WHERE workspace_id = $1 AND acs_system_id = $2 AND is_dirty AND retry_at > $3) waiting`,
      [system.acs_system_id, now],
    )
    const next = rows[0]?.retry_at ?? null
    return next === null ? undefined : { again_at: next }
  }

  async #tell(
    system: AcsSystemRecord,
    rows: { kind: Kind; row: Row }[],
    now: string,
    signal: AbortSignal,
  ): Promise<Told[]> {
    const definition = this.#connections.definitionOf(system.provider)
    const known = await externalIdsFor(
      this.#options.store,
      system,
      rows.map(({ row }) => row),
      definition.groupsHaveNoTimes === true ? now : null,
    )
    const told: Told[] = []
    let connection: SystemConnection
    try {
      connection = await this.#connections.to(system)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      return rows.map(({ kind, row }) => ({ kind, row, applied: null, error, wasAsked: true }))
    }
    for (const phase of phasesOf(rows)) {
      const away = told.find((one) => one.error?.kind === 'unreachable')?.error
      // The system is away: asking for the rest now would only make everything wait longer.
      const answers =
        away === undefined || away === null
          ? await ask(connection, phase, known, definition, signal)
          : phase.map(() => away)
      phase.forEach(({ kind, row }, i) => {
        const answer = answers[i] ?? null
        if (answer instanceof SystemError) told.push({ kind, row, applied: null, error: answer, wasAsked: true })
        else {
          const applied = answer ?? { external_id: null }
          learn(known, kind, row, applied)
          const due = known.due.get(rowId(kind, row))
          told.push({ kind, row, applied, error: null, wasAsked: answer !== null, due })
        }
      })
    }
    return told
  }

  /** Records what the system answered: one command; rows whose wish has changed meanwhile stay dirty. */
  async #record(system: AcsSystemRecord, told: Told[], fence: Fence | null): Promise<void> {
    const { store, workspaces } = this.#options
    const definition = this.#connections.definitionOf(system.provider)
    const now = await workspaces.nowIso(system.workspace_id)
    await store.decide(
      system.workspace_id,
      () => now,
      () => this.#recordOnce(system, definition, told, now),
      fence,
    )
  }

  async #recordOnce(
    system: AcsSystemRecord,
    definition: SystemDefinition,
    told: Told[],
    now: string,
  ): Promise<Decision<void>> {
    const { store } = this.#options
    const ids = (kind: Kind): string[] => told.filter((one) => one.kind === kind).map((one) => rowId(kind, one.row))
    const given = told.flatMap(({ kind, row, applied }) =>
      kind === 'acs_credential' && row.is_deleting && applied !== null ? [row as AcsCredentialRecord] : [],
    )
    const holders = given.flatMap((credential) => credential.acs_user_id ?? [])
    const [groups, users, facts, awaiting, deletions] = await Promise.all([
      store.getMany(system.workspace_id, 'acs_access_group', 'acs_access_group_id', ids('acs_access_group')),
      store.getMany(system.workspace_id, 'acs_user', 'acs_user_id', ids('acs_user')),
      loadIssuanceFacts(store, system.workspace_id, ids('acs_credential'), now),
      loadAwaitingGrants(store, system.workspace_id, holders),
      loadDeletionFacts(store, system.workspace_id, given),
    ])
    const fresh = new Map<string, Row>()
    for (const row of groups) fresh.set(row.acs_access_group_id, row)
    for (const row of users) fresh.set(row.acs_user_id, row)
    for (const row of facts.credentials) fresh.set(row.acs_credential_id, row)

    const changes = new ChangeSet()
    const confirmed: AcsCredentialRecord[] = []
    const lost: AcsCredentialRecord[] = []
    for (const one of told) {
      const row = fresh.get(rowId(one.kind, one.row))
      if (row === undefined) continue
      if (one.applied === null) {
        recordFailure(changes, one, row, now)
        const isLost = one.kind === 'acs_credential' && one.error?.code === DELETED_EXTERNALLY
        if (isLost && row.version === one.row.version && !isDeletedExternally(row))
          lost.push(row as AcsCredentialRecord)
      } else if (one.row.is_deleting) recordDeletion(changes, one.kind, row, definition, store.ids, now)
      else {
        const isStillTheWish = row.version === one.row.version
        recordPut(changes, one, row, one.applied, isStillTheWish, now, definition)
        if (one.kind === 'acs_credential' && isStillTheWish) confirmed.push(row as AcsCredentialRecord)
      }
    }
    const cardPath = (credential: AcsCredentialRecord): CardPath =>
      credential.access_method === 'card' ? (definition.card ?? null) : null
    credentialsConfirmed(changes, confirmed, facts, cardPath)
    const gone = new Set(given.map((credential) => credential.acs_credential_id))
    finishDeletions(
      changes,
      given.filter((credential) => fresh.has(credential.acs_credential_id)),
      deletions,
    )
    for (const grant of awaiting.grants) {
      const known = facts.grants.find((one) => one.access_grant_id === grant.access_grant_id)
      strikeOff(changes, known ?? grant, known === undefined ? awaiting.methods : facts.methods, now, gone)
    }
    if (lost.length > 0) {
      const { entrances } = await externalIdsFor(store, system, [])
      const place = { doorIds: new Set(entrances.keys()), freesCards: definition.card === 'assign', claims: [] }
      loseCredentials(
        changes,
        lost.map(({ acs_credential_id, version }) => ({ acs_credential_id, version, cause: 'user' as const })),
        facts,
        place,
      )
    }
    return { changes, result: undefined }
  }
}

/** Groups that may have become empty: those that users leave, and those made for grants that are to be told. */
function groupsLeft(rows: readonly { kind: Kind; row: Row }[]): string[] {
  const left = rows.flatMap(({ kind, row }): string[] => {
    if (kind === 'acs_access_group') return (row as AcsAccessGroupRecord).is_managed ? [rowId(kind, row)] : []
    if (kind !== 'acs_user') return []
    const { acs_access_group_ids: wanted, is_deleting, reported } = row as AcsUserRecord
    const told = (reported?.['acs_access_group_ids'] as string[] | undefined) ?? []
    return is_deleting ? [...told, ...wanted] : told.filter((id) => !wanted.includes(id))
  })
  return [...new Set(left)]
}

/** Rows that need not know of each other: those of one kind, and deletions of one kind. */
function phasesOf(rows: readonly { kind: Kind; row: Row }[]): { kind: Kind; row: Row }[][] {
  const phases: { kind: Kind; row: Row }[][] = []
  for (const one of rows) {
    const last = phases.at(-1)
    const first = last?.[0]
    if (last !== undefined && first?.kind === one.kind && first.row.is_deleting === one.row.is_deleting) last.push(one)
    else phases.push([one])
  }
  return phases
}

/** Tells the system the changes of one phase; one answer for each row, null where nothing had to be asked. */
async function ask(
  connection: SystemConnection,
  phase: readonly { kind: Kind; row: Row }[],
  known: MutableExternalIds,
  definition: SystemDefinition,
  signal: AbortSignal,
): Promise<(AppliedChange | SystemError | null)[]> {
  const planned = phase.map(({ kind, row }) => waiting(row, known) ?? plan(kind, row, known, definition))
  const changes = planned.filter((change) => change !== null && !(change instanceof SystemError))
  let answers: (AppliedChange | SystemError)[]
  if (connection.applyAll !== undefined && changes.length > 1) {
    const joined = changes.map((change) => withJoins(change, known.joins))
    answers = await connection
      .applyAll(joined, signal)
      .catch((error: unknown) => changes.map(() => asSystemError(error)))
  } else {
    answers = []
    for (const change of changes) {
      const joined = withJoins(change, known.joins)
      const answer = await connection.apply(joined, signal).catch(asSystemError)
      if (!(answer instanceof SystemError)) known.joins.learn(joined, answer)
      answers.push(answer)
    }
  }
  // What needs no asking (never told, now gone) is as good as done, and so is the deletion of what is not there.
  return planned.map((change, i) => {
    if (change instanceof SystemError) return change
    const answer = change === null ? null : (answers.shift() ?? null)
    const isGone = answer instanceof SystemError && answer.kind === 'not_found' && phase[i]?.row.is_deleting === true
    return isGone ? { external_id: null } : answer
  })
}

function withJoins(change: DesiredChange, joins: Joins): DesiredChange {
  return change.kind === 'put_credential' ? { ...change, credential: joins.fill(change.credential) } : change
}

/**
 * A user whose group, or a credential whose user, the system has not taken yet has to wait: told without it, the system
 * would be recorded as holding what it never heard of.
 */
function waiting(row: Row, known: MutableExternalIds): SystemError | null {
  if (row.is_deleting) return null
  // Somebody may have shut the person out on purpose: what was deleted at the system is not told to it again.
  const mark = row.errors.find((error) => error.error_code === DELETED_EXTERNALLY)
  if (mark !== undefined) return new SystemError('rejected', mark.message, { code: DELETED_EXTERNALLY })
  if ('access_method' in row && row.acs_user_id !== null && known.lost.has(row.acs_user_id))
    return new SystemError('rejected', CREDENTIAL_OF_DELETED_USER_MESSAGE, { code: DELETED_EXTERNALLY })
  const isAwaited = (id: string): boolean => known.awaited.has(id) && !known.groups.has(id) && !known.users.has(id)
  const groups = 'acs_access_group_ids' in row ? (known.due.get(row.acs_user_id) ?? row).acs_access_group_ids : []
  const user = 'access_method' in row && row.acs_user_id !== null ? [row.acs_user_id] : []
  if (![...groups, ...user].some(isAwaited)) return null
  return new SystemError('busy', 'It waits until the access system has taken the group or user it belongs to.')
}

/** @throws whatever is no fault of the system. */
function asSystemError(error: unknown): SystemError {
  if (error instanceof SystemError) return error
  throw error
}

interface MutableExternalIds extends ExternalIds {
  groups: Map<string, string>
  users: Map<string, string>
  /** Our ids of groups and users that the system has not taken yet. */
  awaited: ReadonlySet<string>
  /** Our ids of users that somebody deleted at the system. */
  lost: ReadonlySet<string>
  /** What else is in the stays of the credentials. */
  joins: Joins
}

/**
 * The system's ids of the doors of a system, and of the groups and users that `rows` refer to. `now`: where a system's
 * groups have no times, the time by which users are in them.
 */
export async function externalIdsFor(
  store: ConnectionsOptions['store'],
  system: AcsSystemRecord,
  rows: readonly Row[],
  now: string | null = null,
): Promise<MutableExternalIds> {
  const groupIds = rows.flatMap((row) => ('acs_access_group_ids' in row ? row.acs_access_group_ids : []))
  const userIds = rows.flatMap((row) => ('acs_user_id' in row && row.acs_user_id !== null ? [row.acs_user_id] : []))
  const [entrances, groups, users, joins] = await Promise.all([
    store.read<{ id: string; external_id: string }>(
      system.workspace_id,
      // Of doors that the system does not have any more it is not told.
      'SELECT acs_entrance_id AS id, external_id FROM acs_entrance WHERE workspace_id = $1 AND acs_system_id = $2 AND NOT errors @> $3::jsonb',
      [system.acs_system_id, JSON.stringify([{ error_code: ENTRANCE_REMOVED }])],
    ),
    store.getMany(system.workspace_id, 'acs_access_group', 'acs_access_group_id', groupIds),
    store.getMany(system.workspace_id, 'acs_user', 'acs_user_id', userIds),
    loadJoins(store, system, rows),
  ])
  return {
    joins,
    holders: new Map(users.map((user) => [user.acs_user_id, user])),
    entrances: new Map(entrances.map((row) => [row.id, row.external_id])),
    groups: new Map(
      groups.flatMap((row) => (row.external_id === null ? [] : [[row.acs_access_group_id, row.external_id]])),
    ),
    users: new Map(users.flatMap((row) => (row.external_id === null ? [] : [[row.acs_user_id, row.external_id]]))),
    awaited: new Set([
      ...groups.flatMap((row) => (row.external_id === null && !row.is_deleting ? [row.acs_access_group_id] : [])),
      ...users.flatMap((row) => (row.external_id === null && !row.is_deleting ? [row.acs_user_id] : [])),
    ]),
    due: new Map(now === null ? [] : rows.flatMap((row) => duePartOf(row, groups, now))),
    lost: new Set(users.flatMap((row) => (isDeletedExternally(row) ? [row.acs_user_id] : []))),
  }
}

function duePartOf(row: Row, groups: readonly AcsAccessGroupRecord[], now: string): [string, DueGroups][] {
  if (!('acs_access_group_ids' in row)) return []
  const times = new Map(groups.map((group) => [group.acs_access_group_id, group]))
  return [[row.acs_user_id, dueGroups(row.acs_access_group_ids, times, now)]]
}

function rowId(kind: Kind, row: Row): string {
  return (row as unknown as Record<string, string>)[`${kind}_id`] ?? ''
}

/** The change that brings the system from what it holds to what the row wishes; null when there is nothing to ask. */
function plan(kind: Kind, row: Row, known: ExternalIds, definition: SystemDefinition): DesiredChange | null {
  const id = changeId(rowId(kind, row), row)
  const isUnknownThere = row.external_id === null && row.reported === null && row.attempts === 0
  if (row.is_deleting && isUnknownThere && row.was_asked !== true) return null
  switch (kind) {
    case 'acs_access_group': {
      const group = row as AcsAccessGroupRecord
      if (!group.is_deleting) return { id, kind: 'put_group', group: desiredGroup(group, known) }
      return { id, kind: 'delete_group', external_id: group.external_id ?? group.acs_access_group_id }
    }
    case 'acs_user': {
      const user = row as AcsUserRecord
      if (!user.is_deleting) return { id, kind: 'put_user', user: desiredUser(user, known, definition) }
      return { id, kind: 'delete_user', external_id: user.external_id ?? user.acs_user_id }
    }
    case 'acs_credential': {
      const credential = row as AcsCredentialRecord
      if (!credential.is_deleting)
        return { id, kind: 'put_credential', credential: desiredCredential(credential, known, definition) }
      return {
        id,
        kind: 'delete_credential',
        external_id: credential.external_id ?? credential.acs_credential_id,
        mode: credential.access_method,
        user_id: credential.acs_user_id === null ? null : (known.users.get(credential.acs_user_id) ?? null),
      }
    }
  }
}

/** Later changes of the batch refer to what earlier ones created. */
function learn(known: MutableExternalIds, kind: Kind, row: Row, applied: AppliedChange): void {
  if (applied.external_id === null) return
  if (kind === 'acs_access_group') known.groups.set(rowId(kind, row), applied.external_id)
  if (kind === 'acs_user') known.users.set(rowId(kind, row), applied.external_id)
}

function recordPut(
  changes: ChangeSet,
  told: Told,
  row: Row,
  applied: AppliedChange,
  isStillTheWish: boolean,
  now: string,
  definition: SystemDefinition,
): void {
  const common = {
    version: row.version,
    external_id: applied.external_id,
    is_dirty: !isStillTheWish,
    retry_at: null,
    attempts: 0,
    errors: row.errors.filter((error) => !PUSH_ERRORS.has(error.error_code ?? '')),
  }
  const asked = told.row
  row.is_dirty = !isStillTheWish
  switch (told.kind) {
    case 'acs_access_group':
      changes.update('acs_access_group', 'acs_access_group_id', {
        acs_access_group_id: rowId(told.kind, row),
        ...common,
        reported: reportedGroup(asked as AcsAccessGroupRecord, applied.name),
        ...(isStillTheWish ? { warnings: withoutWarning(row.warnings, GROUP_CHANGED) } : {}),
      })
      return
    case 'acs_user':
      changes.update('acs_user', 'acs_user_id', {
        acs_user_id: rowId(told.kind, row),
        ...common,
        // It stays waiting for the next of its groups to begin.
        ...(isStillTheWish && told.due != null && told.due.next_at !== null
          ? { is_dirty: true, retry_at: told.due.next_at }
          : {}),
        reported: reportedUser(asked as AcsUserRecord, told.due),
        last_successful_sync_at: now,
        metadata: withFacts((row as AcsUserRecord).metadata, applied, definition),
        warnings:
          applied.warnings === undefined ? withoutWarning(row.warnings, USER_CHANGED) : systemWarnings(applied, now),
      })
      return
    case 'acs_credential': {
      const credential = row as AcsCredentialRecord
      const code = applied.code ?? credential.code
      credential.synced_at = now
      credential.external_id = applied.external_id
      credential.code = code
      const card_number = applied.card_number ?? credential.card_number
      credential.card_number = card_number
      changes.update('acs_credential', 'acs_credential_id', {
        acs_credential_id: credential.acs_credential_id,
        ...common,
        reported: reportedCredential(asked as AcsCredentialRecord, code),
        synced_at: now,
        code,
        card_number,
        metadata: withFacts(credential.metadata, applied, definition),
        ...(applied.warnings === undefined ? {} : { warnings: systemWarnings(applied, now) }),
      })
    }
  }
}

function withFacts(
  metadata: Record<string, unknown>,
  applied: AppliedChange,
  definition: SystemDefinition,
): Record<string, unknown> {
  const key = definition.metadataKey
  if (applied.metadata === undefined || key === undefined) return metadata
  return { ...metadata, [key]: { ...(metadata[key] as object | undefined), ...applied.metadata } }
}

function systemWarnings(applied: AppliedChange, now: string): Problem[] {
  return (applied.warnings ?? []).map((warning) => ({ created_at: now, ...warning }))
}

function recordDeletion(
  changes: ChangeSet,
  kind: Kind,
  row: Row,
  definition: SystemDefinition,
  ids: Ids,
  now: string,
): void {
  const { acs_system_id, connected_account_id } = row
  // A registered card goes back to the pool when its credential ends.
  if ('card_number' in row && row.card_number !== null && definition.card === 'assign') {
    const {
      version: _version,
      workspace_id: _workspace,
      ...free
    } = newPoolCard(row, { card_number: row.card_number, credential_id: null }, ids.uuid(), now)
    changes.insert('acs_credential', free)
  }
  const about = { [`${kind}_id`]: rowId(kind, row), acs_system_id, connected_account_id }
  changes.delete(kind, { [`${kind}_id`]: rowId(kind, row) })
  changes.event(`${kind}.deleted`, about)
}

function recordFailure(changes: ChangeSet, told: Told, row: Row, now: string): void {
  const error = told.error
  if (error === null) return
  const attempts = row.attempts + 1
  // What cannot succeed as it is waits for a new wish, or for the next hour, and shows why.
  const isOver = !error.isRetryable && error.kind !== 'unauthorized'
  const action = row.is_deleting ? 'delete' : row.reported === null ? 'create' : 'update'
  const fallback = told.kind === 'acs_credential' ? 'provider_issue' : `failed_to_${action}_on_acs_system`
  const problem: Problem = { created_at: now, error_code: error.code ?? fallback, message: error.message }
  const isShown = isOver || attempts >= 3
  // Wished anew, or asked to be tried at once (the system is back), while this try was under way.
  const isAskedAgain = row.version !== told.row.version
  changes.update(told.kind, `${told.kind}_id` as never, {
    [`${told.kind}_id`]: rowId(told.kind, row),
    version: row.version,
    attempts,
    was_asked: true,
    is_dirty: !isOver || isAskedAgain,
    retry_at: isOver || isAskedAgain ? null : retryAt(error, attempts, Date.parse(now)),
    ...(isShown ? { errors: [...row.errors.filter((one) => one.error_code !== problem.error_code), problem] } : {}),
  })
}

/**
 * When a change is told again that has failed so often. The longest waits end at full quarters and hours, so that all
 * that waits for one system is told in one go.
 */
function retryAt(error: SystemError, attempts: number, nowMs: number): string {
  const ladder = error.kind === 'unreachable' ? AWAY_RETRY_MS : RETRY_MS
  const longest = ladder.at(-1) ?? 0
  if (attempts < ladder.length) return toIso(nowMs + (ladder[attempts - 1] ?? longest))
  return toIso((Math.floor(nowMs / longest) + 1) * longest)
}
