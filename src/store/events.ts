/** Events, found by type, time and the ids they carry. */
import type { ClientSessionRecord, EventRecord } from '../domain/records.ts'
import { Conditions } from './conditions.ts'
import type { Store } from './store.ts'

/** Fields of an event that lists can be filtered by; an event may also carry several under the plural. */
export type EventSubject =
  | 'access_code_id'
  | 'access_grant_id'
  | 'access_method_id'
  | 'acs_access_group_id'
  | 'acs_credential_id'
  | 'acs_encoder_id'
  | 'acs_entrance_id'
  | 'acs_system_id'
  | 'acs_user_id'
  | 'connect_webview_id'
  | 'connected_account_id'
  | 'device_id'
  | 'space_id'
  | 'user_identity_id'

/** What an event must meet; all of what is given. */
export interface EventFilters {
  event_ids?: readonly string[]
  event_types?: readonly string[]
  /** Stored later than this, and earlier than that; both exclusive. */
  since?: string
  until?: string
  customer_key?: string
  /** The event carries one of the ids in that field. */
  subjects?: readonly { field: EventSubject; ids: readonly string[] }[]
  /** What the caller may see; absent = all. */
  scope?: EventScope
}

/** The part of a workspace that a client session sees. */
export interface EventScope {
  /** Events that carry one of these ids. */
  ids: readonly string[]
  /** Events of this customer. */
  customer_key: string | null
}

/** Events in the order they were stored. */
export function listEvents(
  store: Store,
  workspaceId: string,
  filters: EventFilters,
  cut: { limit: number; offset: number; isNewestFirst?: boolean },
): Promise<EventRecord[]> {
  const direction = cut.isNewestFirst === true ? ' DESC' : ''
  const tail = (next: number) =>
    `ORDER BY t.created_at${direction}, t.position${direction} LIMIT $${next}::int OFFSET $${next + 1}::bigint`
  return read(store, workspaceId, filters, tail, [cut.limit, cut.offset])
}

/** The latest event that meets the filters. */
export async function latestEvent(
  store: Store,
  workspaceId: string,
  filters: EventFilters,
): Promise<EventRecord | undefined> {
  const tail = () => 'ORDER BY t.created_at DESC, t.position DESC LIMIT 1'
  const [event] = await read(store, workspaceId, filters, tail, [])
  return event
}

function read(
  store: Store,
  workspaceId: string,
  filters: EventFilters,
  tail: (next: number) => string,
  tailValues: readonly unknown[],
): Promise<EventRecord[]> {
  const conditions = new Conditions()
  if (filters.event_ids !== undefined) conditions.and((ids) => `t.event_id = ANY(${ids}::uuid[])`, filters.event_ids)
  if (filters.event_types !== undefined) {
    conditions.and((types) => `t.event_type = ANY(${types}::text[])`, filters.event_types)
  }
  if (filters.since !== undefined) conditions.and((since) => `t.created_at > ${since}::timestamptz`, filters.since)
  if (filters.until !== undefined) conditions.and((until) => `t.created_at < ${until}::timestamptz`, filters.until)
  if (filters.customer_key !== undefined) {
    conditions.and((key) => `t.payload->>'customer_key' = ${key}`, filters.customer_key)
  }
  for (const { field, ids } of filters.subjects ?? []) {
    // The index finds events with one of the ids anywhere; the field decides.
    conditions.and(
      (given) =>
        `t.subject_ids && ${given}::uuid[] AND
         (t.payload->>'${field}' = ANY(${given}::uuid[]::text[]) OR t.payload->'${field}s' ?| ${given}::uuid[]::text[])`,
      ids,
    )
  }
  const { scope } = filters
  if (scope?.customer_key === null) conditions.and((ids) => `t.subject_ids && ${ids}::uuid[]`, scope.ids)
  else if (scope !== undefined) {
    conditions.and(
      (key) => `(t.payload->>'customer_key' = ${key} OR t.subject_ids && $${conditions.next}::uuid[])`,
      scope.customer_key,
    )
    conditions.values.push(scope.ids)
  }
  return store.read(
    workspaceId,
    `SELECT t.* FROM event t WHERE t.workspace_id = $1${conditions.text} ${tail(conditions.next)}`,
    [...conditions.values, ...tailValues],
  )
}

/** What a client session sees: what its identity owns and its connected accounts, or what belongs to its customer (core.md section 3). */
export async function scopeOf(store: Store, session: ClientSessionRecord): Promise<EventScope> {
  const { workspace_id, customer_key } = session
  const own = [session.client_session_id, ...session.connected_account_ids, ...session.connect_webview_ids]
  const rows =
    customer_key === null
      ? await store.read<{ ids: string[] }>(workspace_id, OWNED_BY_IDENTITY, [session.user_identity_id])
      : await store.read<{ ids: string[] }>(workspace_id, OWNED_BY_CUSTOMER, [customer_key])
  return { ids: [...own, ...(rows[0]?.ids ?? [])], customer_key }
}

const OWNED_BY_IDENTITY = `
  WITH own_user AS (SELECT acs_user_id FROM acs_user WHERE workspace_id = $1 AND user_identity_id = $2::uuid),
       own_grant AS (SELECT access_grant_id, access_method_ids FROM access_grant WHERE workspace_id = $1 AND user_identity_id = $2::uuid)
  SELECT coalesce(array_agg(o.id), '{}') AS ids FROM (
    SELECT $2::uuid AS id WHERE $2 IS NOT NULL
    UNION ALL SELECT acs_user_id FROM own_user
    UNION ALL SELECT c.acs_credential_id FROM acs_credential c JOIN own_user USING (acs_user_id) WHERE c.workspace_id = $1
    UNION ALL SELECT access_grant_id FROM own_grant
    UNION ALL SELECT unnest(access_method_ids) FROM own_grant
    UNION ALL SELECT device_id FROM phone WHERE workspace_id = $1 AND user_identity_id = $2::uuid) o`

const OWNED_BY_CUSTOMER = `
  WITH account AS (SELECT connected_account_id AS id FROM connected_account WHERE workspace_id = $1 AND customer_key = $2),
       own_space AS (SELECT space_id AS id FROM space WHERE workspace_id = $1 AND customer_key = $2),
       own_grant AS (
         SELECT g.access_grant_id, g.access_method_ids FROM access_grant g
          WHERE g.workspace_id = $1 AND (
            g.space_ids && ARRAY(SELECT id FROM own_space) OR
            g.door_ids && ARRAY(SELECT n.acs_entrance_id FROM acs_entrance n JOIN account a ON a.id = n.connected_account_id WHERE n.workspace_id = $1)))
  SELECT coalesce(array_agg(o.id), '{}') AS ids FROM (
    SELECT id FROM account
    UNION ALL SELECT id FROM own_space
    UNION ALL SELECT access_grant_id FROM own_grant
    UNION ALL SELECT unnest(access_method_ids) FROM own_grant) o`
