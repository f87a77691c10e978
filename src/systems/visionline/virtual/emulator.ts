/**
 * A Visionline server of our own: it speaks the Web API over a virtual building's records, so that its doors, cards and
 * faults are those of the sandbox. What the public API does not have it offers as extensions and says so (wire.ts);
 * without extensions it is what a real server is to the driver.
 */
import { timingSafeEqual } from 'node:crypto'
import type { DesiredCredential, DriverHost, Window } from '../../kit/driver.ts'
import { EncoderError, SystemError, type SystemErrorKind } from '../../kit/errors.ts'
import { checkSandboxLogin } from '../../kit/login.ts'
import { listenOnLoopback, type Loopback, type WireAnswer, type WireRequest } from '../../kit/loopback.ts'
import type { VirtualRecords, VirtualTransaction } from '../../kit/virtual.ts'
import { Desk } from '../../kit/virtual/desk.ts'
import { underFault } from '../../kit/virtual/faults.ts'
import { doorOf, type VirtualDoor } from '../../kit/virtual/model.ts'
import { KIND, removedId, type Removed, type VirtualCredential, isLive } from '../../kit/virtual/records.ts'
import { idOfCredential, SystemState } from '../../kit/virtual/state.ts'
import { definition } from '../definition.ts'
import { readingsOf } from '../server-time.ts'
import { contentMd5, signatureOf } from '../signature.ts'
import { BASE, CARDS, DOORS, EXTENSION, EXTENSIONS, SESSIONS, type CardOrder, type Extension } from '../wire.ts'
import { categoryOf, mobileAccess, model } from './model.ts'

export interface EmulatorOptions {
  records: VirtualRecords
  host: DriverHost
  /** What it announces. Absent = everything. */
  extensions?: readonly Extension[]
  /** Of the clock it reads times by. */
  timeZone?: string
}

interface DoorCard extends Window {
  id: string
}

interface CardsOfDoor {
  /** Newest first. */
  cards: DoorCard[]
}

interface OpenSession {
  accessKey: string
  usedAt: number
}

/** A signed date may be this far from the server's clock, either way. */
const LARGEST_SKEW_MS = 15 * 60_000
/** A session ends when nobody has used it for so long. */
const SESSION_MS = 30 * 60_000
const MOST_SESSIONS = 32
/** Newest cards of a guest door, by its id: what is looked at for its valid ones. Older ones have ended there. */
const CARDS_OF_DOOR = 'visionline_cards_of_door'
const NEWEST_CARDS = 16

const STATUS: Partial<Record<SystemErrorKind, number>> = {
  unauthorized: 401,
  rejected: 400,
  unsupported: 400,
  not_found: 404,
  conflict: 409,
  rate_limited: 429,
  busy: 503,
}

/** Starts the server on a free port of loopback. */
export function startEmulator(options: EmulatorOptions): Promise<Loopback> {
  const emulator = new Emulator(options)
  return listenOnLoopback((request) => emulator.answer(request))
}

class Emulator {
  readonly #records: VirtualRecords
  readonly #host: DriverHost
  readonly #extensions: ReadonlySet<Extension>
  readonly #zone: string
  readonly #state: SystemState
  readonly #desk: Desk
  readonly #sessions = new Map<string, OpenSession>()
  /** Orders being carried out, by attempt: their outcome is not told before it stands. */
  readonly #underWay = new Map<string, Promise<unknown>>()

  constructor({ records, host, extensions = EXTENSIONS, timeZone = 'Etc/UTC' }: EmulatorOptions) {
    this.#records = records
    this.#host = host
    this.#extensions = new Set(extensions)
    this.#zone = timeZone
    this.#state = new SystemState(model, host)
    this.#desk = new Desk(this.#state, host)
  }

