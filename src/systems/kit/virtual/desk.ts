/** Encoders, readers and the plastic that lies on them. */
import { hasGroups } from '../definition.ts'
import type { CardContent, DesiredCredential, DriverHost, EncodedCard } from '../driver.ts'
import { EncoderError, SystemError } from '../errors.ts'
import type { VirtualCard, VirtualRecords, VirtualTransaction } from '../virtual.ts'
import { standingOf, userLineage } from './lineage.ts'
import { CARD_FORMATS, doorOf, encoderOf, type VirtualDoor } from './model.ts'
import {
  KIND,
  lookupOfCard,
  putCard,
  removedId,
  type Encoder,
  type PlasticCard,
  type Removed,
  type VirtualCredential,
  type VirtualUser,
  type Writing,
  isLive,
} from './records.ts'
import { idOfCredential, type SystemState } from './state.ts'

const UNTOUCHED: Encoder = { is_touched: false, card_id: null, last_card_id: null }

/** An attempt that must not have an effect any more. */
interface Withdrawn {
  is_withdrawn: true
}

export class Desk {
  readonly #state: SystemState
  readonly #host: DriverHost

  constructor(state: SystemState, host: DriverHost) {
    this.#state = state
    this.#host = host
  }

  /** Writes a credential on the card that lies on the encoder. */
  async encode(
    records: VirtualTransaction,
    request: { attempt_id: string; encoder_id: string; credential: DesiredCredential },
  ): Promise<EncodedCard> {
    const done = await records.get<EncodedCard | Withdrawn>(KIND.attempt, request.attempt_id)
    if (done !== undefined && 'is_withdrawn' in done) throw wasWithdrawn()
    if (done !== undefined) return done
    const encoder = await this.#encoder(records, request.encoder_id)
    const credential = await this.#credentialToWrite(records, request.attempt_id, request.credential)
    const user = credential.user_id === null ? undefined : await records.get<VirtualUser>(KIND.user, credential.user_id)
    const card = await this.#cardToWrite(records, request.encoder_id, encoder, credential, user)
    if (!this.#fits(card, credential)) {
      const wanted = this.#state.model.wantedFormat?.(credential) ?? this.#state.model.cardFormats.join(', ')
      throw new EncoderError(
        'incompatible_card_format',
        `The card on the encoder does not fit. Place one of the format ${wanted}.`,
      )
    }
    if (credential.card_id !== null && credential.card_id !== card.card_id) throw cannotBeReissued()

    const overwritten = await this.#overwrittenBy(records, card, credential)
    const writing = await this.write(records, credential, user)
    const card_number = card.card_number ?? (await this.#freshNumber(records))
    const written: PlasticCard = {
      ...card,
      card_number,
      written: writing,
      encoder_id: encoder.is_touched ? request.encoder_id : null,
    }
    putCard(records, written)
    const issued: VirtualCredential = { ...credential, card_id: card.card_id, card_number }
    this.#state.store(records, issued)
    if (user !== undefined && user.card_id !== card.card_id)
      records.put(KIND.user, user.external_id, { ...user, card_id: card.card_id })
    records.put(KIND.encoder, request.encoder_id, { ...encoder, last_card_id: card.card_id } satisfies Encoder)
    const content = await this.#contentOf(records, written)
    if (content === null) throw new Error('a card just written reads as blank')
    const result: EncodedCard = { ...content, overwritten_credential_ids: overwritten }
    records.put(KIND.attempt, request.attempt_id, result)
    return result
  }

  /**
   * The card that an attempt wrote, or null when it wrote none: then it never will. Who asks has given the attempt up, and
   * the order may still be on its way, from a process that stood still.
   */
  async outcomeOf(records: VirtualTransaction, attemptId: string): Promise<EncodedCard | null> {
    const done = await records.get<EncodedCard | Withdrawn>(KIND.attempt, attemptId)
    if (done !== undefined) return 'is_withdrawn' in done ? null : done
    records.put(KIND.attempt, attemptId, { is_withdrawn: true } satisfies Withdrawn)
    return null
  }

  /** What goes on a card: the doors and times the system now gives, and the credential's place in its lineages. */
  async write(
    records: VirtualTransaction,
    credential: VirtualCredential,
    user: VirtualUser | undefined,
  ): Promise<Writing> {
    const { model } = this.#state
    const entries = await this.#state.entriesOf(records, credential, user)
    const marks = await this.#state.stayMarks(records, credential, entries)
    if (model.hasUserLineage && credential.user_id !== null) {
      const lineage = userLineage(credential.user_id)
      const number = await this.#state.numberFor(records, lineage, credential.external_id, credential)
      marks.push({ lineage, entrance_id: null, number })
    }
    return {
      credential_id: credential.external_id,
      reference: credential.reference,
      user_id: credential.user_id,
      starts_at: credential.starts_at,
      ends_at: credential.ends_at,
      doors: entries,
      marks,
      ...guestMark(credential),
      ended: hasGroups(model.definition) && user?.is_suspended === true ? 'suspended' : null,
      written_at: new Date(this.#host.now()).toISOString(),
    }
  }

  /** Reads the card on the encoder; null = blank. */
  async scan(records: VirtualTransaction, encoderId: string): Promise<CardContent | null> {
    const encoder = await this.#encoder(records, encoderId)
    const cardId = encoder.is_touched ? encoder.card_id : encoder.last_card_id
    const card = cardId === null ? undefined : await records.get<PlasticCard>(KIND.card, cardId)
    if (card === undefined) throw noCard()
    if (!this.#state.model.cardFormats.includes(card.card_format)) {
      throw new EncoderError('uncategorized_error', 'The encoder cannot read a card of this format.')
    }
    return this.#contentOf(records, card)
  }

  /** Binds a registered free card to a credential. */
  async assign(
    records: VirtualTransaction,
    request: { attempt_id: string; card_number: string; credential: DesiredCredential },
  ): Promise<{ external_id: string; card_number: string }> {
    const done = await records.get<{ external_id: string; card_number: string }>(KIND.attempt, request.attempt_id)
    if (done !== undefined) return done
    const found = await records.find<PlasticCard>(KIND.card, lookupOfCard(request.card_number))
    const credential = await this.#credentialToWrite(records, request.attempt_id, request.credential)
    const card = found.find(
      (one) => one.is_registered && (one.credential_id === null || one.credential_id === credential.external_id),
    )
    if (card?.card_number == null) {
      throw new EncoderError(
        'credential_not_found',
        'No free card with this number is registered in the access system. Check the number, or scan the card.',
      )
    }
    if (credential.card_id !== null && credential.card_id !== card.card_id) throw cannotBeReissued()
    putCard(records, { ...card, credential_id: credential.external_id })
    this.#state.store(records, { ...credential, card_id: card.card_id, card_number: card.card_number })
    const result = { external_id: credential.external_id, card_number: card.card_number }
    records.put(KIND.attempt, request.attempt_id, result)
    return result
  }

  /**
   * Reads the card held to a reader. When nobody placed one, the first free card of the pool is held to it. An
   * unregistered card is only seen by a reader that detects new ones, which registers it.
   */
  async scanTag(records: VirtualTransaction, encoderId: string, detectNew: boolean): Promise<CardContent | null> {
    const encoder = await this.#encoder(records, encoderId)
    const card = encoder.is_touched
      ? encoder.card_id === null
        ? undefined
        : await records.get<PlasticCard>(KIND.card, encoder.card_id)
      : freeOf(await records.list<PlasticCard>(KIND.card))[0]
    if (card === undefined) throw noCard()
    if (!this.#fits(card, null))
      throw new EncoderError('incompatible_card_format', 'The reader cannot read a card of this format.')
    if (card.is_registered) return this.#tagContent(records, card)
    if (!detectNew) throw noCard()
    const registered: PlasticCard = {
      ...card,
      is_registered: true,
      card_number: card.card_number ?? (await this.#freshNumber(records)),
    }
    putCard(records, registered)
    return this.#tagContent(records, registered)
  }

  async place(
    records: VirtualTransaction,
    request: { encoder_id: string; card_id?: string; card_format?: string },
  ): Promise<PlasticCard> {
    const encoder = await this.#encoder(records, request.encoder_id)
    const card =
      request.card_id === undefined
        ? this.#blank(request.card_format)
        : await records.get<PlasticCard>(KIND.card, request.card_id)
    if (card === undefined) throw new SystemError('not_found', 'There is no such card in this building.')
    if (encoder.card_id !== null && encoder.card_id !== card.card_id) await this.#takeOff(records, encoder.card_id)
    if (card.encoder_id !== null && card.encoder_id !== request.encoder_id) {
      const other = await this.#encoder(records, card.encoder_id)
      records.put(KIND.encoder, card.encoder_id, { ...other, card_id: null } satisfies Encoder)
    }
    const placed: PlasticCard = { ...card, encoder_id: request.encoder_id }
    putCard(records, placed)
    records.put(KIND.encoder, request.encoder_id, {
      ...encoder,
      is_touched: true,
      card_id: card.card_id,
    } satisfies Encoder)
    return placed
  }

  async remove(records: VirtualTransaction, encoderId: string): Promise<PlasticCard | null> {
    const encoder = await this.#encoder(records, encoderId)
    records.put(KIND.encoder, encoderId, { ...encoder, is_touched: true, card_id: null } satisfies Encoder)
    return encoder.card_id === null ? null : this.#takeOff(records, encoder.card_id)
  }

  freeCards(cards: readonly PlasticCard[]): string[] {
    return freeOf(cards).map((card) => card.card_number ?? '')
  }

  async #takeOff(records: VirtualTransaction, cardId: string): Promise<PlasticCard | null> {
    const card = await records.get<PlasticCard>(KIND.card, cardId)
    if (card === undefined) return null
    const taken: PlasticCard = { ...card, encoder_id: null }
    putCard(records, taken)
    return taken
  }

  async #encoder(records: VirtualTransaction, encoderId: string): Promise<Encoder> {
    const isKnown = encoderOf(this.#state.model, encoderId) !== undefined
    const removed: Removed = { what: 'encoder', external_id: encoderId }
    if (!isKnown || (await records.get(KIND.removed, removedId(removed))) !== undefined) {
      throw new EncoderError('encoder_not_online', 'The access system has no such encoder (any more).')
    }
    return (await records.get<Encoder>(KIND.encoder, encoderId)) ?? UNTOUCHED
  }

  async #credentialToWrite(
    records: VirtualTransaction,
    attemptId: string,
    wish: DesiredCredential,
  ): Promise<VirtualCredential> {
    const known = await records.get<VirtualCredential>(
      KIND.credential,
      wish.external_id ?? idOfCredential(wish.reference),
    )
    if (wish.external_id === null ? known?.is_deleted === true : !isLive(known)) {
      throw new EncoderError('credential_deleted', 'The credential was deleted. Create a new one.')
    }
    return this.#state.putCredential(records, attemptId, wish)
  }

  /** The card that lies there; where nobody touched anything, the one that a person would have put there. */
  async #cardToWrite(
    records: VirtualTransaction,
    encoderId: string,
    encoder: Encoder,
    credential: VirtualCredential,
    user: VirtualUser | undefined,
  ): Promise<PlasticCard> {
    if (encoder.is_touched) {
      const card = encoder.card_id === null ? undefined : await records.get<PlasticCard>(KIND.card, encoder.card_id)
      if (card === undefined) throw noCard()
      return card
    }
    if (credential.card_id !== null) {
      const own = await records.get<PlasticCard>(KIND.card, credential.card_id)
      const isAtHand = own !== undefined && (own.encoder_id === null || own.encoder_id === encoderId)
      if (!isAtHand || own.written?.credential_id !== credential.external_id) throw cannotBeReissued()
      return own
    }
    // Salto Space "update the current key": the person brings the card they have.
    if (credential.options['assign_new_key'] === false && user?.card_id != null) {
      const current = await records.get<PlasticCard>(KIND.card, user.card_id)
      if (current?.encoder_id === null) return current
    }
    return this.#blank(this.#state.model.wantedFormat?.(credential) ?? this.#state.model.cardFormats[0])
  }

  async #overwrittenBy(
    records: VirtualTransaction,
    card: PlasticCard,
    credential: VirtualCredential,
  ): Promise<string[]> {
    const before = card.written?.credential_id
    if (before === undefined || before === credential.external_id) return []
    return isLive(await records.get<VirtualCredential>(KIND.credential, before)) ? [before] : []
  }

