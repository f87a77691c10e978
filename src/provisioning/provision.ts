/**
 * The job `provision` of one system: everything that is wished for and not yet there is told to the system, one change
 * after the other, and what it answered is recorded in one command per batch.
 */
import { ChangeSet } from '../domain/changes.ts'
import { finishDeletions } from '../domain/grants/deletion.ts'
import { credentialsConfirmed, strikeOff, type CardPath } from '../domain/issuance.ts'
import { isLockedOut } from '../domain/sync/health.ts'
import { loseCredentials } from '../domain/sync/lost.ts'
import { DELETED_EXTERNALLY, isDeletedExternally } from '../domain/sync/marks.ts'
import type { AcsAccessGroupRecord, AcsCredentialRecord, AcsSystemRecord, AcsUserRecord } from '../domain/records.ts'
import { loadDeletionFacts } from '../store/deletion-facts.ts'
import { retireEmptyGroups } from '../store/grant-facts.ts'
import { endSiblings } from '../store/jobs.ts'
import { loadAwaitingGrants, loadIssuanceFacts } from '../store/issuance-facts.ts'
import { ConnectionLost, LeaseLost, type Decision, type Fence } from '../store/store.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { SystemConnection } from '../systems/kit/driver.ts'
import { SystemError } from '../systems/kit/errors.ts'
import { ask } from './ask.ts'
import type { Connections, ConnectionsOptions } from './connections.ts'
import { externalIdsFor, learn } from './external-ids.ts'
import type { Health } from './health.ts'
import { recordDeletion, recordFailure, recordPut } from './record.ts'
import { groupsLeft, phasesOf, rowId, type Kind, type Row, type Told } from './rows.ts'
import type { JobOutcome, JobRun } from './worker.ts'

/** A job of a system that is being told something already is looked at again after this (milliseconds of real time). */
const BUSY_RETRY_MS = 25
/** Rows taken per kind and round. */
const BATCH = 50

/** Faults that say nothing of a wish: the system was not reached, or does not let us in. */
const AWAY: ReadonlySet<SystemError['kind']> = new Set(['unreachable', 'unauthorized'])

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
    return this.#connections.inTurn(system, async () => {
      let hasAnswered = false
      for (;;) {
        const now = await this.#options.workspaces.nowIso(system.workspace_id)
        const rows = await this.#dueRows(system, now)
        if (rows.length === 0) return this.#nextRetry(system, now)
        const left = groupsLeft(rows)
        if (left.length > 0 && (await retireEmptyGroups(this.#options.store, system.workspace_id, left, now))) continue
        const told = await this.#tell(system, rows, now, signal)
        await this.#record(system, told, fence).catch(async (error: unknown) => {
          if (error instanceof LeaseLost || error instanceof ConnectionLost) await this.#makeGood(system, told, signal)
          throw error
        })
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

  /**
   * Another worker took over while this one stood still, and what this one then told the system may be older than what
   * that one told. What is still wished for is told again; what is not any more is taken back.
   */
  async #makeGood(system: AcsSystemRecord, told: readonly Told[], signal: AbortSignal): Promise<void> {
    const { store, workspaces } = this.#options
    const { workspace_id, acs_system_id } = system
    const now = await workspaces.nowIso(workspace_id)
    const done = told.filter(({ wasAsked, applied }) => wasAsked && applied !== null)
    const gone = await store.decide(
      workspace_id,
      () => now,
      async () => {
        const changes = new ChangeSet()
        const missing: Told[] = []
        for (const one of done) {
          const key = `${one.kind}_id` as const
          const id = rowId(one.kind, one.row)
          const [row] = await store.read<{ version: number }>(
            workspace_id,
            `SELECT version FROM ${one.kind} WHERE workspace_id = $1 AND ${key} = $2`,
            [id],
          )
          if (row === undefined) missing.push(one)
          else
            changes.update(one.kind, key as never, {
              [key]: id,
              version: row.version,
              is_dirty: true,
              dirty_since: now,
              retry_at: null,
            })
        }
        if (missing.length < done.length) changes.job('provision', acs_system_id, now)
        return { changes, result: missing }
      },
    )
    const back = gone.flatMap(({ kind, row, applied }) =>
      row.is_deleting ? [] : [{ kind, row: { ...row, external_id: applied?.external_id ?? null, is_deleting: true } }],
    )
    // Credentials before users before groups.
    if (back.length > 0) await this.#tell(system, back.reverse(), now, signal)
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
