/** A credential as it goes over the wire. */
import { hasGroups, type SystemDefinition } from '../../systems/kit/definition.ts'
import type { AcsCredentialRecord, AcsEntranceRecord, Json, Problem } from '../records.ts'
import { waitingSince, warningsOf } from './pending.ts'

/** A door of the credential, as far as its presentation needs it. */
export type CredentialDoor = Pick<AcsEntranceRecord, 'acs_entrance_id' | 'display_name' | 'can_belong_to_reservation'>

/** A credential with what is shown of its surroundings. */
export interface PresentableCredential extends AcsCredentialRecord {
  /** The identity of its user, if any. */
  user_identity_id: string | null
  /** The doors named in its `acs_entrance_ids`, in any order. */
  doors: CredentialDoor[]
  /** Its user is in no access group and has no doors of its own. */
  user_has_no_doors?: boolean
}

export function presentAcsCredential(credential: PresentableCredential, definition: SystemDefinition): Json {
  const type = definition.types.credential[credential.access_method]
  const isMobile = credential.access_method === 'mobile_key'
  return {
    acs_credential_id: credential.acs_credential_id,
    acs_system_id: credential.acs_system_id,
    workspace_id: credential.workspace_id,
    connected_account_id: credential.connected_account_id,
    ...(credential.acs_user_id === null ? {} : { acs_user_id: credential.acs_user_id }),
    ...(credential.user_identity_id === null ? {} : { user_identity_id: credential.user_identity_id }),
    ...(credential.parent_acs_credential_id === null
      ? {}
      : { parent_acs_credential_id: credential.parent_acs_credential_id }),
    access_method: credential.access_method,
    display_name: displayNameOf(credential, definition),
    ...(type === undefined ? {} : { external_type: type.type, external_type_display_name: type.display_name }),
    ...(credential.access_method === 'code' || credential.code !== null ? { code: credential.code } : {}),
    ...(credential.access_method === 'card' || credential.card_number !== null
      ? { card_number: credential.card_number }
      : {}),
    ...(credential.starts_at === null ? {} : { starts_at: credential.starts_at }),
    ...(credential.ends_at === null ? {} : { ends_at: credential.ends_at }),
    ...(isMobile ? { is_multi_phone_sync_credential: credential.is_multi_phone_sync_credential } : {}),
    is_issued: credential.is_issued,
    issued_at: credential.issued_at,
    is_latest_desired_state_synced_with_provider: !credential.is_dirty,
    latest_desired_state_synced_with_provider_at: credential.synced_at,
    ...wireMetadata(credential, definition),
    is_managed: credential.is_managed,
    created_at: credential.created_at,
    errors: credential.errors,
    warnings: warnings(credential, definition),
  }
}

/** Door names where the credential has doors of its own, else the card's number, else what kind of thing it is (access-systems.md 6.1). */
function displayNameOf(credential: PresentableCredential, definition: SystemDefinition): string {
  if (credential.display_name !== null && credential.display_name !== '') return credential.display_name
  if (credential.is_multi_phone_sync_credential) return 'Multi Phone Sync Credential'
  const doors = inOrder(credential).map((door) => door.display_name)
  if (doors.length > 0) return doors.join(', ')
  if (credential.card_number !== null) return `Card ${credential.card_number}`
  const names = { code: 'PIN Code', card: 'Card', mobile_key: 'Mobile Key', cloud_key: 'Cloud Key' }
  return definition.types.credential[credential.access_method]?.display_name ?? names[credential.access_method]
}

/** The doors in the order the credential names them. */
function inOrder(credential: PresentableCredential): CredentialDoor[] {
  const byId = new Map(credential.doors.map((door) => [door.acs_entrance_id, door]))
  return credential.acs_entrance_ids.flatMap((id) => byId.get(id) ?? [])
}

