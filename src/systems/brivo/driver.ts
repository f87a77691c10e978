/**
 * Brivo Access over its HTTP API. A user's PIN and its dates are fields of the user; cards have dates of their own;
 * groups have none, so the caller puts people into groups when their time begins and takes them out when it ends.
 *
 * Asked twice, everything has the effect of once: it is looked for first, by our reference (users), by a name made of
 * it (groups) or by the card's number, and what already is as wished is left alone.
 */
import type {
  AccessSystemDriver,
  AppliedChange,
  CardAssignment,
  CloudKeys,
  DesiredChange,
  DesiredCredential,
  DesiredGroup,
  DesiredUser,
  DoorEvents,
  DriverHost,
  Login,
  ReportedState,
  SystemConnection,
  SystemIdentity,
} from '../kit/driver.ts'
import { EncoderError, SystemError } from '../kit/errors.ts'
import { virtualBuilding } from '../kit/virtual/building.ts'
import { BrivoClient } from './client.ts'
import { eventsSince } from './door-events.ts'
import { definition } from './definition.ts'
import {
  areDates,
  brivoId,
  cardNumberOf,
  asRequest,
  changeOfUser,
  cloudKeyId,
  datesOf,
  doorChanges,
  externalIdOf,
  fullNameOf,
  groupNameOf,
  groupTagOf,
  isPinCredential,
  newUser,
  pinId,
  referenceOfGroup,
  referenceOfUser,
  reportedCredential,
  takesOf,
  userOfId,
  type UserChange,
} from './mapping.ts'
import { isPin } from './pins.ts'
import { serveVirtual } from './virtual/emulator.ts'
import { model } from './virtual/model.ts'
import type { Credential, User } from './wire.ts'

/** A user is in this many groups at most (User: Update user's group memberships). */
const MOST_GROUPS = 16
/** PINs that are chosen here: of a million, the one that is taken is seldom met. */
const NEW_PIN_LENGTH = 6
/** Requests under way at once while the whole state is read. */
const READERS = 4

export const driver: AccessSystemDriver = {
  definition,
  connect: async (login, host) => new BrivoConnection(login, host),
  virtualBuilding: (records, host) => virtualBuilding(model, records, host),
  serveVirtual,
}

class BrivoConnection implements SystemConnection {
  readonly cardAssignment: CardAssignment
  readonly cloudKeys: CloudKeys
  readonly doorEvents: DoorEvents
  readonly #host: DriverHost
  readonly #client: BrivoClient
  #schedule: Promise<number> | null = null

