/**
 * The job runner: takes due jobs, runs the handler of their kind, renews their leases meanwhile, and decides when a
 * failed one is tried again. Handlers say what happened; they do not loop or sleep.
 */
import { toIso, type Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { finishJob, releaseLeases, renewLeases, takeJobs, untilNextJob, type TakenJob } from '../store/jobs.ts'
import { ConnectionLost, LeaseLost, type Fence, type JobSignal, type Store } from '../store/store.ts'
import type { Workspaces } from '../store/workspaces.ts'
import { from, kindOfError, type Step, type Tracing } from '../trace.ts'
import { waitAfter } from './waits.ts'

/** One run of a job, as its handler sees it. */
export interface JobRun {
  workspaceId: string
  key: string
  /** Failed runs before this one. */
  attempts: number
  /** Give it to every write of the run, so that a late write of a worker that lost the job is refused. */
  fence: Fence
  /** Aborted when the server stops. */
  signal: AbortSignal
}

/**
 * Nothing more to do; or look again at this time of the workspace; or, where a person waits, after so many milliseconds
 * of real time, whatever the workspace's clock does.
 */
export type JobOutcome = void | { again_at: string } | { again_in_ms: number }

export type JobHandler = (run: JobRun) => Promise<JobOutcome>

export interface WorkerOptions {
  store: Store
  workspaces: Workspaces
  clock: Clock
  log: Log
  metrics: Metrics
  tracing: Tracing
  /** Kind -> handler. A worker takes jobs of these kinds alone, so that slow kinds can have a worker to themselves. */
  handlers: ReadonlyMap<string, JobHandler>
  /** Jobs run at once in this process. */
  concurrency?: number
  /** Another worker of this process, for other kinds: woken with this one. */
  companion?: Worker
}

/** A killed worker's jobs are free again after this long (milliseconds), so that another has them within 5 s. */
const LEASE_MS = 3500
const HEARTBEAT_MS = 1000
/** A job written by another process, or one that a clock made due, is seen after this long at the latest. */
const POLL_MS = 500
const IDLE_POLL_MS = 20

export class Worker implements JobSignal, AsyncDisposable {
  readonly #options: WorkerOptions
  readonly #concurrency: number
  readonly #running = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()
  readonly #watchers = new Set<() => void>()
  #loop: Promise<void> | null = null
  #heartbeat: NodeJS.Timeout | null = null
  #wake: (() => void) | null = null
  #isAwake = false

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#concurrency = options.concurrency ?? 48
  }

  start(): void {
    this.#loop ??= this.#run()
    this.#heartbeat = setInterval(() => void this.#renew(), HEARTBEAT_MS)
  }

  jobsWritten(): void {
    this.#lookAgain()
    this.#options.companion?.jobsWritten()
  }

  #lookAgain(): void {
    this.#isAwake = true
    this.#wake?.()
  }

  /** Calls back whenever a job of this process has ended. Returns the way to stop listening. */
  onProgress(callback: () => void): () => void {
    this.#watchers.add(callback)
    return () => this.#watchers.delete(callback)
  }

  /** Waits until `isIdle` answers true, `timeoutMs` at most; asks again whenever a job of this process has ended. Answers whether it did. */
  async whenIdle(isIdle: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
    const limit = AbortSignal.timeout(timeoutMs)
    for (;;) {
      const progressed = new Promise<void>((resolve) => {
        const stop = this.onProgress(done)
        // Work of another process makes no progress here: look again now and then.
        const timer = setTimeout(done, IDLE_POLL_MS)
        function done() {
          clearTimeout(timer)
          stop()
          resolve()
        }
      })
      if (await isIdle()) return true
      if (limit.aborted) return false
      await progressed
    }
  }

  async #run(): Promise<void> {
    const { store, clock, log } = this.#options
    while (!this.#stop.signal.aborted) {
      this.#isAwake = false
      let waitMs = POLL_MS
      const kinds = [...this.#options.handlers.keys()]
      try {
        const room = this.#concurrency - this.#running.size
        const jobs = room > 0 ? await takeJobs(store, clock.now(), room, LEASE_MS, kinds) : []
        for (const job of jobs) this.#begin(job)
        if (jobs.length > 0) continue
        if (room > 0) {
          const next = await untilNextJob(store, clock.now(), kinds)
          if (next !== null) waitMs = Math.min(POLL_MS, Math.max(1, next))
        }
      } catch (error) {
        if (this.#stop.signal.aborted) break
        log.warn({ err: String(error) }, 'taking jobs failed; trying again')
      }
      await this.#sleep(waitMs)
    }
  }

  #sleep(ms: number): Promise<void> {
    if (this.#isAwake || this.#stop.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms)
      const wake = done
      this.#wake = wake
      function done() {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #begin(job: TakenJob): void {
    const step = this.#options.tracing.begin(`job ${job.kind}`, 'consumer', job.traceparent, () => ({
      'lockstitch.job.kind': job.kind,
      'lockstitch.job.failed_runs': job.attempts,
      'lockstitch.workspace_id': job.workspace_id,
      ...(job.request_id === null ? {} : { 'lockstitch.request_id': job.request_id }),
    }))
    const run = from({ requestId: job.request_id, step }, () => this.#work(job, step)).finally(() => {
      step?.end()
      this.#running.delete(job.lease_id)
      this.#lookAgain()
      for (const watcher of this.#watchers) watcher()
    })
    this.#running.set(job.lease_id, run)
  }

  async #work(job: TakenJob, step: Step | null): Promise<void> {
    const { store, log, handlers, metrics } = this.#options
    const { request_id } = job
    const about = {
      workspace_id: job.workspace_id,
      job: job.kind,
      key: job.key,
      ...(request_id === null ? {} : { request_id }),
    }
    const startedAt = performance.now()
    const count = (outcome: 'done' | 'again' | 'failed' | 'lost'): void => {
      metrics.job(job.kind, outcome, (performance.now() - startedAt) / 1000)
      step?.note({ 'lockstitch.job.outcome': outcome })
    }
    try {
      const handler = handlers.get(job.kind)
      if (handler === undefined) throw new Error(`no handler for jobs of kind ${job.kind}`)
      const outcome = await handler({
        workspaceId: job.workspace_id,
        key: job.key,
        attempts: job.attempts,
        fence: { kind: job.kind, key: job.key, lease_id: job.lease_id },
        signal: this.#stop.signal,
      })
      await finishJob(store, job, outcome ?? {})
      count(outcome === undefined ? 'done' : 'again')
    } catch (error) {
      step?.fail(kindOfError(error))
      if (error instanceof LeaseLost) {
        count('lost')
        log.warn(about, 'the job was taken over by another worker')
        return
      }
      if (error instanceof ConnectionLost || this.#stop.signal.aborted) {
        count('lost')
        // Given back, or else its lease ends by itself: either way the job is taken up again.
        log.warn({ ...about, err: String(error) }, 'a job was interrupted')
        await this.#giveBack([job.lease_id])
        return
      }
      count('failed')
      log.error({ ...about, err: error instanceof Error ? error.stack : String(error) }, 'a job failed')
      await this.#tryLater(job, error).catch((failure: unknown) =>
        log.warn({ ...about, err: String(failure) }, 'a failed job could not be put back'),
      )
    }
  }

  async #tryLater(job: TakenJob, error: unknown): Promise<void> {
    const { store, workspaces } = this.#options
    const now = await workspaces.now(job.workspace_id)
    await finishJob(store, job, {
      again_at: toIso(now + waitAfter(job.attempts)),
      failure: error instanceof Error ? error.message : String(error),
    })
  }

  async #renew(): Promise<void> {
    const held = [...this.#running.keys()]
    if (held.length === 0) return
    await renewLeases(this.#options.store, held, LEASE_MS).catch((error: unknown) =>
      this.#options.log.warn({ err: String(error) }, 'leases could not be renewed'),
    )
  }

  /** Others need not wait for these leases to end; what a handler might still write under one of them is refused. */
  async #giveBack(leaseIds: string[]): Promise<void> {
    await releaseLeases(this.#options.store, leaseIds).catch(() => undefined)
  }

  /** Takes no more jobs, waits for those under way, `drainMs` at most, and gives back the rest. */
  async stop(drainMs = 3000): Promise<void> {
    this.#stop.abort()
    this.#wake?.()
    await this.#loop
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise((resolve) => {
      timer = setTimeout(resolve, drainMs)
    })
    await Promise.race([Promise.allSettled(this.#running.values()), limit])
    clearTimeout(timer)
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
    if (this.#running.size > 0) await this.#giveBack([...this.#running.keys()])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
