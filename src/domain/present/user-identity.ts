/** A user identity as it goes over the wire. */
import type { AcsUserRecord, Json, UserIdentityRecord } from '../records.ts'

/** What the identity shows of its users at access systems. */
export type LinkedAcsUser = Pick<AcsUserRecord, 'acs_user_id' | 'acs_system_id' | 'errors'>

/** full name, else e-mail, phone, key; never empty (core.md section 4). */
export function userIdentityDisplayName(
  identity: Pick<UserIdentityRecord, 'full_name' | 'email_address' | 'phone_number' | 'user_identity_key'>,
): string {
  const names = [identity.full_name, identity.email_address, identity.phone_number, identity.user_identity_key]
  return names.find((name) => name !== null && name.trim() !== '') ?? 'User'
}

/** `acsUsers` are those linked to the identity; a problem of one of them stands on the identity too. */
export function presentUserIdentity(identity: UserIdentityRecord, acsUsers: readonly LinkedAcsUser[]): Json {
  return {
    user_identity_id: identity.user_identity_id,
    workspace_id: identity.workspace_id,
    user_identity_key: identity.user_identity_key,
    display_name: userIdentityDisplayName(identity),
    full_name: identity.full_name,
    email_address: identity.email_address,
    phone_number: identity.phone_number,
    acs_user_ids: acsUsers.map((user) => user.acs_user_id),
    errors: [...identity.errors, ...acsUsers.flatMap(issueWith)],
    warnings: [...identity.warnings, ...acsUsers.flatMap(profileDiffers)],
    created_at: identity.created_at,
  }
}

/** An identity found at a system and not taken over yet: it has no key. */
export function presentUnmanagedUserIdentity(identity: UserIdentityRecord, acsUsers: readonly LinkedAcsUser[]): Json {
  const { user_identity_key: _key, ...rest } = presentUserIdentity(identity, acsUsers)
  return rest
}

function issueWith(user: LinkedAcsUser): Json[] {
  const [first] = user.errors
  if (first === undefined) return []
  const { acs_user_id, acs_system_id } = user
  return [
    {
      created_at: first.created_at,
      message: first.message,
      error_code: 'issue_with_acs_user',
      acs_user_id,
      acs_system_id,
    },
  ]
}

/** A system refused the person's changed data: it still shows the old ones. */
function profileDiffers(user: LinkedAcsUser): Json[] {
  const refusal = user.errors.find((error) => error.error_code === 'failed_to_update_on_acs_system')
  if (refusal === undefined) return []
  return [
    {
      created_at: refusal.created_at,
      message: `The access system user ${user.acs_user_id} does not show the data of this user identity: ${refusal.message}`,
      warning_code: 'acs_user_profile_does_not_match_user_identity',
    },
  ]
}
