/** Reads what issuance decides on: credentials, the access methods behind them, and the grants of those. */
import type { IssuanceFacts } from '../domain/issuance.ts'
import type { AccessGrantRecord, AccessMethodRecord, AcsCredentialRecord } from '../domain/records.ts'
import type { Store } from './store.ts'

/**
 * Loads the given credentials, all access methods of the grants they belong to, and all credentials of those methods:
 * four statements however many credentials there are. Methods that are being deleted are left out: nothing follows for
 * them any more.
 */
export async function loadIssuanceFacts(
  store: Store,
  workspaceId: string,
  credentialIds: readonly string[],
  now: string,
): Promise<IssuanceFacts> {
  const facts: IssuanceFacts = { credentials: [], methods: [], grants: [], now }
  if (credentialIds.length === 0) return facts
  const [own, grants] = await Promise.all([
    store.getMany(workspaceId, 'acs_credential', 'acs_credential_id', credentialIds),
    store.read<AccessGrantRecord>(
      workspaceId,
      `SELECT * FROM access_grant WHERE workspace_id = $1 AND access_grant_id IN (
         SELECT unnest(m.access_grant_ids) FROM acs_credential c
           JOIN access_method m ON m.workspace_id = c.workspace_id AND m.access_method_id = c.access_method_id
          WHERE c.workspace_id = $1 AND c.acs_credential_id = ANY($2) AND NOT m.is_deleting)`,
      [credentialIds],
    ),
  ])
  facts.grants = grants
  if (grants.length === 0) {
    facts.credentials = own
    return facts
  }
  const grantIds = grants.map((grant) => grant.access_grant_id)
  // One after the other: the version of a method vouches for its credentials (domain/issuance.ts), so what another system
  // confirms between the two must be seen, or the version be an old one.
  const methods = await store.read<AccessMethodRecord>(
    workspaceId,
    'SELECT * FROM access_method WHERE workspace_id = $1 AND access_grant_ids && $2 AND NOT is_deleting',
    [grantIds],
  )
  const siblings = await store.read<AcsCredentialRecord>(
    workspaceId,
    `SELECT c.* FROM acs_credential c JOIN access_method m ON m.workspace_id = c.workspace_id AND m.access_method_id = c.access_method_id
      WHERE c.workspace_id = $1 AND m.access_grant_ids && $2`,
    [grantIds],
  )
  facts.methods = methods
  const known = new Set(siblings.map((credential) => credential.acs_credential_id))
  facts.credentials = [...siblings, ...own.filter((credential) => !known.has(credential.acs_credential_id))]
  return facts
}

/** Grants that wait for something at a system, of the people to whom these users belong; and their access methods. */
export async function loadAwaitingGrants(
  store: Store,
  workspaceId: string,
  acsUserIds: readonly string[],
): Promise<Pick<IssuanceFacts, 'grants' | 'methods'>> {
  if (acsUserIds.length === 0) return { grants: [], methods: [] }
  const grants = await store.read<AccessGrantRecord>(
    workspaceId,
    `SELECT * FROM access_grant WHERE workspace_id = $1 AND pending <> '[]' AND user_identity_id IN (
       SELECT user_identity_id FROM acs_user WHERE workspace_id = $1 AND acs_user_id = ANY($2))`,
    [acsUserIds],
  )
  if (grants.length === 0) return { grants, methods: [] }
  const methods = await store.read<AccessMethodRecord>(
    workspaceId,
    'SELECT * FROM access_method WHERE workspace_id = $1 AND access_grant_ids && $2 AND NOT is_deleting',
    [grants.map((grant) => grant.access_grant_id)],
  )
  return { grants, methods }
}
