/**
 * Visionline over its Web API. The server knows doors and cards: users and credentials that are on no card yet exist in
 * Lockstitch alone, and a card is ordered when it is encoded. The sandbox runs this driver against a server of ours.
 */
import type {
  AccessSystemDriver,
  AppliedChange,
  CardContent,
  CardEncoding,
  DesiredChange,
  DesiredCredential,
  DriverHost,
  EncodedCard,
  Login,
  ReportedState,
  SystemConnection,
  SystemIdentity,
} from '../kit/driver.ts'
import { EncoderError, SystemError } from '../kit/errors.ts'
import { isTimeZone, loginList, loginText } from '../kit/login.ts'
import { virtualBuilding } from '../kit/virtual/building.ts'
import { VisionlineClient } from './client.ts'
import { definition } from './definition.ts'
import {
  encodedCard,
  entranceOf,
  isGuestDoor,
  joinable,
  orderOf,
  stayQuery,
  validCardsQuery,
  withFacts,
  type Order,
} from './mapping.ts'
import { DATE_HEADERS } from './signature.ts'
import { startEmulator } from './virtual/emulator.ts'
import { model } from './virtual/model.ts'
import {
  CARDS,
  DOORS,
  EXTENSION,
  readCard,
  readCardIds,
  readContent,
  readDoors,
  readEncoders,
  readOutcome,
  type Extension,
  type Session,
  type WireDoor,
} from './wire.ts'

/** A person lays a card on the encoder meanwhile; the attempt itself ends after 60 s. */
const ENCODE_TIMEOUT_MS = 50_000
const FINGERPRINT = /^(?:(?:[0-9a-f]{2}:?){31}[0-9a-f]{2})?$/i

