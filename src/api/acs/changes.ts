/** Changes of what a user may open, with everything that follows from them: stale plastic, PINs on further doors. */
import { changeAcsUser, dirty, type AcsUserWish } from '../../domain/acs-users/acs-user.ts'
import type { ChangeSet } from '../../domain/changes.ts'
import { deleteCredentials, markCardsStale } from '../../domain/credentials/credential.ts'
import { during, settleClaims } from '../../domain/credentials/pins.ts'
import type { AcsCredentialRecord, AcsUserRecord } from '../../domain/records.ts'
import { liveGrantsOfIdentities } from '../../store/access-grants.ts'
import { entranceGroupsWithout } from '../../store/acs-access-groups.ts'
import { codeDoorsOfGroups, credentialsOfUsers } from '../../store/acs-credentials.ts'
import { claimsOf, doorWithCode } from '../../store/pins.ts'
import { loadIssuanceFacts } from '../../store/issuance-facts.ts'
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import { errors } from '../errors.ts'
import type { Call } from '../operation.ts'

/** Wishes a change of users of one system; cards and PINs follow when their groups or doors change. */
export async function changeAccess(
  call: Call,
  changes: ChangeSet,
  definition: SystemDefinition,
  wishes: readonly { user: AcsUserRecord; wish: AcsUserWish }[],
  goneGroupIds: readonly string[] = [],
): Promise<void> {
  const changed = wishes.filter(({ user, wish }) => changeAcsUser(changes, user, wish, call.now))
  if (definition.keepsNoUsers === true) await reissueFor(call, changes, definition, changed)
  const moved = changed.filter(({ wish }) => wish.acs_access_group_ids !== undefined)
  if (moved.length === 0) return
  const leaving = moved.map(({ user, wish }) => ({
    user,
    groupIds: user.acs_access_group_ids.filter((id) => wish.acs_access_group_ids?.includes(id) === false),
  }))
  await closeEntranceGroups(call, changes, leaving)
  const { store } = call.services
  const credentials = await credentialsOfUsers(
    store,
    call.workspaceId,
    moved.map(({ user }) => user.acs_user_id),
  )
  await markStale(call, changes, definition, credentials)
  for (const { user, wish } of moved) {
    const groups = (wish.acs_access_group_ids ?? user.acs_access_group_ids).filter((id) => !goneGroupIds.includes(id))
    const own = credentials.filter((one) => one.acs_user_id === user.acs_user_id && one.access_method_id === null)
    for (const credential of own) await settleCodeByGroups(call, changes, definition, credential, groups)
  }
}

/** Where the system knows no users, doors that a user was given or lost are told with each of its credentials. */
async function reissueFor(
  call: Call,
  changes: ChangeSet,
  definition: SystemDefinition,
  wishes: readonly { user: AcsUserRecord; wish: AcsUserWish }[],
): Promise<void> {
  const users = wishes.filter(({ wish }) => wish.acs_entrance_ids !== undefined).map(({ user }) => user.acs_user_id)
  const credentials = await credentialsOfUsers(call.services.store, call.workspaceId, users)
  for (const { access_method, acs_credential_id, acs_system_id, is_deleting, version } of credentials) {
    if (access_method === 'card' || is_deleting) continue
    changes.update('acs_credential', 'acs_credential_id', { acs_credential_id, version, ...dirty(call.now) })
    changes.job('provision', acs_system_id, call.now)
  }
  await markStale(call, changes, definition, credentials)
}

/**
 * The group of one door gives up its key when its last user leaves: nobody joins it any more, and the reconciler deletes
 * it once it is empty (as groups made for grants, domain/grants/plan.ts).
 */
export async function closeEntranceGroups(
  call: Call,
  changes: ChangeSet,
  leaving: readonly { user: AcsUserRecord; groupIds: readonly string[] }[],
): Promise<void> {
  const left = [...new Set(leaving.flatMap(({ groupIds }) => groupIds))]
  const userIds = leaving.map(({ user }) => user.acs_user_id)
  const abandoned = await entranceGroupsWithout(call.services.store, call.workspaceId, left, userIds)
  for (const { acs_access_group_id, acs_system_id, version } of abandoned) {
    changes.update('acs_access_group', 'acs_access_group_id', {
      acs_access_group_id,
      version,
      managed_key: null,
      ...dirty(call.now),
    })
    changes.job('provision', acs_system_id, call.now)
  }
}

/**
 * What is taken from people at first hand, or given back, may be what a grant stands on: the grants of these people are
 * looked at again, and say what they do not open any more (domain/grants/lost-keys.ts).
 */
export async function lookAtGrantsOf(
  call: Call,
  changes: ChangeSet,
  users: readonly Pick<AcsUserRecord, 'user_identity_id'>[],
): Promise<void> {
  const people = [...new Set(users.flatMap((user) => user.user_identity_id ?? []))]
  for (const id of await liveGrantsOfIdentities(call.services.store, call.workspaceId, people))
    changes.job('grant_doors', id, call.now)
}

/** Marks the written cards among the credentials as stale. */
export async function markStale(
  call: Call,
  changes: ChangeSet,
  definition: SystemDefinition,
  credentials: readonly AcsCredentialRecord[],
): Promise<void> {
  const cards = credentials.filter((one) => one.access_method === 'card' && one.was_issued && !one.is_deleting)
  if (cards.length === 0) return
  const ids = cards.map((card) => card.acs_credential_id)
  const facts = await loadIssuanceFacts(call.services.store, call.workspaceId, ids, call.now)
  markCardsStale(changes, cards, facts, definition)
}

/** The PIN of a group-based system's credential stands on the doors of its user's groups. */
async function settleCodeByGroups(
  call: Call,
  changes: ChangeSet,
  definition: SystemDefinition,
  credential: AcsCredentialRecord,
  groupIds: readonly string[],
): Promise<void> {
  if (credential.code === null || credential.is_deleting || definition.pin?.maker !== 'caller') return
  const doors = await codeDoorsOfGroups(call.services.store, call.workspaceId, groupIds)
  await settleCode(call, changes, credential, doors)
}

/** Lets a PIN stand on these doors. @throws ApiError 400 when another credential has it there at that time. */
export async function settleCode(
  call: Call,
  changes: ChangeSet,
  credential: AcsCredentialRecord,
  doorIds: readonly string[],
): Promise<void> {
  const { store } = call.services
  const { acs_credential_id, code } = credential
  const [door, standing] = await Promise.all([
    code === null
      ? undefined
      : doorWithCode(store, call.workspaceId, doorIds, during(credential), code, acs_credential_id),
    claimsOf(store, call.workspaceId, [acs_credential_id]),
  ])
  if (door !== undefined) throw codeInUse(door)
  settleClaims(changes, credential, doorIds, standing)
}

export function codeInUse(door: string): Error {
  return errors.invalidField('code', `The code is already in use at ${door} during this time: choose another code`)
}

/** Wishes the removal of credentials and of their copies on phones. */
export async function removeCredentials(
  call: Call,
  changes: ChangeSet,
  credentials: readonly AcsCredentialRecord[],
): Promise<void> {
  const ids = credentials.map((one) => one.acs_credential_id)
  const facts = await loadIssuanceFacts(call.services.store, call.workspaceId, ids, call.now)
  deleteCredentials(changes, credentials, facts)
}
