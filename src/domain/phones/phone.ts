/** Phones of a user identity, and the copies of mobile keys they hold (core.md section 9). */
import type { Ids } from '../../ids.ts'
import type { ChangeSet } from '../changes.ts'
import type { AcsCredentialRecord, PhoneRecord } from '../records.ts'

/** What a virtual phone is said to be; every field has a default in the contract. */
export interface SandboxPhone {
  user_identity_id: string
  custom_sdk_installation_id?: string
  phone_metadata?: {
    device_manufacturer?: string
    device_model?: string
    operating_system?: 'android' | 'ios'
    os_version?: string
  }
  assa_abloy_metadata?: { seos_tsm_endpoint_id?: number }
}

/** A new virtual phone, set up at every credential service, not written yet. */
export function newSandboxPhone(workspaceId: string, wish: SandboxPhone, ids: Ids, now: string): PhoneRecord {
  const { operating_system = 'android', device_model = 'Samsung Galaxy S10' } = wish.phone_metadata ?? {}
  return {
    workspace_id: workspaceId,
    device_id: ids.uuid(),
    user_identity_id: wish.user_identity_id,
    device_type: operating_system === 'ios' ? 'ios_phone' : 'android_phone',
    display_name: device_model,
    nickname: null,
    custom_sdk_installation_id: wish.custom_sdk_installation_id ?? null,
    custom_metadata: {},
    properties: {
      assa_abloy_credential_service_metadata: {
        has_active_endpoint: true,
        endpoints: [{ endpoint_id: String(wish.assa_abloy_metadata?.seos_tsm_endpoint_id ?? 1), is_active: true }],
      },
      salto_space_credential_service_metadata: { has_active_phone: true },
    },
    created_at: now,
    version: 1,
  }
}

/** Gives a phone its copy of each multi-phone sync credential of its owner. */
export function addCopies(
  changes: ChangeSet,
  phone: PhoneRecord,
  parents: readonly AcsCredentialRecord[],
  ids: Ids,
  now: string,
): void {
  for (const parent of parents) {
    const { acs_credential_id, acs_system_id } = parent
    changes.expect('acs_credential', { acs_credential_id, version: parent.version })
    changes.insert('acs_credential', {
      ...parent,
      acs_credential_id: ids.uuid(),
      parent_acs_credential_id: acs_credential_id,
      phone_device_id: phone.device_id,
      code: null,
      is_multi_phone_sync_credential: false,
      exclusive_key: null,
      external_id: null,
      is_issued: false,
      issued_at: null,
      was_issued: false,
      needs_to_be_reissued: false,
      reported: null,
      synced_at: null,
      is_dirty: true,
      dirty_since: now,
      retry_at: null,
      attempts: 0,
      errors: [],
      warnings: [],
      created_at: now,
      version: 1,
    })
    changes.job('provision', acs_system_id, now)
  }
}

/** Takes a phone out of use: its copies are revoked, the keys they came from stay good for other phones. */
export function deactivatePhone(
  changes: ChangeSet,
  phone: PhoneRecord,
  copies: readonly AcsCredentialRecord[],
  now: string,
): void {
  const { device_id, version } = phone
  changes.delete('phone', { device_id, version })
  for (const copy of copies) {
    if (copy.is_deleting) continue
    changes.update('acs_credential', 'acs_credential_id', {
      acs_credential_id: copy.acs_credential_id,
      version: copy.version,
      is_deleting: true,
      is_dirty: true,
      dirty_since: now,
      retry_at: null,
      attempts: 0,
    })
    changes.job('provision', copy.acs_system_id, now)
  }
  changes.event('phone.deactivated', { device_id })
}
