/** One connection per connected system, opened when it is first needed and kept. */
import type { Clock } from '../clock.ts'
import type { AcsSystemRecord } from '../domain/records.ts'
import type { Ids } from '../ids.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store/store.ts'
import { virtualHost } from '../store/virtual-records.ts'
import type { Workspaces } from '../store/workspaces.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { AccessSystemDriver, DriverHost, SystemConnection } from '../systems/kit/driver.ts'

export interface ConnectionsOptions {
  store: Store
  workspaces: Workspaces
  clock: Clock
  ids: Ids
  log: Log
  drivers: ReadonlyMap<string, AccessSystemDriver>
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
    let connection = this.#open.get(system.acs_system_id)
    if (connection === undefined) {
      connection = this.host(system.workspace_id, system.external_id).then((host) =>
        this.driver(system.provider).connect(system.metadata, host),
      )
      this.#open.set(system.acs_system_id, connection)
      connection.catch(() => this.#open.delete(system.acs_system_id))
    }
    return connection
  }

  /** Runs `work` alone among the work on one system: a maker's system is asked one thing at a time. */
  async inTurn<T>(systemId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(systemId) ?? Promise.resolve()
    const turn = before.then(work, work)
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