  async answer(request: WireRequest): Promise<WireAnswer> {
    const isReading = request.method === 'GET' || request.path === SESSIONS
    const asked = { isReading, encoder_id: request.query.get('encoder') }
    try {
      return await underFault(this.#records, this.#host, asked, request.signal, () => this.#route(request))
    } catch (error) {
      return this.#refusal(error)
    }
  }

  #refusal(error: unknown): WireAnswer {
    if (error instanceof EncoderError) {
      const { code, message } = error
      if (!this.#extensions.has('namesErrors')) return text(422, message)
      return json(422, { lockstitch: { encoderError: { code, message } } })
    }
    if (!(error instanceof SystemError)) throw error
    const status = STATUS[error.kind]
    // Away, or an answer that gets lost: the connection is cut.
    return status === undefined ? 'drop' : text(status, error.message)
  }

  async #route(request: WireRequest): Promise<WireAnswer> {
    const { method, path, query } = request
    const asked = `${method} ${path}`
    if (asked === `POST ${SESSIONS}`) return this.#openSession(request)
    this.#authenticate(request)
    switch (asked) {
      case `GET ${DOORS}`:
        return json(200, await this.#doors())
      case `GET ${CARDS}`:
        return json(200, await this.#validCards(query))
      case `POST ${CARDS}`:
        return this.#order(request)
    }
    if (path.startsWith(`${EXTENSION.hello}`)) return this.#extension(request)
    return text(404, 'There is nothing here.')
  }

  #openSession({ body, headers }: WireRequest): WireAnswer {
    if (headers['content-md5'] !== contentMd5(body)) return text(400, 'The body does not have this Content-MD5.')
    const { username, password } = objectOf(body)
    // What is missing is as wrong as what is wrong.
    checkSandboxLogin(definition, { username: username ?? '', password: password ?? '' })
    const id = this.#host.uuid()
    const accessKey = this.#host.uuid()
    for (const known of this.#sessions.keys()) {
      if (this.#sessions.size < MOST_SESSIONS) break
      this.#sessions.delete(known)
    }
    this.#sessions.set(id, { accessKey, usedAt: this.#host.now() })
    const extensions = [...this.#extensions]
    return json(200, {
      id,
      accessKey,
      ...(extensions.length === 0 ? {} : { lockstitch: { extensions, mobileAccess } }),
    })
  }

  /** @throws SystemError `unauthorized` */
  #authenticate({ method, url, headers, body }: WireRequest): void {
    const refused = new SystemError('unauthorized', 'The request is not signed as it must be.')
    const [, id, signature] = /^AWS ([^:]+):(.+)$/.exec(headers.authorization ?? '') ?? []
    const session = id === undefined ? undefined : this.#sessions.get(id)
    if (id === undefined || signature === undefined || session === undefined) throw refused
    const now = this.#host.now()
    if (now - session.usedAt > SESSION_MS) {
      this.#sessions.delete(id)
      throw refused
    }
    const ownDate = headers['x-aah-date']
    const date = typeof ownDate === 'string' ? ownDate : (headers.date ?? '')
    if (!(Math.abs(Date.parse(date) - now) <= LARGEST_SKEW_MS)) throw refused
    const given = headers['content-md5']
    if (body !== '' && given !== contentMd5(body)) throw refused
    const expected = signatureOf(session.accessKey, {
      method,
      contentMd5: typeof given === 'string' ? given : '',
      contentType: headers['content-type'] ?? '',
      date,
      dateHeader: typeof ownDate === 'string' ? 'X-Aah-Date' : 'Date',
      path: url,
    })
    if (!isSame(expected, signature)) throw refused
    session.usedAt = now
  }

  async #doors(): Promise<object[]> {
    const { entrances } = await this.#state.read(this.#records)
    return entrances.map(({ external_id, display_name, can_belong_to_reservation }) => ({
      doorID: external_id,
      doorName: display_name,
      localName: display_name,
      doorCategory: categoryOf(external_id) ?? (can_belong_to_reservation ? 'guest' : 'common'),
      online: false,
    }))
  }

  /** Live cards of a guest door whose time is on at that moment, the newest first. */
  async #validCards(query: URLSearchParams): Promise<{ id: string }[]> {
    const door = await this.#doorNamed(this.#records, query.get('guestDoor') ?? '')
    const at = this.#instant(query.get('validTime') ?? '')
    return (await this.#standing(this.#records, door.entrance_id, at)).map(({ id }) => ({ id }))
  }

  async #standing(records: Pick<VirtualTransaction, 'get'>, entranceId: string, at: number): Promise<DoorCard[]> {
    const { cards = [] } = (await records.get<CardsOfDoor>(CARDS_OF_DOOR, entranceId)) ?? {}
    return cards.filter(
      ({ starts_at, ends_at }) =>
        (starts_at === null || Date.parse(starts_at) <= at) && (ends_at === null || at < Date.parse(ends_at)),
    )
  }

