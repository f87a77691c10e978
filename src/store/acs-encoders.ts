/** Encoders. */
import type { AcsEncoderRecord } from '../domain/records.ts'
import { scopeByAccount, type AcsScope } from './acs-scope.ts'
import { Conditions, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

export async function getAcsEncoder(
  store: Store,
  workspaceId: string,
  id: string,
  scope: AcsScope,
): Promise<AcsEncoderRecord | undefined> {
  const where = scopeByAccount(
    new Conditions().and((p) => `t.acs_encoder_id = ${p}`, id),
    scope,
  )
  const rows = await store.read<AcsEncoderRecord>(
    workspaceId,
    `SELECT t.* FROM acs_encoder t WHERE t.workspace_id = $1${where.text}`,
    where.values,
  )
  return rows[0]
}

export interface AcsEncoderFilters {
  scope: AcsScope
  acs_system_ids?: readonly string[] | undefined
  acs_encoder_ids?: readonly string[] | undefined
}

export function listAcsEncoders(
  store: Store,
  workspaceId: string,
  filters: AcsEncoderFilters,
  cut: PageCut,
): Promise<AcsEncoderRecord[]> {
  const where = scopeByAccount(new Conditions(), filters.scope)
  if (filters.acs_system_ids !== undefined)
    where.and((p) => `t.acs_system_id = ANY(${p}::uuid[])`, filters.acs_system_ids)
  if (filters.acs_encoder_ids !== undefined)
    where.and((p) => `t.acs_encoder_id = ANY(${p}::uuid[])`, filters.acs_encoder_ids)
  const page = cut(where.next)
  return store.read(
    workspaceId,
    `SELECT t.* FROM acs_encoder t WHERE t.workspace_id = $1${where.text}${page.where} ${page.tail}`,
    [...where.values, ...page.values],
  )
}
