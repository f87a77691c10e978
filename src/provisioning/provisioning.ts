/**
 * The reconciler: turns the gap between what should be true and what the systems reported into driver calls, and
 * records what they answered (design.md section 2).
 */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { system as systemAuthor, type Author } from '../domain/audit/author.ts'
import { ChangeSet } from '../domain/changes.ts'
import { needsCredentialManager } from '../domain/credential-managers.ts'
import type { AcsSystemRecord, ConnectedAccountRecord, Json } from '../domain/records.ts'
import { accountsOf, systemByExternalId, systemOf } from '../store/connected-accounts.ts'
import { CHECK_TELLINGS } from '../store/tellings.ts'
import { isCredentialManager, type SystemDefinition } from '../systems/kit/definition.ts'
import type { Login, ReportedState, SystemConnection } from '../systems/kit/driver.ts'
import { checkSandboxLogin, loginIdentity, sandboxLogin } from '../systems/kit/login.ts'
import { runAcsUserClock } from './acs-user-clock.ts'
import { AttemptRunner } from './attempts/run.ts'
import { connectedSystem, reconnectedAccount, userIdentifier } from './connect.ts'
import { settleCredentialManagers } from './credential-managers.ts'
import { Connections, type ConnectionsOptions } from './connections.ts'
import { DoorEventReader, READ_DOOR_EVENTS } from './door-events.ts'
import { runGrantClock } from './grant-clock.ts'
import { Health, SYNC_SYSTEM } from './health.ts'
import { Provisioner } from './provision.ts'
import { Syncer } from './sync.ts'
import { Tellings } from './tellings.ts'
import type { JobHandler, JobRun, Worker } from './worker.ts'

export type ProvisioningOptions = ConnectionsOptions

/** Longest time that proving a login and reading a system for the first time may take, in milliseconds. */
const FIRST_READ_MS = 30_000

export interface ConnectRequest {
  provider: string
  /** What the operator filled in, complete (systems/kit/login.ts); null = the sandbox's own. */
  login: Login | null
  customer_key?: string
  custom_metadata?: Json
  display_name?: string
  /** Whom the audit log names; the server itself when absent. */
  author?: Author
}

export interface ConnectedIds {
  acs_system_id: string
  connected_account_id: string
}

interface KnownLogin {
  account: ConnectedAccountRecord
  system: AcsSystemRecord
}

export class Provisioning implements AsyncDisposable {
  readonly connections: Connections
  readonly tellings: Tellings
  readonly #options: ProvisioningOptions
  readonly #provisioner: Provisioner
  readonly #syncer: Syncer
  readonly #doorEvents: DoorEventReader
  readonly #attempts: AttemptRunner

