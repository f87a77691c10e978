/** One connection per connected system, opened when it is first needed and kept. */
import type { Clock } from '../clock.ts'
import type { AcsSystemRecord, ConnectedAccountRecord } from '../domain/records.ts'
import type { Ids } from '../ids.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import type { SystemLeases, SystemPlace, Turn } from '../store/system-leases.ts'
import { virtualHost } from '../store/virtual-records.ts'
import type { Workspaces } from '../store/workspaces.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { AccessSystemDriver, DriverHost, Login, SystemConnection } from '../systems/kit/driver.ts'
import { SystemError } from '../systems/kit/errors.ts'
import { withLeave } from '../systems/kit/leave.ts'
import { sandboxLogin } from '../systems/kit/login.ts'
import { watched } from './watched.ts'

export interface ConnectionsOptions {
  store: Store
  workspaces: Workspaces
  /** Logins rest encrypted. */
  sealer: Sealer
  clock: Clock
  ids: Ids
  log: Log
  drivers: ReadonlyMap<string, AccessSystemDriver>
  metrics: Metrics
  /** Turns at systems among several processes. */
  leases: SystemLeases
}

/** A turn at a system, with the signal that what is asked in it takes. */
export interface TurnAt extends Turn {
  signal: AbortSignal
}

export class Connections implements AsyncDisposable {
  readonly #options: ConnectionsOptions
  readonly #open = new Map<string, Promise<SystemConnection>>()
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  driver(provider: string): AccessSystemDriver {
    const driver = this.#options.drivers.get(provider)
    if (driver === undefined)
      throw new Error(`no driver for ${provider}; known: ${[...this.#options.drivers.keys()].join(', ')}`)
    return driver
  }

  definitionOf(provider: string): SystemDefinition {
    return this.driver(provider).definition
  }

  /** What a driver may use of the world, for one system of one workspace: a virtual building in sandboxes alone. */
  async host(workspaceId: string, buildingId: string): Promise<DriverHost> {
    const { virtual, ...host } = await virtualHost(this.#options, workspaceId, buildingId)
    const workspace = await this.#options.workspaces.get(workspaceId)
    return workspace?.is_sandbox === true ? { ...host, virtual } : host
  }

  /** The connection to a system. @throws SystemError when it cannot be opened. */
  async to(system: AcsSystemRecord): Promise<SystemConnection> {
    if (system.refuses_login)
      throw new SystemError('unauthorized', 'The login is refused, as it was asked for. Connect the account again.')
    if (system.is_deleting)
      throw new SystemError('rejected', 'The account of this system is being deleted: nothing is asked of it any more.')
    let connection = this.#open.get(system.acs_system_id)
    if (connection === undefined) {
      const { metrics, log } = this.#options
      connection = this.#loginOfSystem(system).then(async (login) => {
        const opened = await this.open({ ...system, buildingId: system.external_id, login })
        return watched(opened, { provider: system.provider, acs_system_id: system.acs_system_id, metrics, log })
      })
      this.#open.set(system.acs_system_id, connection)
      connection.catch(() => this.#open.delete(system.acs_system_id))
    }
    return connection
  }

  /** Opens a connection that nobody keeps; disposing of it closes what it opened. @throws SystemError */
  async open(target: {
    workspace_id: string
    provider: string
    buildingId: string
    login: Login
  }): Promise<SystemConnection> {
    const driver = this.driver(target.provider)
    const host = await this.host(target.workspace_id, target.buildingId)
    const { virtual, ...outside } = host
    if (virtual === undefined || driver.serveVirtual === undefined) return driver.connect(target.login, host)
    const served = await driver.serveVirtual(virtual, host)
    try {
      // The very driver of production: it gets an address and a login, and no building.
      const connection = await driver.connect({ ...target.login, ...served.login }, outside)
      return closingAlso(connection, served)
    } catch (error) {
      await served[Symbol.asyncDispose]()
      throw error
    }
  }

  async #loginOfSystem(system: AcsSystemRecord): Promise<Login> {
    const { workspace_id, connected_account_id } = system
    const account = await this.#options.store.get(
      workspace_id,
      'connected_account',
      'connected_account_id',
      connected_account_id,
    )
    return account === undefined ? sandboxLogin(this.definitionOf(system.provider)) : this.loginOf(account)
  }

  /** What the operator filled in, in the clear: for a driver, and for nobody else. */
  loginOf(account: Pick<ConnectedAccountRecord, 'provider' | 'sealed_login'>): Login {
    if (account.sealed_login === null) return sandboxLogin(this.definitionOf(account.provider))
    return JSON.parse(this.#options.sealer.open(account.sealed_login)) as Login
  }

  /**
   * Runs `work` alone among the work on one system: a maker's system is asked one thing at a time. What it asks takes the
   * turn's signal, so that nothing more is asked once the turn is over.
   */
  async inTurn<T>(system: SystemPlace, signal: AbortSignal, work: (turn: TurnAt) => Promise<T>): Promise<T> {
    const { leases } = this.#options
    const { acs_system_id: systemId } = system
    const alone = (): Promise<T> =>
      leases.alone(system, (turn) =>
        // A signal of its own: others wait for the same one.
        work({ ...turn, signal: withLeave(AbortSignal.any([signal]), () => turn.look()) }),
      )
    const before = this.#turns.get(systemId) ?? Promise.resolve()
    const turn = before.then(alone, alone)
    const settled = turn.catch(() => undefined)
    this.#turns.set(systemId, settled)
    try {
      return await turn
    } finally {
      if (this.#turns.get(systemId) === settled) this.#turns.delete(systemId)
    }
  }

  /** Whether work on the system is under way in this process. */
  isBusy(systemId: string): boolean {
    return this.#turns.has(systemId)
  }

  /** Forgets the connections of a workspace (its systems were removed). */
  async forget(systemIds: Iterable<string>): Promise<void> {
    for (const id of systemIds) {
      const connection = this.#open.get(id)
      this.#open.delete(id)
      if (connection !== undefined) await connection.then((open) => open[Symbol.asyncDispose]()).catch(() => undefined)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.forget([...this.#open.keys()])
  }
}

/** A connection that closes something more when it is closed. */
function closingAlso(connection: SystemConnection, more: AsyncDisposable): SystemConnection {
  const dispose = connection[Symbol.asyncDispose].bind(connection)
  connection[Symbol.asyncDispose] = async () => {
    try {
      await dispose()
    } finally {
      await more[Symbol.asyncDispose]()
    }
  }
  return connection
}
