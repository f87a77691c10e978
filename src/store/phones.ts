/** Phones of a workspace, and the credentials that stand on them. */
import type { AcsCredentialRecord, PhoneRecord } from '../domain/records.ts'
import { Conditions } from './conditions.ts'
import type { Store } from './store.ts'

export interface PhoneFilters {
  owner_user_identity_id?: string
  /** Phones that hold this credential, or a copy of it. */
  acs_credential_id?: string
}

export function listPhones(store: Store, workspaceId: string, filters: PhoneFilters): Promise<PhoneRecord[]> {
  const where = new Conditions()
  if (filters.owner_user_identity_id !== undefined)
    where.and((p) => `t.user_identity_id = ${p}`, filters.owner_user_identity_id)
  if (filters.acs_credential_id !== undefined) {
    where.and(
      (p) =>
        `t.device_id IN (SELECT c.phone_device_id FROM acs_credential c WHERE c.workspace_id = $1 AND NOT c.is_deleting
           AND (c.acs_credential_id = ${p} OR c.parent_acs_credential_id = ${p}))`,
      filters.acs_credential_id,
    )
  }
  return store.read(
    workspaceId,
    `SELECT t.* FROM phone t WHERE t.workspace_id = $1${where.text} ORDER BY t.created_at, t.device_id`,
    where.values,
  )
}

export async function findPhoneByInstallation(
  store: Store,
  workspaceId: string,
  installationId: string,
): Promise<PhoneRecord | undefined> {
  const [phone] = await store.read<PhoneRecord>(
    workspaceId,
    'SELECT * FROM phone WHERE workspace_id = $1 AND custom_sdk_installation_id = $2',
    [installationId],
  )
  return phone
}

/** The mobile keys of an identity that every phone of it gets a copy of. */
export function syncCredentialsOf(
  store: Store,
  workspaceId: string,
  userIdentityId: string,
): Promise<AcsCredentialRecord[]> {
  return store.read(
    workspaceId,
    `SELECT c.* FROM acs_credential c JOIN acs_user u ON u.workspace_id = c.workspace_id AND u.acs_user_id = c.acs_user_id
      WHERE c.workspace_id = $1 AND u.user_identity_id = $2 AND c.access_method = 'mobile_key'
        AND c.is_multi_phone_sync_credential AND c.parent_acs_credential_id IS NULL AND NOT c.is_deleting
      ORDER BY c.created_at, c.acs_credential_id`,
    [userIdentityId],
  )
}

/** The copies that these phones hold. */
export function copiesOnPhones(
  store: Store,
  workspaceId: string,
  deviceIds: readonly string[],
): Promise<AcsCredentialRecord[]> {
  return store.getMany(workspaceId, 'acs_credential', 'phone_device_id', deviceIds)
}
