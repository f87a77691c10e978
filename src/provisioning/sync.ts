/**
 * The job `sync_system`: what a system holds is read, held against what is held here, and what appeared, changed or
 * went there without our doing is taken over, put back or shown (domain/sync/). It comes every ten minutes by itself,
 * when a system is back, and when somebody asks.
 */
import { isDeepStrictEqual } from 'node:util'
import { toIso } from '../clock.ts'
import type { ChangeSet } from '../domain/changes.ts'
import type { AcsSystemRecord } from '../domain/records.ts'
import { applyFindings, usersWithOtherDoors } from '../domain/sync/apply.ts'
import { compare } from '../domain/sync/compare.ts'
import type { Before, Findings, Held } from '../domain/sync/findings.ts'
import { noteOwnProblems, noteSuccess } from '../domain/sync/health.ts'
import { doorsOfZones, zoneOf } from '../domain/zones.ts'
import { askRefusedAgain } from '../domain/sync/refused.ts'
import { liveGrantsOfDoors, liveGrantsOfIdentity } from '../store/access-grants.ts'
import { claimsOf } from '../store/pins.ts'
import { loadIssuanceFacts } from '../store/issuance-facts.ts'
import { ConstraintViolation, isStoreUnavailable, Stale, type Decision } from '../store/store.ts'
import { credentialsOfDoors, loadBefore, loadHeld, writtenCardsOf } from '../store/sync-facts.ts'
import type { ReportedState } from '../systems/kit/driver.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import { SystemError } from '../systems/kit/errors.ts'
import type { Connections, ConnectionsOptions } from './connections.ts'
import { loadHealth, type Health } from './health.ts'
import { newPoolCard } from './pool.ts'
import { waitAfter } from './waits.ts'
import type { JobOutcome, JobRun } from './worker.ts'

/** Between two looks at a system, in milliseconds of the workspace's clock. */
export const POLL_MS = 10 * 60_000
/** One that was reached and could not tell now is asked again after this (milliseconds). */
const BUSY_MS = 60_000
/** A look that was overtaken by others' commands too often is made again after this (milliseconds of real time). */
const CROWDED_MS = 100
/** Reading a whole system may take this long, in milliseconds of real time. */
const READ_MS = 60_000

export class Syncer {
  readonly #options: ConnectionsOptions
  readonly #connections: Connections
  readonly #health: Health

  constructor(options: ConnectionsOptions, connections: Connections, health: Health) {
    this.#options = options
    this.#connections = connections
    this.#health = health
  }

  /** Handler of the job: key = acs_system_id. */
  async run(run: JobRun): Promise<JobOutcome> {
    const { store, workspaces } = this.#options
    const system = await store.get(run.workspaceId, 'acs_system', 'acs_system_id', run.key)
    if (system === undefined || system.is_deleting) return undefined
    try {
      const waitMs = await this.#connections.inTurn(system, run.signal, () => this.#sync(system, run))
      return { again_at: toIso((await workspaces.now(run.workspaceId)) + waitMs) }
    } catch (error) {
      // Too much was going on for one picture of it all.
      if (error instanceof Stale || error instanceof ConstraintViolation) return { again_in_ms: CROWDED_MS }
      throw error
    }
  }

