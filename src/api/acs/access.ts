/** How the operations on access systems find what callers name, and show it. */
import { presentAcsAccessGroup } from '../../domain/present/acs-access-group.ts'
import { presentAcsCredential } from '../../domain/present/acs-credential.ts'
import { presentAcsUser } from '../../domain/present/acs-user.ts'
import { isRemovedEntrance } from '../../domain/sync/marks.ts'
import type {
  AcsAccessGroupRecord,
  AcsCredentialRecord,
  AcsEncoderRecord,
  AcsEntranceRecord,
  AcsSystemRecord,
  AcsUserRecord,
  Json,
  UserIdentityRecord,
} from '../../domain/records.ts'
import type { AcsAccessGroupView } from '../../store/acs-access-groups.ts'
import { getAcsCredential, type AcsCredentialView } from '../../store/acs-credentials.ts'
import { getAcsEncoder } from '../../store/acs-encoders.ts'
import type { AcsScope } from '../../store/acs-scope.ts'
import { getAcsUser, identityOf, pendingAssignments, type AcsUserKey, type AcsUserView } from '../../store/acs-users.ts'
import type { PageCut } from '../../store/conditions.ts'
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import { errors } from '../errors.ts'
import type { Call } from '../operation.ts'

/** What the caller may see. */
export function scopeOf(call: Call): AcsScope {
  const { caller } = call
  if (caller.kind === 'client_session') {
    const { user_identity_id, connected_account_ids } = caller.session
    return { kind: 'identity', user_identity_id, connected_account_ids }
  }
  if (caller.kind === 'client_session_with_customer' && caller.session.customer_key !== null) {
    return { kind: 'customer', customer_key: caller.session.customer_key }
  }
  return { kind: 'workspace' }
}

/** A list without pages. */
export function everything(idColumn: string): PageCut {
  return () => ({ where: '', tail: `ORDER BY t.created_at, t.${idColumn}`, values: [] })
}

export interface UserParams {
  acs_user_id?: string
  user_identity_id?: string
  acs_system_id?: string
}

/**
 * The user a caller names: by `acs_user_id`, or as the user of an identity in a system, which is `acs_system_id` or one
 * that the operation derives (`systemId`). @throws ApiError 400 when neither or both are named.
 */
export function userKey(params: UserParams, systemId?: string): AcsUserKey {
  const { acs_user_id, user_identity_id } = params
  oneOwner(params)
  if (acs_user_id !== undefined) return { acs_user_id }
  const acs_system_id = systemId ?? params.acs_system_id
  if (acs_system_id === undefined) {
    throw errors.invalidInput({ path: ['acs_system_id'], message: 'Required' })
  }
  return { user_identity_id: user_identity_id ?? '', acs_system_id }
}

/** Exactly one of `acs_user_id` and `user_identity_id`. */
export function oneOwner({ acs_user_id, user_identity_id }: UserParams): void {
  if (acs_user_id !== undefined && user_identity_id !== undefined) {
    throw errors.invalidInput({ path: [], message: 'Specify only one of `acs_user_id` and `user_identity_id`' })
  }
  if (acs_user_id === undefined && user_identity_id === undefined) {
    throw errors.invalidInput({ path: [], message: 'Must specify `acs_user_id` or `user_identity_id`' })
  }
}

/** The user with this key. @throws ApiError 404, also for users that are not managed and those out of the caller's sight. */
export async function requireUser(call: Call, key: AcsUserKey, isManaged = true): Promise<AcsUserView> {
  const user = await getAcsUser(call.services.store, call.workspaceId, key, isManaged)
  if (user === undefined || !sees(call, user)) throw errors.notFound('acs_user', { ...key })
  return user
}

/** A user that can still be changed. */
export async function requireLivingUser(call: Call, key: AcsUserKey): Promise<AcsUserView> {
  const user = await requireUser(call, key)
  if (user.is_deleting) throw errors.notFound('acs_user', { acs_user_id: user.acs_user_id })
  return user
}

function sees(call: Call, row: { connected_account_id: string; user_identity_id: string | null }): boolean {
  const scope = scopeOf(call)
  if (scope.kind !== 'identity') return true
  if (scope.connected_account_ids.includes(row.connected_account_id)) return true
  return row.user_identity_id !== null && row.user_identity_id === scope.user_identity_id
}

export async function requireCredential(call: Call, id: string, isManaged = true): Promise<AcsCredentialView> {
  const credential = await getAcsCredential(call.services.store, call.workspaceId, id, isManaged, scopeOf(call))
  if (credential === undefined) throw errors.notFound('acs_credential', { acs_credential_id: id })
  return credential
}

export async function requireEncoder(call: Call, id: string): Promise<AcsEncoderRecord> {
  const encoder = await getAcsEncoder(call.services.store, call.workspaceId, id, scopeOf(call))
  if (encoder === undefined) throw errors.notFound('acs_encoder', { acs_encoder_id: id })
  return encoder
}

