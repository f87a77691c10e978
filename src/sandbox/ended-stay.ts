/** What follows when the first use of a newer stay ended older credentials at a door (core.md 6.5 "Override"). Pure. */
import type { ChangeSet } from '../domain/changes.ts'
import { methodEventPayload, type IssuanceFacts } from '../domain/issuance.ts'
import type { AcsCredentialRecord } from '../domain/records.ts'

/**
 * The credentials are invalid, their access methods revoked, and their grants lose this door. A credential that was
 * ended at another door before is not told of again; its grant's loss of this door is.
 */
export function endAtDoor(
  changes: ChangeSet,
  endedIds: readonly string[],
  acs_entrance_id: string,
  facts: IssuanceFacts,
  metadataKey: string | undefined,
): void {
  for (const id of endedIds) {
    const credential = facts.credentials.find((one) => one.acs_credential_id === id)
    if (credential === undefined) continue
    invalidate(changes, credential, metadataKey)
    const method = facts.methods.find((one) => one.access_method_id === credential.access_method_id)
    if (method === undefined) continue
    if (method.is_issued) {
      method.is_issued = false
      const { access_method_id, version } = method
      changes.update('access_method', 'access_method_id', {
        access_method_id,
        version,
        is_issued: false,
        issued_at: null,
      })
      changes.event('access_method.revoked', methodEventPayload(method, facts))
    }
    for (const grant of facts.grants) {
      if (!method.access_grant_ids.includes(grant.access_grant_id) || !grant.granted_door_ids.includes(acs_entrance_id))
        continue
      grant.granted_door_ids = grant.granted_door_ids.filter((door) => door !== acs_entrance_id)
      const { access_grant_id, version, granted_door_ids } = grant
      changes.update('access_grant', 'access_grant_id', { access_grant_id, version, granted_door_ids })
      changes.event('access_grant.access_to_door_lost', {
        access_grant_id,
        ...(grant.access_grant_key === null ? {} : { access_grant_key: grant.access_grant_key }),
        acs_entrance_id,
      })
    }
  }
}

/** `is_valid` in the provider's metadata is the mark; on the wire it shows where the provider has it. */
function invalidate(changes: ChangeSet, credential: AcsCredentialRecord, metadataKey: string | undefined): void {
  if (metadataKey === undefined) return
  const own = credential.metadata[metadataKey] as Record<string, unknown> | undefined
  if (own?.['is_valid'] === false) return
  credential.metadata = { ...credential.metadata, [metadataKey]: { ...own, is_valid: false } }
  const { acs_credential_id, acs_system_id, connected_account_id, version, metadata } = credential
  changes.update('acs_credential', 'acs_credential_id', { acs_credential_id, version, metadata })
  changes.event('acs_credential.invalidated', { acs_credential_id, acs_system_id, connected_account_id })
}
