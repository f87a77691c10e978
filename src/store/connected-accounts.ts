/** Connected accounts of a workspace. */
import type { AcsSystemRecord, ConnectedAccountRecord } from '../domain/records.ts'
import { Conditions, containing, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

export interface ConnectedAccountFilters {
  connected_account_ids?: readonly string[]
  custom_metadata_has?: Record<string, string | boolean>
  customer_key?: string
  search?: string
  space_id?: string
  /** Accounts of the client session with this key. */
  user_identifier_key?: string
}

export function listConnectedAccounts(
  store: Store,
  workspaceId: string,
  filters: ConnectedAccountFilters,
  cut: PageCut,
): Promise<ConnectedAccountRecord[]> {
  const where = new Conditions()
  if (filters.connected_account_ids !== undefined) {
    where.and((p) => `t.connected_account_id = ANY(${p}::uuid[])`, filters.connected_account_ids)
  }
  if (filters.custom_metadata_has !== undefined) {
    where.and((p) => `t.custom_metadata @> ${p}::jsonb`, JSON.stringify(filters.custom_metadata_has))
  }
  if (filters.customer_key !== undefined) where.and((p) => `t.customer_key = ${p}`, filters.customer_key)
  if (filters.search !== undefined) {
    where.and(
      (p) =>
        `(t.connected_account_id::text ILIKE ${p} OR t.provider ILIKE ${p} OR t.customer_key ILIKE ${p} OR t.custom_metadata::text ILIKE ${p}
          OR t.user_identifier->>'username' ILIKE ${p} OR t.user_identifier->>'email' ILIKE ${p} OR t.user_identifier->>'phone' ILIKE ${p})`,
      containing(filters.search),
    )
  }
  if (filters.space_id !== undefined) {
    where.and(
      (p) =>
        `t.connected_account_id = ANY(SELECT unnest(s.connected_account_ids) FROM space s WHERE s.workspace_id = $1 AND s.space_id = ${p})`,
      filters.space_id,
    )
  }
  if (filters.user_identifier_key !== undefined) {
    where.and(
      (p) =>
        `t.connected_account_id = ANY(SELECT unnest(c.connected_account_ids) FROM client_session c WHERE c.workspace_id = $1 AND c.user_identifier_key = ${p})`,
      filters.user_identifier_key,
    )
  }
  const page = cut(where.next)
  return store.read(
    workspaceId,
    `SELECT t.* FROM connected_account t WHERE t.workspace_id = $1${where.text}${page.where} ${page.tail}`,
    [...where.values, ...page.values],
  )
}

export async function findConnectedAccountByEmail(
  store: Store,
  workspaceId: string,
  email: string,
): Promise<ConnectedAccountRecord | undefined> {
  const [account] = await store.read<ConnectedAccountRecord>(
    workspaceId,
    `SELECT * FROM connected_account WHERE workspace_id = $1 AND lower(user_identifier->>'email') = lower($2)
      ORDER BY created_at, connected_account_id LIMIT 1`,
    [email],
  )
  return account
}

/** The accounts of one provider, oldest first. */
export function accountsOf(store: Store, workspaceId: string, provider: string): Promise<ConnectedAccountRecord[]> {
  return store.read(
    workspaceId,
    'SELECT * FROM connected_account WHERE workspace_id = $1 AND provider = $2 ORDER BY created_at, connected_account_id',
    [provider],
  )
}

/** The system of an account. */
export async function systemOf(
  store: Store,
  workspaceId: string,
  connectedAccountId: string,
): Promise<AcsSystemRecord | undefined> {
  const [system] = await store.read<AcsSystemRecord>(
    workspaceId,
    'SELECT * FROM acs_system WHERE workspace_id = $1 AND connected_account_id = $2 ORDER BY created_at LIMIT 1',
    [connectedAccountId],
  )
  return system
}

/** The system that a maker knows by this id, if it is connected. */
export async function systemByExternalId(
  store: Store,
  workspaceId: string,
  provider: string,
  externalId: string,
): Promise<AcsSystemRecord | undefined> {
  const [system] = await store.read<AcsSystemRecord>(
    workspaceId,
    'SELECT * FROM acs_system WHERE workspace_id = $1 AND provider = $2 AND external_id = $3',
    [provider, externalId],
  )
  return system
}