  /** A card or key just made is the newest of its guest doors; one that is cancelled is among them no more. */
  async #note(
    open: VirtualTransaction,
    id: string,
    made: Pick<DesiredCredential, 'entrance_ids' | 'starts_at' | 'ends_at'>,
    isGone = false,
  ): Promise<void> {
    const { entrance_ids, starts_at, ends_at } = made
    const guestDoors = entrance_ids.filter((one) => doorOf(model, one)?.is_reservable === true)
    await Promise.all(
      guestDoors.map(async (entranceId) => {
        const { cards = [] } = (await open.get<CardsOfDoor>(CARDS_OF_DOOR, entranceId)) ?? {}
        const others = cards.filter((card) => card.id !== id)
        const newest = isGone ? others : [{ id, starts_at, ends_at }, ...others].slice(0, NEWEST_CARDS)
        open.put(CARDS_OF_DOOR, entranceId, { cards: newest } satisfies CardsOfDoor)
      }),
    )
  }

  async #order({ query, body }: WireRequest): Promise<WireAnswer> {
    const order = objectOf(body) as unknown as CardOrder
    const attempt = order.lockstitch?.attempt ?? this.#host.uuid()
    switch (query.get('action')) {
      case 'encode': {
        const encoder_id = query.get('encoder') ?? ''
        const card = await this.#once(attempt, async (open) => {
          const credential = await this.#credential(open, order, query, 'card')
          const written = await this.#desk.encode(open, { attempt_id: attempt, encoder_id, credential })
          await this.#note(open, written.credential_id ?? '', credential)
          return written
        })
        const told = this.#extensions.has('keepsReferences') ? { lockstitch: { card } } : {}
        return json(200, { id: card.credential_id, ...told })
      }
      case 'mobileAccess': {
        if (order.endPointID === undefined && !this.#extensions.has('keysWithoutPhone'))
          return text(400, 'A mobile key needs an endPointID.')
        const key = await this.#once(attempt, async (open) => {
          const credential = await this.#credential(open, order, query, 'mobile_key')
          const issued = await this.#state.putCredential(open, attempt, credential)
          await this.#note(open, issued.external_id, credential)
          return issued
        })
        return json(200, { id: key.external_id })
      }
      default:
        return text(400, 'This action is not known here.')
    }
  }

  async #once<T>(attempt: string, act: (open: VirtualTransaction) => Promise<T>): Promise<T> {
    const under = this.#records.change(act)
    this.#underWay.set(attempt, under)
    try {
      return await under
    } finally {
      this.#underWay.delete(attempt)
    }
  }

  /** What an order says, as the building keeps it. @throws SystemError when it cannot be */
  async #credential(
    open: VirtualTransaction,
    order: CardOrder,
    query: URLSearchParams,
    mode: 'card' | 'mobile_key',
  ): Promise<DesiredCredential> {
    const operations = order.doorOperations ?? []
    const isStaff = operations.some(({ operation }) => operation === 'staff')
    if (isStaff && !this.#extensions.has('staffCards')) throw new SystemError('rejected', 'Unknown operation: staff.')
    const named = operations.flatMap(({ doors }) => doors)
    const doors = await Promise.all(named.map((name) => this.#doorNamed(open, name)))
    const stay = isStaff ? null : await this.#stay(open, order, query, doors)
    const { reference, holderName } = order.lockstitch ?? {}
    return {
      reference: reference ?? this.#host.uuid(),
      external_id: null,
      mode,
      // Nobody is known here but by name.
      user_id: null,
      entrance_ids: doors.map((door) => door.entrance_id),
      code: null,
      card_number: null,
      stay: stay === null ? null : { key: stay },
      phone_id: order.endPointID ?? null,
      options: {
        ...(order.format === undefined ? {} : { card_format: order.format }),
        ...(isStaff ? { card_function_type: 'staff' } : {}),
        ...(holderName === undefined ? {} : { card_holder: holderName }),
      },
      ...this.#window(order),
    }
  }

  #window({ startTime, expireTime, lockstitch }: CardOrder): Pick<DesiredCredential, 'starts_at' | 'ends_at'> {
    if (this.#extensions.has('exactTimes') && lockstitch?.endsAt !== undefined) {
      return { starts_at: lockstitch.startsAt ?? null, ends_at: lockstitch.endsAt }
    }
    const iso = (time: string | undefined): string | null =>
      time === undefined ? null : new Date(this.#instant(time)).toISOString()
    return { starts_at: iso(startTime), ends_at: iso(expireTime) }
  }

  /** The stay a card belongs to; null = none. */
  async #stay(
    open: VirtualTransaction,
    { joiners = [], lockstitch }: CardOrder,
    query: URLSearchParams,
    doors: readonly VirtualDoor[],
  ): Promise<string | null> {
    // An override begins a stay; one that is known by our reference goes on, although its first card is gone.
    const begun = lockstitch?.stay ?? this.#host.uuid()
    if (joiners.length > 0) {
      const joined = await Promise.all(joiners.map((id) => open.get<VirtualCredential>(KIND.credential, id)))
      const keys = new Set(joined.flatMap((card) => (isLive(card) ? (card.stay_key ?? []) : [])))
      const [key] = keys
      if (key === undefined || keys.size > 1)
        throw new SystemError('conflict', 'The joiners are no valid cards of one stay.')
      return key
    }
    if (query.get('override') === 'true') return begun
    if (query.get('autoJoin') !== 'true') return null
    for (const door of doors) {
      const [standing] = await this.#standing(open, door.entrance_id, this.#host.now())
      const card = standing && (await open.get<VirtualCredential>(KIND.credential, standing.id))
      if (card?.stay_key != null) return card.stay_key
    }
    return begun
  }

  /** @throws SystemError `not_found` */
  async #doorNamed(records: Pick<VirtualTransaction, 'get'>, name: string): Promise<VirtualDoor> {
    const extra = /^Door (\d+)$/.exec(name)
    const door =
      model.doors.find((one) => one.display_name === name) ??
      (extra === null ? undefined : model.extraDoor?.(Number(extra[1])))
    const removed: Removed = { what: 'entrance', external_id: door?.entrance_id ?? '' }
    if (door === undefined || (await records.get(KIND.removed, removedId(removed))) !== undefined)
      throw new SystemError('not_found', 'There is no such door.')
    return door
  }

  /** A local time; of an hour that comes twice, the first. @throws SystemError */
  #instant(time: string): number {
    const [instant] = readingsOf(this.#zone, time)
    if (instant === undefined) throw new SystemError('rejected', 'There is no such time.')
    return instant
  }

  async #extension({ method, path, query }: WireRequest): Promise<WireAnswer> {
    const asked = `${method} ${path}`
    const has = (name: Extension): boolean => this.#extensions.has(name)
    if (asked === `GET ${EXTENSION.hello}` && this.#extensions.size > 0)
      return json(200, { extensions: [...this.#extensions] })
    if (asked === `GET ${EXTENSION.encoders}` && has('listsEncoders')) {
      const { encoders } = await this.#state.read(this.#records)
      return json(
        200,
        encoders.map((encoder) => encoder.external_id),
      )
    }
    if (asked === `POST ${EXTENSION.readCard}` && has('readsCards')) {
      const encoderId = query.get('encoder') ?? ''
      return json(200, { card: await this.#records.change((open) => this.#desk.scan(open, encoderId)) })
    }
    const [, kind, id] = /^\/(cards|attempts)\/([^/]+)$/.exec(path.slice(`${BASE}/lockstitch`.length)) ?? []
    if (kind === 'attempts' && id !== undefined && method === 'GET' && has('keepsReferences')) {
      const attempt = decodeURIComponent(id)
      await this.#underWay.get(attempt)?.catch(() => undefined)
      return json(200, { card: await this.#records.change((open) => this.#desk.outcomeOf(open, attempt)) })
    }
    if (kind === 'cards' && id !== undefined && method === 'DELETE' && has('cancelsCards')) {
      await this.#cancel(decodeURIComponent(id))
      return { status: 204 }
    }
    return text(404, 'There is nothing here.')
  }

  /** By the card's id, or by our reference of one that we never heard to be written. Twice is once. */
  async #cancel(id: string): Promise<void> {
    await this.#records.change(async (open) => {
      const known =
        (await open.get<VirtualCredential>(KIND.credential, id)) ??
        (await open.get<VirtualCredential>(KIND.credential, idOfCredential(id)))
      if (known === undefined) return
      const { external_id, mode } = known
      await this.#note(open, external_id, known, true)
      await this.#state.apply(open, { id: this.#host.uuid(), kind: 'delete_credential', external_id, mode })
    })
  }
}

function json(status: number, body: unknown): WireAnswer {
  return { status, headers: { 'content-type': 'application/json;charset=utf-8' }, body: JSON.stringify(body) }
}

function text(status: number, body: string): WireAnswer {
  return { status, headers: { 'content-type': 'text/plain;charset=utf-8' }, body }
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}

/** @throws SystemError `rejected` */
function objectOf(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // said below
  }
  throw new SystemError('rejected', 'The body is no JSON object.')
}