  #fits(card: PlasticCard, credential: VirtualCredential | null): boolean {
    const wanted = credential === null ? null : (this.#state.model.wantedFormat?.(credential) ?? null)
    return wanted === null ? this.#state.model.cardFormats.includes(card.card_format) : card.card_format === wanted
  }

  #blank(card_format: string | undefined): PlasticCard {
    if (card_format === undefined || !(CARD_FORMATS as readonly string[]).includes(card_format)) {
      throw new SystemError('rejected', `There is no such card format. There are ${CARD_FORMATS.join(', ')}.`)
    }
    return {
      card_id: this.#host.uuid(),
      card_format,
      card_number: null,
      encoder_id: null,
      written: null,
      is_registered: false,
      credential_id: null,
      former_credential_id: null,
    }
  }

  async #freshNumber(records: VirtualTransaction): Promise<string> {
    for (;;) {
      const number = this.#state.model.newCardNumber(this.#host)
      if ((await records.find(KIND.card, lookupOfCard(number))).length === 0) return number
    }
  }

  async #contentOf(records: VirtualTransaction, card: PlasticCard): Promise<CardContent | null> {
    const { written } = card
    if (written === null || card.card_number === null) return null
    const credential = await records.get<VirtualCredential>(KIND.credential, written.credential_id)
    const isHolder = isLive(credential) && credential.card_id === card.card_id
    const content: CardContent = {
      card_number: card.card_number,
      starts_at: written.starts_at,
      ends_at: written.ends_at,
      entrance_ids: [...new Set(written.doors.map((door) => door.entrance_id))],
      credential_id: credential === undefined ? null : written.credential_id,
      is_issued: isHolder,
      created_at: written.written_at,
      metadata: {},
    }
    if (this.#state.model.scanMetadata === undefined) return content
    const user = written.user_id === null ? undefined : await records.get<VirtualUser>(KIND.user, written.user_id)
    const { carriers, isOverridden } = await standingOf(records, written.marks)
    content.metadata = this.#state.model.scanMetadata({
      card,
      content,
      credential,
      user,
      isOverridden,
      isExpired: written.ends_at !== null && this.#host.now() >= Date.parse(written.ends_at),
      issuedCards: Math.max(carriers, 1),
      doors: content.entrance_ids
        .map((id) => doorOf(this.#state.model, id))
        .filter((door): door is VirtualDoor => door !== undefined),
    })
    return content
  }

  async #tagContent(records: VirtualTransaction, card: PlasticCard): Promise<CardContent | null> {
    const credential =
      card.credential_id === null
        ? undefined
        : await records.get<VirtualCredential>(KIND.credential, card.credential_id)
    const user = credential?.user_id == null ? undefined : await records.get<VirtualUser>(KIND.user, credential.user_id)
    const entries = credential === undefined ? [] : await this.#state.entriesOf(records, credential, user)
    return {
      card_number: card.card_number ?? '',
      starts_at: credential?.starts_at ?? null,
      ends_at: credential?.ends_at ?? null,
      entrance_ids: [...new Set(entries.map((entry) => entry.entrance_id))],
      credential_id: card.credential_id ?? card.card_id,
      is_issued: isLive(credential),
      created_at: null,
      metadata: {},
    }
  }
}

