/** What has to go when a person is erased: names and contacts wherever they were written down (docs/guide/audit.md). */
import { deserialize } from 'node:v8'
import type { Author } from '../domain/audit/author.ts'
import { scrub, type PersonalTexts } from '../domain/audit/scrub.ts'
import type { AuditPerson } from '../domain/audit/chain.ts'
import type { Sealer } from './sealer.ts'
import type { Store } from './store.ts'

type Person = Pick<AuditPerson, 'full_name' | 'email_address' | 'phone_number'>

/** Names and contacts of the person as systems have them are noted beside the log, so that a crash cannot lose sight of them. */
export async function noteNames(store: Store, workspaceId: string, personId: string): Promise<void> {
  await store.execute(
    workspaceId,
    `INSERT INTO audit_person (workspace_id, person_id, digest, salt, full_name, email_address, phone_number)
     SELECT u.workspace_id, u.user_identity_id, audit_digest(u.acs_user_id::text, u.full_name, u.email_address, u.phone_number),
            u.acs_user_id::text, u.full_name, u.email_address, u.phone_number
       FROM acs_user u WHERE u.workspace_id = $1 AND u.user_identity_id = $2
     ON CONFLICT DO NOTHING`,
    [personId],
  )
}

/** All names and contacts that the log knows of a person. */
export function knownNames(store: Store, workspaceId: string, personId: string): Promise<Person[]> {
  return store.read<Person>(
    workspaceId,
    'SELECT full_name, email_address, phone_number FROM audit_person WHERE workspace_id = $1 AND person_id = $2',
    [personId],
  )
}

/** Everything that was ever a person's: the log tells, whatever is gone by now. */
export async function idsOfPerson(store: Store, workspaceId: string, personId: string): Promise<string[]> {
  const rows = await store.read<{ id: string }>(
    workspaceId,
    `SELECT subject_id AS id FROM audit_entry WHERE workspace_id = $1 AND person_id = $2
     UNION SELECT subject_id FROM audit_pending WHERE workspace_id = $1 AND person_id = $2
     UNION SELECT acs_user_id FROM acs_user WHERE workspace_id = $1 AND user_identity_id = $2`,
    [personId],
  )
  return [...new Set([personId, ...rows.map((row) => row.id)])]
}

/** Systems that have not confirmed yet that their user of the person is gone. */
export async function systemsHoldingPerson(store: Store, workspaceId: string, personId: string): Promise<string[]> {
  const rows = await store.read<{ name: string }>(
    workspaceId,
    `SELECT DISTINCT s.name FROM acs_user u JOIN acs_system s ON s.workspace_id = u.workspace_id AND s.acs_system_id = u.acs_system_id
      WHERE u.workspace_id = $1 AND u.user_identity_id = $2 ORDER BY 1`,
    [personId],
  )
  return rows.map((row) => row.name)
}

interface Place {
  table: string
  key: string[]
  columns: string[]
  /** Whether a row is about one of the ids `$2`: names are taken out of those alone, since others may have the same. */
  isTheirs: string
}

const OF_THEIR_DELIVERY = `EXISTS (SELECT 1 FROM webhook_delivery d JOIN event e ON e.workspace_id = d.workspace_id AND e.event_id = d.event_id
  WHERE d.workspace_id = t.workspace_id AND d.webhook_delivery_id = t.webhook_delivery_id AND e.subject_ids && $2::uuid[])`

const PLACES: readonly Place[] = [
  { table: 'event', key: ['event_id'], columns: ['payload'], isTheirs: 't.subject_ids && $2::uuid[]' },
  {
    table: 'action_attempt',
    key: ['action_attempt_id'],
    columns: ['input', 'result', 'error'],
    isTheirs: `concat(t.input, t.result) LIKE ANY (SELECT '%' || id || '%' FROM unnest($2::uuid[]) id)`,
  },
  {
    table: 'door_attempt',
    key: ['door_attempt_id'],
    columns: ['message'],
    isTheirs: 't.user_identity_id = ANY($2::uuid[])',
  },
  { table: 'webhook_delivery', key: ['webhook_delivery_id'], columns: ['last_error'], isTheirs: OF_THEIR_DELIVERY },
  {
    table: 'webhook_attempt',
    key: ['webhook_delivery_id', 'attempt_number'],
    columns: ['error', 'response_body'],
    isTheirs: OF_THEIR_DELIVERY,
  },
  // A sandbox's virtual makers: what a user of theirs has left behind, not a user who still has to be told to go.
  {
    table: 'virtual_record',
    key: ['building_id', 'kind', 'id'],
    columns: ['data'],
    isTheirs: `cardinality($2::uuid[]) > 0 AND NOT (t.kind = 'user' AND coalesce(t.data->>'is_deleted', 'false') = 'false')`,
  },
  { table: 'job', key: ['kind', 'key'], columns: ['last_error'], isTheirs: 'cardinality($2::uuid[]) < 0' },
]

