// Workers made by hand on one database, for tests that stop one in the middle of what it tells an access system: nothing
// of them runs by itself.
import { silentLog } from '../../src/log.ts'
import { noMetrics } from '../../src/metrics.ts'
import { Provisioning } from '../../src/provisioning/provisioning.ts'
import { finishJob, takeJobs, type TakenJob } from '../../src/store/jobs.ts'
import type { Sealer } from '../../src/store/sealer.ts'
import { ConnectionLost, Store } from '../../src/store/store.ts'
import { SystemLeases } from '../../src/store/system-leases.ts'
import { CHECK_TELLINGS } from '../../src/store/tellings.ts'
import { Workspaces } from '../../src/store/workspaces.ts'
import { systemIds } from '../../src/system-clock.ts'
import type { AccessSystemDriver } from '../../src/systems/kit/driver.ts'
import type { VirtualRecords } from '../../src/systems/kit/virtual.ts'
import { KIND } from '../../src/systems/kit/virtual/records.ts'
import { drivers } from '../../src/systems/registry.ts'
import type { TestServer } from '../support/server.ts'

const KINDS = ['provision', CHECK_TELLINGS, 'run_action_attempt']

/** A place where work stands still until it is let go on. */
export class Halt {
  #arrived!: () => void
  #go!: () => void
  readonly arrived = new Promise<void>((resolve) => (this.#arrived = resolve))
  readonly #gone = new Promise<void>((resolve) => (this.#go = resolve))

  async here(): Promise<void> {
    this.#arrived()
    await this.#gone
  }

  goOn(): void {
    this.#go()
  }
}

export class Teller implements AsyncDisposable {
  readonly store: Store
  readonly provisioning: Provisioning
  readonly #leases: SystemLeases
  readonly #opened: Store
  /** The database cannot be reached. */
  isAway = false
  /**
   * The next effect at a system, or the next that is a credential, stands still here before it comes about: it is on its
   * way, and nobody can call it back.
   */
  beforeEffect: Halt | null = null
  beforeCredential: Halt | null = null
  /** The database goes away when what the system answered is to be recorded. */
  losesDatabase = false
  /** The next telling stands still here before it is written down. */
  beforeTelling: Halt | null = null
  /** Effects at systems so far. */
  effects = 0
  /** Milliseconds that the machine's clock is ahead. */
  aheadMs = 0

  private constructor(store: Store, sealer: Sealer) {
    this.#opened = store
    this.store = this.#away(store)
    const workspaces = new Workspaces(this.store)
    this.#leases = new SystemLeases(this.store, silentLog)
    this.provisioning = new Provisioning({
      ...{ store: this.store, workspaces, sealer, leases: this.#leases, log: silentLog, metrics: noMetrics },
      ...{ clock: store.clock, ids: systemIds },
      drivers: new Map([...drivers].map(([provider, driver]) => [provider, this.#halting(driver)] as const)),
    })
  }

  static async on(server: TestServer): Promise<Teller> {
    const { store } = server.server.services
    const clock = { now: () => Date.now() + (self?.aheadMs ?? 0) }
    let self: Teller | null = null
    const opened = await Store.open({
      connection: { connectionString: server.env['DATABASE_URL'] },
      ...{ clock, ids: store.ids, log: silentLog, eventDescriptions: new Map() },
    })
    self = new Teller(opened, server.server.services.sealer)
    return self
  }

  /** Takes the next job that is due. */
  async take(): Promise<TakenJob> {
    const [job] = await takeJobs(this.store, Date.now(), 1, 60_000, KINDS)
    if (job === undefined) throw new Error('there is no job')
    return job
  }

  async run(job: TakenJob): Promise<void> {
    const handler = new Map(this.provisioning.handlers()).get(job.kind)
    const outcome = await handler?.({
      ...{ workspaceId: job.workspace_id, key: job.key, attempts: job.attempts },
      fence: { kind: job.kind, key: job.key, lease_id: job.lease_id },
      signal: new AbortController().signal,
    })
    await finishJob(this.store, job, outcome ?? {})
  }

  /** Does what is due, and what follows from it. */
  async work(): Promise<void> {
    for (;;) {
      const jobs = await takeJobs(this.store, Date.now(), 1, 60_000, KINDS)
      if (jobs.length === 0) return
      for (const job of jobs) await this.run(job)
    }
  }

  #away(store: Store): Store {
    return new Proxy(store, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]): Promise<unknown> => {
          const isTelling = args.some((one) => typeof one === 'string' && one.includes('INSERT INTO telling'))
          if (isTelling && this.beforeTelling !== null) {
            const halt = this.beforeTelling
            this.beforeTelling = null
            await halt.here()
          }
          if (this.losesDatabase && (isTelling || property === 'decide')) this.isAway = true
          if (this.isAway) throw new ConnectionLost('The database is away.')
          return Reflect.apply(value, target, args) as unknown
        }
      },
    })
  }

  #halting(driver: AccessSystemDriver): AccessSystemDriver {
    const serveVirtual = driver.serveVirtual?.bind(driver)
    return {
      ...driver,
      connect: (login, host) =>
        driver.connect(login, host.virtual === undefined ? host : { ...host, virtual: this.#slow(host.virtual) }),
      ...(serveVirtual === undefined
        ? {}
        : { serveVirtual: (records, host) => serveVirtual(this.#slow(records), host) }),
    }
  }

  #slow(records: VirtualRecords): VirtualRecords {
    return {
      get: (kind, id) => records.get(kind, id),
      find: (kind, lookup) => records.find(kind, lookup),
      list: (kind) => records.list(kind),
      change: async (change) => {
        const halted = this.beforeEffect
        this.beforeEffect = null
        await halted?.here()
        const result = await records.change(async (open) => {
          const put: string[] = []
          const made = await change({
            get: (kind, id) => open.get(kind, id),
            find: (kind, lookup) => open.find(kind, lookup),
            list: (kind) => open.list(kind),
            delete: (kind, id) => open.delete(kind, id),
            put: (kind, id, data, lookup) => {
              put.push(kind)
              open.put(kind, id, data, lookup)
            },
          })
          if (this.beforeCredential !== null && put.includes(KIND.credential)) {
            const halt = this.beforeCredential
            this.beforeCredential = null
            await halt.here()
          }
          return made
        })
        this.effects++
        return result
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isAway = this.losesDatabase = false
    await this.#leases[Symbol.asyncDispose]()
    await this.provisioning[Symbol.asyncDispose]()
    await this.#opened[Symbol.asyncDispose]()
  }
}
