/**
 * Delivery of events to webhooks (core.md section 12). A delivery is a row written with its event; each try is signed,
 * sent and recorded here, and the ladder says when the next one is due. A crash between sending and recording leaves
 * the row as it was: the delivery is sent again under the same message id (at least once).
 */
import { toIso, type Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { JobOutcome, JobRun } from '../provisioning/worker.ts'
import type { Sealer } from '../store/sealer.ts'
import { LeaseLost, type Store } from '../store/store.ts'
import { asStep, currentTraceparent } from '../trace.ts'
import {
  getDueDeliveries,
  holdDeliveries,
  recordAttempts,
  type DeliveryAttempt,
  type DueDelivery,
} from '../store/webhooks.ts'
import type { Workspaces } from '../store/workspaces.ts'
import { Batch } from './batch.ts'
import { disable, isTooLong } from './disable.ts'
import { excerptOf } from './excerpt.ts'
import { MAX_ATTEMPTS, nextAttemptAt } from './ladder.ts'
import { Sender, type SenderOptions } from './send.ts'
import { messageId, signatureHeaders } from './sign.ts'
import type { TargetRules } from './targets.ts'
import { Turns } from './turns.ts'

export interface WebhookServices {
  store: Store
  workspaces: Workspaces
  sealer: Sealer
  /** The machine's clock: receivers check signatures against theirs. */
  clock: Clock
  log: Log
  metrics: Metrics
  allowedPrivateHosts: readonly string[]
  mayCallLoopback: boolean
}

/** What a send needs to know of a webhook. */
export type Receiver = Pick<DueDelivery, 'url' | 'secret_sealed' | 'previous_secret_sealed' | 'previous_secret_ends_at'>

/** How one try went. */
export interface Sent {
  /** The receiver's status; null = there was none. */
  status_code: number | null
  /** Why it failed; null = it was taken. */
  error: string | null
  /** The first 500 characters of the answer. */
  response_body: string | null
  /** Milliseconds of real time. */
  duration_ms: number
}

/** Sends under way at once to one webhook, in one process; and while it is slow. */
const SHARE = 16
const SLOW_SHARE = 2
/** An endpoint that has its share and ends none of it for so long lets others go first. */
const STUCK_MS = 250
/** A third of the time that a receiver has to answer. */
const SLOW_MS = 5000
/** When deliveries to an endpoint that does not get on are looked at again, by the machine's clock: later each time. */
const GIVE_BACK_MS = 1000
const MOST_GIVE_BACK_MS = 15_000
/** How long the log of tries is kept, by the machine's clock. */
const LOG_KEPT_MS = 30 * 24 * 3_600_000

/** Runs the jobs of kind `deliver_webhook`, keyed by `webhook_delivery_id`. */
export class WebhookDelivery implements AsyncDisposable {
  readonly #services: WebhookServices
  readonly #sender: Sender
  readonly #turns: Turns
  readonly #load: Batch<string, DueDelivery>
  readonly #record: Batch<DeliveryAttempt, boolean>

  constructor(services: WebhookServices, options: SenderOptions = {}) {
    this.#services = services
    this.#sender = new Sender(options)
    const { clock, store } = services
    this.#turns = new Turns({ clock, share: SHARE, slowShare: SLOW_SHARE, stuckMs: STUCK_MS, slowMs: SLOW_MS })
    this.#load = new Batch(async (workspaceId, ids) => {
      const found = await getDueDeliveries(store, workspaceId, ids)
      return new Map(found.map((delivery) => [delivery.webhook_delivery_id, delivery]))
    })
    this.#record = new Batch(async (workspaceId, attempts) => {
      const written = await recordAttempts(store, workspaceId, attempts)
      return new Map(attempts.map((attempt) => [attempt, written.has(attempt.webhook_delivery_id)]))
    })
  }

  /** One look at a delivery: sent when it is due, then ended or put back for its next try. */
  async run(run: JobRun): Promise<JobOutcome> {
    const { store, workspaces } = this.#services
    const { workspaceId } = run
    const delivery = await this.#load.ask(workspaceId, run.key)
    // The webhook or the event is gone, or a run before this one was interrupted after its last write.
    if (delivery === undefined || delivery.status !== 'pending') return
    // Written while it was being disabled.
    if (delivery.disabled_at !== null) return holdDeliveries(store, workspaceId, delivery.webhook_id)
    const dueAt = delivery.next_attempt_at
    if (dueAt !== null && Date.parse(dueAt) > (await workspaces.now(workspaceId))) return { again_at: dueAt }

    const endTurn = await this.#turns.take(delivery.webhook_id)
    if (endTurn === null) return { again_in_ms: Math.min(MOST_GIVE_BACK_MS, GIVE_BACK_MS * (run.attempts + 1)) }
    try {
      return await this.#try(run, delivery)
    } finally {
      endTurn()
    }
  }

  async #try(run: JobRun, delivery: DueDelivery): Promise<JobOutcome> {
    const { clock, workspaces, log, metrics } = this.#services
    const { workspaceId } = run
    const startedMs = await workspaces.now(workspaceId)
    const id = messageId(delivery.webhook_delivery_id)
    const body = JSON.stringify(delivery.payload)
    const sent = await this.send(delivery, delivery.is_sandbox, startedMs, { id, body }, run.signal)

    const nowMs = await workspaces.now(workspaceId)
    const attempt_count = delivery.attempt_count + 1
    const failures = attempt_count - delivery.attempts_before_resend
    const nextMs = sent.error === null ? null : nextAttemptAt(failures, nowMs)
    const attempt: DeliveryAttempt = {
      webhook_delivery_id: delivery.webhook_delivery_id,
      status: sent.error === null ? 'delivered' : nextMs === null ? 'failed' : 'pending',
      attempt_count,
      next_attempt_at: nextMs === null ? null : toIso(nextMs),
      last_attempt_at: toIso(nowMs),
      last_status_code: sent.status_code,
      last_error: sent.error,
      resend_count: delivery.resend_count,
      started_at: toIso(startedMs),
      duration_ms: sent.duration_ms,
      response_body: sent.response_body,
      sweep_at: toIso(clock.now() + LOG_KEPT_MS),
      lease_id: run.fence.lease_id,
    }
    if ((await this.#record.ask(workspaceId, attempt)) !== true) {
      // The webhook was deleted while the send was under way: nothing is left to do. Or another worker is at it.
      const now = await this.#load.ask(workspaceId, run.key)
      if (now?.status !== 'pending') return
      throw new LeaseLost('the delivery was taken over by another worker')
    }
    const outcome = attempt.status === 'pending' ? 'retry' : attempt.status === 'failed' ? 'given_up' : 'delivered'
    metrics.delivery(outcome, sent.duration_ms / 1000)
    if (sent.error !== null) {
      const about = {
        webhook_id: delivery.webhook_id,
        event_id: delivery.event_id,
        event_type: delivery.event_type,
        attempt: attempt_count,
        reason: sent.error,
      }
      if (attempt.status === 'failed')
        log.warn(about, `a webhook delivery failed ${MAX_ATTEMPTS} times and is given up`)
      else log.info({ ...about, again_at: attempt.next_attempt_at }, 'a webhook delivery failed')
      if (isTooLong(delivery.failing_since, failures, nowMs))
        await disable(this.#services, workspaceId, delivery.webhook_id, nowMs)
    }
    return attempt.next_attempt_at === null ? undefined : { again_at: attempt.next_attempt_at }
  }

  /**
   * Signs a message and sends it to a webhook, at `nowMs` of its workspace, under its previous secret as well while that
   * one holds. @throws when `stop` is aborted.
   */
  async send(
    webhook: Receiver,
    isSandbox: boolean,
    nowMs: number,
    message: { id: string; body: string },
    stop: AbortSignal,
  ): Promise<Sent> {
    const { clock, sealer } = this.#services
    const secrets = [sealer.open(webhook.secret_sealed)]
    const { previous_secret_sealed, previous_secret_ends_at } = webhook
    const known = previous_secret_sealed === null ? secrets : [...secrets, sealer.open(previous_secret_sealed)]
    const isChanging = previous_secret_ends_at !== null && Date.parse(previous_secret_ends_at) > nowMs
    const beganMs = clock.now()
    const headers = signatureHeaders(isChanging ? known : secrets, message.id, beganMs, message.body)
    const rules = webhookRules(this.#services, isSandbox)
    // Of the receiver only the status is told: its URL may hold a secret.
    const { status_code, error, body } = await asStep(
      'webhook POST',
      'client',
      () => ({ 'http.request.method': 'POST', 'lockstitch.message_id': message.id }),
      async (step) => {
        const traceparent = currentTraceparent()
        const traced = traceparent === null ? headers : { ...headers, traceparent }
        const outcome = await this.#sender.post(webhook.url, message.body, traced, rules, stop)
        if (outcome.status_code !== null) step?.note({ 'http.response.status_code': outcome.status_code })
        if (outcome.error !== null) step?.fail(outcome.status_code === null ? 'no_answer' : String(outcome.status_code))
        return outcome
      },
    )
    return {
      status_code,
      error,
      response_body: body === null ? null : excerptOf(body, known),
      duration_ms: Math.max(0, Math.round(clock.now() - beganMs)),
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#sender[Symbol.asyncDispose]()
  }
}

/** Where webhooks of a workspace may go. */
export function webhookRules(
  { allowedPrivateHosts, mayCallLoopback }: Pick<WebhookServices, 'allowedPrivateHosts' | 'mayCallLoopback'>,
  isSandbox: boolean,
): TargetRules {
  return { allowLoopback: isSandbox && mayCallLoopback, allowedHosts: allowedPrivateHosts }
}
