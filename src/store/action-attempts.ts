/** Action attempts. */
import type { ActionAttemptRecord } from '../domain/records.ts'
import { Conditions, type PageCut } from './conditions.ts'
import type { Store } from './store.ts'

export function getActionAttempt(
  store: Store,
  workspaceId: string,
  actionAttemptId: string,
): Promise<ActionAttemptRecord | undefined> {
  return store.get(workspaceId, 'action_attempt', 'action_attempt_id', actionAttemptId)
}

export interface ActionAttemptFilters {
  action_attempt_ids?: readonly string[]
  device_id?: string
}

export function listActionAttempts(
  store: Store,
  workspaceId: string,
  filters: ActionAttemptFilters,
  pageCut: PageCut,
): Promise<ActionAttemptRecord[]> {
  const conditions = new Conditions()
  if (filters.action_attempt_ids !== undefined) {
    conditions.and((ids) => `t.action_attempt_id = ANY(${ids}::uuid[])`, filters.action_attempt_ids)
  }
  if (filters.device_id !== undefined) conditions.and((id) => `t.device_id = ${id}`, filters.device_id)
  const cut = pageCut(conditions.next)
  return store.read(
    workspaceId,
    `SELECT t.* FROM action_attempt t WHERE t.workspace_id = $1${conditions.text}${cut.where} ${cut.tail}`,
    [...conditions.values, ...cut.values],
  )
}

/** Whether one of `ids` is an encoder, entrance or credential of one of the accounts. */
export async function isOfAccounts(
  store: Store,
  workspaceId: string,
  ids: readonly string[],
  connectedAccountIds: readonly string[],
): Promise<boolean> {
  if (ids.length === 0 || connectedAccountIds.length === 0) return false
  const rows = await store.read(
    workspaceId,
    `SELECT 1 AS found WHERE
       EXISTS (SELECT 1 FROM acs_encoder WHERE workspace_id = $1 AND acs_encoder_id = ANY($2::uuid[]) AND connected_account_id = ANY($3::uuid[]))
       OR EXISTS (SELECT 1 FROM acs_entrance WHERE workspace_id = $1 AND acs_entrance_id = ANY($2::uuid[]) AND connected_account_id = ANY($3::uuid[]))
       OR EXISTS (SELECT 1 FROM acs_credential WHERE workspace_id = $1 AND acs_credential_id = ANY($2::uuid[]) AND connected_account_id = ANY($3::uuid[]))`,
    [ids, connectedAccountIds],
  )
  return rows.length > 0
}
