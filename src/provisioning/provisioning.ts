/**
 * The reconciler: turns the gap between what should be true and what the systems reported into driver calls, and
 * records what they answered (design.md section 2).
 */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { system as systemAuthor, type Author } from '../domain/audit/author.ts'
import { ChangeSet } from '../domain/changes.ts'
import { needsCredentialManager } from '../domain/credential-managers.ts'
import { accountFields } from '../domain/connect-webviews/connect-webview.ts'
import type { AcsSystemRecord, ConnectedAccountRecord, Json } from '../domain/records.ts'
import { sessionsOfConnectWebview } from '../store/connect-webviews.ts'
import type { Decision, Fence } from '../store/store.ts'
import { systemsOfAccount } from '../store/sync-facts.ts'
import { accountsOf, systemByExternalId, systemOf } from '../store/connected-accounts.ts'
import { CHECK_TELLINGS } from '../store/tellings.ts'
import { hasBridge } from '../systems/kit/connect-flow.ts'
import { isCredentialManager, type SystemDefinition } from '../systems/kit/definition.ts'
import type { Login, ReportedState, SystemConnection } from '../systems/kit/driver.ts'
import { SystemError } from '../systems/kit/errors.ts'
import { checkSandboxLogin, loginIdentity, sandboxLogin } from '../systems/kit/login.ts'
import { runAcsUserClock } from './acs-user-clock.ts'
import { AttemptRunner } from './attempts/run.ts'
import { connectedSystem, reconnected, userIdentifier, type UsedWebview } from './connect.ts'
import { settleCredentialManagers } from './credential-managers.ts'
import { Connections, type ConnectionsOptions } from './connections.ts'
import { DoorEventReader, READ_DOOR_EVENTS } from './door-events.ts'
import { runGrantClock } from './grant-clock.ts'
import { Health, loadHealth, SYNC_SYSTEM } from './health.ts'
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
  /** The webview in which somebody signs in: what it says of the account comes from it. */
  connect_webview_id?: string
  /** What the bridge is called, where there is one. */
  bridge_name?: string
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
  readonly #health: Health
  readonly #provisioner: Provisioner
  readonly #syncer: Syncer
  readonly #doorEvents: DoorEventReader
  readonly #attempts: AttemptRunner

  constructor(options: ProvisioningOptions) {
    this.#options = options
    this.connections = new Connections(options)
    this.#health = new Health(options, this.connections)
    this.tellings = new Tellings(options)
    this.#provisioner = new Provisioner(options, this.connections, this.#health, this.tellings)
    this.#syncer = new Syncer(options, this.connections, this.#health)
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

  /** Lets go of all users, groups and credentials held of a system; nothing is asked of it. */
  release(system: AcsSystemRecord, fence: Fence | null, signal: AbortSignal): Promise<void> {
    return this.#provisioner.release({ ...system, is_deleting: true }, fence, signal)
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
   * systems keep their ids. A webview connects once: used up meanwhile, nothing happens and its account is answered.
   * @throws SystemError when the system does not take the login, cannot be reached, or (`unsupported`) is not for this
   * kind of workspace; AccountOfOtherCustomer
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
    if (standing !== undefined) return this.#reconnect(workspaceId, standing, sealed_login, request)

    const state = await firstState(connection, definition, request, signal)
    const now = await workspaces.nowIso(workspaceId)
    const connected = await store.decide(
      workspaceId,
      () => now,
      async () => {
        const used = await this.#usedWebview(workspaceId, request)
        if (used !== null && used.webview.status !== 'pending')
          return { changes: new ChangeSet(), result: await this.#connectedThrough(workspaceId, used) }
        // Somebody connected the same system at the same time.
        const other = await systemByExternalId(store, workspaceId, definition.provider, external_id)
        if (other !== undefined) return this.#reconnected(workspaceId, other, sealed_login, used, now)
        const { changes, ...made } = connectedSystem({
          definition,
          identity: { ...identity, external_id },
          state,
          account: {
            user_identifier: userIdentifier(login),
            sealed_login,
            ...(used === null ? {} : accountFields(used.webview)),
            ...(request.customer_key === undefined ? {} : { customer_key: request.customer_key }),
            ...(request.custom_metadata === undefined ? {} : { custom_metadata: request.custom_metadata }),
            ...(request.display_name === undefined ? {} : { display_name: request.display_name }),
          },
          webview: used,
          bridgeName: hasBridge(definition, isSandbox) ? (request.bridge_name ?? 'Virtual bridge') : null,
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

  async #reconnect(
    workspaceId: string,
    system: AcsSystemRecord,
    sealedLogin: string | null,
    request: ConnectRequest,
  ): Promise<ConnectedIds> {
    const { store, workspaces } = this.#options
    await this.connections.forget([system.acs_system_id])
    const now = await workspaces.nowIso(workspaceId)
    const ids = await store.decide(
      workspaceId,
      () => now,
      async () => {
        const used = await this.#usedWebview(workspaceId, request)
        if (used !== null && used.webview.status !== 'pending')
          return { changes: new ChangeSet(), result: await this.#connectedThrough(workspaceId, used) }
        return this.#reconnected(workspaceId, system, sealedLogin, used, now)
      },
      null,
      request.author ?? systemAuthor('connect'),
    )
    await this.#health.comeBack(system, ['provision', SYNC_SYSTEM])
    return ids
  }

  /** The decision to give an account that there is already its new login. */
  async #reconnected(
    workspaceId: string,
    { acs_system_id, connected_account_id, provider }: AcsSystemRecord,
    sealedLogin: string | null,
    used: UsedWebview | null,
    now: string,
  ): Promise<Decision<ConnectedIds>> {
    const { store } = this.#options
    const systems = await systemsOfAccount(store, workspaceId, connected_account_id)
    // Nobody is told that something is connected which is gone a moment later.
    if (systems.some((system) => system.is_deleting))
      throw new SystemError('busy', 'The account with this login is being deleted. Try again in a moment.')
    const health = (
      await Promise.all(systems.map((one) => loadHealth(this.#options, one, this.definitionOf(provider), now)))
    ).flatMap((facts) => facts ?? [])
    const account = health[0]?.account
    const result = { acs_system_id, connected_account_id }
    if (account === undefined) return { changes: new ChangeSet(), result }
    // One row, however many systems stand on it.
    for (const facts of health) facts.account = account
    const changes = reconnected(health, account, sealedLogin, used, now)
    for (const kind of ['provision', SYNC_SYSTEM]) changes.job(kind, acs_system_id, now)
    return { changes, result }
  }

  async #usedWebview(workspaceId: string, { connect_webview_id }: ConnectRequest): Promise<UsedWebview | null> {
    if (connect_webview_id === undefined) return null
    const { store } = this.#options
    const [webview, sessions] = await Promise.all([
      store.get(workspaceId, 'connect_webview', 'connect_webview_id', connect_webview_id),
      sessionsOfConnectWebview(store, workspaceId, connect_webview_id),
    ])
    if (webview === undefined) throw new SystemError('rejected', 'This Connect Webview has been deleted.')
    return { webview, sessions }
  }

  /** What was connected through a webview that has been used. @throws SystemError when nothing was */
  async #connectedThrough(workspaceId: string, { webview }: UsedWebview): Promise<ConnectedIds> {
    const { connected_account_id } = webview
    const system =
      connected_account_id === null ? undefined : await systemOf(this.#options.store, workspaceId, connected_account_id)
    if (system === undefined) throw new SystemError('rejected', 'This Connect Webview has been used already.')
    return idsOf(system)
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