/** A customer's session acts on the credentials in that customer's accounts alone. @throws ApiError 404 */
export async function sameCustomer(call: Call, credential: AcsCredentialRecord): Promise<void> {
  const scope = scopeOf(call)
  if (scope.kind !== 'customer') return
  const { connected_account_id, acs_credential_id } = credential
  const account = await call.services.store.get(
    call.workspaceId,
    'connected_account',
    'connected_account_id',
    connected_account_id,
  )
  if (account?.customer_key !== scope.customer_key) throw errors.notFound('acs_credential', { acs_credential_id })
}

/** A credential that can still be changed, managed or not. */
export async function requireAnyCredential(call: Call, id: string): Promise<AcsCredentialRecord> {
  const credential = await call.services.store.get(call.workspaceId, 'acs_credential', 'acs_credential_id', id)
  if (credential === undefined || credential.is_deleting)
    throw errors.notFound('acs_credential', { acs_credential_id: id })
  return credential
}

export async function requireSystem(call: Call, id: string): Promise<AcsSystemRecord> {
  const system = await call.services.store.get(call.workspaceId, 'acs_system', 'acs_system_id', id)
  if (system === undefined) throw errors.notFound('acs_system', { acs_system_id: id })
  return system
}

export async function requireIdentity(call: Call, id: string): Promise<UserIdentityRecord> {
  const identity = await call.services.store.get(call.workspaceId, 'user_identity', 'user_identity_id', id)
  if (identity === undefined) throw errors.notFound('user_identity', { user_identity_id: id })
  return identity
}

/** A group that can still be changed. */
export async function requireGroup(call: Call, id: string): Promise<AcsAccessGroupRecord> {
  const group = await call.services.store.get(call.workspaceId, 'acs_access_group', 'acs_access_group_id', id)
  if (group === undefined || group.is_deleting) throw errors.notFound('acs_access_group', { acs_access_group_id: id })
  return group
}

export async function requireEntrance(call: Call, id: string): Promise<AcsEntranceRecord> {
  const entrance = await call.services.store.get(call.workspaceId, 'acs_entrance', 'acs_entrance_id', id)
  if (entrance === undefined) throw errors.notFound('acs_entrance', { acs_entrance_id: id })
  return entrance
}

/** The entrances with these ids, in the order asked for. @throws ApiError 404 for the first unknown one. */
export async function requireEntrances(call: Call, ids: readonly string[]): Promise<AcsEntranceRecord[]> {
  const found = await call.services.store.getMany(call.workspaceId, 'acs_entrance', 'acs_entrance_id', ids)
  const byId = new Map(found.map((row) => [row.acs_entrance_id, row]))
  return ids.map((id) => {
    const entrance = byId.get(id.toLowerCase())
    if (entrance === undefined) throw errors.notFound('acs_entrance', { acs_entrance_id: id })
    return entrance
  })
}

export function definitionOf(call: Call, provider: string): SystemDefinition {
  return call.services.provisioning.definitionOf(provider)
}

export async function showUsers(call: Call, users: readonly AcsUserView[]): Promise<Json[]> {
  const assignments = await pendingAssignments(call.services.store, call.workspaceId, users)
  return users.map((user) =>
    presentAcsUser(user, definitionOf(call, user.provider), identityOf(user), assignments.get(user.acs_user_id)),
  )
}

/** The user as it is now, after a command. */
export async function showUser(call: Call, acsUserId: string): Promise<Json> {
  const [shown] = await showUsers(call, [await requireUser(call, { acs_user_id: acsUserId })])
  if (shown === undefined) throw errors.notFound('acs_user', { acs_user_id: acsUserId })
  return shown
}

export function showCredential(call: Call, credential: AcsCredentialView): Json {
  return presentAcsCredential(credential, definitionOf(call, credential.provider))
}

export function showGroup(call: Call, group: AcsAccessGroupView): Json {
  return presentAcsAccessGroup(group, definitionOf(call, group.provider))
}

/** Refuses what belongs to another access system than the rest of the call. */
export function sameSystem(field: string, row: { acs_system_id: string }, acsSystemId: string): void {
  if (row.acs_system_id !== acsSystemId) {
    throw errors.invalidField(field, 'Belongs to another access system: all parts of a call must be of one system')
  }
}

/** Refuses an entrance that its system does not have any more. @throws ApiError 400 */
export function refuseRemoved(field: string, entrance: AcsEntranceRecord): void {
  if (!isRemovedEntrance(entrance)) return
  throw errors.invalidField(
    field,
    `${entrance.display_name} is not at its access system any more: name an entrance that is there`,
  )
}

/** Systems the caller's change must reach before a deletion can be answered as done. */
export function whenProvisioned(call: Call, user: Pick<AcsUserRecord, 'acs_system_id'>): Promise<boolean> {
  return call.services.whenProvisioned(call.workspaceId, [user.acs_system_id])
}

/** What the caller wishes in the provider's own words, e.g. `salto_space_metadata`; another provider's are left aside. */
export function wishesOf(params: object, definition: SystemDefinition): Json {
  const { metadataKey } = definition
  const wishes = metadataKey === undefined ? undefined : (params as Record<string, Json | undefined>)[metadataKey]
  return wishes ?? {}
}
