/**
 * Connections to PostgreSQL. Row-level security is bound to the connection, not to a transaction: each client
 * remembers the workspace its session is set to, and a statement for another workspace is preceded by
 * `set_config` in the same pipeline flush. Order on a connection is order of submission, so no transaction is
 * needed (design.md section 1).
 */
import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import type { Log } from '../log.ts'
import { toWireInstant } from './rows.ts'

const types = new pg.TypeOverrides()
types.setTypeParser(20, Number) // int8: counts and milliseconds, well below 2^53
types.setTypeParser(1184, toWireInstant)

/** A connection died with a statement under way: whether it took effect is unknown. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost'
}

export type QueryRow = Record<string, unknown>

interface PipelinedClient {
  client: pg.Client
  ready: Promise<void>
  workspaceId: string | null
  waiting: number
  alive: boolean
  /** The {@link PipelinedClients.replan} it has followed. */
  plansOf: number
  isGathering: boolean
}

const statementNames = new Map<string, string>()

/** One name per statement text, so that PostgreSQL plans it once per connection. */
export function statementName(text: string): string {
  let name = statementNames.get(text)
  if (name === undefined) {
    name = createHash('sha1').update(text).digest('base64url').slice(0, 20)
    statementNames.set(text, name)
  }
  return name
}

/**
 * Every statement of ours finds its rows by an index. A plan made while a table was small, kept for the connection, must
 * not read the whole table when it has grown (measured: point reads fell from 12,000/s to 300/s within 5,000 grants).
 */
const SESSION = `SET TIME ZONE 'UTC'; SET enable_seqscan = off; SET jit = off`

/** A few clients in pipeline mode that act as one role; a statement goes to the one with the least waiting. */
export class PipelinedClients implements AsyncDisposable {
  readonly #config: pg.ClientConfig
  readonly #role: string
  readonly #log: Log
  readonly #size: number
  readonly #clients: PipelinedClient[] = []
  #closed = false
  #plans = 0

  constructor(config: pg.ClientConfig, role: string, size: number, log: Log) {
    this.#config = config
    this.#role = role
    this.#size = size
    this.#log = log
  }

  /** From now on every statement is planned afresh: its tables are not what they were when its plan was made. */
  replan(): void {
    this.#plans++
  }

  /**
   * Runs one statement, bound to `workspaceId` where row-level security asks for it.
   * @throws pg.DatabaseError for a refused statement, {@link ConnectionLost} when the connection died under it.
   */
  async query<R extends QueryRow>(workspaceId: string | null, text: string, values: unknown[]): Promise<R[]> {
    const entry = this.#pick()
    entry.waiting++
    try {
      await entry.ready
      gather(entry)
      if (entry.plansOf !== this.#plans) {
        entry.plansOf = this.#plans
        entry.client.query('DISCARD PLANS').catch(() => this.#drop(entry))
      }
      if (workspaceId !== null && entry.workspaceId !== workspaceId) {
        entry.workspaceId = workspaceId
        const bound = entry.client.query({
          name: 'bind_workspace',
          text: "SELECT set_config('lockstitch.workspace_id', $1, false)",
          values: [workspaceId],
        })
        bound.catch(() => this.#drop(entry))
      }
      const result = await entry.client.query<R>({ name: statementName(text), text, values })
      return result.rows
    } catch (error) {
      if (error instanceof pg.DatabaseError && !isFatal(error)) throw error
      this.#drop(entry)
      throw new ConnectionLost('The connection to PostgreSQL was lost.', { cause: error })
    } finally {
      entry.waiting--
    }
  }

  #pick(): PipelinedClient {
    if (this.#closed) throw new ConnectionLost('The store is closed.')
    let best: PipelinedClient | undefined
    for (const entry of this.#clients) if (best === undefined || entry.waiting < best.waiting) best = entry
    if (best !== undefined && (best.waiting === 0 || this.#clients.length >= this.#size)) return best
    return this.#open()
  }

  #open(): PipelinedClient {
    const client = new pg.Client({ ...this.#config, types, pipeline: true })
    const entry: PipelinedClient = {
      client,
      ready: Promise.resolve(),
      workspaceId: null,
      waiting: 0,
      alive: true,
      plansOf: this.#plans,
      isGathering: false,
    }
    client.on('error', (error) => {
      this.#log.warn({ err: error.message }, 'a PostgreSQL connection failed')
      this.#drop(entry)
    })
    client.on('end', () => this.#drop(entry))
    entry.ready = client.connect().then(async () => {
      await client.query(`SET ROLE ${this.#role}; ${SESSION}`)
    })
    entry.ready.catch(() => this.#drop(entry))
    this.#clients.push(entry)
    return entry
  }

  #drop(entry: PipelinedClient): void {
    if (!entry.alive) return
    entry.alive = false
    const at = this.#clients.indexOf(entry)
    if (at !== -1) this.#clients.splice(at, 1)
    entry.client.end().catch(() => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.allSettled(
      [...this.#clients].map(async (entry) => {
        entry.alive = false
        await entry.ready
        await entry.client.end()
      }),
    )
  }
}

/**
 * Statements of one turn of the event loop leave in one write: requests that arrived together cost one system call, not
 * one each (measured: a third of the processor time of point reads at 50 callers was spent in writing).
 */
function gather(entry: PipelinedClient): void {
  if (entry.isGathering) return
  entry.isGathering = true
  const { stream } = (entry.client as unknown as { connection: { stream: Duplex } }).connection
  stream.cork()
  setImmediate(() => {
    entry.isGathering = false
    stream.uncork()
  })
}

/** Errors of class 57 (shut down, terminated) and 08 end the connection; the rest refuse one statement. */
function isFatal(error: pg.DatabaseError): boolean {
  return error.code === undefined || error.code.startsWith('57P') || error.code.startsWith('08')
}
