/** Empties a sandbox workspace (core.md section 2). */
import type { Store } from './store.ts'

/** Children before parents for the reader; the database takes the whole statement as one step. */
const EMPTIED = [
  'door_attempt',
  'virtual_record',
  'webhook_delivery',
  'event',
  'instant_key',
  'client_session',
  'phone',
  'pin_claim',
  'acs_credential',
  'access_method',
  'access_grant',
  'reservation',
  'space',
  'acs_user',
  'user_identity',
  'acs_access_group',
  'acs_encoder',
  'acs_entrance',
  'system_lease',
  'telling',
  'bridge',
  'connect_webview',
  'acs_system',
  'connected_account',
  'idempotency_record',
  'audit_person',
]

/**
 * Deletes what a workspace holds, all at once: the workspace itself, its keys, members and webhooks (enabled) stay, and so does
 * the action attempt that asked for it, with its job. Work under way elsewhere in the workspace loses its job, so that
 * nothing of it is written later. The workspace's clock runs with the machine's again; the job's time with it, or a
 * reset that a crash cut short would wait for the moment that clock had been moved to. The audit log stays and goes on:
 * one entry says that everything ended here, instead of one for each right (migration 0012); names and contacts go.
 */
export async function resetSandbox(store: Store, workspaceId: string, actionAttemptId: string): Promise<void> {
  const deletions = EMPTIED.map((table) => `${table}_ AS (DELETE FROM ${table} WHERE workspace_id = $1)`)
  await store.execute(
    workspaceId,
    `WITH ${deletions.join(',\n')},
     attempts AS (DELETE FROM action_attempt WHERE workspace_id = $1 AND action_attempt_id <> $2::uuid),
     jobs AS (DELETE FROM job WHERE workspace_id = $1 AND NOT (kind = 'run_action_attempt' AND key = $2::uuid::text)),
     webhooks AS (UPDATE webhook SET failing_since = NULL, disabled_at = NULL, previous_secret_sealed = NULL,
                         previous_secret_ends_at = NULL, version = version + 1 WHERE workspace_id = $1),
     entry AS (INSERT INTO audit_pending (workspace_id, occurred_at, recorded_at, actor, action, subject_type, subject_id, door_ids, after)
       VALUES ($1, date_trunc('milliseconds', now()), date_trunc('milliseconds', now()), '{"kind": "worker", "id": "run_action_attempt"}',
               '/workspaces/reset_sandbox', 'workspace', $1, '{}', jsonb_build_object('is_reset', true, 'action_attempt_id', $2::uuid))),
     own_job AS (UPDATE job SET run_at = least(run_at, now()) WHERE workspace_id = $1 AND kind = 'run_action_attempt' AND key = $2::uuid::text)
     UPDATE workspace SET clock_offset_ms = 0, clock_frozen_at = NULL, version = version + 1 WHERE workspace_id = $1
     RETURNING set_config('lockstitch.audit', '{"reset": true}', true)`,
    [actionAttemptId],
  )
}