  /** One look. Answers how long to wait for the next. */
  async #sync(system: AcsSystemRecord, run: JobRun): Promise<number> {
    const { store } = this.#options
    const { workspace_id, acs_system_id } = system
    const before = await loadBefore(store, workspace_id, acs_system_id)
    let state: Partial<ReportedState>
    try {
      state = await this.#read(system, run)
    } catch (error) {
      if (run.signal.aborted || isStoreUnavailable(error)) throw error
      // A driver that breaks on what it reads is a bug, and a look that failed all the same.
      const trouble =
        error instanceof SystemError ? error : new SystemError('rejected', 'Its answer was not understood.')
      await this.#health.failed(system, trouble, run.fence, true)
      if (!(error instanceof SystemError)) throw error
      if (error.kind !== 'unreachable') return error.isRetryable ? BUSY_MS : POLL_MS
      return waitAfter(system.failed_tries)
    }
    await this.#record(system, state, before, run)
    return POLL_MS
  }

  async #read(system: AcsSystemRecord, run: JobRun): Promise<Partial<ReportedState>> {
    const connection = await this.#connections.to(system)
    return connection.readState(AbortSignal.any([run.signal, AbortSignal.timeout(READ_MS)]))
  }

  /** What was read becomes one command. */
  async #record(system: AcsSystemRecord, state: Partial<ReportedState>, before: Before, run: JobRun): Promise<void> {
    const { store, workspaces } = this.#options
    const { workspace_id, acs_system_id } = system
    const now = await workspaces.nowIso(workspace_id)
    const definition = this.#connections.definitionOf(system.provider)
    const decision = async (): Promise<Decision<boolean>> => {
      const [held, health] = await Promise.all([
        loadHeld(store, workspace_id, acs_system_id),
        loadHealth(this.#options, system, definition, now),
      ])
      const changes = await this.#decide(system, state, before, held, now)
      if (askRefusedAgain(changes, held, definition, now)) changes.job('provision', acs_system_id, now)
      if (health !== undefined) noteOwnProblems(changes, health, state)
      return { changes, result: health !== undefined && noteSuccess(changes, health, true) }
    }
    const wasTroubled = await store.decide(workspace_id, () => now, decision, run.fence)
    if (wasTroubled) await this.#health.comeBack(system, ['provision'])
  }

  async #decide(
    system: AcsSystemRecord,
    state: Partial<ReportedState>,
    before: Before,
    held: Held,
    now: string,
  ): Promise<ChangeSet> {
    const { store, ids } = this.#options
    const { workspace_id } = system
    const definition = this.#connections.definitionOf(system.provider)
    const newId = (): string => ids.uuid()
    const findings = compare({ definition, state, held, before, now, newId })
    const lost = findings.credentials.lost.map(({ row }) => row.acs_credential_id)
    const credentialIds = await this.#concerned(system, findings, held)
    const [facts, claims] = await Promise.all([
      loadIssuanceFacts(store, workspace_id, credentialIds, now),
      claimsOf(store, workspace_id, lost),
    ])
    const changes = applyFindings({
      findings,
      held,
      system,
      definition,
      facts,
      claims,
      now,
      newId,
      poolCard: (card, id, at) => newPoolCard(system, card, id, at),
    })
    // Grants of a person say so while suspension keeps their doors shut (domain/grants/hindrances.ts).
    const people = findings.users.changed.flatMap(({ row, is_suspended }) =>
      is_suspended === undefined ? [] : (row.user_identity_id ?? []),
    )
    for (const identity of people) {
      for (const grant of await liveGrantsOfIdentity(store, workspace_id, identity))
        changes.job('grant_doors', grant, now)
    }
    for (const grant of await this.#grantsOverZones(system, definition, findings, held))
      changes.job('grant_doors', grant, now)
    return changes
  }

  /** Grants that name a door of a zone which has changed: they may be given more now, or less (domain/grants/zones.ts). */
  #grantsOverZones(
    { workspace_id }: AcsSystemRecord,
    definition: SystemDefinition,
    { entrances }: Findings,
    held: Held,
  ): Promise<string[]> {
    const { added, removed, back, changed } = entrances
    const moved = changed.flatMap(({ row, fields }) => {
      const after = { ...row, ...fields }
      return isDeepStrictEqual(zoneOf(row, definition), zoneOf(after, definition)) ? [] : [row, after]
    })
    const found = [...added.map((one) => one.reported), ...removed, ...back, ...moved]
    return liveGrantsOfDoors(this.#options.store, workspace_id, doorsOfZones(found, held.entrances, definition))
  }

  /** The credentials that something follows for: lost, found again, on stale plastic, on doors that went or came back. */
  async #concerned(
    { workspace_id, acs_system_id }: AcsSystemRecord,
    findings: Findings,
    held: Held,
  ): Promise<string[]> {
    const { store } = this.#options
    const { credentials, entrances } = findings
    const doors = [...entrances.removed, ...entrances.back].map((row) => row.acs_entrance_id)
    const [ofDoors, cards] = await Promise.all([
      credentialsOfDoors(store, workspace_id, acs_system_id, doors),
      writtenCardsOf(store, workspace_id, [...usersWithOtherDoors(findings, held)]),
    ])
    const found = [...credentials.lost, ...credentials.back].map(({ row }) => row.acs_credential_id)
    return [...new Set([...found, ...ofDoors, ...cards])]
  }
}
