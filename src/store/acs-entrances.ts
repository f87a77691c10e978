/** Entrances, read with the spaces they are in; and which of them a user, group or credential opens. */
import type { PresentableEntrance } from '../domain/present/acs-entrance.ts'
import { entrancesOfCustomer, scopeEntrances, type AcsScope } from './acs-scope.ts'
import { Conditions, containing, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

const VIEW = `SELECT t.*, coalesce((
    SELECT array_agg(s.space_id ORDER BY s.created_at, s.space_id) FROM space s
     WHERE s.workspace_id = t.workspace_id AND s.acs_entrance_ids @> ARRAY[t.acs_entrance_id]), '{}') AS space_ids
  FROM acs_entrance t WHERE t.workspace_id = $1`

/** Doors of the user's groups, as rows of one column; `user` is an alias of acs_user in the surrounding query. */
const DOORS_OF_GROUPS = (user: string): string =>
  `SELECT unnest(a.acs_entrance_ids) FROM acs_access_group a
    WHERE a.workspace_id = $1 AND a.acs_access_group_id = ANY(${user}.acs_access_group_ids) AND NOT a.is_deleting`

/** Doors a credential opens: its own, and those of its user's groups. */
const DOORS_OF_CREDENTIAL = (id: string): string => `
  SELECT unnest(c.acs_entrance_ids) FROM acs_credential c WHERE c.workspace_id = $1 AND c.acs_credential_id = ${id}
  UNION SELECT g.* FROM acs_credential c JOIN acs_user u ON u.workspace_id = c.workspace_id AND u.acs_user_id = c.acs_user_id,
    LATERAL (${DOORS_OF_GROUPS('u')}) g WHERE c.workspace_id = $1 AND c.acs_credential_id = ${id}`

/** Doors a user may open: linked directly, by groups, by credentials. */
const DOORS_OF_USER = (id: string): string => `
  SELECT unnest(u.acs_entrance_ids) FROM acs_user u WHERE u.workspace_id = $1 AND u.acs_user_id = ${id}
  UNION SELECT g.* FROM acs_user u, LATERAL (${DOORS_OF_GROUPS('u')}) g WHERE u.workspace_id = $1 AND u.acs_user_id = ${id}
  UNION SELECT unnest(c.acs_entrance_ids) FROM acs_credential c
    WHERE c.workspace_id = $1 AND c.acs_user_id = ${id} AND NOT c.is_deleting`

export interface AcsEntranceFilters {
  scope: AcsScope
  acs_entrance_ids?: readonly string[] | undefined
  acs_system_id?: string | undefined
  connected_account_id?: string | undefined
  /** Doors this credential opens. */
  acs_credential_id?: string | undefined
  /** Doors this access method covers. */
  access_method_id?: string | undefined
  /** Doors in this space; null = in none. */
  space_id?: string | null | undefined
  customer_key?: string | undefined
  search?: string | undefined
}

export async function getAcsEntrance(
  store: Store,
  workspaceId: string,
  id: string,
  scope: AcsScope,
): Promise<PresentableEntrance | undefined> {
  const where = scopeEntrances(
    new Conditions().and((p) => `t.acs_entrance_id = ${p}`, id),
    scope,
  )
  const rows = await store.read<PresentableEntrance>(workspaceId, VIEW + where.text, where.values)
  return rows[0]
}

export function listAcsEntrances(
  store: Store,
  workspaceId: string,
  filters: AcsEntranceFilters,
  cut: PageCut,
): Promise<PresentableEntrance[]> {
  const where = scopeEntrances(new Conditions(), filters.scope)
  if (filters.acs_entrance_ids !== undefined)
    where.and((p) => `t.acs_entrance_id = ANY(${p}::uuid[])`, filters.acs_entrance_ids)
  if (filters.acs_system_id !== undefined) where.and((p) => `t.acs_system_id = ${p}`, filters.acs_system_id)
  if (filters.connected_account_id !== undefined)
    where.and((p) => `t.connected_account_id = ${p}`, filters.connected_account_id)
  if (filters.acs_credential_id !== undefined) {
    where.and((p) => `t.acs_entrance_id IN (${DOORS_OF_CREDENTIAL(p)})`, filters.acs_credential_id)
  }
  if (filters.access_method_id !== undefined) {
    where.and(
      (p) =>
        `t.acs_entrance_id IN (SELECT unnest(m.acs_entrance_ids) FROM access_method m WHERE m.workspace_id = $1 AND m.access_method_id = ${p})`,
      filters.access_method_id,
    )
  }
  const space = (test: string): string =>
    `EXISTS (SELECT 1 FROM space s WHERE s.workspace_id = $1 AND s.acs_entrance_ids @> ARRAY[t.acs_entrance_id]${test})`
  if (filters.space_id === null) where.always(`NOT ${space('')}`)
  else if (filters.space_id !== undefined) where.and((p) => space(` AND s.space_id = ${p}`), filters.space_id)
  if (filters.customer_key !== undefined) entrancesOfCustomer(where, filters.customer_key)
  if (filters.search !== undefined) where.and((p) => `t.display_name ILIKE ${p}`, containing(filters.search))
  const page = cut(where.next)
  return store.read(workspaceId, `${VIEW}${where.text}${page.where} ${page.tail}`, [...where.values, ...page.values])
}

/** The entrances that a user, a group or a credential opens, in the order they were found. */
export function listAccessibleEntrances(
  store: Store,
  workspaceId: string,
  by: { acs_user_id: string } | { acs_access_group_id: string } | { acs_credential_id: string },
): Promise<PresentableEntrance[]> {
  const [doors, id] =
    'acs_user_id' in by
      ? [DOORS_OF_USER('$2'), by.acs_user_id]
      : 'acs_credential_id' in by
        ? [DOORS_OF_CREDENTIAL('$2'), by.acs_credential_id]
        : [
            'SELECT unnest(g.acs_entrance_ids) FROM acs_access_group g WHERE g.workspace_id = $1 AND g.acs_access_group_id = $2',
            by.acs_access_group_id,
          ]
  return store.read(
    workspaceId,
    `${VIEW} AND t.acs_entrance_id IN (${doors}) ORDER BY t.created_at, t.acs_entrance_id`,
    [id],
  )
}
