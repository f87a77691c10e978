/**
 * What goes over the wire of a Visionline server, with a check on every answer. Public are sessions, doors, encoding,
 * mobile access and the valid cards of a door; of answers only what is read here.
 *
 * What is not public stands apart: a server may announce extensions of Lockstitch's own in the answer to a new session,
 * `{"lockstitch": {"extensions": [...]}}`. Ours in the sandbox does; a real server is not known to have any of them, and
 * is never asked for one.
 */
import { EncoderError, SystemError, type EncoderErrorCode } from '../kit/errors.ts'
import type { CardContent, EncodedCard } from '../kit/driver.ts'

export const BASE = '/api/v1'
export const SESSIONS = `${BASE}/sessions`
export const DOORS = `${BASE}/doors`
export const CARDS = `${BASE}/cards`

/** Paths of the extensions. */
export const EXTENSION = {
  hello: `${BASE}/lockstitch`,
  encoders: `${BASE}/lockstitch/encoders`,
  readCard: `${BASE}/lockstitch/cards/read`,
  card: (id: string): string => `${BASE}/lockstitch/cards/${encodeURIComponent(id)}`,
  attempt: (id: string): string => `${BASE}/lockstitch/attempts/${encodeURIComponent(id)}`,
} as const

export const EXTENSIONS = [
  /**
   * Orders name whose card it is, its stay and the attempt (`OrderNotes`). An attempt happens once, is answered with the
   * card as it then stands, and its outcome can be asked for.
   */
  'keepsReferences',
  /** Orders carry times to the millisecond beside those in minutes; a card may be without end. */
  'exactTimes',
  /** Reads the card on an encoder. */
  'readsCards',
  /** Takes back a mobile key, and marks a card as cancelled. */
  'cancelsCards',
  /** Writes staff cards: doors with the operation `staff`. */
  'staffCards',
  /** Issues a mobile key before a phone is there to take it. */
  'keysWithoutPhone',
  /** Lists its encoders. */
  'listsEncoders',
  /** Says what went wrong at an encoder. */
  'namesErrors',
] as const
export type Extension = (typeof EXTENSIONS)[number]

/** `POST /cards`: a card or a mobile key. */
export interface CardOrder {
  doorOperations: { doors: string[]; operation: 'guest' | 'staff' }[]
  /** Local to the server (server-time.ts). Absent = from now on. */
  startTime?: string
  expireTime?: string
  format?: string
  /** Ids of cards of the same stay. */
  joiners?: string[]
  /** Mobile keys: the phone's endpoint, and how the key is shown on it. */
  endPointID?: string
  label?: string
  description?: string
  lockstitch?: OrderNotes
}

/** What an order says to a server that announced `keepsReferences` or `exactTimes`. */
export interface OrderNotes {
  reference?: string
  attempt?: string
  stay?: string
  holder?: string | null
  holderName?: string | null
  startsAt?: string | null
  endsAt?: string | null
}

export interface Session {
  id: string
  accessKey: string
  extensions: ReadonlySet<Extension>
  /** Where the server says so: what its mobile keys are made for. */
  mobileAccess: { uuid: string; systemId: string } | null
}

export interface WireDoor {
  id: string
  name: string
  /** In lower case. */
  category: string
}

export interface WireCard {
  id: string
  /** The card as it now is, where the server tells. */
  card: EncodedCard | null
}

/** An answer that cannot be read as what was asked for. */
export class Unreadable extends Error {
  override name = 'Unreadable'
}

export function readSession(answer: unknown): Session {
  const { id, accessKey, lockstitch } = objectOf(answer)
  const { extensions, mobileAccess } = isObject(lockstitch) ? lockstitch : {}
  const known = Array.isArray(extensions) ? EXTENSIONS.filter((name) => extensions.includes(name)) : []
  return {
    id: textOf(id),
    accessKey: textOf(accessKey),
    extensions: new Set(known),
    mobileAccess: isObject(mobileAccess)
      ? { uuid: textOf(mobileAccess['uuid']), systemId: textOf(mobileAccess['systemId']) }
      : null,
  }
}

/** `GET /doors?details=true`. A door is named in orders by its name, and keeps its id when it is renamed. */
export function readDoors(answer: unknown): WireDoor[] {
  return listOf(answer).map((one) => {
    const { doorID, doorName, doorCategory } = objectOf(one)
    const name = doorName ?? doorID
    return {
      id: textOf(doorID ?? name),
      name: textOf(name),
      category: typeof doorCategory === 'string' ? doorCategory.toLowerCase() : '',
    }
  })
}

/** `GET /cards`: ids of valid cards. Nothing else of them is known. */
export function readCardIds(answer: unknown): string[] {
  return listOf(answer).map((one) => textOf(isObject(one) ? one['id'] : one))
}

/** `POST /cards`: only an id is known to be there. */
export function readCard(answer: unknown): WireCard {
  const { id, lockstitch } = objectOf(answer)
  const { card } = isObject(lockstitch) ? lockstitch : {}
  return { id: textOf(id), card: isObject(card) ? (card as unknown as EncodedCard) : null }
}

/** What became of an order, by the extension `keepsReferences`; null = nothing. */
export function readOutcome(answer: unknown): EncodedCard | null {
  const { card } = objectOf(answer)
  return card === null ? null : (objectOf(card) as unknown as EncodedCard)
}

/** The extension `readsCards`; null = a blank card. */
export function readContent(answer: unknown): CardContent | null {
  const { card } = objectOf(answer)
  return card === null ? null : (objectOf(card) as unknown as CardContent)
}

/** The extension `listsEncoders`. */
export function readEncoders(answer: unknown): string[] {
  return listOf(answer).map(textOf)
}

const ENCODER_ERRORS: ReadonlySet<string> = new Set<EncoderErrorCode>([
  'no_credential_on_encoder',
  'incompatible_card_format',
  'credential_cannot_be_reissued',
  'encoder_not_online',
  'credential_deleted',
  'uncategorized_error',
])

/** The extension `namesErrors`: what went wrong at the encoder, or null when the answer says nothing of it. */
export function readEncoderError(body: string): EncoderError | null {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return null
  }
  const named = isObject(answer) && isObject(answer['lockstitch']) ? answer['lockstitch']['encoderError'] : undefined
  if (!isObject(named)) return null
  const { code, message } = named
  if (typeof code !== 'string' || typeof message !== 'string' || !ENCODER_ERRORS.has(code)) return null
  return new EncoderError(code as EncoderErrorCode, message)
}

/** Reads the body of an answer. @throws SystemError when it is not what was asked for */
export function parse<T>(body: string, read: (answer: unknown) => T): T {
  try {
    return read(JSON.parse(body))
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof Unreadable)) throw cause
    const message = 'Visionline answered with something that cannot be read. Check that the URL is that of its Web API.'
    throw new SystemError('rejected', message, { cause })
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function objectOf(value: unknown): Record<string, unknown> {
  if (isObject(value)) return value
  throw new Unreadable('no object')
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  throw new Unreadable('no list')
}

/** Ids and names: some servers write them as numbers. */
function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && value !== '') return value
  throw new Unreadable('no text')
}