  constructor(options: ProvisioningOptions) {
    this.#options = options
    this.connections = new Connections(options)
    const health = new Health(options, this.connections)
    this.tellings = new Tellings(options)
    this.#provisioner = new Provisioner(options, this.connections, health, this.tellings)
    this.#syncer = new Syncer(options, this.connections, health)
    this.#doorEvents = new DoorEventReader(options, this.connections)
    this.#attempts = new AttemptRunner({
      options,
      connections: this.connections,
      provisioner: this.#provisioner,
      tellings: this.tellings,
      seedSandbox: (workspaceId) => this.seedSandbox(workspaceId),
    })
  }

  definitionOf(provider: string): SystemDefinition {
    return this.connections.definitionOf(provider)
  }

  /** All systems there are, as data. `speaksMakersWire`: it can be connected outside a sandbox. */
  definitions(): (SystemDefinition & { speaksMakersWire: boolean })[] {
    return [...this.#options.drivers.values()].map((driver) => ({
      ...driver.definition,
      speaksMakersWire: driver.serveVirtual !== undefined,
    }))
  }

  /** The kinds of job that provisioning runs. */
  handlers(): [kind: string, handler: JobHandler][] {
    return [
      ['provision', (run: JobRun) => this.#provisioner.run(run)],
      [CHECK_TELLINGS, (run: JobRun) => this.#provisioner.checkTellings(run)],
      [SYNC_SYSTEM, (run: JobRun) => this.#syncer.run(run)],
      [READ_DOOR_EVENTS, (run: JobRun) => this.#doorEvents.run(run)],
      ['run_action_attempt', (run: JobRun) => this.#attempts.run(run)],
      [
        'grant_clock',
        (run: JobRun) =>
          runGrantClock(run, { ...this.#options, definitionOf: (provider) => this.definitionOf(provider) }),
      ],
      ['acs_user_clock', (run: JobRun) => runAcsUserClock(run, this.#options)],
    ]
  }

  /** Connects one virtual system of every driver: what a sandbox workspace starts with, and returns to on reset. */
  async seedSandbox(workspaceId: string): Promise<void> {
    // Those that a seeding cut short has connected stay.
    const there = await this.#options.store.read<{ provider: string }>(
      workspaceId,
      'SELECT DISTINCT provider FROM acs_system WHERE workspace_id = $1',
    )
    const connected = new Set(there.map(({ provider }) => provider))
    for (const { definition } of this.#options.drivers.values()) {
      if (connected.has(definition.provider)) continue
      await this.connect(workspaceId, { provider: definition.provider, login: null })
    }
  }

  /**
   * Connects a system: proves the login, reads what the system holds, and writes all of it as one command. In a sandbox
   * workspace a virtual building is made for it. A login that is connected already is proved anew: its account and
   * systems keep their ids.
   * @throws SystemError when the system does not take the login, cannot be reached, or (`unsupported`) is not for this
   * kind of workspace
   */
  async connect(workspaceId: string, request: ConnectRequest): Promise<ConnectedIds> {
    const { store, workspaces, sealer, ids } = this.#options
    const driver = this.connections.driver(request.provider)
    const { definition } = driver
    const login = request.login ?? sandboxLogin(definition)
    const isSandbox = (await workspaces.get(workspaceId))?.is_sandbox === true
    const known = request.login === null ? null : await this.#connectedBy(workspaceId, definition, login)
    // Two who connect one login at once mean one building.
    const buildingId =
      known?.system.external_id ?? (request.login === null ? ids.uuid() : buildingOf(workspaceId, definition, login))
    if (isSandbox && known === null) {
      // Refused, it leaves no building behind that nobody connects to.
      checkSandboxLogin(definition, login)
      const host = await this.connections.host(workspaceId, buildingId)
      if (host.virtual !== undefined) await driver.virtualBuilding(host.virtual, host).seed()
    }
    await using connection = await this.connections.open({ workspace_id: workspaceId, ...request, buildingId, login })
    const signal = AbortSignal.timeout(FIRST_READ_MS)
    const identity = await connection.identify(signal)
    const sealed_login = request.login === null ? null : sealer.seal(JSON.stringify(login))
    const external_id = isSandbox ? buildingId : identity.external_id
    const standing = known?.system ?? (await systemByExternalId(store, workspaceId, definition.provider, external_id))
    if (standing !== undefined) return this.#reconnect(workspaceId, standing, sealed_login)

    const state = await firstState(connection, definition, request, signal)
    const now = await workspaces.nowIso(workspaceId)
    const connected = await store.decide(
      workspaceId,
      () => now,
      async () => {
        // Somebody connected the same system at the same time.
        const other = await systemByExternalId(store, workspaceId, definition.provider, external_id)
        if (other !== undefined) return { changes: new ChangeSet(), result: idsOf(other) }
        const { changes, ...made } = connectedSystem({
          definition,
          identity: { ...identity, external_id },
          state,
          account: {
            user_identifier: userIdentifier(login),
            sealed_login,
            ...(request.customer_key === undefined ? {} : { customer_key: request.customer_key }),
            ...(request.custom_metadata === undefined ? {} : { custom_metadata: request.custom_metadata }),
            ...(request.display_name === undefined ? {} : { display_name: request.display_name }),
          },
          connectWebviewId: null,
          now,
          ids,
        })
        // The doors of a sandbox tell by themselves.
        if (!isSandbox && connection.doorEvents !== undefined) changes.job(READ_DOOR_EVENTS, made.acs_system_id, now)
        return { changes, result: made }
      },
      null,
      request.author ?? systemAuthor('connect'),
    )
    if (isCredentialManager(definition) || needsCredentialManager(definition)) {
      await settleCredentialManagers(store, workspaceId, now, (provider) => this.definitionOf(provider))
    }
    return connected
  }

  /** The account in this workspace that was connected with the same login, secrets apart. */
  async #connectedBy(workspaceId: string, definition: SystemDefinition, login: Login): Promise<KnownLogin | null> {
    const { store } = this.#options
    const identity = loginIdentity(definition, login)
    for (const account of await accountsOf(store, workspaceId, definition.provider)) {
      const other = this.connections.loginOf(account)
      if (!isDeepStrictEqual(loginIdentity(definition, other), identity)) continue
      const system = await systemOf(store, workspaceId, account.connected_account_id)
      if (system !== undefined) return { account, system }
    }
    return null
  }

  async #reconnect(workspaceId: string, system: AcsSystemRecord, sealedLogin: string | null): Promise<ConnectedIds> {
    const { store, workspaces } = this.#options
    const { acs_system_id, connected_account_id } = system
    await this.connections.forget([acs_system_id])
    const now = await workspaces.nowIso(workspaceId)
    return store.decide(
      workspaceId,
      () => now,
      async () => {
        const account = await store.get(workspaceId, 'connected_account', 'connected_account_id', connected_account_id)
        const changes = account === undefined ? new ChangeSet() : reconnectedAccount(account, sealedLogin)
        changes.job('provision', acs_system_id, now)
        changes.job(SYNC_SYSTEM, acs_system_id, now)
        return { changes, result: idsOf(system) }
      },
    )
  }

  /**
   * Waits until the work now due on these systems is done, `timeoutMs` at most: sandbox deletions are immediate
   * (core.md 6.9). Answers whether it is done.
   */
  async whenProvisioned(
    workspaceId: string,
    systemIds: readonly string[],
    worker: Worker,
    timeoutMs = 2000,
  ): Promise<boolean> {
    return worker.whenIdle(async () => {
      const rows = await this.#options.store.read(
        workspaceId,
        `SELECT 1 AS waiting FROM job WHERE workspace_id = $1 AND kind = 'provision' AND split_part(key, '/', 1) = ANY($2) AND run_at <= $3 LIMIT 1`,
        [systemIds, await this.#options.workspaces.nowIso(workspaceId)],
      )
      return rows.length === 0
    }, timeoutMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tellings[Symbol.asyncDispose]()
    await this.connections[Symbol.asyncDispose]()
  }
}

/**
 * What is read when a system is connected. Where doors are declared there are none yet; the system that a sandbox starts
 * with has those of its standing content declared already.
 */
async function firstState(
  connection: SystemConnection,
  definition: SystemDefinition,
  request: ConnectRequest,
  signal: AbortSignal,
): Promise<ReportedState> {
  const state = await connection.readState(signal)
  if (definition.devicesAreDeclared !== true || request.login === null) return state
  return { ...state, entrances: [], encoders: [] }
}

function idsOf({ acs_system_id, connected_account_id }: AcsSystemRecord): ConnectedIds {
  return { acs_system_id, connected_account_id }
}

/** The building that a login means, in the form of a UUID. */
function buildingOf(workspaceId: string, definition: SystemDefinition, login: Login): string {
  const identity = JSON.stringify([workspaceId, definition.provider, loginIdentity(definition, login)])
  const hex = createHash('sha256').update(identity).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
