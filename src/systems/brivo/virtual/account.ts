/**
 * What a Brivo account holds and how it behaves, over the records of the virtual building: its doors decide by the very
 * same records. Words and rules are those of the API reference (apidocs.brivo.com).
 */
import type { DriverHost } from '../../kit/driver.ts'
import type { VirtualRecords, VirtualTransaction } from '../../kit/virtual.ts'
import { doorOf } from '../../kit/virtual/model.ts'
import {
  KIND,
  lookupOfCard,
  lookupOfCredential,
  putCard,
  type PlasticCard,
  type VirtualCredential,
  isLive,
} from '../../kit/virtual/records.ts'
import { SystemState } from '../../kit/virtual/state.ts'
import type { EffectiveDates, UserFields } from '../client.ts'
import { pinId } from '../mapping.ts'
import { isPin } from '../pins.ts'
import { PIN_FORMAT } from '../wire.ts'
import { CARD_IDS, model, SITE } from './model.ts'
import {
  cardOnWire,
  contains,
  datesOf,
  groupName,
  groupOnWire,
  isRegistered,
  permissionOnWire,
  Refusal,
  SCHEDULE,
  userFields,
  type BrivoGroup,
  type BrivoUser,
  type Wire,
} from './words.ts'

/** Further kinds of records: whose reference it is, and the last id that was given. */
const KIND_REFERENCE = 'brivo_reference'
const KIND_SEQUENCE = 'brivo_sequence'
const FIRST_ID = 700_000

const MOST_GROUPS = 16

export class Account {
  readonly #records: VirtualRecords
  readonly #host: DriverHost
  readonly #state: SystemState
  readonly #isExact: boolean

  /** `isExact`: times keep their milliseconds. */
  constructor(records: VirtualRecords, host: DriverHost, isExact: boolean) {
    this.#records = records
    this.#host = host
    this.#state = new SystemState(model, host)
    this.#isExact = isExact
  }

  // Doors ----------------------------------------------------------------------------------------------------------------

  sites(): Wire[] {
    return [{ id: SITE.id, siteName: SITE.siteName }]
  }

  site(id: number): Wire {
    if (id !== SITE.id) throw new Refusal(404, 'Site not found')
    return { ...SITE }
  }

  schedules(filter: ReadonlyMap<string, string>): Wire[] {
    return filter.get('editable') === 'true' ? [] : [{ ...SCHEDULE }]
  }

  async accessPoints(): Promise<Wire[]> {
    const { entrances } = await this.#state.read(this.#records)
    return entrances.map((door) => ({
      id: Number(door.external_id),
      name: door.display_name,
      controlPanelId: 90,
      siteId: SITE.id,
      siteName: SITE.siteName,
      activationEnabled: door.can_unlock_with.cloud_key,
      twoFactorEnabled: false,
    }))
  }

