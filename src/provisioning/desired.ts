/** Planning, pure: what a row wishes for, in a system's words, and what will be recorded once the system has it. */
import { deviatingStays } from '../domain/credentials/stay.ts'
import type { AcsAccessGroupRecord, AcsCredentialRecord, AcsUserRecord, Json } from '../domain/records.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { DesiredCredential, DesiredGroup, DesiredUser, Window } from '../systems/kit/driver.ts'

/** The system's ids of the things a row refers to by ours. */
export interface ExternalIds {
  /** Who holds the credentials, by our id. */
  holders: ReadonlyMap<string, Pick<AcsUserRecord, 'full_name' | 'acs_entrance_ids'>>
  entrances: ReadonlyMap<string, string>
  groups: ReadonlyMap<string, string>
  users: ReadonlyMap<string, string>
  /** Of users, by our id: the groups to tell of now. Absent = all they are to be in. */
  due: ReadonlyMap<string, DueGroups>
}

/** The groups of a user that a system is told of now, and when it has to be told again because a further one begins. */
export interface DueGroups {
  acs_access_group_ids: string[]
  next_at: string | null
}

/**
 * Where groups have no times of their own, a person is in a group only while it is the group's time. What ends is not
 * looked for: that a grant is over is a wish of its own (domain/grants/end.ts).
 */
export function dueGroups(groupIds: readonly string[], times: ReadonlyMap<string, Window>, now: string): DueGroups {
  const starts = new Map(groupIds.map((id) => [id, times.get(id)?.starts_at ?? null]))
  const isAhead = (at: string | null | undefined): at is string => typeof at === 'string' && at > now
  const isOver = (id: string): boolean => {
    const end = times.get(id)?.ends_at ?? null
    return end !== null && end <= now
  }
  return {
    acs_access_group_ids: groupIds.filter((id) => !isAhead(starts.get(id)) && !isOver(id)),
    next_at: [...starts.values()].filter(isAhead).sort()[0] ?? null,
  }
}

function translate(ids: readonly string[], known: ReadonlyMap<string, string>): string[] {
  return ids.flatMap((id) => known.get(id) ?? [])
}

export function desiredGroup(group: AcsAccessGroupRecord, known: ExternalIds): DesiredGroup {
  return {
    reference: group.acs_access_group_id,
    external_id: group.external_id,
    name: group.name,
    entrance_ids: translate(group.acs_entrance_ids, known.entrances),
    starts_at: group.starts_at,
    ends_at: group.ends_at,
  }
}

/** `keptName`: the name the system keeps it under, where that is another. */
export function reportedGroup(group: AcsAccessGroupRecord, keptName: string = group.name): Json {
  const { name, acs_entrance_ids, starts_at, ends_at } = group
  return { name: keptName, ...(keptName === name ? {} : { wished_name: name }), acs_entrance_ids, starts_at, ends_at }
}

export function desiredUser(user: AcsUserRecord, known: ExternalIds, definition: SystemDefinition): DesiredUser {
  const { acs_access_group_ids } = known.due.get(user.acs_user_id) ?? user
  const hasSchedule = definition.hasUserSchedule && (user.access_starts_at !== null || user.access_ends_at !== null)
  return {
    reference: user.acs_user_id,
    external_id: user.external_id,
    full_name: user.full_name,
    email_address: user.email_address,
    phone_number: user.phone_number,
    is_suspended: user.is_suspended,
    schedule: hasSchedule ? { starts_at: user.access_starts_at, ends_at: user.access_ends_at } : null,
    group_ids: translate(acs_access_group_ids, known.groups),
    entrance_ids: translate(user.acs_entrance_ids, known.entrances),
  }
}

/** `due`: the groups it was told of, where those are not all. */
export function reportedUser(user: AcsUserRecord, due: DueGroups | undefined): Json {
  const { full_name, email_address, phone_number, is_suspended, access_starts_at, access_ends_at, acs_entrance_ids } =
    user
  const { acs_access_group_ids } = due ?? user
  return {
    full_name,
    email_address,
    phone_number,
    is_suspended,
    access_starts_at,
    access_ends_at,
    acs_access_group_ids,
    acs_entrance_ids,
  }
}

export function desiredCredential(
  credential: AcsCredentialRecord,
  known: ExternalIds,
  definition: SystemDefinition,
): DesiredCredential {
  const { metadataKey } = definition
  const options = metadataKey === undefined ? {} : ((credential.metadata[metadataKey] as Json | undefined) ?? {})
  const holder = credential.acs_user_id === null ? undefined : known.holders.get(credential.acs_user_id)
  // Where the system knows no users, the doors that one was given beside the credential go on it all the same.
  const direct = definition.keepsNoUsers === true ? (holder?.acs_entrance_ids ?? []) : []
  const doorIds = [...new Set([...credential.acs_entrance_ids, ...direct])]
  return {
    reference: credential.acs_credential_id,
    external_id: credential.external_id,
    mode: credential.access_method,
    user_id: credential.acs_user_id === null ? null : (known.users.get(credential.acs_user_id) ?? null),
    holder_name: holder?.full_name ?? null,
    entrance_ids: translate(doorIds, known.entrances),
    code: credential.code,
    card_number: credential.card_number,
    starts_at: credential.starts_at,
    ends_at: credential.ends_at,
    stay: stayOf(credential, known),
    phone_id: credential.phone_device_id,
    options,
  }
}

/** The stay, with the doors at which it is another one, in the system's words. */
function stayOf(credential: AcsCredentialRecord, known: ExternalIds): DesiredCredential['stay'] {
  if (credential.stay_key === null) return null
  const deviating = Object.entries(deviatingStays(credential)).flatMap(([id, key]): [string, string][] => {
    const external = known.entrances.get(id)
    return external === undefined ? [] : [[external, key]]
  })
  const keys = deviating.length === 0 ? {} : { keys: Object.fromEntries(deviating) }
  return { key: credential.stay_key, ...keys }
}

export function reportedCredential(credential: AcsCredentialRecord, code: string | null): Json {
  const { acs_user_id, acs_entrance_ids, starts_at, ends_at, access_method: mode } = credential
  return { acs_user_id, acs_entrance_ids, starts_at, ends_at, code, mode }
}

/**
 * One id per wish: asked again after a failure or a crash it is the same change, asked after a further wish it is
 * another. Every write moves `version`, and a recorded failure moves `attempts` with it; time would not do, since the
 * clock of a sandbox may stand still.
 */
export function changeId(rowId: string, row: { version: number; attempts: number; is_deleting: boolean }): string {
  return `${rowId}:${row.is_deleting ? 'delete' : row.version - row.attempts}`
}