  constructor(login: Login, host: DriverHost) {
    this.#host = host
    this.#client = new BrivoClient(login, host)
    this.cardAssignment = {
      assign: (request, signal) => this.#assign(request, signal),
      freeCards: async (signal) =>
        (await this.#client.freeCards(signal)).flatMap((card) => cardNumberOf(card) ?? []).sort(),
    }
    this.doorEvents = {
      since: (cursor, signal) =>
        eventsSince(cursor, host.now(), (from, to) => this.#client.accessEvents(from, to, signal)),
    }
    this.cloudKeys = { unlock: (request, signal) => this.#unlock(request, signal) }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]()
  }

  // The whole account ----------------------------------------------------------------------------------------------------

  async identify(signal: AbortSignal): Promise<SystemIdentity> {
    const { id } = await this.#client.whoAmI(signal)
    const [accounts, sites] = await Promise.all([this.#client.accounts(signal), this.#client.sites(signal)])
    // A dealer sees several accounts: then the login is what tells one connection from another.
    const [only] = accounts.length === 1 ? accounts : []
    const details = await inParallel(sites, READERS, (site) => this.#client.site(site.id, signal))
    const zones = new Set(details.map((site) => site.timeZone))
    const [zone] = zones.size === 1 ? zones : []
    return {
      external_id: only === undefined ? `administrator-${id}` : `account-${only.id}`,
      name: only?.name ?? definition.display_name,
      time_zone: zone ?? null,
      metadata: {},
    }
  }

  async readState(signal: AbortSignal): Promise<ReportedState> {
    const client = this.#client
    const [doors, groups, users, free] = await Promise.all([
      client.accessPoints(signal),
      client.groups(signal),
      client.users(signal),
      client.freeCards(signal),
    ])
    const permissions = await inParallel(groups, READERS, (group) => client.permissions(group.id, signal))
    // Whoever bears a reference, ours or another's, may hold something of ours: two requests for each. Of the others it
    // is enough to know which of the maker's own groups they are in.
    const referenced = users.filter((user) => user.externalId !== undefined)
    const theirs = groups.filter((group) => referenceOfGroup(group.name) === null)
    const members = await inParallel(theirs, READERS, (group) => client.membersOf(group.id, signal))
    const memberships = await inParallel(referenced, READERS, (user) => client.groupsOf(user.id, signal))
    const held = await inParallel(referenced, READERS, async (user) =>
      (await client.credentialsOf(user.id, signal)).map((one) => reportedCredential(one, user.id)),
    )
    const groupsOf = new Map<number, string[]>()
    theirs.forEach((group, i) => {
      for (const { id } of members[i] ?? []) groupsOf.set(id, [...(groupsOf.get(id) ?? []), String(group.id)])
    })
    referenced.forEach((user, i) =>
      groupsOf.set(
        user.id,
        (memberships[i] ?? []).map((group) => String(group.id)),
      ),
    )
    return {
      entrances: doors.map((door) => ({
        external_id: String(door.id),
        display_name: door.name,
        can_unlock_with: takesOf(door),
        can_belong_to_reservation: false,
        is_locked: null,
        metadata: {
          [definition.metadataKey]: {
            access_point_id: String(door.id),
            ...(door.siteId === undefined ? {} : { site_id: door.siteId }),
            ...(door.siteName === undefined ? {} : { site_name: door.siteName }),
          },
        },
      })),
      encoders: [],
      groups: groups.map((group, i) => ({
        external_id: String(group.id),
        reference: referenceOfGroup(group.name),
        name: group.name,
        entrance_ids: (permissions[i] ?? []).map((permission) => String(permission.accessPoint.id)),
      })),
      users: users.map((user) => ({
        external_id: String(user.id),
        reference: referenceOfUser(user.externalId),
        full_name: fullNameOf(user),
        is_suspended: user.suspended === true,
        group_ids: groupsOf.get(user.id) ?? [],
      })),
      credentials: [...held.flat(), ...free.map((card) => reportedCredential(card, null))],
    }
  }

  // Changes --------------------------------------------------------------------------------------------------------------

  async apply(change: DesiredChange, signal: AbortSignal): Promise<AppliedChange> {
    switch (change.kind) {
      case 'put_group':
        return this.#putGroup(change.group, signal)
      case 'delete_group':
        if (brivoId(change.external_id) !== null) await this.#client.deleteGroup(change.external_id, signal)
        return { external_id: null }
      case 'put_user':
        return this.#putUser(change.user, signal)
      case 'delete_user':
        if (brivoId(change.external_id) !== null) await this.#client.deleteUser(change.external_id, signal)
        return { external_id: null }
      case 'put_credential':
        return this.#putCredential(change.credential, signal)
      case 'delete_credential':
        await this.#deleteCredential(change, signal)
        return { external_id: null }
    }
  }

  async #putGroup(wish: DesiredGroup, signal: AbortSignal): Promise<AppliedChange> {
    const client = this.#client
    for (const id of wish.entrance_ids) idOf(id, 'door')
    const name = groupNameOf(wish.name, wish.reference)
    let group
    if (wish.external_id === null) {
      const tag = groupTagOf(wish.reference)
      const found = (await client.groupsLike(tag, signal)).find((one) => one.name.endsWith(`#${tag}`))
      group = found ?? (await client.addGroup(name, signal))
    } else {
      group = await client.group(String(idOf(wish.external_id, 'group')), signal)
      if (group === undefined) throw notFound('group')
      // One of the maker's own keeps its name as it is.
      if (group.name !== name && group.name !== wish.name) group = await client.renameGroup(group, name, signal)
    }
    const [schedule, standing] = [await this.#always(signal), await client.permissions(group.id, signal)]
    const { add, remove } = doorChanges(standing, wish.entrance_ids, schedule)
    for (const id of remove) await client.forbid(group.id, id, signal)
    for (const id of add) await client.permit(group.id, id, schedule, signal)
    return { external_id: String(group.id), name: group.name }
  }

  async #putUser(wish: DesiredUser, signal: AbortSignal): Promise<AppliedChange> {
    const client = this.#client
    for (const id of wish.group_ids) idOf(id, 'group')
    if (wish.group_ids.length > MOST_GROUPS) {
      const message = `Brivo lets a person be in ${MOST_GROUPS} groups at a time. Let grants of this person share their doors and times, or end some of them.`
      throw new SystemError('rejected', message)
    }
    const found =
      wish.external_id === null
        ? await client.userByExternalId(externalIdOf(wish.reference), signal)
        : await client.user(String(idOf(wish.external_id, 'user')), signal)
    if (found === undefined && wish.external_id !== null) throw notFound('user')
    const user = found ?? (await client.addUser(newUser(wish), signal))
    // Shutting out comes first, letting in comes last.
    if (wish.is_suspended && user.suspended !== true) await client.suspend(user.id, true, signal)
    const change = found === undefined ? null : changeOfUser(found, wish)
    if (change !== null) await this.#changeUser(user, change, signal)
    await this.#settleGroups(user, found === undefined, wish.group_ids, signal)
    if (!wish.is_suspended && user.suspended === true) await client.suspend(user.id, false, signal)
    return { external_id: String(user.id) }
  }

  async #changeUser(user: User, change: UserChange, signal: AbortSignal): Promise<void> {
    const request = asRequest(user, change)
    if ('put' in request) await this.#client.replaceUser(user.id, request.put, signal)
    else await this.#client.patchUser(user.id, request.patch, signal)
  }

  async #settleGroups(user: User, isNew: boolean, wanted: readonly string[], signal: AbortSignal): Promise<void> {
    const standing = isNew ? [] : (await this.#client.groupsOf(user.id, signal)).map((group) => group.id)
    for (const id of standing) if (!wanted.includes(String(id))) await this.#client.leave(id, user.id, signal)
    for (const id of wanted) if (!standing.includes(Number(id))) await this.#client.join(id, user.id, signal)
  }

  async #putCredential(wish: DesiredCredential, signal: AbortSignal): Promise<AppliedChange> {
    if (wish.entrance_ids.length > 0)
      throw new SystemError('unsupported', 'Brivo takes doors from groups, not from credentials.')
    switch (wish.mode) {
      case 'code':
        return this.#putPin(wish, signal)
      case 'card':
        return this.#putCard(wish, signal)
      case 'cloud_key':
        return this.#putCloudKey(wish, signal)
      case 'mobile_key':
        throw new SystemError('unsupported', 'Brivo has no mobile keys that Lockstitch can give out.')
    }
  }

  async #putPin(wish: DesiredCredential, signal: AbortSignal): Promise<AppliedChange> {
    // A PIN is a field of its user: one without a user does not exist.
    if (wish.user_id === null) {
      if (wish.external_id !== null) await this.#clearPin(wish.external_id, signal)
      return { external_id: null }
    }
    const user = await this.#user(wish.user_id, signal)
    // Somebody took it away at Brivo: it is not given back by itself.
    if (wish.external_id !== null && user.pin === undefined) throw notFound('credential')
    // Brivo makes none through its API. One that stands stays.
    const pin = wish.code ?? user.pin ?? this.#newPin()
    const dates = datesOf(wish, this.#client.hasExactTimes)
    if (user.pin !== pin || !areDates(user, dates)) {
      const unset = (['effectiveFrom', 'effectiveTo'] as const).filter((field) => dates[field] === undefined)
      try {
        await this.#changeUser(user, { set: { pin, ...dates }, unset }, signal)
      } catch (error) {
        throw aboutPin(error)
      }
    }
    return { external_id: pinId(user.id), code: pin }
  }

  #newPin(): string {
    for (;;) {
      const pin = Array.from({ length: NEW_PIN_LENGTH }, () => this.#host.random(10)).join('')
      if (isPin(pin)) return pin
    }
  }

  async #clearPin(externalId: string, signal: AbortSignal): Promise<void> {
    const userId = userOfId(externalId)
    const user = userId === null ? undefined : await this.#client.user(userId, signal)
    if (user?.pin === undefined) return
    await this.#changeUser(user, { set: {}, unset: ['pin', 'effectiveFrom', 'effectiveTo'] }, signal)
  }

  /** A card without a number is one that is still to be assigned: nothing of it is known to Brivo. */
  async #putCard(wish: DesiredCredential, signal: AbortSignal): Promise<AppliedChange> {
    const cardId = wish.external_id === null ? null : idOf(wish.external_id, 'credential')
    if (wish.user_id === null) {
      if (cardId !== null) {
        const holder = await this.#client.holderOf(cardId, signal)
        if (holder !== undefined) await this.#client.takeCard(holder.id, cardId, signal)
      }
      return { external_id: wish.external_id }
    }
    const user = await this.#user(wish.user_id, signal)
    if (cardId === null && wish.card_number === null) return { external_id: null }
    const id = cardId ?? (await this.#cardNumbered(wish.card_number ?? '', user.id, signal))?.id
    if (id === undefined) throw new SystemError('conflict', NO_FREE_CARD)
    await this.#giveCard(user.id, id, wish, signal)
    return { external_id: String(id) }
  }

  /** The card with this number, if it is free or already held by this user. */
  async #cardNumbered(number: string, userId: number, signal: AbortSignal): Promise<Credential | undefined> {
    const wanted = number.trim().toLowerCase()
    if (/[,;]/.test(wanted)) return undefined
    const alike = await this.#client.cardsLike(number.trim(), signal)
    for (const card of alike) {
      if (isPinCredential(card) || cardNumberOf(card)?.toLowerCase() !== wanted) continue
      const holder = await this.#client.holderOf(card.id, signal)
      if (holder === undefined || holder.id === userId) return card
    }
    return undefined
  }

  async #giveCard(userId: number, cardId: number, wish: DesiredCredential, signal: AbortSignal): Promise<void> {
    const client = this.#client
    const dates = datesOf(wish, client.hasExactTimes)
    const standing = (await client.credentialsOf(userId, signal)).find((one) => one.id === cardId)
    if (standing !== undefined && areDates(standing, dates)) return
    if (standing === undefined) {
      const holder = await client.holderOf(cardId, signal)
      if (holder !== undefined && holder.id !== userId) throw new SystemError('conflict', NO_FREE_CARD)
    }
    // An end that is left out stays (User: Assign Credential and Dates): only a card given anew has none.
    const isFromAnew =
      standing !== undefined &&
      ((standing.effectiveTo !== undefined && dates.effectiveTo === undefined) || dates.effectiveFrom === undefined)
    if (isFromAnew) await client.takeCard(userId, cardId, signal)
    await client.giveCard(String(userId), cardId, dates, signal)
  }

