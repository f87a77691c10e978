/**
 * The audit log in the database. Triggers write what happened to `audit_pending` (migration 0012); here it is chained:
 * given numbers and hashes, and moved to `audit_entry`, which nobody can change.
 */
import {
  chain,
  genesisHash,
  type AuditEntry,
  type AuditFact,
  type AuditHead,
  type AuditPerson,
} from '../domain/audit/chain.ts'
import { Conditions } from './conditions.ts'
import { Stale, type Store } from './store.ts'

/** Entries chained by one statement. */
const BATCH = 500
/** Tries of one batch while other processes chain the same workspace. */
const TRIES = 20

const FACT = `workspace_id, audit_entry_id, occurred_at, recorded_at, actor, action, subject_type, subject_id, door_ids,
  person_id, person_digest, before, after`

/** Workspaces in which something waits to be chained. */
export async function workspacesToChain(store: Store): Promise<string[]> {
  // From one workspace to the next by the index, however much waits.
  const rows = await store.system<{ workspace_id: string | null }>(
    `WITH RECURSIVE w AS (
       (SELECT workspace_id FROM audit_pending ORDER BY workspace_id LIMIT 1)
       UNION ALL
       SELECT (SELECT p.workspace_id FROM audit_pending p WHERE p.workspace_id > w.workspace_id ORDER BY p.workspace_id LIMIT 1)
         FROM w WHERE w.workspace_id IS NOT NULL)
     SELECT workspace_id FROM w WHERE workspace_id IS NOT NULL`,
  )
  return rows.flatMap(({ workspace_id }) => workspace_id ?? [])
}

/**
 * Chains what waits in a workspace; answers how many entries. Any number of processes may do so at once, and be killed at
 * any moment: a batch is one statement that holds only if the head is still where it was.
 */
export async function chainAudit(store: Store, workspaceId: string): Promise<number> {
  let chained = 0
  let tries = 0
  for (;;) {
    try {
      const count = await chainBatch(store, workspaceId)
      chained += count
      tries = 0
      if (count < BATCH) return chained
    } catch (error) {
      if (!(error instanceof Stale) || ++tries >= TRIES) throw error
    }
  }
}

async function chainBatch(store: Store, workspaceId: string): Promise<number> {
  // The head first: what is chained meanwhile makes the batch fail, and not the other way round.
  const head = await auditHead(store, workspaceId)
  const rows = await store.system<AuditFact & { position: number }>(
    `SELECT position, ${FACT} FROM audit_pending WHERE workspace_id = $1 ORDER BY position LIMIT ${String(BATCH)}`,
    [workspaceId],
  )
  if (rows.length === 0) return 0
  if (head === null) {
    await store.system(
      'INSERT INTO audit_head (workspace_id, sequence, hash) VALUES ($1, 0, $2) ON CONFLICT (workspace_id) DO NOTHING',
      [workspaceId, genesisHash(workspaceId)],
    )
  }
  const from = head ?? { sequence: 0, hash: genesisHash(workspaceId) }
  const entries = chain(
    from,
    rows.map(({ position: _position, ...fact }) => fact),
  )
  const last = entries.at(-1) ?? from
  const links = entries.map(({ sequence, previous_hash, hash }, i) => ({
    position: rows[i]?.position,
    sequence,
    previous_hash,
    hash,
  }))
  await store.systemCommand(
    `WITH head AS (UPDATE audit_head SET sequence = $4, hash = $5 WHERE workspace_id = $1 AND sequence = $2 AND hash = $3 RETURNING 1),
       links AS (SELECT * FROM json_to_recordset($6::json) AS x(position bigint, sequence bigint, previous_hash text, hash text)
                  WHERE (SELECT count(*) FROM head) = 1),
       gone AS (DELETE FROM audit_pending p USING links WHERE p.workspace_id = $1 AND p.position = links.position
                RETURNING p.*, links.sequence, links.previous_hash, links.hash),
       made AS (INSERT INTO audit_entry (${FACT}, sequence, previous_hash, hash)
                SELECT ${FACT}, sequence, previous_hash, hash FROM gone RETURNING 1)
     SELECT assert_rows('audit chain', $7::bigint, (SELECT count(*) FROM made))`,
    [workspaceId, from.sequence, from.hash, last.sequence, last.hash, JSON.stringify(links), entries.length],
  )
  return entries.length
}