  async #hasDoor(id: number): Promise<boolean> {
    return (await this.accessPoints()).some((door) => door['id'] === id)
  }

  /** Opens a door at the administrator's request: nobody's permission is asked. */
  async activate(id: number): Promise<void> {
    const door = doorOf(model, String(id))
    if (door === undefined || !(await this.#hasDoor(id))) throw new Refusal(404, 'Unknown Access Point')
    if (!door.can_unlock_with.cloud_key) throw new Refusal(403, 'You are not allowed to perform that action')
    const { is_online, privacy_mode } = await this.#records.change((open) => this.#state.doorState(open, door))
    if (!is_online) throw new Refusal(412, 'Access point is not connected')
    if (privacy_mode) throw new Refusal(403, 'The access point is in privacy mode')
  }

  // Groups ---------------------------------------------------------------------------------------------------------------

  async groups(filter: ReadonlyMap<string, string>): Promise<Wire[]> {
    const groups = (await this.#records.list<BrivoGroup>(KIND.group)).filter(isLive)
    return groups
      .filter((group) => contains(group.name, filter.get('name')))
      .map(({ external_id, name }) => ({
        id: Number(external_id),
        name,
      }))
  }

  async group(id: number): Promise<Wire> {
    const group = await this.#records.get<BrivoGroup>(KIND.group, String(id))
    if (!isLive(group)) throw new Refusal(404, 'Group not found')
    return groupOnWire(group)
  }

  addGroup(name: unknown): Promise<Wire> {
    return this.#records.change(async (open) => {
      const group: BrivoGroup = {
        external_id: String(await this.#newId(open)),
        reference: null,
        name: groupName(name),
        entrance_ids: [],
        starts_at: null,
        ends_at: null,
        applied: [],
        is_deleted: false,
      }
      open.put(KIND.group, group.external_id, group)
      return groupOnWire(group)
    })
  }

  putGroup(id: number, body: Wire): Promise<Wire> {
    return this.#change<BrivoGroup>(KIND.group, id, 'Group not found', (group) => ({
      ...group,
      name: groupName(body['name']),
      flags: {
        keypadUnlock: body['keypadUnlock'] === true,
        immuneToAntipassback: body['immuneToAntipassback'] === true,
        excludedFromLockdown: body['excludedFromLockdown'] === true,
      },
    })).then(groupOnWire)
  }

  async deleteGroup(id: number): Promise<void> {
    await this.#change<BrivoGroup>(KIND.group, id, 'Group not found', (group) => ({ ...group, is_deleted: true }))
  }

  async permissions(id: number): Promise<Wire[]> {
    const group = await this.#records.get<BrivoGroup>(KIND.group, String(id))
    if (!isLive(group)) throw new Refusal(404, 'Group not found')
    return group.entrance_ids.map((entrance) => permissionOnWire(entrance))
  }

  async permit(id: number, doorId: number, body: Wire): Promise<Wire> {
    const schedule = (body['schedule'] as { id?: unknown } | undefined)?.id
    if (schedule === undefined) throw new Refusal(400, 'The request body is not formatted properly')
    if (schedule !== SCHEDULE.id) throw new Refusal(404, 'The requested resource was not found.')
    if (!(await this.#hasDoor(doorId))) throw new Refusal(404, 'Unknown Access Point')
    const entrance = String(doorId)
    await this.#change<BrivoGroup>(KIND.group, id, 'Group not found/ Unknown Group', (group) =>
      group.entrance_ids.includes(entrance) ? group : { ...group, entrance_ids: [...group.entrance_ids, entrance] },
    )
    return permissionOnWire(entrance)
  }

  async forbid(id: number, doorId: number): Promise<void> {
    const entrance = String(doorId)
    await this.#change<BrivoGroup>(KIND.group, id, 'Group not found/ Unknown Group', (group) => ({
      ...group,
      entrance_ids: group.entrance_ids.filter((one) => one !== entrance),
    }))
  }

  async members(id: number): Promise<Wire[]> {
    const group = await this.#records.get<BrivoGroup>(KIND.group, String(id))
    if (!isLive(group)) throw new Refusal(404, 'Group not found')
    const users = (await this.#records.list<BrivoUser>(KIND.user)).filter(isLive)
    return users
      .filter((user) => user.group_ids.includes(group.external_id))
      .map((user) => ({
        id: Number(user.external_id),
        externalId: user.wire.externalId,
        firstName: user.wire.firstName,
        lastName: user.wire.lastName,
        suspended: user.is_suspended,
      }))
  }

  join(id: number, userId: number): Promise<void> {
    return this.#records.change(async (open) => {
      const user = await liveUser(open, userId)
      const groups = await liveGroups(open, user)
      if (!isLive(await open.get<BrivoGroup>(KIND.group, String(id)))) throw new Refusal(404, 'Group not found')
      const joined = groups.map((group) => group.external_id)
      if (joined.includes(String(id))) return
      if (joined.length >= MOST_GROUPS) throw new Refusal(400, 'Invalid criteria provided')
      open.put(KIND.user, user.external_id, { ...user, group_ids: [...joined, String(id)] })
    })
  }

  async leave(id: number, userId: number): Promise<void> {
    await this.#change<BrivoUser>(KIND.user, userId, 'User not found', (user) => ({
      ...user,
      group_ids: user.group_ids.filter((one) => one !== String(id)),
    }))
  }

  // Users ----------------------------------------------------------------------------------------------------------------

  async users(): Promise<Wire[]> {
    const users = (await this.#records.list<BrivoUser>(KIND.user)).filter(isLive)
    // Lists have less of each than what is asked for one by one (Schema, Empty Values).
    return users.map((user) => {
      const { pin: _pin, effectiveFrom: _from, effectiveTo: _to, ...listed } = this.#userOnWire(user, undefined)
      return listed
    })
  }

  async user(id: number): Promise<Wire> {
    const user = await this.#records.get<BrivoUser>(KIND.user, String(id))
    if (!isLive(user)) throw new Refusal(404, 'User not found')
    return this.#userOnWire(user, await this.#records.get<VirtualCredential>(KIND.credential, pinId(id)))
  }

  async userByExternalId(externalId: string): Promise<Wire> {
    const known = await this.#records.get<{ user_id: string }>(KIND_REFERENCE, externalId)
    if (known === undefined) throw new Refusal(404, 'User not found')
    return this.user(Number(known.user_id))
  }

  addUser(body: Wire): Promise<Wire> {
    return this.#records.change(async (open) => {
      const fields = userFields(body)
      const user: BrivoUser = {
        external_id: String(await this.#newId(open)),
        reference: null,
        full_name: null,
        email_address: null,
        phone_number: null,
        is_suspended: false,
        schedule: null,
        group_ids: [],
        entrance_ids: [],
        card_id: null,
        applied: [],
        is_deleted: false,
        wire: { firstName: '', lastName: '' },
      }
      return this.#putUser(open, user, fields)
    })
  }

  /** `isWhole`: what is not named is removed; else it stays. */
  putUser(id: number, body: Wire, isWhole: boolean): Promise<Wire> {
    return this.#records.change(async (open) => {
      const user = await liveUser(open, id)
      const pin = await open.get<VirtualCredential>(KIND.credential, pinId(id))
      const standing = { ...user.wire, ...(isLive(pin) && pin.code !== null ? { pin: pin.code } : {}) }
      return this.#putUser(open, user, userFields(isWhole ? body : { ...standing, ...body }))
    })
  }

  async #putUser(open: VirtualTransaction, user: BrivoUser, fields: UserFields): Promise<Wire> {
    const { pin, ...wire } = fields
    const { externalId } = wire
    if (user.reference !== (externalId ?? null)) {
      const taken =
        externalId === undefined ? undefined : await open.get<{ user_id: string }>(KIND_REFERENCE, externalId)
      if (taken !== undefined && taken.user_id !== user.external_id)
        throw new Refusal(400, 'The external id is already in use')
      if (user.reference !== null) open.delete(KIND_REFERENCE, user.reference)
      if (externalId !== undefined) open.put(KIND_REFERENCE, externalId, { user_id: user.external_id })
    }
    const put: BrivoUser = {
      ...user,
      reference: externalId ?? null,
      full_name: `${wire.firstName} ${wire.lastName}`,
      email_address: wire.emails?.[0]?.address ?? null,
      phone_number: wire.phoneNumbers?.[0]?.number ?? null,
      wire,
    }
    const credential = await this.#putPin(open, put, pin)
    open.put(KIND.user, put.external_id, put)
    return this.#userOnWire(put, credential)
  }

  /** The PIN is a credential of the user, valid between the user's dates. */
  async #putPin(
    open: VirtualTransaction,
    user: BrivoUser,
    pin: string | undefined,
  ): Promise<VirtualCredential | undefined> {
    const external_id = pinId(user.external_id)
    const known = await open.get<VirtualCredential>(KIND.credential, external_id)
    if (pin === undefined) {
      if (!isLive(known)) return undefined
      const gone = { ...known, is_deleted: true }
      open.put(KIND.credential, external_id, gone, lookupOfCredential(gone))
      return undefined
    }
    if (!isLive(known) || known.code !== pin) {
      if (!isPin(pin)) throw new Refusal(400, 'The PIN does not meet the requirements')
      const others = await open.find<VirtualCredential>(KIND.credential, `pin:${pin}`)
      if (others.some((other) => isLive(other) && other.external_id !== external_id))
        throw new Refusal(400, `The PIN ${pin} is already in use`)
    }
    const credential: VirtualCredential = {
      external_id,
      reference: external_id,
      mode: 'code',
      user_id: user.external_id,
      entrance_ids: [],
      starts_at: user.wire.effectiveFrom ?? null,
      ends_at: user.wire.effectiveTo ?? null,
      code: pin,
      card_id: null,
      card_number: null,
      stay_key: null,
      phone_id: null,
      options: known?.options ?? { wire_id: await this.#newId(open) },
      marks: [],
      applied: [],
      is_deleted: false,
    }
    open.put(KIND.credential, external_id, credential, lookupOfCredential(credential))
    return credential
  }

  async suspended(id: number): Promise<Wire> {
    const user = await this.#records.get<BrivoUser>(KIND.user, String(id))
    if (!isLive(user)) throw new Refusal(404, 'User not found')
    return { id, suspended: user.is_suspended }
  }

  async suspend(id: number, body: Wire): Promise<Wire> {
    const { suspended } = body
    if (typeof suspended !== 'boolean') throw new Refusal(400, 'Invalid criteria provided')
    await this.#change<BrivoUser>(KIND.user, id, 'User not found', (user) => ({ ...user, is_suspended: suspended }))
    return { id, suspended }
  }

  /** What the user held is free again. */
  deleteUser(id: number): Promise<void> {
    return this.#records.change(async (open) => {
      const user = await liveUser(open, id)
      await this.#putPin(open, user, undefined)
      for (const card of await open.list<PlasticCard>(KIND.card)) {
        const held = card.credential_id === null ? undefined : await openCredential(open, card.credential_id)
        if (held?.user_id === user.external_id) freeCard(open, card, held)
      }
      if (user.reference !== null) open.delete(KIND_REFERENCE, user.reference)
      open.put(KIND.user, user.external_id, { ...user, is_deleted: true })
    })
  }

  async groupsOf(id: number): Promise<Wire[]> {
    return this.#records.change(async (open) =>
      (await liveGroups(open, await liveUser(open, id))).map(({ external_id, name }) => ({
        id: Number(external_id),
        name,
      })),
    )
  }

  async credentialsOf(id: number): Promise<Wire[]> {
    return this.#records.change(async (open) => {
      const user = await liveUser(open, id)
      const held: Wire[] = []
      for (const card of await open.list<PlasticCard>(KIND.card)) {
        const credential = card.credential_id === null ? undefined : await openCredential(open, card.credential_id)
        if (credential?.user_id !== user.external_id) continue
        held.push({ ...cardOnWire(card), ...this.#datesOnWire(credential) })
      }
      const pin = await open.get<VirtualCredential>(KIND.credential, pinId(id))
      if (isLive(pin)) {
        held.push({
          id: pin.options['wire_id'],
          credentialFormat: PIN_FORMAT,
          encodedCredential: pin.code,
          fieldValues: [],
          size: 0,
          ...this.#datesOnWire(pin),
        })
      }
      return held
    })
  }

  // Cards ----------------------------------------------------------------------------------------------------------------

  async cards(filter: ReadonlyMap<string, string>): Promise<Wire[]> {
    const status = filter.get('status')
    const cards = (await this.#records.list<PlasticCard>(KIND.card)).filter(isRegistered)
    return cards
      .filter((card) => status === undefined || (card.credential_id === null) === (status === 'unassigned'))
      .filter((card) => contains(card.card_number ?? '', filter.get('reference_id')))
      .map(cardOnWire)
  }

  async holder(cardId: number): Promise<Wire> {
    const holder = await this.#records.change(async (open) => {
      const card = await registeredCard(open, cardId)
      if (card === undefined) throw new Refusal(404, 'Credential not found')
      const credential = card.credential_id === null ? undefined : await openCredential(open, card.credential_id)
      return credential?.user_id == null ? undefined : open.get<BrivoUser>(KIND.user, credential.user_id)
    })
    if (!isLive(holder)) throw new Refusal(404, 'User not found')
    const { id, externalId, firstName, lastName, suspended } = this.#userOnWire(holder, undefined)
    return { id, externalId, firstName, lastName, suspended }
  }

  /** Dates that are left out stay as they are, or are now and never for a card that is given anew. */
  assign(userId: number, cardId: number, body: Wire): Promise<void> {
    return this.#records.change(async (open) => {
      const user = await liveUser(open, userId)
      const card = await registeredCard(open, cardId)
      if (card === undefined) throw new Refusal(400, 'Credential not valid')
      const external_id = String(cardId)
      const held = card.credential_id === null ? undefined : await openCredential(open, card.credential_id)
      if (held !== undefined && held.user_id !== user.external_id) throw new Refusal(400, 'Credential not valid')
      const dates = datesOf(body)
      const now = new Date(this.#host.now()).toISOString()
      const credential: VirtualCredential = {
        external_id,
        // Brivo keeps no reference of ours on a card: its label is the number printed on it.
        reference: external_id,
        mode: 'card',
        user_id: user.external_id,
        entrance_ids: [],
        starts_at: dates.effectiveFrom ?? held?.starts_at ?? now,
        ends_at: dates.effectiveTo ?? held?.ends_at ?? null,
        code: null,
        card_id: card.card_id,
        card_number: card.card_number,
        stay_key: null,
        phone_id: null,
        options: {},
        marks: [],
        applied: [],
        is_deleted: false,
      }
      open.put(KIND.credential, external_id, credential, lookupOfCredential(credential))
      if (card.credential_id !== external_id) putCard(open, { ...card, credential_id: external_id })
    })
  }

  unassign(userId: number, cardId: number): Promise<void> {
    return this.#records.change(async (open) => {
      const user = await liveUser(open, userId)
      const card = await registeredCard(open, cardId)
      const held = card?.credential_id == null ? undefined : await openCredential(open, card.credential_id)
      if (card === undefined || held?.user_id !== user.external_id) throw new Refusal(404, 'Credential not found')
      freeCard(open, card, held)
    })
  }

  // Words ----------------------------------------------------------------------------------------------------------------

  #userOnWire(user: BrivoUser, pin: VirtualCredential | undefined): Wire {
    const { effectiveFrom, effectiveTo, ...fields } = user.wire
    return {
      id: Number(user.external_id),
      ...fields,
      ...(isLive(pin) ? { pin: pin.code } : {}),
      ...this.#datesOnWire({ starts_at: effectiveFrom ?? null, ends_at: effectiveTo ?? null }),
      suspended: user.is_suspended,
      bleTwoFactorExempt: fields.bleTwoFactorExempt ?? false,
      customFields: [],
    }
  }

  #datesOnWire({ starts_at, ends_at }: { starts_at: string | null; ends_at: string | null }): EffectiveDates {
    const written = (at: string): string => (this.#isExact ? at : at.replace(/\.\d+Z$/, 'Z'))
    return {
      ...(starts_at === null ? {} : { effectiveFrom: written(starts_at) }),
      ...(ends_at === null ? {} : { effectiveTo: written(ends_at) }),
    }
  }

  async #newId(open: VirtualTransaction): Promise<number> {
    const last = await open.get<{ value: number }>(KIND_SEQUENCE, KIND_SEQUENCE)
    const value = (last?.value ?? FIRST_ID) + 1
    open.put(KIND_SEQUENCE, KIND_SEQUENCE, { value })
    return value
  }

  #change<R extends { external_id: string; is_deleted: boolean; applied: string[] }>(
    kind: string,
    id: number,
    missing: string,
    change: (record: R) => R,
  ): Promise<R> {
    return this.#records.change(async (open) => {
      const record = await open.get<R>(kind, String(id))
      if (!isLive(record)) throw new Refusal(404, missing)
      const changed = change(record)
      open.put(kind, record.external_id, changed)
      return changed
    })
  }
}