/** Takes names and contacts out of what was written down about the person; answers in how many rows. */
export async function scrubTraces(
  store: Store,
  workspaceId: string,
  ids: readonly string[],
  texts: PersonalTexts,
): Promise<number> {
  let changed = 0
  for (const { table, key, columns, isTheirs } of PLACES) {
    const all = columns.map((column) => `t.${column}::text`).join(', ')
    const rows = await store.read<Record<string, unknown> & { is_theirs: boolean }>(
      workspaceId,
      `SELECT ${[...key, ...columns].map((column) => `t.${column}`).join(', ')}, (${isTheirs}) AS is_theirs FROM ${table} t
        WHERE t.workspace_id = $1 AND ((${isTheirs}) OR concat_ws(' ', ${all}) ILIKE ANY($3))
          AND concat_ws(' ', ${all}) ILIKE ANY($4)`,
      [ids, texts.contacts.map(containing), [...texts.names, ...texts.contacts].map(containing)],
    )
    for (const row of rows) {
      const of = row.is_theirs ? texts : { ...texts, names: [] }
      const sets = columns.map((column, i) => `${column} = $${String(i + 2)}`)
      const values = columns.map((column) => {
        const value = scrub(row[column], of)
        return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
      })
      const match = key.map((column, i) => `${column}::text = $${String(columns.length + 2 + i)}`)
      await store.execute(
        workspaceId,
        `UPDATE ${table} SET ${sets.join(', ')} WHERE workspace_id = $1 AND ${match.join(' AND ')}`,
        [...values, ...key.map((column) => String(row[column]))],
      )
      changed++
    }
  }
  // What waits for a system to confirm its deletion keeps what the system needs, and no name of ours.
  await store.execute(
    workspaceId,
    `UPDATE access_grant SET name = NULL, display_name = 'Erased', version = version + 1 WHERE workspace_id = $1 AND access_grant_id = ANY($2::uuid[])`,
    [ids],
  )
  await store.execute(
    workspaceId,
    `UPDATE acs_credential SET display_name = NULL, version = version + 1 WHERE workspace_id = $1 AND acs_credential_id = ANY($2::uuid[])`,
    [ids],
  )
  return changed
}

/** As it stands in the text of JSON, for ILIKE. */
function containing(text: string): string {
  return `%${JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\\%_]/g, (c) => `\\${c}`)}%`
}

/** Answers that were kept for requests with an Idempotency-Key, and tell of the person, are forgotten; answers how many. */
export async function forgetAnswers(
  store: Store,
  sealer: Sealer,
  workspaceId: string,
  ids: readonly string[],
  { contacts }: PersonalTexts,
): Promise<number> {
  const told = [...ids, ...contacts].map((text) => text.toLowerCase())
  let forgotten = 0
  let after: [string, string] = ['', '']
  for (;;) {
    const rows = await store.read<{
      scope: string
      idempotency_key: string
      sealed_results: string
      sealed_answer: string | null
    }>(
      workspaceId,
      `SELECT scope, idempotency_key, sealed_results, sealed_answer FROM idempotency_record
        WHERE workspace_id = $1 AND (scope, idempotency_key) > ($2, $3) ORDER BY scope, idempotency_key LIMIT 500`,
      after,
    )
    for (const { scope, idempotency_key, sealed_results, sealed_answer } of rows) {
      after = [scope, idempotency_key]
      const results = JSON.stringify(deserialize(Buffer.from(sealer.open(sealed_results), 'base64')))
      const text = `${results} ${sealed_answer === null ? '' : sealer.open(sealed_answer)}`.toLowerCase()
      if (!told.some((one) => text.includes(one))) continue
      await store.execute(
        workspaceId,
        'DELETE FROM idempotency_record WHERE workspace_id = $1 AND scope = $2 AND idempotency_key = $3',
        [scope, idempotency_key],
      )
      forgotten++
    }
    if (rows.length === 0) return forgotten
  }
}

/** Deletes what the log knows of the person beside itself; the log says that it was done, and by whom. */
export async function deleteNames(
  store: Store,
  workspaceId: string,
  personId: string,
  author: Author,
  occurredAt: string,
  recordedAt: string,
): Promise<void> {
  await store.execute(
    workspaceId,
    `WITH gone AS (DELETE FROM audit_person WHERE workspace_id = $1 AND person_id = $2 RETURNING 1)
     SELECT set_config('lockstitch.audit', $3, true), (SELECT count(*) FROM gone)`,
    [personId, JSON.stringify({ ...author, occurred_at: occurredAt, recorded_at: recordedAt })],
  )
}
