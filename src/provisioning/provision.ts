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
import { LeaseLost, type Decision, type Fence } from '../store/store.ts'
import { checkLater, overtake, putOffChecks, tellingsToCheck } from '../store/tellings.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { ReportedState, SystemConnection } from '../systems/kit/driver.ts'
import { SystemError } from '../systems/kit/errors.ts'
import { ask } from './ask.ts'
import type { Connections, ConnectionsOptions, TurnAt } from './connections.ts'
import { externalIdsFor, learn } from './external-ids.ts'
import type { Health } from './health.ts'
import { recordDeletion, recordFailure, recordPut } from './record.ts'
import { groupsLeft, phasesOf, rowId, type Kind, type Row, type Told } from './rows.ts'
import { leftBehind, subjectOf, tellAgain, withIds, type Tellings } from './tellings.ts'
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
  readonly #tellings: Tellings

  constructor(options: ConnectionsOptions, connections: Connections, health: Health, tellings: Tellings) {
    this.#options = options
    this.#connections = connections
    this.#health = health
    this.#tellings = tellings
  }

  /** Handler of the job: key = acs_system_id, and behind a slash the command that asked. */
  async run(run: JobRun): Promise<JobOutcome> {
    const { store } = this.#options
    const [acs_system_id = ''] = run.key.split('/')
    // The run under way looks again before it ends; a job that waited for it would only hold a worker's place.
    if (this.#connections.isBusy(acs_system_id)) return { again_in_ms: BUSY_RETRY_MS }
    const system = await store.get(run.workspaceId, 'acs_system', 'acs_system_id', acs_system_id)
    // What is being deleted is told nothing any more (account-deletion.ts).
    if (system === undefined || system.is_deleting) return undefined
    // Before the rows are read: what a sibling was asked for is among them.
    await endSiblings(store, run.workspaceId, 'provision', acs_system_id, run.key)
    return this.provision(system, run.signal, run.fence)
  }

  /** Handler of the job that checks tellings left behind: key = acs_system_id. What is checked is then told as usual. */
  async checkTellings(run: JobRun): Promise<JobOutcome> {
    const { store } = this.#options
    if (this.#connections.isBusy(run.key)) return { again_in_ms: BUSY_RETRY_MS }
    const system = await store.get(run.workspaceId, 'acs_system', 'acs_system_id', run.key)
    if (system === undefined || system.is_deleting) return undefined
    // What waits longer has a job of its own: this one goes, so that the next look finds what is to be checked.
    if (isLockedOut(system)) await putOffChecks(store, system)
    else await this.provision(system, run.signal, run.fence)
    return undefined
  }

  /** Tells the system everything that is due. Answers when to look again, if anything has to wait. */
  async provision(system: AcsSystemRecord, signal: AbortSignal, fence: Fence | null = null): Promise<JobOutcome> {
    // Everything waits for a valid login: the next good look at the system lets it go on.
    if (isLockedOut(system)) return undefined
    return this.#connections.inTurn(system, signal, async (turn) => {
      await this.#checkTellings(system, turn)
      let hasAnswered = false
      for (;;) {
        const now = await this.#options.workspaces.nowIso(system.workspace_id)
        const rows = await this.#dueRows(system, now)
        if (rows.length === 0) return this.#nextRetry(system, now)
        const left = groupsLeft(rows)
        if (left.length > 0 && (await retireEmptyGroups(this.#options.store, system.workspace_id, left, now))) continue
        const told = await this.#tellAndRecord(system, rows, now, turn, fence)
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

  /** What is to be told is written down, told, and recorded; in that order, so that it can be found wherever this ends. */
  async #tellAndRecord(
    system: AcsSystemRecord,
    rows: { kind: Kind; row: Row }[],
    now: string,
    turn: TurnAt,
    fence: Fence | null,
  ): Promise<Told[]> {
    const telling = await turn.begin(rows.map(subjectOf))
    const told: Told[] = []
    try {
      await this.#tell(system, rows, now, turn.signal, told)
      await this.#record(system, told, telling, fence)
    } catch (error) {
      const answers = new Map(told.map((one) => [one.row, one]))
      const subjects = rows.map((one) => subjectOf(answers.get(one.row) ?? one))
      // What was asked and not answered may still come about: that is left to the checks.
      if (!told.some((one) => one.error?.kind === 'in_doubt')) await this.#tellings.ended(system, telling, subjects)
      throw error
    }
    return told
  }

  /** What others told the system and could not record: what nobody wishes for is taken back, the rest is told again. */
  async #checkTellings(system: AcsSystemRecord, turn: TurnAt): Promise<void> {
    const { store, workspaces, log } = this.#options
    const { workspace_id, acs_system_id } = system
    for (const telling of await tellingsToCheck(store, system)) {
      if (telling.lost_at === null) {
        await overtake(store, telling)
        continue
      }
      const now = await workspaces.nowIso(workspace_id)
      try {
        const back = await leftBehind(store, system, telling, async () =>
          (await this.#connections.to(system)).readState(turn.signal),
        )
        if (back.length > 0) await this.#takeBack(system, back, now, turn)
      } catch (error) {
        if (!(error instanceof SystemError)) throw error
        // Looked at again when the system may answer: until then nobody can know.
        log.warn({ acs_system_id, kind: error.kind }, 'what an access system was told by others could not be checked')
        await putOffChecks(store, system)
        return
      }
      const open = await store.decide(
        workspace_id,
        () => now,
        () => tellAgain(store, system, telling, now),
      )
      if (open !== null) await checkLater(store, open)
    }
  }

  /** Tells the system to delete what has no row any more. @throws SystemError when it may do so later */
  async #takeBack(system: AcsSystemRecord, back: { kind: Kind; row: Row }[], now: string, turn: TurnAt): Promise<void> {
    const { store } = this.#options
    const subjects = back.map(subjectOf)
    const telling_id = await turn.begin(subjects)
    const told: Told[] = []
    try {
      await this.#tell(system, back, now, turn.signal, told)
      await store.write(system.workspace_id, now, new ChangeSet().delete('telling', { telling_id, version: 1 }))
    } catch (error) {
      if (!told.some((one) => one.error?.kind === 'in_doubt')) await this.#tellings.ended(system, telling_id, subjects)
      throw error
    }
    const failed = told.find(({ error }) => error?.isRetryable === true || error?.kind === 'unauthorized')?.error
    if (failed != null) throw failed
  }

  /**
   * Lets go of all that is held of a system, as if it had confirmed every deletion; nothing is asked of it. Aborted, it
   * ends between two batches, with the signal's reason.
   */
  async release(system: AcsSystemRecord, fence: Fence | null, signal: AbortSignal): Promise<void> {
    const { store } = this.#options
    await this.#connections.inTurn(system, signal, async (turn) => {
      for (const kind of ['acs_credential', 'acs_user', 'acs_access_group'] as const) {
        for (;;) {
          signal.throwIfAborted()
          const rows = await store.read<Row>(
            system.workspace_id,
            `SELECT * FROM ${kind} WHERE workspace_id = $1 AND acs_system_id = $2 ORDER BY created_at LIMIT ${BATCH}`,
            [system.acs_system_id],
          )
          if (rows.length === 0) break
          const told = rows.map((row): Told => {
            const gone = { ...row, is_deleting: true } as Row
            return { kind, row: gone, applied: { external_id: null }, error: null, wasAsked: false }
          })
          const telling = await turn.begin(told.map(subjectOf))
          await this.#record(system, told, telling, fence)
        }
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

  /** Tells the system, and adds its answers to `told` as they come. */
  async #tell(
    system: AcsSystemRecord,
    rows: { kind: Kind; row: Row }[],
    now: string,
    signal: AbortSignal,
    told: Told[],
  ): Promise<void> {
    const definition = this.#connections.definitionOf(system.provider)
    const known = await externalIdsFor(
      this.#options.store,
      system,
      rows.map(({ row }) => row),
      definition.groupsHaveNoTimes === true ? now : null,
    )
    let connection: SystemConnection
    try {
      connection = await this.#connections.to(system)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      told.push(...rows.map(({ kind, row }) => ({ kind, row, applied: null, error, wasAsked: true })))
      return
    }
    for (const phase of phasesOf(rows)) {
      const away = told.find((one) => one.error?.kind === 'unreachable')?.error
      // The system is away: asking for the rest now would only make everything wait longer.
      const answers = await this.#askFor(
        system,
        phase,
        away ?? null,
        known.users,
        () => connection.readState(signal),
        (named) => ask(connection, named, known, definition, signal),
      )
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
  }

  /** Asks for a phase, unless the system is away or cannot say what it has of that which it never answered. */
  async #askFor(
    system: AcsSystemRecord,
    phase: readonly { kind: Kind; row: Row }[],
    away: SystemError | null,
    learnt: ReadonlyMap<string, string>,
    readState: () => Promise<ReportedState>,
    asking: (named: { kind: Kind; row: Row }[]) => ReturnType<typeof ask>,
  ): ReturnType<typeof ask> {
    if (away !== null) return phase.map(() => away)
    let named
    try {
      named = await withIds(this.#options.store, system, phase, learnt, readState)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      return phase.map(() => error)
    }
    return asking(named)
  }

  /**
   * Records what the system answered: one command; rows whose wish has changed meanwhile stay dirty.
   * @throws LeaseLost when somebody else has told the system something since
   */
  async #record(system: AcsSystemRecord, told: Told[], telling: string, fence: Fence | null): Promise<void> {
    const { store, workspaces } = this.#options
    const { card, ...withoutCards } = this.#connections.definitionOf(system.provider)
    // No card goes back to a pool that goes as well.
    const definition = system.is_deleting || card === undefined ? withoutCards : { ...withoutCards, card }
    const now = await workspaces.nowIso(system.workspace_id)
    await store.decide(
      system.workspace_id,
      () => now,
      () => this.#recordOnce(system, definition, told, telling, now),
      fence,
    )
  }

  async #recordOnce(
    system: AcsSystemRecord,
    definition: SystemDefinition,
    told: Told[],
    telling: string,
    now: string,
  ): Promise<Decision<void>> {
    const { store } = this.#options
    const ids = (kind: Kind): string[] => told.filter((one) => one.kind === kind).map((one) => rowId(kind, one.row))
    const given = told.flatMap(({ kind, row, applied }) =>
      kind === 'acs_credential' && row.is_deleting && applied !== null ? [row as AcsCredentialRecord] : [],
    )
    const holders = given.flatMap((credential) => credential.acs_user_id ?? [])
    const [own, groups, users, facts, awaiting, deletions] = await Promise.all([
      store.get(system.workspace_id, 'telling', 'telling_id', telling),
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

    if (own === undefined || own.lost_at !== null)
      throw new LeaseLost('Another worker has told the access system something since.')
    const changes = new ChangeSet()
    changes.delete('telling', { telling_id: telling, version: own.version })
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
