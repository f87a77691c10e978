/** What a caller may see of user identities, and the rules every operation on them shares. */
import type { UserIdentityInput } from '../../domain/user-identities/user-identity.ts'
import { findTakenIdentity, getUserIdentity, type UserIdentityView } from '../../store/user-identities.ts'
import { errors } from '../errors.ts'
import type { Call } from '../operation.ts'

/** The one identity a client session sees (null = none); undefined for callers who see all of the workspace. */
export function ownIdentityOf(call: Call): string | null | undefined {
  const { caller } = call
  if (caller.kind !== 'client_session' && caller.kind !== 'client_session_with_customer') return undefined
  return caller.session.user_identity_id
}

/** The managed identity named, if the caller may see it. @throws ApiError 404 */
export async function requireUserIdentity(
  call: Call,
  by: { user_identity_id: string } | { user_identity_key: string } | { email_address: string },
): Promise<UserIdentityView> {
  const identity = await getUserIdentity(call.services.store, call.workspaceId, by, true)
  const own = ownIdentityOf(call)
  if (identity === undefined || (own !== undefined && own !== identity.user_identity_id)) {
    throw errors.notFound('user_identity', by)
  }
  return identity
}

/** @throws ApiError 409 when another identity has the key, e-mail address or phone number. */
export async function refuseTakenIdentity(
  call: Call,
  input: UserIdentityInput,
  exceptId: string | null = null,
): Promise<void> {
  const taken = await findTakenIdentity(call.services.store, call.workspaceId, input, exceptId)
  if (taken === undefined) return
  throw errors.alreadyExists(
    'user_identity',
    `A user identity with this ${taken.field} already exists: use that one (its id is in data), or send another ${taken.field}.`,
    { ...taken },
  )
}

/** @throws ApiError 400 for a key of whitespace alone (core.md 1.9). */
export function refuseBlankKey(field: string, key: string | null | undefined): void {
  if (typeof key === 'string' && key.trim() === '')
    throw errors.invalidField(field, 'Must not consist only of whitespace')
}
