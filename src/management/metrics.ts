/** Counters and timings for Prometheus, in its names: `_total`, seconds, labels of few values. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Clock } from '../clock.ts'
import type { Metrics } from '../metrics.ts'
import { overdueJobs, type OverdueJobs } from '../store/jobs.ts'
import type { Store } from '../store/store.ts'

const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Keeps what it is told, and gives it as text. No label holds an id, a name or a key. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry()
  readonly #requests: Counter<'operation' | 'status'>
  readonly #requestSeconds: Histogram<'operation'>
  readonly #jobs: Counter<'kind' | 'outcome'>
  readonly #jobSeconds: Histogram<'kind'>
  readonly #driverCalls: Counter<'provider' | 'call' | 'outcome'>
  readonly #driverSeconds: Histogram<'provider'>
  readonly #deliveries: Counter<'outcome'>
  readonly #deliverySeconds: Histogram
  readonly #doors: Counter<'opened' | 'reason'>

  constructor() {
    const registers = [this.#registry]
    const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Counter({ name: `lockstitch_${name}_total`, help, labelNames, registers })
    const seconds = <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Histogram({ name: `lockstitch_${name}_seconds`, help, labelNames, registers, buckets: SECONDS })
    this.#requests = counter('http_requests', 'Requests answered', ['operation', 'status'])
    this.#requestSeconds = seconds('http_request', 'Time from request to answer', ['operation'])
    this.#jobs = counter('jobs', 'Jobs run', ['kind', 'outcome'])
    this.#jobSeconds = seconds('job', 'Time a job ran', ['kind'])
    this.#driverCalls = counter('driver_calls', 'Calls to access systems', ['provider', 'call', 'outcome'])
    this.#driverSeconds = seconds('driver_call', 'Time an access system took to answer', ['provider'])
    this.#deliveries = counter('webhook_deliveries', 'Tries to deliver a webhook', ['outcome'])
    this.#deliverySeconds = seconds('webhook_delivery', 'Time a receiver took to answer', [])
    this.#doors = counter('door_attempts', 'Attempts at virtual doors', ['opened', 'reason'])
    collectDefaultMetrics({ register: this.#registry })
  }

  /** From now on the text also tells how much due work waits, of the whole installation. */
  watchJobs(store: Store, clock: Clock): void {
    const gauge = (name: string, help: string, value: (one: OverdueJobs) => number): void => {
      new Gauge({
        name: `lockstitch_${name}`,
        help,
        labelNames: ['kind'],
        registers: [this.#registry],
        async collect() {
          this.reset()
          for (const one of await overdueJobs(store, clock.now())) this.set({ kind: one.kind }, value(one))
        },
      })
    }
    gauge('jobs_due', 'Jobs that are due and not done, of all processes', (one) => one.due)
    gauge('job_lag_seconds', 'How long the job that waits longest has been due', (one) => one.lag_seconds)
  }

  request(operation: string, status: number, seconds: number): void {
    this.#requests.inc({ operation, status: String(status) })
    this.#requestSeconds.observe({ operation }, seconds)
  }

  job(kind: string, outcome: string, seconds: number): void {
    this.#jobs.inc({ kind, outcome })
    this.#jobSeconds.observe({ kind }, seconds)
  }

  driverCall(provider: string, call: string, outcome: string, seconds: number): void {
    this.#driverCalls.inc({ provider, call, outcome })
    this.#driverSeconds.observe({ provider }, seconds)
  }

  delivery(outcome: string, seconds: number): void {
    this.#deliveries.inc({ outcome })
    this.#deliverySeconds.observe(seconds)
  }

  door(opened: boolean, reason: string): void {
    this.#doors.inc({ opened: String(opened), reason })
  }

  /** The text, and its content type. */
  async text(): Promise<{ type: string; text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() }
  }
}
