/** Reads what a system's state is compared with: every row of the system, however few of its columns. */
import type { AcsAccessGroupRecord, AcsEncoderRecord, AcsEntranceRecord, AcsSystemRecord } from '../domain/records.ts'
import type { Before, Held, HeldCredential, HeldUser } from '../domain/sync/findings.ts'
import { DELETED_EXTERNALLY } from '../domain/sync/marks.ts'
import type { Store } from './store.ts'

const OF_SYSTEM = 'WHERE workspace_id = $1 AND acs_system_id = $2'

interface Seen {
  id: string
  version: number
  external_id: string | null
  is_quiet: boolean
}

/** The system has taken all it was to be told; a user may wait for a group whose time is still to come (domain/present/pending.ts `waitsForTime`). */
const IS_QUIET =
  '(NOT is_dirty OR (reported IS NOT NULL AND retry_at IS NOT NULL AND attempts = 0)) AND NOT is_deleting'

/** What is held right before a state is read: what changes from here on is ours. */
export async function loadBefore(store: Store, workspaceId: string, acsSystemId: string): Promise<Before> {
  const seen = (table: string): Promise<Seen[]> =>
    store.read<Seen>(
      workspaceId,
      `SELECT ${table}_id AS id, version, external_id, ${IS_QUIET} AS is_quiet FROM ${table} ${OF_SYSTEM}`,
      [acsSystemId],
    )
  const [groups, users, credentials] = await Promise.all([
    seen('acs_access_group'),
    seen('acs_user'),
    seen('acs_credential'),
  ])
  const externalIds = (rows: readonly Seen[]): Set<string> => new Set(rows.flatMap((row) => row.external_id ?? []))
  return {
    quiet: new Map(
      [...groups, ...users, ...credentials].flatMap(({ id, version, is_quiet }) => (is_quiet ? [[id, version]] : [])),
    ),
    externalIds: {
      groups: externalIds(groups),
      users: externalIds(users),
      credentials: externalIds(credentials),
    },
  }
}

export async function loadHeld(store: Store, workspaceId: string, acsSystemId: string): Promise<Held> {
  const read = <R extends object>(text: string): Promise<R[]> => store.read<R>(workspaceId, text, [acsSystemId])
  const [entrances, encoders, groups, users, credentials] = await Promise.all([
    read<AcsEntranceRecord>(`SELECT * FROM acs_entrance ${OF_SYSTEM} ORDER BY created_at, acs_entrance_id`),
    read<AcsEncoderRecord>(`SELECT * FROM acs_encoder ${OF_SYSTEM} ORDER BY created_at, acs_encoder_id`),
    read<AcsAccessGroupRecord>(`SELECT * FROM acs_access_group ${OF_SYSTEM} ORDER BY created_at, acs_access_group_id`),
    read<HeldUser>(
      `SELECT acs_user_id, acs_system_id, connected_account_id, user_identity_id, external_id, full_name, is_suspended,
              acs_access_group_ids, is_managed, is_deleting, is_dirty, reported, errors, warnings, version
         FROM acs_user ${OF_SYSTEM} ORDER BY created_at, acs_user_id`,
    ),
    read<HeldCredential>(
      `SELECT acs_credential_id, acs_user_id, access_method_id, access_method, card_number, external_id, is_dirty, errors, version,
              reported IS NOT NULL AS is_told
         FROM acs_credential ${OF_SYSTEM} ORDER BY created_at, acs_credential_id`,
    ),
  ])
  return { entrances, encoders, groups, users, credentials }
}

/** Credentials of a system behind the access methods of live grants that have one of these doors. */
export async function credentialsOfDoors(
  store: Store,
  workspaceId: string,
  acsSystemId: string,
  doorIds: readonly string[],
): Promise<string[]> {
  if (doorIds.length === 0) return []
  const rows = await store.read<{ id: string }>(
    workspaceId,
    `SELECT c.acs_credential_id AS id FROM access_grant g
       JOIN access_method m ON m.workspace_id = g.workspace_id AND m.access_grant_ids && ARRAY[g.access_grant_id]
       JOIN acs_credential c ON c.workspace_id = m.workspace_id AND c.access_method_id = m.access_method_id
      WHERE g.workspace_id = $1 AND c.acs_system_id = $2 AND g.door_ids && $3::uuid[] AND NOT g.is_ended`,
    [acsSystemId, doorIds],
  )
  return [...new Set(rows.map((row) => row.id))]
}

/** Written cards of these users. */
export async function writtenCardsOf(store: Store, workspaceId: string, userIds: readonly string[]): Promise<string[]> {
  if (userIds.length === 0) return []
  const rows = await store.read<{ id: string }>(
    workspaceId,
    `SELECT acs_credential_id AS id FROM acs_credential
      WHERE workspace_id = $1 AND acs_user_id = ANY($2::uuid[]) AND access_method = 'card' AND was_issued AND NOT is_deleting`,
    [userIds],
  )
  return rows.map((row) => row.id)
}

/** What waits for a system to come back does not wait any longer; a try under way that still fails is made again (its row has moved on). */
export async function releaseWaiting(store: Store, workspaceId: string, acsSystemId: string): Promise<void> {
  for (const table of ['acs_access_group', 'acs_user', 'acs_credential']) {
    await store.execute(
      workspaceId,
      `UPDATE ${table} SET retry_at = NULL, version = version + 1 ${OF_SYSTEM} AND is_dirty`,
      [acsSystemId],
    )
  }
}

/** What a system refused is told once more, as if it had been wished anew; what somebody deleted there is not. */
export async function releaseRefused(
  store: Store,
  workspaceId: string,
  acsSystemId: string,
  errorCodes: readonly string[],
): Promise<void> {
  for (const table of ['acs_access_group', 'acs_user', 'acs_credential']) {
    await store.execute(
      workspaceId,
      `UPDATE ${table} SET is_dirty = true, retry_at = NULL, version = version + 1 ${OF_SYSTEM} AND NOT is_dirty
          AND EXISTS (SELECT 1 FROM jsonb_array_elements(errors) problem WHERE problem->>'error_code' = ANY($3))
          AND NOT errors @> $4::jsonb`,
      [acsSystemId, errorCodes, JSON.stringify([{ error_code: DELETED_EXTERNALLY }])],
    )
  }
}

/** The systems of an account. */
export function systemsOfAccount(
  store: Store,
  workspaceId: string,
  connectedAccountId: string,
): Promise<AcsSystemRecord[]> {
  return store.read(
    workspaceId,
    'SELECT * FROM acs_system WHERE workspace_id = $1 AND connected_account_id = $2 ORDER BY created_at, acs_system_id',
    [connectedAccountId],
  )
}
