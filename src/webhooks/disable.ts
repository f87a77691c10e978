/** A webhook whose deliveries all fail for days is disabled: nothing more is sent until its receiver is mended. */
import { toIso } from '../clock.ts'
import { ChangeSet } from '../domain/changes.ts'
import type { Log } from '../log.ts'
import { getWebhook, holdDeliveries } from '../store/webhooks.ts'
import type { Store } from '../store/store.ts'

/** How long every delivery must have failed, by the workspace's clock (the Svix documents, "Disabling failing endpoints"). */
export const FAILING_LIMIT_MS = 5 * 24 * 3_600_000

/**
 * Tries that a delivery must have failed before it can disable its webhook: they span 35 minutes, so that a receiver that
 * was mended long ago, and seldom has an event, is not disabled for one bad moment.
 */
export const FAILURES_BEFORE_DISABLING = 4

/** Whether a failed try at `nowMs`, the `failures`th of its delivery, is one too many. */
export function isTooLong(failingSince: string | null, failures: number, nowMs: number): boolean {
  return (
    failingSince !== null &&
    failures >= FAILURES_BEFORE_DISABLING &&
    nowMs - Date.parse(failingSince) >= FAILING_LIMIT_MS
  )
}

/** Disables a webhook that has failed too long by `nowMs`, with its event, and holds what waits for it. */
export async function disable(
  { store, log }: { store: Store; log: Log },
  workspaceId: string,
  webhookId: string,
  nowMs: number,
): Promise<void> {
  const now = toIso(nowMs)
  const isDisabled = await store.decide(
    workspaceId,
    () => now,
    async () => {
      const changes = new ChangeSet()
      const webhook = await getWebhook(store, workspaceId, webhookId)
      if (webhook === undefined || webhook.disabled_at !== null) return { changes, result: false }
      // A try that succeeded in the meantime has the last word.
      if (!isTooLong(webhook.failing_since, FAILURES_BEFORE_DISABLING, nowMs)) return { changes, result: false }
      const { version, failing_since } = webhook
      changes.update('webhook', 'webhook_id', { webhook_id: webhookId, version, disabled_at: now })
      changes.event('webhook.disabled', { webhook_id: webhookId, failing_since, disabled_at: now })
      return { changes, result: true }
    },
  )
  if (!isDisabled) return
  log.warn({ workspace_id: workspaceId, webhook_id: webhookId }, 'a webhook failed for five days and is disabled')
  await holdDeliveries(store, workspaceId, webhookId)
}