async function registeredCard(open: VirtualTransaction, id: number): Promise<PlasticCard | undefined> {
  const found = await open.find<PlasticCard>(KIND.card, lookupOfCard(String(id - CARD_IDS)))
  return found.find(isRegistered)
}

async function openCredential(open: VirtualTransaction, id: string): Promise<VirtualCredential | undefined> {
  const credential = await open.get<VirtualCredential>(KIND.credential, id)
  return isLive(credential) ? credential : undefined
}

function freeCard(open: VirtualTransaction, card: PlasticCard, held: VirtualCredential): void {
  const gone = { ...held, is_deleted: true }
  open.put(KIND.credential, held.external_id, gone, lookupOfCredential(gone))
  putCard(open, { ...card, credential_id: null, former_credential_id: held.external_id })
}

async function liveUser(open: VirtualTransaction, id: number): Promise<BrivoUser> {
  const user = await open.get<BrivoUser>(KIND.user, String(id))
  if (!isLive(user)) throw new Refusal(404, 'User not found')
  return user
}

/** The groups a user is in; those that were deleted are left by themselves. */
async function liveGroups(open: VirtualTransaction, user: BrivoUser): Promise<BrivoGroup[]> {
  const groups = await Promise.all(user.group_ids.map((id) => open.get<BrivoGroup>(KIND.group, id)))
  return groups.filter(isLive)
}
