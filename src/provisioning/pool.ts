/** Cards a system knows and nobody holds: credentials without a user, waiting to be assigned (access-systems.md 6.6). */
import type { AcsCredentialRecord, AcsSystemRecord } from '../domain/records.ts'

/** A registered card that nobody holds, as a credential without a user (access-systems.md 6.6). */
export function newPoolCard(
  system: Pick<AcsSystemRecord, 'workspace_id' | 'acs_system_id' | 'connected_account_id'>,
  card: { card_number: string; credential_id: string | null }, acs_credential_id: string, now: string): AcsCredentialRecord {
  return {
    workspace_id: system.workspace_id,
    acs_credential_id,
    acs_system_id: system.acs_system_id,
    connected_account_id: system.connected_account_id,
    acs_user_id: null,
    access_method_id: null,
    parent_acs_credential_id: null,
    phone_device_id: null,
    access_method: 'card',
    display_name: null,
    acs_entrance_ids: [],
    starts_at: null,
    ends_at: null,
    code: null,
    card_number: card.card_number,
    external_id: card.credential_id,
    is_multi_phone_sync_credential: false,
    is_issued: false,
    issued_at: null,
    was_issued: false,
    needs_to_be_reissued: false,
    stay_key: null,
    metadata: {},
    written: null,
    exclusive_key: null,
    is_managed: true,
    is_deleting: false,
    reported: null,
    is_dirty: false,
    dirty_since: null,
    retry_at: null,
    attempts: 0,
    synced_at: null,
    errors: [],
    warnings: [],
    created_at: now,
    version: 1,
  }
}