/** Why nobody can open a door with a credential that is otherwise as it should be; null = nothing is in the way. */
function hindranceOf(credential: PresentableCredential, definition: SystemDefinition): string | null {
  const { access_method, acs_user_id, user_identity_id, user_has_no_doors } = credential
  if (acs_user_id === null || credential.access_method_id !== null) return null
  if (access_method === 'mobile_key' && user_identity_id === null)
    return 'No phone can carry this mobile key: its user has no user identity, and phones belong to those. Link one with /user_identities/add_acs_user.'
  const hasDoors = credential.acs_entrance_ids.length > 0 || user_has_no_doors !== true
  if (hasGroups(definition) && !hasDoors)
    return `It opens nothing: its user is in no access group of ${definition.display_name}, and doors come from those. Add the user to one with /acs/users/add_to_access_group.`
  return null
}

function warnings(credential: PresentableCredential, definition: SystemDefinition): Problem[] {
  const shown = warningsOf(credential, 'credential').filter(
    (warning) => warning.warning_code !== 'needs_to_be_reissued',
  )
  const requested = credential.metadata['requested_starts_at']
  if (typeof requested === 'string') {
    shown.push({
      created_at: credential.created_at,
      warning_code: 'schedule_modified',
      message: `The requested start ${requested} was in the past; the credential starts at its creation instead.`,
    })
  }
  if (credential.is_deleting) return shown
  if (credential.access_method === 'card' && !credential.is_issued) {
    shown.push({
      created_at: credential.created_at,
      warning_code: 'waiting_to_be_issued',
      message: `The credential is waiting to be issued on a card. ${
        definition.card === 'encode'
          ? 'Encode it with /acs/encoders/encode_credential.'
          : 'Give it a registered card with /access_methods/assign_card or /acs/encoders/scan_to_assign_credential.'
      }`,
    })
  }
  const hindrance = hindranceOf(credential, definition)
  if (hindrance !== null) {
    shown.push({
      created_at: credential.created_at,
      warning_code: 'unknown_issue_with_acs_credential',
      message: hindrance,
    })
  }
  if (credential.needs_to_be_reissued) {
    shown.push({
      created_at: waitingSince(credential),
      warning_code: 'needs_to_be_reissued',
      message:
        'Access of this credential has changed since it was written on its card. Encode the card again to bring it up to date.',
    })
  }
  return shown
}

/** What the wire shows of the provider's metadata. Wishes that only create understands are not shown. */
function wireMetadata(credential: PresentableCredential, definition: SystemDefinition): Json {
  const { metadataKey, credentialOnWire: wire } = definition
  if (metadataKey === undefined || wire === undefined) return {}
  const stored = storedMetadata(credential, definition)
  const shown: Json = { ...wire.defaults, ...pick(stored, wire.shown) }
  if (wire.showsValidity === true) shown['is_valid'] = isValid(stored)
  if (wire.doors === 'guest_and_common') Object.assign(shown, doorSplit(credential))
  if (wire.doors === 'names') shown['door_names'] = inOrder(credential).map((door) => door.display_name)
  return { [metadataKey]: shown }
}

/** The provider's metadata as they lie on the row: wishes of create and facts of the driver. */
export function storedMetadata(credential: Pick<AcsCredentialRecord, 'metadata'>, definition: SystemDefinition): Json {
  const stored = definition.metadataKey === undefined ? undefined : credential.metadata[definition.metadataKey]
  return typeof stored === 'object' && stored !== null ? (stored as Json) : {}
}

/** A credential is valid until something ended it: overridden, discarded, overwritten (access-systems.md 6.3, 6.6). */
export function isValid(stored: Json): boolean {
  return stored['is_valid'] !== false
}

function doorSplit(credential: PresentableCredential): Json {
  const doors = inOrder(credential)
  return {
    guest_acs_entrance_ids: doors.filter((door) => door.can_belong_to_reservation).map((door) => door.acs_entrance_id),
    common_acs_entrance_ids: doors
      .filter((door) => !door.can_belong_to_reservation)
      .map((door) => door.acs_entrance_id),
  }
}

function pick(from: Json, keys: readonly string[]): Json {
  return Object.fromEntries(
    keys.filter((key) => from[key] !== undefined && from[key] !== null).map((key) => [key, from[key]]),
  )
}
