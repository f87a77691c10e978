/**
 * Jobs written by a process without workers are announced to those that have some: one NOTIFY outside the command's
 * transaction, for all jobs of a moment (inside it, it would cost 40 % of the commands: design.md section 1). An
 * announcement that gets lost costs the wait for the next poll, no more.
 */
import pg from 'pg'
import type { Log } from '../log.ts'
import type { JobSignal, Store } from './store.ts'

const CHANNEL = 'lockstitch_jobs'
/** Jobs of this many milliseconds are announced together. */
const DEBOUNCE_MS = 5

/** Tells other processes of jobs. */
export class JobAnnouncer implements JobSignal {
  readonly #store: Store
  readonly #log: Log
  #isWaiting = false

  constructor(store: Store, log: Log) {
    this.#store = store
    this.#log = log
  }

  jobsWritten(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    setTimeout(() => {
      this.#isWaiting = false
      this.#store
        .system(`SELECT pg_notify('${CHANNEL}', '')`)
        .catch((error: unknown) => this.#log.warn({ err: String(error) }, 'jobs could not be announced'))
    }, DEBOUNCE_MS).unref()
  }
}

/** Hears of jobs that other processes wrote, and passes it on; connects again when its connection is lost. */
export class JobListener implements AsyncDisposable {
  readonly #connection: pg.ClientConfig
  readonly #signal: Pick<JobSignal, 'jobsWritten'>
  #client: pg.Client | null = null
  #retry: NodeJS.Timeout | null = null
  #isClosed = false

  constructor(connection: pg.ClientConfig, signal: Pick<JobSignal, 'jobsWritten'>) {
    this.#connection = connection
    this.#signal = signal
  }

  async listen(): Promise<void> {
    if (this.#isClosed) return
    const client = new pg.Client(this.#connection)
    this.#client = client
    const lost = (): void => {
      if (this.#client !== client) return
      this.#client = null
      if (!this.#isClosed) this.#retry = setTimeout(() => void this.listen(), 1000)
    }
    client.on('error', lost)
    client.on('end', lost)
    client.on('notification', () => this.#signal.jobsWritten(''))
    try {
      await client.connect()
      await client.query(`LISTEN ${CHANNEL}`)
    } catch {
      lost()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    const client = this.#client
    this.#client = null
    await client?.end().catch(() => undefined)
  }
}
