/** Spaces, read with the key of their parent. */
import type { AccessMethodRecord, SpaceRecord } from '../domain/records.ts'
import type { SpaceView } from '../domain/present/space.ts'
import { Conditions, containing, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

const VIEW = `SELECT t.*, p.space_key AS parent_space_key
  FROM space t LEFT JOIN space p ON p.workspace_id = t.workspace_id AND p.space_id = t.parent_space_id
 WHERE t.workspace_id = $1`

export interface SpaceFilters {
  space_ids?: readonly string[]
  /** Of this customer alone. */
  customer_key?: string
  space_key?: string
  connected_account_id?: string
  parent_space_id?: string
  parent_space_key?: string
  search?: string
}

export async function getSpace(
  store: Store,
  workspaceId: string,
  by: { space_id: string } | { space_key: string },
): Promise<SpaceView | undefined> {
  const [column, value] = 'space_id' in by ? ['space_id', by.space_id] : ['space_key', by.space_key]
  const [space] = await store.read<SpaceView>(workspaceId, `${VIEW} AND t.${column} = $2`, [value])
  return space
}

/** The spaces with one of these ids or keys. */
export function getSpaces(
  store: Store,
  workspaceId: string,
  by: { space_ids?: readonly string[]; space_keys?: readonly string[] },
): Promise<SpaceView[]> {
  return store.read(
    workspaceId,
    `${VIEW} AND (t.space_id = ANY($2::uuid[]) OR t.space_key = ANY($3::text[])) ORDER BY t.created_at, t.space_id`,
    [by.space_ids ?? [], by.space_keys ?? []],
  )
}

export function listSpaces(
  store: Store,
  workspaceId: string,
  filters: SpaceFilters,
  cut: PageCut,
): Promise<SpaceView[]> {
  const where = new Conditions()
  if (filters.space_ids !== undefined) where.and((p) => `t.space_id = ANY(${p}::uuid[])`, filters.space_ids)
  if (filters.customer_key !== undefined) where.and((p) => `t.customer_key = ${p}`, filters.customer_key)
  if (filters.space_key !== undefined) where.and((p) => `t.space_key = ${p}`, filters.space_key)
  if (filters.connected_account_id !== undefined) {
    where.and((p) => `t.connected_account_ids @> ARRAY[${p}::uuid]`, filters.connected_account_id)
  }
  if (filters.parent_space_id !== undefined) where.and((p) => `t.parent_space_id = ${p}`, filters.parent_space_id)
  if (filters.parent_space_key !== undefined) where.and((p) => `p.space_key = ${p}`, filters.parent_space_key)
  if (filters.search !== undefined) {
    where.and(
      (p) => `(t.name ILIKE ${p} OR t.space_key ILIKE ${p} OR t.customer_key ILIKE ${p})`,
      containing(filters.search),
    )
  }
  const page = cut(where.next)
  return store.read(workspaceId, `${VIEW}${where.text}${page.where} ${page.tail}`, [...where.values, ...page.values])
}

export function childrenOfSpace(store: Store, workspaceId: string, spaceId: string): Promise<SpaceRecord[]> {
  return store.read(workspaceId, 'SELECT * FROM space WHERE workspace_id = $1 AND parent_space_id = $2', [spaceId])
}

/** The space and everything above it, nearest first. */
export async function ancestorsOfSpace(store: Store, workspaceId: string, spaceId: string): Promise<string[]> {
  const rows = await store.read<{ space_id: string }>(
    workspaceId,
    `WITH RECURSIVE up AS (
       SELECT space_id, parent_space_id, 1 AS depth FROM space WHERE workspace_id = $1 AND space_id = $2
       UNION ALL
       SELECT s.space_id, s.parent_space_id, up.depth + 1 FROM up
         JOIN space s ON s.workspace_id = $1 AND s.space_id = up.parent_space_id WHERE up.depth < 100)
     SELECT space_id FROM up ORDER BY depth`,
    [spaceId],
  )
  return rows.map((row) => row.space_id)
}

/** Access methods that open one of these entrances. */
export function methodsOnEntrances(
  store: Store,
  workspaceId: string,
  entranceIds: readonly string[],
): Promise<AccessMethodRecord[]> {
  if (entranceIds.length === 0) return Promise.resolve([])
  return store.read(
    workspaceId,
    'SELECT * FROM access_method WHERE workspace_id = $1 AND acs_entrance_ids && $2::uuid[] ORDER BY created_at, access_method_id',
    [entranceIds],
  )
}

/** Live grants that reach doors through the space. */
export async function liveGrantsOfSpace(store: Store, workspaceId: string, spaceId: string): Promise<string[]> {
  const rows = await store.read<{ access_grant_id: string }>(
    workspaceId,
    'SELECT access_grant_id FROM access_grant WHERE workspace_id = $1 AND space_ids @> ARRAY[$2::uuid] AND NOT is_ended',
    [spaceId],
  )
  return rows.map((row) => row.access_grant_id)
}
