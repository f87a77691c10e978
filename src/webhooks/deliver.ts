/**
 * Delivery of events to webhooks (core.md section 12). A delivery is a row written with its event; each try is signed,
 * sent and recorded here, and the ladder says when the next one is due. A crash between sending and recording leaves
 * the row as it was: the delivery is sent again under the same message id (at least once).
 */
import { toIso, type Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { JobOutcome, JobRun } from '../provisioning/worker.ts'
import type { Sealer } from '../store/sealer.ts'
import { LeaseLost, type Store } from '../store/store.ts'
import { getDueDeliveries, recordAttempts, type DeliveryAttempt, type DueDelivery } from '../store/webhooks.ts'
import type { Workspaces } from '../store/workspaces.ts'
import { Batch } from './batch.ts'
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
  allowedPrivateHosts: readonly string[]
  mayCallLoopback: boolean
}

/** Sends under way at once to one webhook, in one process. */
const SHARE = 16
/** An endpoint that keeps its share longer than this lets others go first. */
const SLOW_MS = 1000
/** When deliveries to a slow endpoint are looked at again, by the machine's clock. */
const GIVE_BACK_MS = 5000

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
    this.#turns = new Turns({ clock: services.clock, share: SHARE, slowMs: SLOW_MS })
    const { store } = services
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
    const { clock, log, sealer, workspaces } = this.#services
    const delivery = await this.#load.ask(run.workspaceId, run.key)
    // The webhook or the event is gone, or a run before this one was interrupted after its last write.
    if (delivery === undefined || delivery.status !== 'pending') return
    const dueAt = delivery.next_attempt_at
    if (dueAt !== null && Date.parse(dueAt) > (await workspaces.now(run.workspaceId))) return { again_at: dueAt }

    const endTurn = await this.#turns.take(delivery.webhook_id)
    if (endTurn === null) return { again_in_ms: GIVE_BACK_MS }
    try {
      const id = messageId(delivery.webhook_delivery_id)
      const body = JSON.stringify(delivery.payload)
      const headers = signatureHeaders(sealer.open(delivery.secret_sealed), id, clock.now(), body)
      const outcome = await this.#sender.post(delivery.url, body, headers, this.#rulesFor(delivery), run.signal)

      const nowMs = await workspaces.now(run.workspaceId)
      const attempt_count = delivery.attempt_count + 1
      const nextMs = outcome.error === null ? null : nextAttemptAt(attempt_count, nowMs)
      const attempt: DeliveryAttempt = {
        webhook_delivery_id: delivery.webhook_delivery_id,
        status: outcome.error === null ? 'delivered' : nextMs === null ? 'failed' : 'pending',
        attempt_count,
        next_attempt_at: nextMs === null ? null : toIso(nextMs),
        last_attempt_at: toIso(nowMs),
        last_status_code: outcome.status_code,
        last_error: outcome.error,
        lease_id: run.fence.lease_id,
      }
      if ((await this.#record.ask(run.workspaceId, attempt)) !== true) {
        // The webhook was deleted while the send was under way: nothing is left to do. Or another worker is at it.
        const now = await this.#load.ask(run.workspaceId, run.key)
        if (now?.status !== 'pending') return
        throw new LeaseLost('the delivery was taken over by another worker')
      }
      if (outcome.error !== null) {
        const about = {
          webhook_id: delivery.webhook_id,
          event_id: delivery.event_id,
          event_type: delivery.event_type,
          attempt: attempt_count,
          reason: outcome.error,
        }
        if (attempt.status === 'failed')
          log.warn(about, `a webhook delivery failed ${MAX_ATTEMPTS} times and is given up`)
        else log.info({ ...about, again_at: attempt.next_attempt_at }, 'a webhook delivery failed')
      }
      return attempt.next_attempt_at === null ? undefined : { again_at: attempt.next_attempt_at }
    } finally {
      endTurn()
    }
  }

  #rulesFor(delivery: DueDelivery): TargetRules {
    return webhookRules(this.#services, delivery.is_sandbox)
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
