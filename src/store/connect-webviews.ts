/** Connect Webviews of a workspace; the page finds one by its id, across workspaces. */
import type { ClientSessionRecord, ConnectWebviewRecord, Json } from '../domain/records.ts'
import { Conditions, containing, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

export interface ConnectWebviewFilters {
  custom_metadata_has?: Record<string, string | boolean>
  customer_key?: string
  search?: string
  /** Webviews of the client session with this key. */
  user_identifier_key?: string
  /** Of these alone. */
  connect_webview_ids?: readonly string[]
}

export function listConnectWebviews(
  store: Store,
  workspaceId: string,
  filters: ConnectWebviewFilters,
  cut: PageCut,
): Promise<ConnectWebviewRecord[]> {
  const where = new Conditions()
  if (filters.connect_webview_ids !== undefined)
    where.and((p) => `t.connect_webview_id = ANY(${p}::uuid[])`, filters.connect_webview_ids)
  if (filters.custom_metadata_has !== undefined)
    where.and((p) => `t.custom_metadata @> ${p}::jsonb`, JSON.stringify(filters.custom_metadata_has))
  if (filters.customer_key !== undefined) where.and((p) => `t.customer_key = ${p}`, filters.customer_key)
  if (filters.search !== undefined) {
    where.and(
      (p) =>
        `(t.connect_webview_id::text ILIKE ${p} OR array_to_string(t.accepted_providers, ' ') ILIKE ${p} OR t.customer_key ILIKE ${p}
          OR t.custom_metadata::text ILIKE ${p})`,
      containing(filters.search),
    )
  }
  if (filters.user_identifier_key !== undefined) {
    where.and(
      (p) =>
        `t.connect_webview_id = ANY(SELECT unnest(c.connect_webview_ids) FROM client_session c WHERE c.workspace_id = $1 AND c.user_identifier_key = ${p})`,
      filters.user_identifier_key,
    )
  }
  const page = cut(where.next)
  return store.read(
    workspaceId,
    `SELECT t.* FROM connect_webview t WHERE t.workspace_id = $1${where.text}${page.where} ${page.tail}`,
    [...where.values, ...page.values],
  )
}

/** The workspace of the webview with this id: whoever opens the page has nothing else to name it by. */
export async function workspaceOfConnectWebview(store: Store, connectWebviewId: string): Promise<string | undefined> {
  const [row] = await store.system<{ workspace_id: string }>(
    'SELECT workspace_id FROM connect_webview WHERE connect_webview_id = $1',
    [connectWebviewId],
  )
  return row?.workspace_id
}

/** The client sessions that hold the webview. */
export function sessionsOfConnectWebview(
  store: Store,
  workspaceId: string,
  connectWebviewId: string,
): Promise<ClientSessionRecord[]> {
  return store.read(
    workspaceId,
    'SELECT * FROM client_session WHERE workspace_id = $1 AND connect_webview_ids @> ARRAY[$2::uuid]',
    [connectWebviewId],
  )
}

/** The last of these events about the webview, as webhooks got it. */
export async function lastEventOfConnectWebview(
  store: Store,
  workspaceId: string,
  connectWebviewId: string,
  eventType: string,
): Promise<Json | undefined> {
  const [row] = await store.read<{ payload: Json }>(
    workspaceId,
    `SELECT payload FROM event WHERE workspace_id = $1 AND subject_ids @> ARRAY[$2::uuid] AND event_type = $3
      ORDER BY created_at DESC, position DESC LIMIT 1`,
    [connectWebviewId, eventType],
  )
  return row?.payload
}
