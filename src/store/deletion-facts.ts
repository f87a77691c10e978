/** Reads what the end of a deletion is decided on (domain/grants/deletion.ts). */
import type { DeletionFacts } from '../domain/grants/deletion.ts'
import type { AccessMethodRecord, AcsCredentialRecord } from '../domain/records.ts'
import type { Store } from './store.ts'

/** What stands around credentials that are gone; at most four statements however many they are. */
export async function loadDeletionFacts(
  store: Store,
  workspaceId: string,
  gone: readonly AcsCredentialRecord[],
): Promise<DeletionFacts> {
  const methodIds = [...new Set(gone.flatMap((credential) => credential.access_method_id ?? []))]
  // Before the rest: whoever changes one of them afterwards is noticed by its version.
  const methods = await store.getMany(workspaceId, 'access_method', 'access_method_id', methodIds)
  if (methods.length === 0) return { methods, credentials: [], grants: [], siblings: [] }
  const leaving = methods.filter((method) => method.is_deleting)
  const grantIds = [...new Set(leaving.flatMap((method) => method.access_grant_ids))]
  // And these before their methods, for the same reason.
  const grants = await store.getMany(workspaceId, 'access_grant', 'access_grant_id', grantIds)
  const [credentials, siblings] = await Promise.all([
    store.read<Pick<AcsCredentialRecord, 'acs_credential_id' | 'access_method_id'>>(
      workspaceId,
      'SELECT acs_credential_id, access_method_id FROM acs_credential WHERE workspace_id = $1 AND access_method_id = ANY($2)',
      [methodIds],
    ),
    grantIds.length === 0
      ? []
      : store.read<Pick<AccessMethodRecord, 'access_method_id' | 'access_grant_ids'>>(
          workspaceId,
          'SELECT access_method_id, access_grant_ids FROM access_method WHERE workspace_id = $1 AND access_grant_ids && $2::uuid[]',
          [grantIds],
        ),
  ])
  return { methods, credentials, grants, siblings }
}

/**
 * The names of the systems that still hold something of access methods, by method; for those whose deletion waits for
 * them.
 */
export async function systemsHolding(
  store: Store,
  workspaceId: string,
  methodIds: readonly string[],
): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>()
  if (methodIds.length === 0) return names
  const rows = await store.read<{ access_method_id: string; name: string }>(
    workspaceId,
    `SELECT DISTINCT c.access_method_id, s.name FROM acs_credential c
       JOIN acs_system s ON s.workspace_id = c.workspace_id AND s.acs_system_id = c.acs_system_id
      WHERE c.workspace_id = $1 AND c.access_method_id = ANY($2) ORDER BY s.name`,
    [methodIds],
  )
  for (const { access_method_id, name } of rows)
    names.set(access_method_id, [...(names.get(access_method_id) ?? []), name])
  return names
}
