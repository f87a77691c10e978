/** Visionline's words and ours: doors as entrances, credentials as orders of cards, answers as cards. Pure. */
import type { DesiredCredential, EncodedCard, ReportedEntrance } from '../kit/driver.ts'
import { SystemError } from '../kit/errors.ts'
import { expireTime, startTime, textOf } from './server-time.ts'
import type { CardOrder, Extension, OrderNotes, WireCard, WireDoor } from './wire.ts'

/** `TLCode` is for cards that open more than an `rfid48` holds. */
export const CARD_FORMATS = ['rfid48', 'TLCode'] as const
/** What fits on an `rfid48` card (Seam guide, Visionline card formats). */
const LOW_CAPACITY = { guest: 33, common: 28 }

/** What the wire's `door_category` can say. */
const CATEGORIES: ReadonlySet<string> = new Set(['entrance', 'guest', 'elevator reader', 'common', 'common (pms)'])

export function isGuestDoor(door: Pick<WireDoor, 'category'>): boolean {
  return door.category === 'guest'
}

/** `hasMobileKeys`: the operator said what mobile keys are made for. */
export function entranceOf(door: WireDoor, hasMobileKeys: boolean): ReportedEntrance {
  const category = CATEGORIES.has(door.category) ? door.category : 'common'
  const profile = (type: string) => ({ visionline_door_profile_id: type, visionline_door_profile_type: type })
  return {
    external_id: door.id,
    display_name: door.name,
    can_unlock_with: { code: false, card: true, mobile_key: hasMobileKeys, cloud_key: false },
    can_belong_to_reservation: isGuestDoor(door),
    is_locked: null,
    metadata: {
      visionline_metadata: {
        door_category: category === 'common (pms)' ? 'common (PMS)' : category,
        door_name: door.name,
        profiles: [...(hasMobileKeys ? [profile('BLE')] : []), ...(isGuestDoor(door) ? [] : [profile('commonDoor')])],
      },
    },
  }
}

/** The format of its card: the wished one, else the usual one. */
export function formatOf(options: Readonly<Record<string, unknown>>): string {
  return typeof options['card_format'] === 'string' ? options['card_format'] : CARD_FORMATS[0]
}

/** @throws SystemError `rejected` when no card of the wished format can hold these doors */
export function checkFormat(
  { mode, options }: Pick<DesiredCredential, 'mode' | 'options'>,
  doors: readonly { isGuest: boolean }[],
): void {
  const format = formatOf(options)
  if (!(CARD_FORMATS as readonly string[]).includes(format)) {
    throw new SystemError('rejected', `Visionline has no card format ${format}. It has ${CARD_FORMATS.join(' and ')}.`)
  }
  if (mode !== 'card' || format !== 'rfid48') return
  const guest = doors.filter((door) => door.isGuest).length
  if (guest <= LOW_CAPACITY.guest && doors.length - guest <= LOW_CAPACITY.common) return
  throw new SystemError(
    'rejected',
    `A card of the format rfid48 holds ${LOW_CAPACITY.guest} guest rooms and ${LOW_CAPACITY.common} common doors. Choose the card format TLCode.`,
  )
}

export interface OrderContext {
  doors: readonly WireDoor[]
  /** Of the server. */
  zone: string
  extensions: ReadonlySet<Extension>
  /** Names what is asked, so that it happens once. */
  attempt: string
  /** A card of the same stay to join. */
  joiner: string | null
}

export interface Order {
  order: CardOrder
  /** The window as it will stand on the card. */
  starts_at: string | null
  ends_at: string | null
}

/** The order of a credential's card or mobile key. @throws SystemError when Visionline cannot make such a card */
export function orderOf(credential: DesiredCredential, context: OrderContext): Order {
  const { doors, extensions, attempt, joiner } = context
  checkFormat(
    credential,
    doors.map((door) => ({ isGuest: isGuestDoor(door) })),
  )
  const { times, notes: exact, ...written } = windowOf(credential, context)
  const notes: OrderNotes = {
    ...exact,
    ...(extensions.has('keepsReferences')
      ? {
          reference: credential.reference,
          attempt,
          holder: credential.user_id,
          holderName: credential.holder_name ?? null,
          ...(credential.stay === null ? {} : { stay: credential.stay.key }),
        }
      : {}),
  }
  const order: CardOrder = {
    // Common doors stand among the guest's: no other operation is known for them.
    doorOperations:
      doors.length === 0
        ? []
        : [{ doors: doors.map((door) => door.name), operation: operationOf(credential, extensions) }],
    ...times,
    format: formatOf(credential.options),
    ...(joiner === null ? {} : { joiners: [joiner] }),
    ...(credential.mode === 'mobile_key' ? { label: '%SITENAME% %ROOMRANGE%', description: 'Room key' } : {}),
    ...(credential.phone_id === null ? {} : { endPointID: credential.phone_id }),
    ...(Object.keys(notes).length === 0 ? {} : { lockstitch: notes }),
  }
  return { order, ...written }
}

