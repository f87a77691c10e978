/** The users of a Brivo account, and the PIN that each may have. */
import type { VirtualTransaction } from '../../kit/virtual.ts'
import {
  KIND,
  lookupOfCredential,
  type PlasticCard,
  type VirtualCredential,
  isLive,
} from '../../kit/virtual/records.ts'
import type { UserFields } from '../client.ts'
import { pinId } from '../mapping.ts'
import { isPin } from '../pins.ts'
import { PIN_FORMAT } from '../wire.ts'
import { freeCard, liveGroups, liveUser, openCredential, type Ledger } from './ledger.ts'
import { cardOnWire, Refusal, userFields, type BrivoUser, type Wire } from './words.ts'

/** Whose reference it is. */
const KIND_REFERENCE = 'brivo_reference'

export class Users {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  async list(): Promise<Wire[]> {
    const users = (await this.#ledger.records.list<BrivoUser>(KIND.user)).filter(isLive)
    // Lists have less of each than what is asked for one by one (Schema, Empty Values).
    return users.map((user) => {
      const { pin: _pin, effectiveFrom: _from, effectiveTo: _to, ...listed } = this.#ledger.userOnWire(user, undefined)
      return listed
    })
  }

  async get(id: number): Promise<Wire> {
    const user = await this.#ledger.records.get<BrivoUser>(KIND.user, String(id))
    if (!isLive(user)) throw new Refusal(404, 'User not found')
    return this.#ledger.userOnWire(user, await this.#ledger.records.get<VirtualCredential>(KIND.credential, pinId(id)))
  }

  async getByExternalId(externalId: string): Promise<Wire> {
    const known = await this.#ledger.records.get<{ user_id: string }>(KIND_REFERENCE, externalId)
    if (known === undefined) throw new Refusal(404, 'User not found')
    return this.get(Number(known.user_id))
  }

  add(body: Wire): Promise<Wire> {
    return this.#ledger.records.change(async (open) => {
      const fields = userFields(body)
      const user: BrivoUser = {
        external_id: String(await this.#ledger.newId(open)),
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
      return this.#put(open, user, fields)
    })
  }

  /** `isWhole`: what is not named is removed; else it stays. */
  put(id: number, body: Wire, isWhole: boolean): Promise<Wire> {
    return this.#ledger.records.change(async (open) => {
      const user = await liveUser(open, id)
      const pin = await open.get<VirtualCredential>(KIND.credential, pinId(id))
      const standing = { ...user.wire, ...(isLive(pin) && pin.code !== null ? { pin: pin.code } : {}) }
      return this.#put(open, user, userFields(isWhole ? body : { ...standing, ...body }))
    })
  }

  async #put(open: VirtualTransaction, user: BrivoUser, fields: UserFields): Promise<Wire> {
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
    return this.#ledger.userOnWire(put, credential)
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
      options: known?.options ?? { wire_id: await this.#ledger.newId(open) },
      marks: [],
      applied: [],
      is_deleted: false,
    }
    open.put(KIND.credential, external_id, credential, lookupOfCredential(credential))
    return credential
  }

  async suspended(id: number): Promise<Wire> {
    const user = await this.#ledger.records.get<BrivoUser>(KIND.user, String(id))
    if (!isLive(user)) throw new Refusal(404, 'User not found')
    return { id, suspended: user.is_suspended }
  }

  async suspend(id: number, body: Wire): Promise<Wire> {
    const { suspended } = body
    if (typeof suspended !== 'boolean') throw new Refusal(400, 'Invalid criteria provided')
    await this.#ledger.change<BrivoUser>(KIND.user, id, 'User not found', (user) => ({
      ...user,
      is_suspended: suspended,
    }))
    return { id, suspended }
  }

  /** What the user held is free again. */
  delete(id: number): Promise<void> {
    return this.#ledger.records.change(async (open) => {
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

  async groups(id: number): Promise<Wire[]> {
    return this.#ledger.records.change(async (open) =>
      (await liveGroups(open, await liveUser(open, id))).map(({ external_id, name }) => ({
        id: Number(external_id),
        name,
      })),
    )
  }

  async credentials(id: number): Promise<Wire[]> {
    return this.#ledger.records.change(async (open) => {
      const user = await liveUser(open, id)
      const held: Wire[] = []
      for (const card of await open.list<PlasticCard>(KIND.card)) {
        const credential = card.credential_id === null ? undefined : await openCredential(open, card.credential_id)
        if (credential?.user_id !== user.external_id) continue
        held.push({ ...cardOnWire(card), ...this.#ledger.datesOnWire(credential) })
      }
      const pin = await open.get<VirtualCredential>(KIND.credential, pinId(id))
      if (isLive(pin)) {
        held.push({
          id: pin.options['wire_id'],
          credentialFormat: PIN_FORMAT,
          encodedCredential: pin.code,
          fieldValues: [],
          size: 0,
          ...this.#ledger.datesOnWire(pin),
        })
      }
      return held
    })
  }
}