  /** Opening from afar is the administrator's right, not the user's: what is kept of it is kept by Lockstitch. */
  async #putCloudKey(wish: DesiredCredential, signal: AbortSignal): Promise<AppliedChange> {
    if (wish.user_id === null) return { external_id: null }
    const user = await this.#user(wish.user_id, signal)
    return { external_id: cloudKeyId(user.id, wish.reference) }
  }

  async #deleteCredential(
    change: Extract<DesiredChange, { kind: 'delete_credential' }>,
    signal: AbortSignal,
  ): Promise<void> {
    if (change.mode === 'code') return this.#clearPin(change.external_id, signal)
    const cardId = change.mode === 'card' ? brivoId(change.external_id) : null
    if (cardId === null) return
    // Cards stay in the account. One that somebody else holds by now is none of ours any more.
    const holder = await this.#client.holderOf(cardId, signal)
    if (holder === undefined) return
    if (typeof change.user_id === 'string' && change.user_id !== String(holder.id)) return
    await this.#client.takeCard(holder.id, cardId, signal)
  }

  // Cards and doors ------------------------------------------------------------------------------------------------------

  async #assign(
    { card_number, credential }: Parameters<CardAssignment['assign']>[0],
    signal: AbortSignal,
  ): Promise<{ external_id: string; card_number: string }> {
    if (credential.user_id === null) throw notFound('user')
    const user = await this.#user(credential.user_id, signal)
    const card = await this.#cardNumbered(card_number, user.id, signal)
    if (card === undefined) throw new EncoderError('credential_not_found', NO_FREE_CARD)
    if (credential.external_id !== null && credential.external_id !== String(card.id)) {
      throw new EncoderError(
        'credential_cannot_be_reissued',
        'The credential stands on another card already. Unassign that one, or delete the credential and create a new one.',
      )
    }
    await this.#giveCard(user.id, card.id, credential, signal)
    return { external_id: String(card.id), card_number: cardNumberOf(card) ?? card_number }
  }

  /** Opens a door, once: Brivo keeps no name of the action, so that one whose answer was lost is not asked again. */
  async #unlock(
    { entrance_id, credential_id, is_repeated }: Parameters<CloudKeys['unlock']>[0],
    signal: AbortSignal,
  ): Promise<{ was_confirmed_by_device: boolean }> {
    if (is_repeated === true) {
      throw new SystemError(
        'rejected',
        'Brivo did not say whether it opened the door, so it was not asked again. Look at the door before you try once more.',
      )
    }
    const client = this.#client
    const doorId = idOf(entrance_id, 'door')
    const userId = userOfId(credential_id)
    const user = userId === null ? undefined : await client.user(userId, signal)
    if (user === undefined) throw notFound('user')
    if (user.suspended === true) {
      throw new SystemError('rejected', 'The person is suspended in Brivo and opens no doors.', { code: 'suspended' })
    }
    if (!(await this.#mayOpen(user.id, doorId, signal))) {
      throw new SystemError('rejected', 'The person is in no Brivo group that may open this door now.', {
        code: 'no_access_to_entrance',
      })
    }
    await client.activate(String(doorId), signal)
    return { was_confirmed_by_device: definition.confirmsUnlock }
  }

  async #mayOpen(userId: number, doorId: number, signal: AbortSignal): Promise<boolean> {
    for (const group of await this.#client.groupsOf(userId, signal)) {
      const permissions = await this.#client.permissions(group.id, signal)
      if (permissions.some((permission) => permission.accessPoint.id === doorId)) return true
    }
    return false
  }

  async #user(externalId: string, signal: AbortSignal): Promise<User> {
    const user = await this.#client.user(String(idOf(externalId, 'user')), signal)
    if (user === undefined) throw notFound('user')
    return user
  }

  /** The schedule of our permissions: around the clock, since times are kept by coming and going. */
  #always(signal: AbortSignal): Promise<number> {
    this.#schedule ??= this.#client.standingSchedules(signal).then((schedules) => {
      const everywhere = schedules.find((one) => one.siteName === undefined || one.siteName === 'Universal')
      const schedule = everywhere ?? schedules[0]
      if (schedule !== undefined) return schedule.id
      throw new SystemError(
        'rejected',
        'This Brivo account shows no schedule that is valid around the clock. Let the administrator of the connection see the Universal schedules.',
      )
    })
    this.#schedule.catch(() => (this.#schedule = null))
    return this.#schedule
  }
}

const NO_FREE_CARD =
  'No free card with this number is registered in Brivo. Check the number, or add the card in Brivo Access, Card Bank.'

/** Refusals while a PIN is set: what a PIN must be is not in Brivo's answer. */
function aboutPin(error: unknown): unknown {
  if (!(error instanceof SystemError) || error.kind !== 'rejected' || error.code !== undefined) return error
  const message = `Brivo does not take this PIN. A PIN has 4 to 8 digits, no repetition such as 1111 and no run such as 1234, and one person of the account alone has it.`
  return new SystemError('conflict', message, { cause: error.cause })
}

function idOf(externalId: string, what: string): number {
  const id = brivoId(externalId)
  if (id === null) throw notFound(what)
  return id
}

function notFound(what: string): SystemError {
  return new SystemError('not_found', `Brivo has no such ${what} (any more). Read its state again.`)
}

/** Does something for each, some at a time, and answers in the order given. */
async function inParallel<T, R>(items: readonly T[], atOnce: number, act: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await act(items[i] as T)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return results
}
