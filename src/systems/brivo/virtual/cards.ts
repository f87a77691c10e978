/** The cards of a Brivo account: registered first, then given to users. */
import {
  KIND,
  lookupOfCredential,
  putCard,
  type PlasticCard,
  type VirtualCredential,
  isLive,
} from '../../kit/virtual/records.ts'
import { freeCard, liveUser, openCredential, registeredCard, type Ledger } from './ledger.ts'
import { cardOnWire, contains, datesOf, isRegistered, Refusal, type BrivoUser, type Wire } from './words.ts'

export class Cards {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  async list(filter: ReadonlyMap<string, string>): Promise<Wire[]> {
    const status = filter.get('status')
    const cards = (await this.#ledger.records.list<PlasticCard>(KIND.card)).filter(isRegistered)
    return cards
      .filter((card) => status === undefined || (card.credential_id === null) === (status === 'unassigned'))
      .filter((card) => contains(card.card_number ?? '', filter.get('reference_id')))
      .map(cardOnWire)
  }

  async holder(cardId: number): Promise<Wire> {
    const holder = await this.#ledger.records.change(async (open) => {
      const card = await registeredCard(open, cardId)
      if (card === undefined) throw new Refusal(404, 'Credential not found')
      const credential = card.credential_id === null ? undefined : await openCredential(open, card.credential_id)
      return credential?.user_id == null ? undefined : open.get<BrivoUser>(KIND.user, credential.user_id)
    })
    if (!isLive(holder)) throw new Refusal(404, 'User not found')
    const { id, externalId, firstName, lastName, suspended } = this.#ledger.userOnWire(holder, undefined)
    return { id, externalId, firstName, lastName, suspended }
  }

  /** Dates that are left out stay as they are, or are now and never for a card that is given anew. */
  assign(userId: number, cardId: number, body: Wire): Promise<void> {
    return this.#ledger.records.change(async (open) => {
      const user = await liveUser(open, userId)
      const card = await registeredCard(open, cardId)
      if (card === undefined) throw new Refusal(400, 'Credential not valid')
      const external_id = String(cardId)
      const held = card.credential_id === null ? undefined : await openCredential(open, card.credential_id)
      if (held !== undefined && held.user_id !== user.external_id) throw new Refusal(400, 'Credential not valid')
      const dates = datesOf(body)
      const now = new Date(this.#ledger.host.now()).toISOString()
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
    return this.#ledger.records.change(async (open) => {
      const user = await liveUser(open, userId)
      const card = await registeredCard(open, cardId)
      const held = card?.credential_id == null ? undefined : await openCredential(open, card.credential_id)
      if (card === undefined || held?.user_id !== user.external_id) throw new Refusal(404, 'Credential not found')
      freeCard(open, card, held)
    })
  }
}
