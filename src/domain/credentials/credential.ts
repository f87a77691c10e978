/**
 * Credentials: making them, ending them, and what a change of access does to those that were written on plastic
 * (access-systems.md section 6). Pure: the caller reads, these fill a ChangeSet.
 */
import type { Ids } from '../../ids.ts'
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import { dirty } from '../acs-users/acs-user.ts'
import type { ChangeSet } from '../changes.ts'
import { methodEventPayload, type IssuanceFacts } from '../issuance.ts'
import type { AcsCredentialRecord, AcsUserRecord, Mode, PhoneRecord } from '../records.ts'

export interface NewCredential {
  user: Pick<AcsUserRecord, 'workspace_id' | 'acs_system_id' | 'connected_account_id' | 'acs_user_id'>
  access_method: Mode
  acs_entrance_ids?: readonly string[]
  starts_at?: string | null
  ends_at?: string | null
  code?: string | null
  stay_key?: string | null
  metadata?: AcsCredentialRecord['metadata']
}

/** A credential not written yet, and not told to its system yet. */
export function newCredential(
  input: NewCredential,
  definition: SystemDefinition,
  ids: Ids,
  now: string,
): AcsCredentialRecord {
  const { user, access_method } = input
  return {
    workspace_id: user.workspace_id,
    acs_credential_id: ids.uuid(),
    acs_system_id: user.acs_system_id,
    connected_account_id: user.connected_account_id,
    acs_user_id: user.acs_user_id,
    access_method_id: null,
    parent_acs_credential_id: null,
    phone_device_id: null,
    access_method,
    display_name: null,
    acs_entrance_ids: [...(input.acs_entrance_ids ?? [])],
    starts_at: input.starts_at ?? null,
    ends_at: input.ends_at ?? null,
    code: input.code ?? null,
    is_code_personal: definition.pin?.isPersonal === true,
    card_number: null,
    external_id: null,
    is_multi_phone_sync_credential: access_method === 'mobile_key',
    is_issued: false,
    issued_at: null,
    was_issued: false,
    needs_to_be_reissued: false,
    stay_key: input.stay_key ?? null,
    metadata: input.metadata ?? {},
    written: null,
    exclusive_key: exclusiveKey(definition, access_method, user.acs_user_id),
    is_managed: true,
    is_deleting: false,
    reported: null,
    ...dirty(now),
    synced_at: null,
    errors: [],
    warnings: [],
    created_at: now,
    version: 1,
  }
}

/** Where a user holds one credential of a mode at most, the place it takes. */
export function exclusiveKey(definition: SystemDefinition, mode: Mode, acsUserId: string | null): string | null {
  return acsUserId !== null && definition.onePerUser.includes(mode) ? `${mode}:${acsUserId}` : null
}

/** A phone's copy of a multi-phone sync credential. */
export function childCredential(
  parent: AcsCredentialRecord,
  phone: Pick<PhoneRecord, 'device_id'>,
  ids: Ids,
  now: string,
): AcsCredentialRecord {
  return {
    ...parent,
    acs_credential_id: ids.uuid(),
    parent_acs_credential_id: parent.acs_credential_id,
    phone_device_id: phone.device_id,
    code: null,
    external_id: null,
    is_multi_phone_sync_credential: false,
    is_issued: false,
    issued_at: null,
    was_issued: false,
    exclusive_key: null,
    reported: null,
    ...dirty(now),
    is_deleting: false,
    synced_at: null,
    written: null,
    errors: [],
    warnings: [],
    created_at: now,
    version: 1,
  }
}

/**
 * Wishes the removal of credentials; `facts` hold them and the access methods behind them. A method that loses its
 * credential this way says so: it opens nothing any more.
 */
export function deleteCredentials(
  changes: ChangeSet,
  credentials: readonly AcsCredentialRecord[],
  facts: IssuanceFacts,
): void {
  for (const credential of credentials) {
    changes.update('acs_credential', 'acs_credential_id', {
      acs_credential_id: credential.acs_credential_id,
      version: credential.version,
      is_deleting: true,
      ...dirty(facts.now),
    })
    changes.job('provision', credential.acs_system_id, facts.now)
  }
  const lost = new Set(
    credentials.flatMap((one) => (one.parent_acs_credential_id === null ? (one.access_method_id ?? []) : [])),
  )
  for (const method of facts.methods) {
    if (!lost.has(method.access_method_id)) continue
    const message =
      'The credential behind this access method was deleted. Delete the access method with /access_methods/delete and request another with /access_grants/request_access_methods.'
    changes.update('access_method', 'access_method_id', {
      access_method_id: method.access_method_id,
      version: method.version,
      is_issued: false,
      issued_at: null,
      is_ready: false,
      errors: [
        ...method.errors.filter((error) => error.error_code !== 'failed_to_issue'),
        { created_at: facts.now, error_code: 'failed_to_issue', message },
      ],
    })
    changes.event('access_method.revoked', methodEventPayload(method, facts))
  }
}

/** Plastic that was written: it knows nothing of a later change until it is encoded again. */
export function isWrittenCard(credential: AcsCredentialRecord, definition: SystemDefinition): boolean {
  return (
    credential.access_method === 'card' &&
    definition.card === 'encode' &&
    credential.was_issued &&
    !credential.is_deleting
  )
}

/**
 * Marks written cards as stale after a change of what they open or when (access-systems.md 6.4), and asks for an encoder
 * where an access method stands on them. `facts` hold the cards and the access methods behind them.
 */
export function markCardsStale(
  changes: ChangeSet,
  cards: readonly AcsCredentialRecord[],
  facts: IssuanceFacts,
  definition: SystemDefinition,
): void {
  for (const card of cards) {
    if (!isWrittenCard(card, definition)) continue
    changes.update('acs_credential', 'acs_credential_id', {
      acs_credential_id: card.acs_credential_id,
      version: card.version,
      needs_to_be_reissued: true,
      // The encoder writes what the system holds: the next encode first lets it have the latest wish.
      ...dirty(facts.now),
    })
    changes.job('provision', card.acs_system_id, facts.now)
    const method = facts.methods.find((one) => one.access_method_id === card.access_method_id)
    if (method === undefined || method.is_encoding_required) continue
    changes.update('access_method', 'access_method_id', {
      access_method_id: method.access_method_id,
      version: method.version,
      is_encoding_required: true,
    })
    changes.event('access_method.card_encoding_required', methodEventPayload(method, facts))
  }
}