/** The recorded end of a workspace's chain; null = nothing was chained yet. */
export async function auditHead(store: Store, workspaceId: string): Promise<AuditHead | null> {
  const rows = await store.system<AuditHead>('SELECT sequence, hash FROM audit_head WHERE workspace_id = $1', [
    workspaceId,
  ])
  return rows[0] ?? null
}

/** All workspaces that have a log. */
export async function auditedWorkspaces(store: Store): Promise<string[]> {
  const rows = await store.system<{ workspace_id: string }>(
    'SELECT workspace_id FROM audit_head UNION SELECT DISTINCT workspace_id FROM audit_pending ORDER BY 1',
  )
  return rows.map((row) => row.workspace_id)
}

/** The whole log of a workspace in the order it is stored, page by page. */
export async function* auditEntries(store: Store, workspaceId: string): AsyncGenerator<AuditEntry> {
  let after = Number.MIN_SAFE_INTEGER
  for (;;) {
    const rows = await store.system<AuditEntry>(
      `SELECT ${FACT}, sequence, previous_hash, hash FROM audit_entry WHERE workspace_id = $1 AND sequence > $2 ORDER BY sequence LIMIT 1000`,
      [workspaceId, after],
    )
    for (const row of rows) yield row
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.sequence
  }
}

/** What waits to be chained: how much, and since when by the machine's clock. */
export async function auditBacklog(
  store: Store,
  workspaceId: string,
): Promise<{ count: number; oldest_at: string | null }> {
  const rows = await store.system<{ count: number; oldest_at: string | null }>(
    'SELECT count(*)::int AS count, min(recorded_at) AS oldest_at FROM audit_pending WHERE workspace_id = $1',
    [workspaceId],
  )
  return rows[0] ?? { count: 0, oldest_at: null }
}

/** The names and contacts beside the log. */
export function auditPeople(store: Store, workspaceId: string): Promise<AuditPerson[]> {
  return store.system<AuditPerson>(
    'SELECT person_id, digest, salt, full_name, email_address, phone_number FROM audit_person WHERE workspace_id = $1 ORDER BY person_id, digest',
    [workspaceId],
  )
}

export interface AuditFilters {
  subject_id?: string
  door_id?: string
  person_id?: string
  actor_kind?: string
  actor_id?: string
  since?: string
  until?: string
  /** Entries behind this one. */
  after?: number
}

/** Entries of a workspace, oldest first; at most `limit`. */
export function listAudit(
  store: Store,
  workspaceId: string,
  filters: AuditFilters,
  limit: number,
): Promise<AuditEntry[]> {
  const where = new Conditions()
  if (filters.after !== undefined) where.and((p) => `sequence > ${p}::bigint`, filters.after)
  if (filters.subject_id !== undefined) where.and((p) => `subject_id = ${p}`, filters.subject_id)
  if (filters.door_id !== undefined) where.and((p) => `door_ids @> ARRAY[${p}::uuid]`, filters.door_id)
  if (filters.person_id !== undefined) where.and((p) => `person_id = ${p}`, filters.person_id)
  if (filters.actor_kind !== undefined) where.and((p) => `actor->>'kind' = ${p}`, filters.actor_kind)
  if (filters.actor_id !== undefined) where.and((p) => `actor->>'id' = ${p}`, filters.actor_id)
  if (filters.since !== undefined) where.and((p) => `occurred_at >= ${p}`, filters.since)
  if (filters.until !== undefined) where.and((p) => `occurred_at < ${p}`, filters.until)
  return store.read<AuditEntry>(
    workspaceId,
    `SELECT ${FACT}, sequence, previous_hash, hash FROM audit_entry WHERE workspace_id = $1${where.text} ORDER BY sequence LIMIT $${String(where.next)}::int`,
    [...where.values, limit],
  )
}

/** Names and contacts of these people as they stood when the digests were made; erased ones are absent. */
export function auditPeopleOf(
  store: Store,
  workspaceId: string,
  digests: readonly string[],
): Promise<Pick<AuditPerson, 'person_id' | 'digest' | 'full_name' | 'email_address' | 'phone_number'>[]> {
  if (digests.length === 0) return Promise.resolve([])
  return store.read(
    workspaceId,
    'SELECT person_id, digest, full_name, email_address, phone_number FROM audit_person WHERE workspace_id = $1 AND digest = ANY($2)',
    [digests],
  )
}
