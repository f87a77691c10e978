/**
 * The store: what should be true. Reads go over two pipelined clients, commands over a few more; both are bound to a
 * workspace by row-level security. See command.ts for how a command is written.
 */
import pg from 'pg'
import { toIso, type Clock } from '../clock.ts'
import { system as systemAuthor, worker as workerAuthor, type Author } from '../domain/audit/author.ts'
import type { ChangeSet, JobRequest } from '../domain/changes.ts'
import { completeEvent } from '../domain/events.ts'
import type { Records, TableName } from '../domain/records.ts'
import type { Ids } from '../ids.ts'
import type { Log } from '../log.ts'
import { asStep, currentRequestId, currentTraceparent, type Facts } from '../trace.ts'
import { readCatalogue, type Catalogue } from './catalogue.ts'
import { buildCommand, type Fence } from './command.ts'
import { changeOf, changeOfStatement, type Change } from './live.ts'
import { ConnectionLost, PipelinedClients, type QueryRow } from './postgres.ts'
import { asJson, readJson } from './rows.ts'

export type { Fence } from './command.ts'
export { ConnectionLost } from './postgres.ts'

/** A constraint of the database refused the command: unique, exclusion, foreign key or a check. */
export class ConstraintViolation extends Error {
  override name = 'ConstraintViolation'
  readonly constraint: string
  constructor(constraint: string, cause: unknown) {
    super(`The constraint ${constraint} refused the change.`, { cause })
    this.constraint = constraint
  }
}

/** The rows a command was decided on have changed. */
export class Stale extends Error {
  override name = 'Stale'
}

/** Another worker has taken over the job: nothing of this late write was kept. */
export class LeaseLost extends Error {
  override name = 'LeaseLost'
}

/** What a decision answers with: what to write, and what to tell the caller once it is written. */
export interface Decision<T> {
  changes: ChangeSet
  result: T
}

/** Who is told that jobs were written: the worker of this process, and through it those of others. */
export interface JobSignal {
  jobsWritten(workspaceId: string): void
}

export interface StoreOptions {
  connection: pg.ClientConfig
  clock: Clock
  ids: Ids
  log: Log
  eventDescriptions: ReadonlyMap<string, string>
  /** Commands under way at once. Default 8: 32 brought nothing (design.md section 1). */
  commandClients?: number
  readClients?: number
}

/** Kinds of job whose key is followed by `/` and an id of the asking command; whoever runs one ends its siblings. */
const SPREAD_KINDS: ReadonlySet<string> = new Set(['provision'])

/**
 * Plans are made again after so many commands, and whenever their number has doubled: a plan of a table with a handful
 * of rows may take an index that fits it no longer, and PostgreSQL itself looks again only after its next ANALYZE, up
 * to minutes later.
 */
const FIRST_REPLAN = 256

/** How often a command is decided again when the rows it read have changed meanwhile. */
const DECIDE_TRIES = 12

export class Store implements AsyncDisposable {
  readonly ids: Ids
  readonly clock: Clock
  readonly #reads: PipelinedClients
  readonly #commands: PipelinedClients
  readonly #system: PipelinedClients
  readonly #catalogue: Catalogue
  readonly #eventDescriptions: ReadonlyMap<string, string>
  #signal: JobSignal | null = null
  #onChange: ((workspaceId: string, change: Change) => void) | null = null
  #written = 0
  #replanAt = FIRST_REPLAN

  private constructor(options: StoreOptions, catalogue: Catalogue) {
    const { connection, log } = options
    this.ids = options.ids
    this.clock = options.clock
    this.#eventDescriptions = options.eventDescriptions
    this.#catalogue = catalogue
    this.#reads = new PipelinedClients(connection, 'lockstitch_app', options.readClients ?? 2, log)
    this.#commands = new PipelinedClients(connection, 'lockstitch_app', options.commandClients ?? 8, log)
    this.#system = new PipelinedClients(connection, 'lockstitch_system', 3, log)
  }

  /** Opens the store on a migrated database. */
  static async open(options: StoreOptions): Promise<Store> {
    return new Store(options, await readCatalogue(options.connection))
  }

  /** From now on `signal` hears of every job written through this store. */
  onJobs(signal: JobSignal): void {
    this.#signal = signal
  }

  /** From now on `hear` is told what every command through this store has changed. */
  onChange(hear: (workspaceId: string, change: Change) => void): void {
    this.#onChange = hear
  }

  /**
   * Reads rows of one workspace. Every statement also names the workspace itself: `$1` is the workspace id. The text is
   * a SELECT; its instants are in columns whose name ends in `_at` or `_since`.
   */
  async read<R extends object>(workspaceId: string, text: string, values: unknown[] = []): Promise<R[]> {
    const rows = await this.#reads.query<{ row: string }>(workspaceId, asJson(text), [workspaceId, ...values])
    return readJson<R>(text, rows)
  }

  /** Reads one row by its id column, or undefined. */
  async get<T extends TableName>(
    workspaceId: string,
    table: T,
    key: keyof Records[T] & string,
    id: string,
  ): Promise<Records[T] | undefined> {
    const rows = await this.read<Records[T]>(
      workspaceId,
      `SELECT * FROM ${table} WHERE workspace_id = $1 AND ${key} = $2`,
      [id],
    )
    return rows[0]
  }

  /** Reads the rows whose id column is one of `ids`, in no particular order. */
  getMany<T extends TableName>(
    workspaceId: string,
    table: T,
    key: keyof Records[T] & string,
    ids: readonly string[],
  ): Promise<Records[T][]> {
    if (ids.length === 0) return Promise.resolve([])
    return this.read<Records[T]>(workspaceId, `SELECT * FROM ${table} WHERE workspace_id = $1 AND ${key} = ANY($2)`, [
      ids,
    ])
  }

