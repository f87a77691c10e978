/** Access systems, read with the counts that stand on them. */
import type { AcsSystemCounts } from '../domain/present/acs-system.ts'
import type { AcsEncoderRecord, AcsEntranceRecord, AcsSystemRecord } from '../domain/records.ts'
import { ofCustomer, scopeSystems, type AcsScope } from './acs-scope.ts'
import { Conditions, containing } from './conditions.ts'
import type { Store } from './store.ts'

export type AcsSystemView = AcsSystemRecord & AcsSystemCounts

const VIEW = `SELECT t.*,
    (SELECT count(*) FROM acs_user u WHERE u.workspace_id = t.workspace_id AND u.acs_system_id = t.acs_system_id)::int AS acs_user_count,
    (SELECT count(*) FROM acs_access_group g WHERE g.workspace_id = t.workspace_id AND g.acs_system_id = t.acs_system_id)::int AS acs_access_group_count
  FROM acs_system t WHERE t.workspace_id = $1`

export async function getAcsSystem(store: Store, workspaceId: string, id: string): Promise<AcsSystemView | undefined> {
  const rows = await store.read<AcsSystemView>(workspaceId, `${VIEW} AND t.acs_system_id = $2`, [id])
  return rows[0]
}

export interface AcsSystemFilters {
  scope: AcsScope
  acs_system_ids?: readonly string[] | undefined
  connected_account_id?: string | undefined
  customer_key?: string | undefined
  search?: string | undefined
}

export function listAcsSystems(store: Store, workspaceId: string, filters: AcsSystemFilters): Promise<AcsSystemView[]> {
  const where = scopeSystems(new Conditions(), filters.scope)
  if (filters.acs_system_ids !== undefined)
    where.and((p) => `t.acs_system_id = ANY(${p}::uuid[])`, filters.acs_system_ids)
  if (filters.connected_account_id !== undefined)
    where.and((p) => `t.connected_account_id = ${p}`, filters.connected_account_id)
  if (filters.customer_key !== undefined) ofCustomer(where, filters.customer_key)
  if (filters.search !== undefined) {
    where.and((p) => `(t.name ILIKE ${p} OR t.acs_system_id::text ILIKE ${p})`, containing(filters.search))
  }
  return store.read(workspaceId, `${VIEW}${where.text} ORDER BY t.created_at, t.acs_system_id`, where.values)
}

/** All systems of a workspace, in the order they were connected. */
export function systemsOf(store: Store, workspaceId: string): Promise<AcsSystemRecord[]> {
  return store.read(workspaceId, 'SELECT * FROM acs_system WHERE workspace_id = $1 ORDER BY created_at, acs_system_id')
}

/** The doors and encoders of a system, in the order they were found. */
export async function devicesOf(
  store: Store,
  workspaceId: string,
  acsSystemId: string,
): Promise<{ entrances: AcsEntranceRecord[]; encoders: AcsEncoderRecord[] }> {
  const read = <R extends object>(table: string): Promise<R[]> =>
    store.read<R>(
      workspaceId,
      `SELECT * FROM ${table} WHERE workspace_id = $1 AND acs_system_id = $2 ORDER BY created_at, ${table}_id`,
      [acsSystemId],
    )
  const [entrances, encoders] = await Promise.all([
    read<AcsEntranceRecord>('acs_entrance'),
    read<AcsEncoderRecord>('acs_encoder'),
  ])
  return { entrances, encoders }
}
