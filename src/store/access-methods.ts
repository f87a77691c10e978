/** Access methods, read for callers. */
import type { AccessMethodRecord, AcsCredentialRecord } from '../domain/records.ts'
import { Conditions, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

export interface AccessMethodFilters {
  access_method_ids?: readonly string[]
  access_grant_id?: string
  access_grant_key?: string
  acs_entrance_id?: string
  device_id?: string
  space_id?: string
  customer_key?: string
}

/** Methods `t` that open a door of a customer. */
function ofCustomer(parameter: string): string {
  return `(EXISTS (SELECT 1 FROM acs_entrance e JOIN connected_account a ON a.workspace_id = e.workspace_id AND a.connected_account_id = e.connected_account_id
             WHERE e.workspace_id = $1 AND e.acs_entrance_id = ANY(t.acs_entrance_ids) AND a.customer_key = ${parameter})
    OR EXISTS (SELECT 1 FROM access_grant g JOIN space s ON s.workspace_id = g.workspace_id AND s.space_id = ANY(g.space_ids)
                WHERE g.workspace_id = $1 AND g.access_grant_id = ANY(t.access_grant_ids) AND s.customer_key = ${parameter}))`
}

export async function getAccessMethod(
  store: Store,
  workspaceId: string,
  accessMethodId: string,
  customerKey: string | null = null,
): Promise<AccessMethodRecord | undefined> {
  const [row] = await listAccessMethods(
    store,
    workspaceId,
    { access_method_ids: [accessMethodId], ...(customerKey === null ? {} : { customer_key: customerKey }) },
    () => ({ where: '', tail: '', values: [] }),
  )
  return row
}

export function listAccessMethods(
  store: Store,
  workspaceId: string,
  filters: AccessMethodFilters,
  cut: PageCut,
): Promise<AccessMethodRecord[]> {
  const where = new Conditions()
  if (filters.access_method_ids !== undefined) {
    where.and((p) => `t.access_method_id = ANY(${p}::uuid[])`, filters.access_method_ids)
  }
  if (filters.access_grant_id !== undefined)
    where.and((p) => `t.access_grant_ids @> ARRAY[${p}::uuid]`, filters.access_grant_id)
  if (filters.access_grant_key !== undefined) {
    where.and(
      (p) =>
        `t.access_grant_ids && ARRAY(SELECT g.access_grant_id FROM access_grant g WHERE g.workspace_id = $1 AND g.access_grant_key = ${p})`,
      filters.access_grant_key,
    )
  }
  if (filters.acs_entrance_id !== undefined)
    where.and((p) => `${p}::uuid = ANY(t.acs_entrance_ids)`, filters.acs_entrance_id)
  if (filters.device_id !== undefined) where.and((p) => `${p}::uuid = ANY(t.device_ids)`, filters.device_id)
  if (filters.space_id !== undefined) {
    where.and(
      (p) =>
        `t.acs_entrance_ids && coalesce((SELECT s.acs_entrance_ids FROM space s WHERE s.workspace_id = $1 AND s.space_id = ${p}), '{}')`,
      filters.space_id,
    )
  }
  if (filters.customer_key !== undefined) where.and(ofCustomer, filters.customer_key)
  const page = cut(where.next)
  return store.read(
    workspaceId,
    `SELECT t.* FROM access_method t WHERE t.workspace_id = $1${where.text}${page.where} ${page.tail}`,
    [...where.values, ...page.values],
  )
}

/** Credentials behind methods, copies on phones included. */
export function credentialsOfMethods(
  store: Store,
  workspaceId: string,
  methodIds: readonly string[],
): Promise<AcsCredentialRecord[]> {
  if (methodIds.length === 0) return Promise.resolve([])
  return store.getMany(workspaceId, 'acs_credential', 'access_method_id', methodIds)
}