  /** A statement across workspaces, as the system role: sign-in, jobs, the making of a workspace. */
  system<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
    return this.#system.query(null, text, values) as Promise<unknown> as Promise<R[]>
  }

  /** As {@link system}, for a statement that checks what it rests on. @throws Stale when that has changed, {@link ConstraintViolation} */
  async systemCommand<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
    try {
      return (await this.#system.query(null, text, values)) as unknown as R[]
    } catch (error) {
      throw translate(error)
    }
  }

  /**
   * A statement of the app role that is neither a plain read nor a set of changes (e.g. a reset). `$1` is the workspace id.
   * @throws Stale, {@link ConstraintViolation} as {@link write}
   */
  async execute<R extends QueryRow>(workspaceId: string, text: string, values: unknown[] = []): Promise<R[]> {
    try {
      const rows = await this.#commands.query<R>(workspaceId, text, [workspaceId, ...values])
      this.#onChange?.(workspaceId, changeOfStatement(text))
      return rows
    } catch (error) {
      throw translate(error)
    }
  }

  /**
   * Writes a set of changes as one statement. `now` is the workspace's time: events carry it. `author` is who the audit
   * log names; without one, a fence names the worker that holds it.
   * @throws Stale when a row is not as it was read, {@link ConstraintViolation} when a constraint refused.
   */
  async write(
    workspaceId: string,
    now: string,
    changes: ChangeSet,
    fence: Fence | null = null,
    author: Author | null = null,
  ): Promise<void> {
    if (changes.isEmpty) return
    await asStep(
      'command',
      'client',
      () => factsOf(changes),
      () => this.#write(workspaceId, now, changes, fence, author),
    )
    if (changes.jobs.length > 0 || changes.events.length > 0) this.#signal?.jobsWritten(workspaceId)
  }

  async #write(
    workspaceId: string,
    now: string,
    changes: ChangeSet,
    fence: Fence | null,
    author: Author | null,
  ): Promise<void> {
    const by = author ?? (fence === null ? systemAuthor('server') : workerAuthor(fence.kind))
    const events = changes.events.map((event) =>
      completeEvent(event, workspaceId, now, this.ids, this.#eventDescriptions),
    )
    const { text, values } = buildCommand(
      this.#catalogue,
      workspaceId,
      changes,
      this.#spread(changes.jobs),
      events,
      fence,
      { ...by, occurred_at: now, recorded_at: toIso(this.clock.now()) },
      { request_id: currentRequestId(), traceparent: currentTraceparent() },
    )
    try {
      await this.#commands.query(workspaceId, text, values)
    } catch (error) {
      throw translate(error)
    }
    this.#onChange?.(
      workspaceId,
      changeOf(
        changes,
        events.map(({ event_id }) => event_id),
      ),
    )
    this.#written++
    if (this.#written === this.#replanAt) {
      this.#replanAt *= 2
      for (const clients of [this.#reads, this.#commands, this.#system]) clients.replan()
    }
  }

  /** Jobs that every command on one busy thing asks for get keys of their own: one shared row would make the commands wait for each other. */
  #spread(jobs: readonly JobRequest[]): JobRequest[] {
    return jobs.map((job) => (SPREAD_KINDS.has(job.kind) ? { ...job, key: `${job.key}/${this.ids.uuid()}` } : job))
  }

  /**
   * Reads, decides, writes; when what was read has changed meanwhile, or another command took the same unique place,
   * does all three again. The decision must read afresh each time and must not act outside.
   */
  async decide<T>(
    workspaceId: string,
    now: () => string,
    decision: () => Promise<Decision<T>>,
    fence: Fence | null = null,
    author: Author | null = null,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const { changes, result } = await decision()
      try {
        await this.write(workspaceId, now(), changes, fence, author)
        return result
      } catch (error) {
        const again = error instanceof Stale || error instanceof ConstraintViolation
        if (!again || attempt >= DECIDE_TRIES) throw error
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#reads, this.#commands, this.#system].map((clients) => clients[Symbol.asyncDispose]()))
  }
}

/** What a command is about, for its trace: tables, kinds of event and of job; never what is in the rows. */
function factsOf({ inserts, updates, deletes, events, jobs }: ChangeSet): Facts {
  const tables = (verb: string, lists: object): string[] => Object.keys(lists).map((table) => `${verb} ${table}`)
  return {
    'db.system.name': 'postgresql',
    'lockstitch.changes': [...tables('insert', inserts), ...tables('update', updates), ...tables('delete', deletes)],
    'lockstitch.events': [...new Set(events.map((event) => event.event_type))],
    'lockstitch.jobs': [...new Set(jobs.map((job) => job.kind))],
  }
}

function translate(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  switch (error.code) {
    case 'LS001':
      if (error.message.startsWith('stale lease')) return new LeaseLost(error.message, { cause: error })
      return new Stale(error.message, { cause: error })
    case '23505': // unique_violation
    case '23P01': // exclusion_violation
    case '23503': // foreign_key_violation
    case '23514': // check_violation
      return new ConstraintViolation(error.constraint ?? 'unknown', error)
    case '40P01': // deadlock_detected: the other one goes first
      return new Stale('deadlock', { cause: error })
    default:
      return error
  }
}

/** Whether an error means the store could not be reached, so that the caller may try later. */
export function isStoreUnavailable(error: unknown): boolean {
  return error instanceof ConnectionLost
}