export const driver: AccessSystemDriver = {
  definition,
  connect: async (login, host) => new VisionlineConnection(login, host),
  virtualBuilding: (records, host) => virtualBuilding(model, records, host),
  async serveVirtual(records, host) {
    const emulator = await startEmulator({ records, host })
    return {
      login: { reached_at: emulator.origin },
      [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
    }
  },
}

class VisionlineConnection implements SystemConnection {
  readonly cardEncoding: CardEncoding
  readonly #login: Login
  readonly #host: DriverHost
  readonly #client: VisionlineClient
  readonly #zone: string
  /** By id; empty before the first look. */
  #doors: ReadonlyMap<string, WireDoor> = new Map()

  constructor(login: Login, host: DriverHost) {
    const { certificate_sha256: fingerprint = '', date_header = DATE_HEADERS[0], reached_at } = login
    const dateHeader = DATE_HEADERS.find((name) => name === date_header || date_header === '')
    if (dateHeader === undefined) throw notUsable('date_header', `It is none of ${DATE_HEADERS.join(' and ')}.`)
    const url = new URL(loginText(login, 'url'))
    this.#login = login
    this.#host = host
    this.#zone = loginText(login, 'time_zone')
    if (!isTimeZone(this.#zone)) throw notUsable('time_zone', 'It is no IANA name of a time zone.')
    if (typeof fingerprint !== 'string' || !FINGERPRINT.test(fingerprint))
      throw notUsable('certificate_sha256', 'It does not have 64 hexadecimal digits.')
    // A system of the sandbox is reached elsewhere than where its operator says it stands.
    const origin = typeof reached_at === 'string' ? reached_at : url.origin
    if (fingerprint !== '' && reached_at === undefined && url.protocol !== 'https:')
      throw notUsable('certificate_sha256', 'There is no certificate where the url does not begin with https.')
    this.#client = new VisionlineClient({
      origin,
      username: loginText(login, 'username'),
      password: loginText(login, 'password'),
      dateHeader,
      ...(fingerprint === '' ? {} : { certificateSha256: fingerprint }),
      now: () => host.now(),
    })
    this.cardEncoding = {
      encode: (request, signal) => this.#encode(request, signal),
      outcomeOf: (attemptId, signal) => this.#outcomeOf(attemptId, signal),
      scan: (request, signal) => this.#scan(request.encoder_id, signal),
    }
  }

  async identify(signal: AbortSignal): Promise<SystemIdentity> {
    const mobile = this.#mobileAccess(await this.#client.login(signal))
    const url = new URL(loginText(this.#login, 'url'))
    return {
      external_id: url.origin,
      name: loginText(this.#login, 'site_name'),
      time_zone: this.#zone,
      metadata: {
        visionline_metadata: {
          lan_address: url.hostname,
          ...(mobile === null ? {} : { mobile_access_uuid: mobile.uuid, system_id: mobile.systemId }),
        },
      },
    }
  }

  /** What mobile keys are made for: as the operator says, else as the server does; null = it issues none. */
  #mobileAccess(session: Session): Session['mobileAccess'] {
    const { mobile_access_uuid: uuid, system_id: systemId } = this.#login
    if (typeof uuid !== 'string' || uuid === '') return session.mobileAccess
    return { uuid, systemId: typeof systemId === 'string' ? systemId : '' }
  }

  async readState(signal: AbortSignal): Promise<ReportedState> {
    const session = await this.#client.session(signal)
    const doors = await this.#readDoors(signal)
    const declared = loginList(this.#login, 'encoders')
    const there = session.extensions.has('listsEncoders')
      ? await this.#client.read({ path: EXTENSION.encoders }, readEncoders, signal)
      : declared
    const hasMobileKeys = this.#mobileAccess(session) !== null
    return {
      entrances: doors.map((door) => entranceOf(door, hasMobileKeys)),
      encoders: declared
        .filter((name) => there.includes(name))
        .map((name) => ({ external_id: name, display_name: name })),
      groups: [],
      users: [],
      credentials: [],
    }
  }

  async #readDoors(signal: AbortSignal): Promise<WireDoor[]> {
    const doors = await this.#client.read({ path: DOORS, query: { details: 'true' } }, readDoors, signal)
    this.#doors = new Map(doors.map((door) => [door.id, door]))
    return doors
  }

  /** @throws SystemError `not_found` when the server has no such door */
  async #doorsOf({ entrance_ids }: DesiredCredential, signal: AbortSignal): Promise<WireDoor[]> {
    if (!entrance_ids.every((id) => this.#doors.has(id))) await this.#readDoors(signal)
    return entrance_ids.map((id) => {
      const door = this.#doors.get(id)
      if (door === undefined)
        throw new SystemError('not_found', 'Visionline has no such door (any more). Read its state again.')
      return door
    })
  }

  async apply(change: DesiredChange, signal: AbortSignal): Promise<AppliedChange> {
    switch (change.kind) {
      case 'put_group':
      case 'delete_group':
        throw new SystemError('unsupported', 'Visionline has no access groups: doors stand on the credential.')
      case 'put_user':
        return this.#putUser(change.user)
      case 'delete_user':
        return { external_id: null }
      case 'put_credential':
        return change.credential.mode === 'mobile_key'
          ? this.#putKey(change.id, change.credential, signal)
          : this.#putCard(change.id, change.credential, signal)
      case 'delete_credential':
        return this.#cancel(change.external_id, signal)
    }
  }

  /** A user is Lockstitch's own: the server hears of nobody. */
  #putUser({
    reference,
    group_ids,
    is_suspended,
  }: Extract<DesiredChange, { kind: 'put_user' }>['user']): AppliedChange {
    if (group_ids.length > 0)
      throw new SystemError('unsupported', 'Visionline has no access groups: doors stand on the credential.')
    const message =
      'Visionline does not know users, and its locks are offline: a card or mobile key that was issued opens until its end, or until a newer stay has been used at the door.'
    const warning = { warning_code: 'unknown_issue_with_acs_user', message }
    return { external_id: reference, warnings: is_suspended ? [warning] : [] }
  }

  /** Before it is encoded a card is nothing to the server: what can be said now is whether it could be ordered. */
  async #putCard(changeId: string, credential: DesiredCredential, signal: AbortSignal): Promise<AppliedChange> {
    const session = await this.#client.session(signal)
    await this.#orderOf(changeId, credential, null, session, signal)
    return { external_id: credential.external_id }
  }

  async #putKey(changeId: string, credential: DesiredCredential, signal: AbortSignal): Promise<AppliedChange> {
    const session = await this.#client.session(signal)
    const { extensions } = session
    // Without a phone there is nobody to hand it to yet: it is issued to each phone as a copy of its own.
    if (credential.phone_id === null && !extensions.has('keysWithoutPhone')) {
      await this.#orderOf(changeId, credential, null, session, signal)
      return { external_id: credential.external_id }
    }
    const joiner = await this.#joinerOf(credential, signal)
    const { order } = await this.#orderOf(changeId, credential, joiner, session, signal)
    const query = { action: 'mobileAccess', ...stayQuery(credential, joiner, extensions) }
    const issued = await this.#client
      .act({ method: 'POST', path: CARDS, query, body: order }, readCard, signal)
      .catch((error: unknown) => {
        if (!(error instanceof SystemError) || error.kind !== 'in_doubt' || extensions.has('keepsReferences'))
          throw error
        // Asked again, it would be another key.
        const message =
          'Visionline did not answer, and cannot be asked whether it issued the mobile key. Look into its log; if the key is not there, delete this one and create it anew.'
        throw new SystemError('rejected', message, { cause: error })
      })
    const isFirst = credential.external_id === null
    return {
      external_id: issued.id,
      // Valid when it is made; that a newer stay ended it is known to the doors alone, and told by them.
      metadata: { credential_id: issued.id, ...(isFirst ? { is_valid: true } : {}) },
    }
  }

  /** Where a card cannot be taken back there is nothing to send: it opens until its end, or until a newer stay is used. */
  async #cancel(externalId: string, signal: AbortSignal): Promise<AppliedChange> {
    const { extensions } = await this.#client.session(signal)
    if (extensions.has('cancelsCards')) {
      await this.#prove(signal)
      await this.#client.act({ method: 'DELETE', path: EXTENSION.card(externalId) }, () => null, signal)
    }
    return { external_id: null }
  }

  async #encode(
    request: { attempt_id: string; encoder_id: string; credential: DesiredCredential },
    signal: AbortSignal,
  ): Promise<EncodedCard> {
    const { attempt_id, encoder_id, credential } = request
    const session = await this.#client.session(signal)
    const joiner = await this.#joinerOf(credential, signal)
    const order = await this.#orderOf(attempt_id, credential, joiner, session, signal)
    const query = {
      action: 'encode',
      encoder: encoder_id,
      overwriteValidCard: 'true',
      ...stayQuery(credential, joiner, session.extensions),
    }
    const card = await this.#client.act(
      { method: 'POST', path: CARDS, query, body: order.order, timeoutMs: ENCODE_TIMEOUT_MS },
      readCard,
      signal,
    )
    return encodedCard(card, credential, order, this.#host.now())
  }

  async #orderOf(
    attempt: string,
    credential: DesiredCredential,
    joiner: string | null,
    { extensions }: { extensions: ReadonlySet<Extension> },
    signal: AbortSignal,
  ): Promise<Order> {
    const doors = await this.#doorsOf(credential, signal)
    return orderOf(credential, { doors, zone: this.#zone, extensions, attempt, joiner })
  }

  /**
   * The card of its stay that a credential joins, one that the server holds to be valid if there is any; null = it
   * begins the stay. The server is asked in any case: right before an order, which is not to be made twice, this shows
   * that it is there and that the session stands.
   */
  async #joinerOf(credential: DesiredCredential, signal: AbortSignal): Promise<string | null> {
    const candidates = joinable(credential)
    const doors = await this.#doorsOf(credential, signal)
    const door = doors.find(isGuestDoor) ?? doors[0]
    if (door === undefined) {
      await this.#readDoors(signal)
      return candidates[0] ?? null
    }
    const query = validCardsQuery(door, credential, this.#zone, this.#host.now())
    const valid = await this.#client.read({ path: CARDS, query }, readCardIds, signal)
    return candidates.find((id) => valid.includes(id)) ?? candidates[0] ?? null
  }

  /** Shows that a server that has extensions is there: what is cut off now has had no effect. */
  async #prove(signal: AbortSignal): Promise<void> {
    await this.#client.read({ path: EXTENSION.hello }, () => null, signal)
  }

  async #outcomeOf(attemptId: string, signal: AbortSignal): Promise<EncodedCard | null> {
    const { extensions } = await this.#client.session(signal)
    if (extensions.has('keepsReferences')) {
      const card = await this.#client.read({ path: EXTENSION.attempt(attemptId) }, readOutcome, signal)
      return card === null ? null : withFacts(card)
    }
    throw new EncoderError(
      'encoder_communication_timeout',
      'Visionline did not answer after the card was ordered, and cannot be asked what became of it: the card may have been written and open doors. Keep it, and encode once more on it.',
    )
  }

  async #scan(encoderId: string, signal: AbortSignal): Promise<CardContent | null> {
    const { extensions } = await this.#client.session(signal)
    if (!extensions.has('readsCards')) {
      throw new EncoderError(
        'uncategorized_error',
        'How a card is read through the Visionline Web API is not public. Read it with Visionline itself.',
      )
    }
    await this.#prove(signal)
    const request = { method: 'POST', path: EXTENSION.readCard, query: { encoder: encoderId } } as const
    return this.#client.act(request, readContent, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]()
  }
}

function notUsable(field: string, why: string): SystemError {
  return new SystemError('unauthorized', `The login's ${field} cannot be used. ${why} Connect the system again.`)
}
