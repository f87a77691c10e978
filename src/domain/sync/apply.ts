/**
 * What is done about what a sync found: one change set with rows, events and jobs. What the makers' own people change
 * of theirs is taken over; what they change of ours is put back, except that nobody who was shut out is let in again.
 * Pure.
 */
import { toIso } from '../../clock.ts'
import { hasGroups, type SystemDefinition } from '../../systems/kit/definition.ts'
import { dirty } from '../acs-users/acs-user.ts'
import { ChangeSet } from '../changes.ts'
import { markCardsStale } from '../credentials/credential.ts'
import type { IssuanceFacts } from '../issuance.ts'
import type { AcsCredentialRecord, AcsEntranceRecord, AcsSystemRecord, AcsUserRecord, Problem } from '../records.ts'
import type { Findings, Held, HeldUser, UserChange } from './findings.ts'
import { entranceFields, entranceWarnings } from './places.ts'
import { findCredentialsAgain, findDoorsAgain, loseCredentials, loseDoors, type LossPlace } from './lost.ts'
import {
  DELETED_EXTERNALLY,
  ENCODER_REMOVED,
  ENTRANCE_REMOVED,
  GROUP_CHANGED,
  USER_CHANGED,
  USER_DELETED_MESSAGE,
  withoutError,
  withoutWarning,
} from './marks.ts'

export interface Application {
  findings: Findings
  held: Held
  system: AcsSystemRecord
  definition: SystemDefinition
  /** The credentials that are lost, back, or on plastic that becomes stale, and those behind grants of doors that went or came back. */
  facts: IssuanceFacts
  claims: LossPlace['claims']
  now: string
  newId: () => string
  /** A free card as a row (provisioning/pool.ts). */
  poolCard: (
    card: { card_number: string; credential_id: string },
    acs_credential_id: string,
    now: string,
  ) => AcsCredentialRecord
}

export function applyFindings(application: Application): ChangeSet {
  const changes = new ChangeSet()
  const clock = new CreationClock(application.now)
  applyEntrances(changes, application, clock)
  applyEncoders(changes, application, clock)
  applyGroups(changes, application, clock)
  applyUsers(changes, application, clock)
  applyCredentials(changes, application, clock)
  return changes
}

/** Ids of the users whose plastic is out of date: a group of the maker's own gives them other doors now. */
export function usersWithOtherDoors(findings: Findings, held: Held): Set<string> {
  const { groups, users } = findings
  const changed = new Set([
    ...groups.changed.filter((one) => one.hasOtherDoors).map(({ row }) => row.acs_access_group_id),
    ...groups.gone.map((row) => row.acs_access_group_id),
  ])
  const members = held.users.filter((row) => row.acs_access_group_ids.some((id) => changed.has(id)))
  const moved = users.changed.filter(
    ({ row, acs_access_group_ids }) =>
      acs_access_group_ids !== undefined &&
      (acs_access_group_ids.length !== row.acs_access_group_ids.length ||
        acs_access_group_ids.some((id) => !row.acs_access_group_ids.includes(id))),
  )
  return new Set([...members.map((row) => row.acs_user_id), ...moved.map(({ row }) => row.acs_user_id)])
}

/** Lists are ordered by creation: a millisecond apart, what is found keeps the order the system gives. */
class CreationClock {
  #next: number
  constructor(now: string) {
    this.#next = Date.parse(now)
  }

