/** An access method as it goes over the wire (core.md section 7). */
import { namingSystems } from '../grants/deletion.ts'
import { methodDisplayName } from '../methods/names.ts'
import type { AccessMethodRecord, Json } from '../records.ts'
import { instantKeyUrl } from './instant-key.ts'

/** What a mobile key method is opened with. */
export interface MobileKeyAccess {
  access_method_id: string
  client_session_id: string
  client_session_token: string
  /** Null when its Instant Key was deleted: the key then works in an app alone. */
  short_code: string | null
}

/**
 * `mobileKey` is given for mobile keys by operations; results of action attempts go without it. The older and the
 * documented spellings of a flag are sent side by side (core.md section 14). `systemsHolding` are the names of the systems
 * that a deletion waits for.
 */
export function presentAccessMethod(
  method: AccessMethodRecord,
  publicUrl: string,
  mobileKey?: MobileKeyAccess,
  systemsHolding: readonly string[] = [],
): Json {
  const { is_encoding_required, is_assignment_required } = method
  return {
    access_method_id: method.access_method_id,
    workspace_id: method.workspace_id,
    display_name: methodDisplayName(method.mode),
    display_status: statusOf(method),
    mode: method.mode,
    created_at: method.created_at,
    is_issued: method.is_issued,
    issued_at: method.issued_at,
    is_encoding_required,
    is_card_encoding_required: is_encoding_required,
    ...(method.mode === 'card'
      ? {
          is_assignment_required,
          is_assigning_required: is_assignment_required,
          is_ready_for_encoding: is_encoding_required && method.is_ready,
          is_ready_for_assignment: is_assignment_required && !method.is_issued,
        }
      : {}),
    ...(method.mode === 'code' ? { code: method.code } : {}),
    ...(mobileKey === undefined
      ? {}
      : {
          client_session_id: mobileKey.client_session_id,
          client_session_token: mobileKey.client_session_token,
          ...(mobileKey.short_code === null ? {} : { instant_key_url: instantKeyUrl(publicUrl, mobileKey.short_code) }),
        }),
    ...(method.customization_profile_id === null ? {} : { customization_profile_id: method.customization_profile_id }),
    pending_mutations: method.pending,
    errors: method.errors,
    warnings: namingSystems(method.warnings, systemsHolding),
  }
}

/** Prose for people; nothing may branch on it. */
function statusOf(method: AccessMethodRecord): string {
  if (method.is_deleting) return 'Being deleted'
  if (method.errors.length > 0) return 'Failed to issue'
  if (method.is_encoding_required) return method.was_issued ? 'Awaiting re-encoding' : 'Awaiting encoding'
  if (method.is_assignment_required) return 'Awaiting a card'
  if (method.is_issued) return 'Issued'
  return method.was_issued ? 'Updating' : 'Issuing'
}
