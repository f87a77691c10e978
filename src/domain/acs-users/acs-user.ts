/**
 * Users of access systems: making them, finding the one that an identity means, and wishing changes of them. Pure: the
 * caller reads, these fill a ChangeSet (access-systems.md sections 1 and 3).
 */
import type { Ids } from '../../ids.ts'
import type { ChangeSet } from '../changes.ts'
import type { AcsSystemRecord, AcsUserRecord, Provisioned, UserIdentityRecord } from '../records.ts'

/** What marks a row as to be told to its system again. */
export function dirty(now: string): Pick<Provisioned, 'is_dirty' | 'dirty_since' | 'retry_at' | 'attempts'> {
  return { is_dirty: true, dirty_since: now, retry_at: null, attempts: 0 }
}

export interface NewAcsUser {
  full_name: string | null
  email_address: string | null
  phone_number: string | null
  user_identity_id: string | null
  acs_access_group_ids?: readonly string[]
  access_starts_at?: string | null
  access_ends_at?: string | null
}

/** Adds a user and the work of telling the system. */
export function createAcsUser(
  changes: ChangeSet,
  system: Pick<AcsSystemRecord, 'workspace_id' | 'acs_system_id' | 'connected_account_id'>,
  input: NewAcsUser,
  ids: Ids,
  now: string,
): AcsUserRecord {
  const { workspace_id, acs_system_id, connected_account_id } = system
  const user: AcsUserRecord = {
    workspace_id,
    acs_user_id: ids.uuid(),
    acs_system_id,
    connected_account_id,
    user_identity_id: input.user_identity_id,
    external_id: null,
    full_name: input.full_name,
    email_address: input.email_address,
    phone_number: input.phone_number,
    access_starts_at: input.access_starts_at ?? null,
    access_ends_at: input.access_ends_at ?? null,
    is_suspended: false,
    acs_access_group_ids: [...(input.acs_access_group_ids ?? [])],
    acs_entrance_ids: [],
    metadata: {},
    is_managed: true,
    is_deleting: false,
    reported: null,
    ...dirty(now),
    last_successful_sync_at: null,
    errors: [],
    warnings: [],
    created_at: now,
    version: 1,
  }
  changes.insert('acs_user', user)
  changes.event('acs_user.created', { acs_user_id: user.acs_user_id, acs_system_id, connected_account_id })
  changes.job('provision', acs_system_id, now)
  scheduleUserClock(changes, user, now)
  return user
}

/**
 * The one user of an identity in a system: the linked one; else one with the same e-mail address or phone number that
 * belongs to no other identity, which is linked; else a new one. `candidates` are the system's users that are linked or
 * match (store/acs-users.ts `acsUsersMatching`). Two calls racing are told apart by the unique index on identity and
 * system: the second decides again and finds the first one's user.
 */
export function findOrCreateAcsUser(
  changes: ChangeSet,
  system: Pick<AcsSystemRecord, 'workspace_id' | 'acs_system_id' | 'connected_account_id'>,
  identity: Pick<UserIdentityRecord, 'user_identity_id' | 'full_name' | 'email_address' | 'phone_number'>,
  candidates: readonly AcsUserRecord[],
  ids: Ids,
  now: string,
): AcsUserRecord {
  const { user_identity_id } = identity
  const living = candidates.filter((user) => user.acs_system_id === system.acs_system_id && !user.is_deleting)
  const linked = living.find((user) => user.user_identity_id === user_identity_id)
  if (linked !== undefined) return linked
  const free = living.filter((user) => user.user_identity_id === null)
  const match =
    free.find((user) => isSameText(user.email_address, identity.email_address)) ??
    free.find((user) => isSameText(user.phone_number, identity.phone_number))
  if (match === undefined) {
    const { full_name, email_address, phone_number } = identity
    return createAcsUser(changes, system, { full_name, email_address, phone_number, user_identity_id }, ids, now)
  }
  // Whoever is known to us by name is ours to manage from now on.
  changes.update('acs_user', 'acs_user_id', {
    acs_user_id: match.acs_user_id,
    version: match.version,
    user_identity_id,
    is_managed: true,
  })
  return { ...match, user_identity_id, is_managed: true }
}

function isSameText(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && a.toLowerCase() === b.toLowerCase()
}

/**
 * Tells the system the user again although nothing about it differs: a credential comes or goes, and while that waits
 * the user shows it (store/acs-users.ts `pendingAssignments`).
 */
export function touchAcsUser(changes: ChangeSet, user: AcsUserRecord, now: string): void {
  const { acs_user_id, version } = user
  changes.update('acs_user', 'acs_user_id', { acs_user_id, version, ...dirty(now) })
}

/** Fields of a user that its system is told. */
export type AcsUserWish = Partial<
  Pick<
    AcsUserRecord,
    | 'full_name'
    | 'email_address'
    | 'phone_number'
    | 'access_starts_at'
    | 'access_ends_at'
    | 'is_suspended'
    | 'acs_access_group_ids'
    | 'acs_entrance_ids'
    | 'user_identity_id'
  >
>

/** Wishes a change of a user. Answers whether anything differs; nothing is written when nothing does. */
export function changeAcsUser(changes: ChangeSet, user: AcsUserRecord, wish: AcsUserWish, now: string): boolean {
  const differs = (Object.keys(wish) as (keyof AcsUserWish)[]).some((key) => !isSame(user[key], wish[key]))
  if (!differs) return false
  changes.update('acs_user', 'acs_user_id', {
    acs_user_id: user.acs_user_id,
    version: user.version,
    ...wish,
    ...dirty(now),
  })
  changes.job('provision', user.acs_system_id, now)
  scheduleUserClock(changes, { ...user, ...wish }, now)
  return true
}

function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((item) => b.includes(item))
}

/** A user with a schedule of its own is looked at again when the schedule starts and ends. */
function scheduleUserClock(
  changes: ChangeSet,
  user: Pick<AcsUserRecord, 'acs_user_id' | 'access_starts_at' | 'access_ends_at'>,
  now: string,
): void {
  const [next] = [user.access_starts_at, user.access_ends_at].filter((at) => at !== null && at > now).sort()
  if (next !== undefined && next !== null) changes.job('acs_user_clock', user.acs_user_id, next)
}

/** The doors a user may open on a group-based system: those of its groups. */
export function doorsOfGroups(
  user: Pick<AcsUserRecord, 'acs_access_group_ids'>,
  groups: readonly { acs_access_group_id: string; acs_entrance_ids: string[] }[],
): string[] {
  const own = groups.filter((group) => user.acs_access_group_ids.includes(group.acs_access_group_id))
  return [...new Set(own.flatMap((group) => group.acs_entrance_ids))]
}
