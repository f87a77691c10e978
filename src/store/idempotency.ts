/** What became of requests that carried an Idempotency-Key. */
import type { IdempotencyRecord } from '../domain/records.ts'
import type { Store } from './store.ts'

/** The record of this key, expired ones included. */
export async function findIdempotencyRecord(
  store: Store,
  workspaceId: string,
  scope: string,
  key: string,
): Promise<IdempotencyRecord | undefined> {
  const rows = await store.read<IdempotencyRecord>(
    workspaceId,
    'SELECT * FROM idempotency_record WHERE workspace_id = $1 AND scope = $2 AND idempotency_key = $3',
    [scope, key],
  )
  return rows[0]
}

/** Keeps the answer of a request, unless one is kept already; answers with the one that stands. */
export async function keepAnswer(store: Store, record: IdempotencyRecord): Promise<string | null> {
  const rows = await store.execute<{ sealed_answer: string | null }>(
    record.workspace_id,
    `INSERT INTO idempotency_record AS t
       (workspace_id, scope, idempotency_key, fingerprint, sealed_results, sealed_answer, created_at, sweep_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (workspace_id, scope, idempotency_key) DO UPDATE
       SET sealed_answer = coalesce(t.sealed_answer, excluded.sealed_answer), version = t.version + 1
       WHERE t.fingerprint = excluded.fingerprint
     RETURNING sealed_answer`,
    [
      record.scope,
      record.idempotency_key,
      record.fingerprint,
      record.sealed_results,
      record.sealed_answer,
      record.created_at,
      record.sweep_at,
    ],
  )
  return rows[0]?.sealed_answer ?? null
}

/** Forgets the records of all workspaces whose time to be swept has come. */
export async function sweepIdempotencyRecords(store: Store, now: string): Promise<void> {
  await store.system('DELETE FROM idempotency_record WHERE sweep_at < $1', [now])
}