/** Grants name the function of their cards and keys; only what is made beside them may be staff's. */
export function guestMark({ options }: VirtualCredential): Pick<Writing, 'is_guest'> {
  return options['card_function_type'] === 'guest' ? { is_guest: true } : {}
}

/** A card as the sandbox shows it. */
export async function showCard(records: VirtualRecords, card: PlasticCard): Promise<VirtualCard> {
  const { card_id, card_format, card_number, encoder_id, written } = card
  const bound =
    card.credential_id === null ? undefined : await records.get<VirtualCredential>(KIND.credential, card.credential_id)
  return {
    card_id,
    card_format,
    card_number,
    credential_reference: written?.reference ?? bound?.reference ?? null,
    encoder_id,
    written:
      written === null
        ? null
        : {
            starts_at: written.starts_at,
            ends_at: written.ends_at,
            doors: written.doors,
            stays: written.marks.flatMap(({ entrance_id, number }) =>
              entrance_id === null ? [] : [{ entrance_id, number }],
            ),
            ended: written.ended,
            written_at: written.written_at,
          },
  }
}

function freeOf(cards: readonly PlasticCard[]): PlasticCard[] {
  return cards
    .filter((card) => card.is_registered && card.credential_id === null && card.card_number !== null)
    .sort((a, b) => ((a.card_number ?? '') < (b.card_number ?? '') ? -1 : 1))
}

function noCard(): EncoderError {
  return new EncoderError('no_credential_on_encoder', 'There is no card on the encoder. Place one and try again.')
}

function wasWithdrawn(): EncoderError {
  return new EncoderError('uncategorized_error', 'The order was withdrawn before it was carried out. Encode once more.')
}

function cannotBeReissued(): EncoderError {
  return new EncoderError(
    'credential_cannot_be_reissued',
    'The credential stands on another card already. Place that card, or delete the credential and create a new one.',
  )
}