  tick(): string {
    return toIso(this.#next++)
  }
}

type Place = Pick<AcsSystemRecord, 'acs_system_id' | 'connected_account_id'>

function placeOf({ system }: Application): Place {
  const { acs_system_id, connected_account_id } = system
  return { acs_system_id, connected_account_id }
}

// Doors and encoders ---------------------------------------------------------------------------------------------------

function applyEntrances(changes: ChangeSet, application: Application, clock: CreationClock): void {
  const { findings, now, facts } = application
  const { added, changed, removed, back } = findings.entrances
  const place = placeOf(application)
  for (const { acs_entrance_id, reported } of added) {
    changes.insert('acs_entrance', {
      ...place,
      acs_entrance_id,
      external_id: reported.external_id,
      ...entranceFields(reported),
      metadata: reported.metadata,
      warnings: entranceWarnings(reported, [], now),
      created_at: clock.tick(),
    })
    changes.event('acs_entrance.added', { ...place, acs_entrance_id })
  }
  const update = ({ acs_entrance_id, version }: AcsEntranceRecord, fields: Partial<AcsEntranceRecord>): void => {
    changes.update('acs_entrance', 'acs_entrance_id', { acs_entrance_id, version, ...fields })
  }
  for (const { row, fields } of changed) update(row, fields)
  for (const row of back) {
    update(row, { errors: withoutError(row.errors, ENTRANCE_REMOVED) })
    changes.event('acs_entrance.added', { ...place, acs_entrance_id: row.acs_entrance_id })
  }
  for (const row of removed) {
    const message =
      'The access system does not have this entrance any more. Nobody is given access to it until the system has it again.'
    update(row, { errors: [...row.errors, { created_at: now, error_code: ENTRANCE_REMOVED, message }] })
    changes.event('acs_entrance.removed', { ...place, acs_entrance_id: row.acs_entrance_id })
  }
  if (removed.length > 0) {
    for (const grant of facts.grants) {
      const gone = removed.filter((row) => grant.door_ids.includes(row.acs_entrance_id))
      const ids = gone.map((row) => row.acs_entrance_id)
      const names = gone.map((row) => row.display_name).join(', ')
      if (gone.length > 0 && !grant.is_ended)
        loseDoors(
          changes,
          grant,
          ids,
          `The access system does not have ${names} any more. Give the grant other doors with /access_grants/update, or bring them back there.`,
          now,
          ids,
        )
    }
  }
  // A door that came back is told to the credentials that should open it; its grants hear of it when they do.
  const backIds = new Set(back.map((row) => row.acs_entrance_id))
  for (const grant of facts.grants) findDoorsAgain(changes, grant, backIds)
  for (const method of facts.methods) {
    if (!method.acs_entrance_ids.some((id) => backIds.has(id))) continue
    for (const credential of facts.credentials) {
      const { acs_credential_id, acs_system_id, version } = credential
      const isMeant = credential.access_method_id === method.access_method_id && acs_system_id === place.acs_system_id
      if (!isMeant || credential.is_deleting || credential.synced_at === null) continue
      changes.update('acs_credential', 'acs_credential_id', { acs_credential_id, version, ...dirty(now) })
      changes.job('provision', acs_system_id, now)
    }
  }
}

function applyEncoders(changes: ChangeSet, application: Application, clock: CreationClock): void {
  const { findings, now, newId } = application
  const { added, renamed, removed, back } = findings.encoders
  const place = placeOf(application)
  for (const { external_id, display_name } of added) {
    const acs_encoder_id = newId()
    changes.insert('acs_encoder', { ...place, acs_encoder_id, external_id, display_name, created_at: clock.tick() })
    changes.event('acs_encoder.added', { ...place, acs_encoder_id })
  }
  for (const { row, display_name } of renamed) {
    const { acs_encoder_id, version } = row
    changes.update('acs_encoder', 'acs_encoder_id', { acs_encoder_id, version, display_name })
  }
  for (const { acs_encoder_id, version, errors } of back) {
    changes.update('acs_encoder', 'acs_encoder_id', {
      acs_encoder_id,
      version,
      errors: withoutError(errors, ENCODER_REMOVED),
    })
    changes.event('acs_encoder.added', { ...place, acs_encoder_id })
  }
  for (const { acs_encoder_id, version, errors } of removed) {
    const message =
      'The access system does not have this encoder any more. Use another one: /acs/encoders/list shows those there are.'
    changes.update('acs_encoder', 'acs_encoder_id', {
      acs_encoder_id,
      version,
      errors: [...errors, { created_at: now, error_code: ENCODER_REMOVED, message }],
    })
    changes.event('acs_encoder.removed', { ...place, acs_encoder_id })
  }
}

// Groups ---------------------------------------------------------------------------------------------------------------

function applyGroups(changes: ChangeSet, application: Application, clock: CreationClock): void {
  const { findings, held, now } = application
  const { added, changed, gone, edited, missing } = findings.groups
  const place = placeOf(application)
  for (const { acs_access_group_id, reported, acs_entrance_ids } of added) {
    const { external_id, name } = reported
    changes.insert('acs_access_group', {
      ...place,
      acs_access_group_id,
      external_id,
      name,
      external_type: reported.type ?? null,
      is_managed: false,
      acs_entrance_ids,
      reported: { name, acs_entrance_ids, starts_at: null, ends_at: null },
      created_at: clock.tick(),
    })
  }
  for (const { row, name, acs_entrance_ids } of changed) {
    const { acs_access_group_id, version } = row
    changes.update('acs_access_group', 'acs_access_group_id', {
      acs_access_group_id,
      version,
      name,
      acs_entrance_ids,
      reported: { ...row.reported, name, acs_entrance_ids },
    })
  }
  for (const { acs_access_group_id, version } of gone) {
    changes.delete('acs_access_group', { acs_access_group_id, version })
    changes.event('acs_access_group.deleted', { ...place, acs_access_group_id })
  }
  const names = new Map(held.entrances.map((row) => [row.acs_entrance_id, row.display_name]))
  for (const { row, name, acs_entrance_ids, isOurs } of edited) {
    const { acs_access_group_id, version } = row
    const doors = acs_entrance_ids.map((id) => names.get(id) ?? id).join(', ')
    const message = `This group of Lockstitch's was changed at the access system: its name was "${name}" and it opened ${doors === '' ? 'no door' : doors}. It is being put back.`
    changes.update('acs_access_group', 'acs_access_group_id', {
      acs_access_group_id,
      version,
      reported: { ...row.reported, name, wished_name: null, acs_entrance_ids },
      ...(isOurs ? {} : { warnings: warned(row.warnings, GROUP_CHANGED, message, now) }),
      ...dirty(now),
    })
    changes.job('provision', place.acs_system_id, now)
  }
  for (const row of missing) {
    const { acs_access_group_id, version } = row
    const message = "This group of Lockstitch's was deleted at the access system. It is being put back."
    changes.update('acs_access_group', 'acs_access_group_id', {
      acs_access_group_id,
      version,
      external_id: null,
      reported: null,
      warnings: warned(row.warnings, GROUP_CHANGED, message, now),
      ...dirty(now),
    })
    changes.job('provision', place.acs_system_id, now)
  }
  leaveGroups(changes, application)
}

/** Nobody is in a group that is gone; whoever is in one that is put back is told of it anew. */
function leaveGroups(changes: ChangeSet, { findings, held, now, system }: Application): void {
  const gone = new Set(findings.groups.gone.map((row) => row.acs_access_group_id))
  const missing = new Set(findings.groups.missing.map((row) => row.acs_access_group_id))
  if (gone.size + missing.size === 0) return
  const settled = new Set(findings.users.changed.flatMap((one) => (one.found_group_ids === undefined ? [] : [one.row])))
  const lost = new Set(findings.users.lost)
  for (const row of held.users) {
    const groups = row.acs_access_group_ids
    const isMember = groups.some((id) => missing.has(id))
    if (settled.has(row) || lost.has(row) || (!isMember && !groups.some((id) => gone.has(id)))) continue
    const stays = (id: unknown): boolean => typeof id !== 'string' || (!gone.has(id) && !missing.has(id))
    const told = row.reported?.['acs_access_group_ids']
    changes.update('acs_user', 'acs_user_id', {
      acs_user_id: row.acs_user_id,
      version: row.version,
      acs_access_group_ids: groups.filter((id) => !gone.has(id)),
      ...(Array.isArray(told) ? { reported: { ...row.reported, acs_access_group_ids: told.filter(stays) } } : {}),
      ...(isMember && !row.is_deleting ? dirty(now) : {}),
    })
    if (isMember) changes.job('provision', system.acs_system_id, now)
  }
}

function warned(warnings: readonly Problem[], warning_code: string, message: string, created_at: string): Problem[] {
  return [...withoutWarning(warnings, warning_code), { created_at, warning_code, message }]
}

// Users ----------------------------------------------------------------------------------------------------------------

function applyUsers(changes: ChangeSet, application: Application, clock: CreationClock): void {
  const { findings, definition, now, newId } = application
  const { added, changed, gone, lost, back } = findings.users
  const place = placeOf(application)
  const update = (row: HeldUser, fields: Partial<AcsUserRecord>): void => {
    changes.update('acs_user', 'acs_user_id', { acs_user_id: row.acs_user_id, version: row.version, ...fields })
  }
  for (const { reported, acs_access_group_ids } of added) {
    const acs_user_id = newId()
    const { external_id, full_name, is_suspended } = reported
    const groups = hasGroups(definition) ? acs_access_group_ids : []
    changes.insert('acs_user', {
      ...place,
      acs_user_id,
      external_id,
      full_name,
      is_suspended,
      acs_access_group_ids: groups,
      is_managed: false,
      reported: {
        full_name,
        email_address: null,
        phone_number: null,
        is_suspended,
        access_starts_at: null,
        access_ends_at: null,
        acs_access_group_ids: groups,
        acs_entrance_ids: [],
      },
      warnings: (reported.warnings ?? []).map((warning) => ({ created_at: now, ...warning })),
      created_at: clock.tick(),
    })
    changes.event('acs_user.created', { ...place, acs_user_id })
  }
  for (const row of gone) {
    const { acs_user_id, version } = row
    changes.delete('acs_user', { acs_user_id, version })
    changes.event('acs_user.deleted', { ...place, acs_user_id })
  }
  for (const row of lost) {
    const error = { created_at: now, error_code: DELETED_EXTERNALLY, message: USER_DELETED_MESSAGE }
    update(row, { errors: [...row.errors, error] })
    changes.event('acs_user.deleted', { ...place, acs_user_id: row.acs_user_id })
  }
  for (const row of back) {
    update(row, { errors: withoutError(row.errors, DELETED_EXTERNALLY), ...dirty(now) })
    changes.job('provision', place.acs_system_id, now)
  }
  for (const change of changed) {
    update(change.row, changedUser(change, now))
    if (change.putBack !== undefined) changes.job('provision', place.acs_system_id, now)
  }
}

function changedUser(change: UserChange, now: string): Partial<AcsUserRecord> {
  const { row, is_suspended, full_name, acs_access_group_ids, found_group_ids, putBack } = change
  const found = {
    ...(is_suspended === undefined ? {} : { is_suspended }),
    ...(full_name === undefined ? {} : { full_name }),
  }
  return {
    ...found,
    ...(acs_access_group_ids === undefined ? {} : { acs_access_group_ids }),
    reported: {
      ...row.reported,
      ...found,
      ...(found_group_ids === undefined ? {} : { acs_access_group_ids: found_group_ids }),
    },
    ...(putBack === undefined
      ? {}
      : { warnings: warned(row.warnings, USER_CHANGED, putBackMessage(putBack), now), ...dirty(now) }),
  }
}

function putBackMessage({ taken_from, put_into }: NonNullable<UserChange['putBack']>): string {
  const parts = [
    ...(taken_from.length === 0 ? [] : [`taken out of ${taken_from.map((name) => `"${name}"`).join(', ')}`]),
    ...(put_into.length === 0 ? [] : [`put into ${put_into.map((name) => `"${name}"`).join(', ')}`]),
  ]
  return `At the access system this user was ${parts.join(' and ')}: groups that Lockstitch keeps. It is being put back.`
}

// Credentials ----------------------------------------------------------------------------------------------------------

function applyCredentials(changes: ChangeSet, application: Application, clock: CreationClock): void {
  const { findings, held, definition, facts, claims, newId, poolCard } = application
  const { lost, back, cardsAdded, cardsGone } = findings.credentials
  const place = placeOf(application)
  const doorIds = new Set(held.entrances.map((row) => row.acs_entrance_id))
  loseCredentials(
    changes,
    lost.map(({ row: { acs_credential_id, version }, cause }) => ({ acs_credential_id, version, cause })),
    facts,
    { doorIds, freesCards: definition.card === 'assign', claims },
  )
  findCredentialsAgain(
    changes,
    back.map(({ row: { acs_credential_id, version }, card_number }) => ({ acs_credential_id, version, card_number })),
    facts,
    definition,
  )
  for (const card of cardsAdded) {
    const { version: _version, workspace_id: _workspace, ...row } = poolCard(card, newId(), clock.tick())
    changes.insert('acs_credential', row)
  }
  for (const { acs_credential_id, version } of cardsGone) {
    changes.delete('acs_credential', { acs_credential_id, version })
    changes.event('acs_credential.deleted', { ...place, acs_credential_id })
  }
  if (definition.card === 'encode' && hasGroups(definition)) staleCards(changes, application)
}

/** What is on plastic was written before its holder's groups changed. */
function staleCards(changes: ChangeSet, { findings, held, facts, definition }: Application): void {
  const users = usersWithOtherDoors(findings, held)
  const lost = new Set(findings.credentials.lost.map(({ row }) => row.acs_credential_id))
  const cards = facts.credentials.filter(
    (one) =>
      one.acs_user_id !== null &&
      users.has(one.acs_user_id) &&
      !lost.has(one.acs_credential_id) &&
      !one.errors.some((error) => error.error_code === DELETED_EXTERNALLY),
  )
  markCardsStale(changes, cards, facts, definition)
}
