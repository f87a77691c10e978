/** Doors of access systems that are devices as well: read with their system's errors and the spaces they are in. */
import type { PresentableDevice } from '../domain/present/device.ts'
import { entrancesOfCustomer, scopeEntrances, type AcsScope } from './acs-scope.ts'
import { Conditions, containing, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

/** A device and whose it is. */
export interface DeviceView extends PresentableDevice {
  provider: string
}

export interface DeviceFilters {
  scope: AcsScope
  /** Of these systems. */
  providers: readonly string[]
  device_ids?: readonly string[] | undefined
  connected_account_ids?: readonly string[] | undefined
  connect_webview_id?: string | undefined
  customer_key?: string | undefined
  created_before?: string | undefined
  /** Devices in this space; null = in none. */
  space_id?: string | null | undefined
  display_name?: string | undefined
  search?: string | undefined
  can_unlock_with_code?: boolean | undefined
}

const VIEW = `SELECT t.*, s.provider, s.errors AS system_errors, coalesce((
    SELECT array_agg(p.space_id ORDER BY p.created_at, p.space_id) FROM space p
     WHERE p.workspace_id = t.workspace_id AND p.acs_entrance_ids @> ARRAY[t.acs_entrance_id]), '{}') AS space_ids
  FROM acs_entrance t JOIN acs_system s ON s.workspace_id = t.workspace_id AND s.acs_system_id = t.acs_system_id
  WHERE t.workspace_id = $1`

export function listDevices(
  store: Store,
  workspaceId: string,
  filters: DeviceFilters,
  cut: PageCut,
): Promise<DeviceView[]> {
  const where = scopeEntrances(
    new Conditions().and((p) => `s.provider = ANY(${p}::text[])`, filters.providers),
    filters.scope,
  )
  const ids = (column: string, values: readonly string[] | undefined): void => {
    if (values !== undefined) where.and((p) => `${column} = ANY(${p}::uuid[])`, values)
  }
  ids('t.acs_entrance_id', filters.device_ids)
  ids('t.connected_account_id', filters.connected_account_ids)
  if (filters.connect_webview_id !== undefined) {
    where.and(
      (p) =>
        `t.connected_account_id IN (SELECT w.connected_account_id FROM connect_webview w WHERE w.workspace_id = $1 AND w.connect_webview_id = ${p})`,
      filters.connect_webview_id,
    )
  }
  if (filters.customer_key !== undefined) entrancesOfCustomer(where, filters.customer_key)
  if (filters.created_before !== undefined) where.and((p) => `t.created_at < ${p}::timestamptz`, filters.created_before)
  const space = (test: string): string =>
    `EXISTS (SELECT 1 FROM space p WHERE p.workspace_id = $1 AND p.acs_entrance_ids @> ARRAY[t.acs_entrance_id]${test})`
  if (filters.space_id === null) where.always(`NOT ${space('')}`)
  else if (filters.space_id !== undefined) where.and((p) => space(` AND p.space_id = ${p}`), filters.space_id)
  if (filters.display_name !== undefined) where.and((p) => `t.display_name = ${p}`, filters.display_name)
  if (filters.search !== undefined) where.and((p) => `t.display_name ILIKE ${p}`, containing(filters.search))
  if (filters.can_unlock_with_code !== undefined)
    where.and((p) => `t.can_unlock_with_code = ${p}`, filters.can_unlock_with_code)
  const page = cut(where.next)
  return store.read(workspaceId, `${VIEW}${where.text}${page.where} ${page.tail}`, [...where.values, ...page.values])
}
