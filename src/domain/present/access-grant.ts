/** An access grant as it goes over the wire (core.md section 6). */
import { namingSystems } from '../grants/deletion.ts'
import { INTERNAL_FIELDS } from '../grants/waiting.ts'
import type { AccessGrantRecord, AccessMethodRecord, Json, PendingMutation, Problem } from '../records.ts'
import type { MobileKeyAccess } from './access-method.ts'
import { instantKeyUrl } from './instant-key.ts'

/** What is shown of a grant's surroundings. */
export interface GrantView {
  grant: AccessGrantRecord
  /** Its access methods. */
  methods: readonly AccessMethodRecord[]
  mobileKeys: ReadonlyMap<string, MobileKeyAccess>
  /** Names of doors, for those that a warning is about. */
  doorNames?: ReadonlyMap<string, string>
  /** Names of the systems that hold something of methods that are being deleted, by method. */
  systemsHolding?: ReadonlyMap<string, readonly string[]>
}

/** Doors whose requested PIN was not to be had: their access method has another one. */
export function doorsWithOtherCode({ grant, methods }: Pick<GrantView, 'grant' | 'methods'>): string[] {
  return otherCodes(grant, methods).flatMap(({ method }) => method.acs_entrance_ids)
}

/** `now` is the workspace's time: only the prose of `display_status` depends on it. */
export function presentAccessGrant(view: GrantView, publicUrl: string, now: string): Json {
  const { grant } = view
  return {
    access_grant_id: grant.access_grant_id,
    workspace_id: grant.workspace_id,
    user_identity_id: grant.user_identity_id,
    ...(grant.access_grant_key === null ? {} : { access_grant_key: grant.access_grant_key }),
    ...(grant.reservation_key === null ? {} : { reservation_key: grant.reservation_key }),
    ...(grant.customization_profile_id === null ? {} : { customization_profile_id: grant.customization_profile_id }),
    name: grant.name,
    display_name: grant.display_name,
    display_status: statusOf(view, now),
    starts_at: grant.starts_at,
    ends_at: grant.ends_at,
    space_ids: grant.space_ids,
    location_ids: grant.space_ids,
    requested_access_methods: grant.requested_access_methods,
    access_method_ids: grant.access_method_ids,
    ...onlyMobileKey(view, publicUrl),
    created_at: grant.created_at,
    pending_mutations: grant.pending.map(shown),
    errors: grant.errors,
    warnings: warningsOf(view),
  }
}

function warningsOf(view: GrantView): Problem[] {
  const { grant, methods, systemsHolding } = view
  if (!grant.is_deleting) return [...grant.warnings, ...unavailableCodes(view)]
  const names = methods.flatMap((method) => systemsHolding?.get(method.access_method_id) ?? [])
  return namingSystems(grant.warnings, [...new Set(names)])
}

/** A mutation without what is kept with it to know when it is over. */
function shown(mutation: PendingMutation): Json {
  return Object.fromEntries(Object.entries(mutation).filter(([field]) => !INTERNAL_FIELDS.includes(field)))
}

/** The link stands on the grant only when the grant has exactly one mobile key (core.md 6.2). */
function onlyMobileKey({ grant, methods, mobileKeys }: GrantView, publicUrl: string): Json {
  const [key, second] = methods.filter(
    (method) => method.mode === 'mobile_key' && grant.access_method_ids.includes(method.access_method_id),
  )
  const access = key === undefined || second !== undefined ? undefined : mobileKeys.get(key.access_method_id)
  if (access === undefined) return {}
  return {
    client_session_id: access.client_session_id,
    client_session_token: access.client_session_token,
    ...(access.short_code === null ? {} : { instant_key_url: instantKeyUrl(publicUrl, access.short_code) }),
  }
}

/**
 * A requested PIN is a preference: where another one stands, whether chosen here or by the system, each door says so.
 * The published model names a `device_id`; doors of access systems put their `acs_entrance_id` there.
 */
function unavailableCodes({ grant, methods, doorNames }: GrantView): Problem[] {
  return otherCodes(grant, methods).flatMap(({ method, code }) =>
    method.acs_entrance_ids.map((door) => ({
      created_at: method.created_at,
      warning_code: 'requested_code_unavailable',
      message: `The requested PIN code cannot be used on ${doorNames?.get(door) ?? 'this door'} in this time, so another one was assigned. Hand out the new code.`,
      device_id: door,
      original_code: code,
      new_code: method.code,
    })),
  )
}

function otherCodes(
  grant: AccessGrantRecord,
  methods: readonly AccessMethodRecord[],
): { method: AccessMethodRecord; code: string }[] {
  return grant.requested_access_methods.flatMap(({ code, created_access_method_ids }) =>
    code === undefined
      ? []
      : methods
          .filter(
            (method) =>
              created_access_method_ids.includes(method.access_method_id) &&
              method.code !== null &&
              method.code !== code,
          )
          .map((method) => ({ method, code })),
  )
}

/** Prose for people; nothing may branch on it. */
function statusOf({ grant, methods }: GrantView, now: string): string {
  if (grant.is_deleting) return 'Being deleted'
  if (grant.is_ended || (grant.ends_at !== null && grant.ends_at <= now)) return 'Ended'
  if (grant.errors.length > 0) return 'Needs attention'
  if (methods.some((method) => method.is_encoding_required)) return 'Awaiting encoding'
  if (methods.some((method) => method.is_assignment_required)) return 'Awaiting a card'
  if (grant.pending.length > 0) return 'Updating'
  return grant.starts_at > now ? 'Upcoming' : 'Active'
}
