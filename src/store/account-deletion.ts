/** Reads what stands on a connected account that is being deleted (provisioning/account-deletion.ts). */
import type { AcsEncoderRecord, AcsEntranceRecord, AcsSystemRecord } from '../domain/records.ts'
import type { Store } from './store.ts'

export function entrancesOfAccount(store: Store, workspaceId: string, accountId: string): Promise<AcsEntranceRecord[]> {
  return store.read(
    workspaceId,
    'SELECT * FROM acs_entrance WHERE workspace_id = $1 AND connected_account_id = $2 ORDER BY created_at, acs_entrance_id',
    [accountId],
  )
}

export function encodersOfAccount(store: Store, workspaceId: string, accountId: string): Promise<AcsEncoderRecord[]> {
  return store.read(
    workspaceId,
    'SELECT * FROM acs_encoder WHERE workspace_id = $1 AND connected_account_id = $2 ORDER BY created_at, acs_encoder_id',
    [accountId],
  )
}

/** Ids of the grants, ended ones too, that name one of these doors. */
export async function grantsOnDoors(store: Store, workspaceId: string, doorIds: readonly string[]): Promise<string[]> {
  if (doorIds.length === 0) return []
  const rows = await store.read<{ id: string }>(
    workspaceId,
    `SELECT access_grant_id AS id FROM access_grant
      WHERE workspace_id = $1 AND (door_ids && $2::uuid[] OR acs_entrance_ids && $2::uuid[]) ORDER BY created_at, access_grant_id`,
    [doorIds],
  )
  return rows.map((row) => row.id)
}

/** Ids of the spaces that hold the account or one of its doors. */
export async function spacesWithAccount(
  store: Store,
  workspaceId: string,
  accountId: string,
  doorIds: readonly string[],
): Promise<string[]> {
  const rows = await store.read<{ id: string }>(
    workspaceId,
    `SELECT space_id AS id FROM space
      WHERE workspace_id = $1 AND (connected_account_ids @> ARRAY[$2::uuid] OR acs_entrance_ids && $3::uuid[]) ORDER BY created_at, space_id`,
    [accountId, doorIds],
  )
  return rows.map((row) => row.id)
}

/** Whether users, groups or credentials of the account are left. */
export async function holdersOfAccount(store: Store, workspaceId: string, accountId: string): Promise<boolean> {
  const rows = await store.read<{ there: number }>(
    workspaceId,
    `SELECT 1 AS there FROM acs_system s WHERE s.workspace_id = $1 AND s.connected_account_id = $2 AND (
       EXISTS (SELECT 1 FROM acs_user u WHERE u.workspace_id = $1 AND u.acs_system_id = s.acs_system_id)
       OR EXISTS (SELECT 1 FROM acs_access_group g WHERE g.workspace_id = $1 AND g.acs_system_id = s.acs_system_id)
       OR EXISTS (SELECT 1 FROM acs_credential c WHERE c.workspace_id = $1 AND c.acs_system_id = s.acs_system_id))`,
    [accountId],
  )
  return rows.length > 0
}

/** The systems whose mobile keys one of these carries to phones. */
export function systemsCarriedBy(
  store: Store,
  workspaceId: string,
  managerIds: readonly string[],
): Promise<AcsSystemRecord[]> {
  return store.getMany(workspaceId, 'acs_system', 'default_credential_manager_acs_system_id', managerIds)
}
