/** A credential with what its presentation needs, for the results of attempts. */
import type { PresentableCredential } from '../../domain/present/acs-credential.ts'
import type { AcsCredentialRecord } from '../../domain/records.ts'
import type { Store } from '../../store/store.ts'

export async function presentable(store: Store, credential: AcsCredentialRecord): Promise<PresentableCredential> {
  const { workspace_id } = credential
  const [user, doors] = await Promise.all([
    credential.acs_user_id === null
      ? undefined
      : store.get(workspace_id, 'acs_user', 'acs_user_id', credential.acs_user_id),
    store.getMany(workspace_id, 'acs_entrance', 'acs_entrance_id', credential.acs_entrance_ids),
  ])
  const user_has_no_doors = user?.acs_access_group_ids.length === 0 && user.acs_entrance_ids.length === 0
  return { ...credential, user_identity_id: user?.user_identity_id ?? null, doors, user_has_no_doors }
}