function operationOf(credential: DesiredCredential, extensions: ReadonlySet<Extension>): 'guest' | 'staff' {
  if (credential.options['card_function_type'] !== 'staff') return 'guest'
  if (extensions.has('staffCards')) return 'staff'
  const message = 'How staff cards are ordered from Visionline is not public. Encode them with Visionline itself.'
  throw new SystemError('unsupported', message)
}

interface WrittenWindow {
  times: Pick<CardOrder, 'startTime' | 'expireTime'>
  notes: OrderNotes
  starts_at: string | null
  ends_at: string | null
}

function windowOf({ starts_at, ends_at }: DesiredCredential, { zone, extensions }: OrderContext): WrittenWindow {
  const start = starts_at === null ? null : startTime(zone, Date.parse(starts_at))
  const end = ends_at === null ? null : expireTime(zone, Date.parse(ends_at))
  const times = {
    ...(start === null ? {} : { startTime: start.text }),
    ...(end === null ? {} : { expireTime: end.text }),
  }
  if (extensions.has('exactTimes'))
    return { times, notes: { startsAt: starts_at, endsAt: ends_at }, starts_at, ends_at }
  if (end === null)
    throw new SystemError('rejected', 'A Visionline card has an end: give this access an end (ends_at).')
  if (start !== null && start.at >= end.at) {
    const message = 'Visionline keeps times in minutes of its own clock, and none is left between start and end.'
    throw new SystemError('rejected', message)
  }
  const iso = (ms: number): string => new Date(ms).toISOString()
  return { times, notes: {}, starts_at: start === null ? null : iso(start.at), ends_at: iso(end.at) }
}

/** How a card stands to others on its guest doors, as parameters: `override` begins a stay, a joiner is named in the order. */
export function stayQuery(
  { stay, options }: DesiredCredential,
  joiner: string | null,
  extensions: ReadonlySet<Extension>,
): Record<string, string> {
  if (stay === null || joiner !== null) return {}
  // A server that serves others too knows cards that we do not; ours knows no more than we told it.
  const isLeftToServer = options['auto_join'] === true && !extensions.has('keepsReferences')
  return isLeftToServer ? { autoJoin: 'true' } : { override: 'true' }
}

/** Cards that can be joined, the likeliest first: its own (a card that is written again stays in its stay), then the stay's others. */
export function joinable({ stay, external_id }: DesiredCredential): string[] {
  if (stay === null) return []
  return [...new Set([...(external_id === null ? [] : [external_id]), ...(stay.joins ?? [])])]
}

/** Asks for the valid cards of a door, as of when the credential begins. */
export function validCardsQuery(
  door: WireDoor,
  { starts_at }: DesiredCredential,
  zone: string,
  now: number,
): Record<string, string> {
  const from = starts_at === null ? now : Math.max(now, Date.parse(starts_at))
  return { guestDoor: door.name, validTime: textOf(zone, from) }
}

/** The card that was written; from a server that tells an id alone, as it was ordered. */
export function encodedCard(answer: WireCard, credential: DesiredCredential, order: Order, now: number): EncodedCard {
  return withFacts(
    answer.card ?? {
      // The number by which Visionline knows it: no other is told.
      card_number: answer.id,
      starts_at: order.starts_at,
      ends_at: order.ends_at,
      entrance_ids: credential.entrance_ids,
      credential_id: answer.id,
      is_issued: true,
      created_at: new Date(now).toISOString(),
      metadata: {},
      overwritten_credential_ids: [],
    },
  )
}

/** With what the wire shows of it. */
export function withFacts(card: EncodedCard): EncodedCard {
  const { credential_id, metadata } = card
  return { ...card, facts: { credential_id, card_id: metadata['card_id'] ?? credential_id } }
}
