/** The virtual Visionline hotel: offline locks, doors on the card, stays that end one another (access-systems.md 8.3). */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'
import { CARD_FORMATS, checkFormat, formatOf } from '../mapping.ts'

type Category = 'guest' | 'common' | 'entrance'

/** What its mobile keys are made for. */
export const mobileAccess = { uuid: '1', systemId: '1' }

function door(id: string, name: string, category: Category): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    decides: 'card',
    is_reservable: category === 'guest',
    can_unlock_with: takes('card', 'mobile_key'),
    is_locked: null,
    metadata: { door_category: category },
  }
}

const DOORS = [
  door('guest-lock-1', 'Guest Lock 1', 'guest'),
  door('guest-lock-2', 'Guest Lock 2', 'guest'),
  door('vingcard-lock-1', 'Vingcard Lock 1', 'common'),
  door('vingcard-lock-2', 'Vingcard Lock 2', 'common'),
  door('room-101', 'Room 101', 'guest'),
  door('room-102', 'Room 102', 'guest'),
  door('room-103', 'Room 103', 'guest'),
  door('room-104', 'Room 104', 'guest'),
  door('main-entrance', 'Main Entrance', 'entrance'),
]

export function categoryOf(entranceId: string): string | undefined {
  return DOORS.find((one) => one.entrance_id === entranceId)?.metadata['door_category'] as string | undefined
}

export const model: VirtualModel = {
  definition,
  default_name: 'Visionline',
  metadata: {},
  doors: DOORS,
  extraDoor: (n) => door(extraDoorId(n), `Door ${n}`, 'guest'),
  // Known on the wire by their names alone.
  encoders: ['Encoder 1', 'Front Desk'].map((name) => ({ encoder_id: name, display_name: name })),
  groups: [],
  cardFormats: CARD_FORMATS,
  wantedFormat: (credential) => formatOf(credential.options),
  newCardNumber: (host: DriverHost) => String(1_000_000_000 + host.random(1_000_000_000)),
  hasUserLineage: false,
  refreshesCards: false,
  checkCredential(credential, doors) {
    checkFormat(
      credential,
      doors.map((one) => ({ isGuest: one.is_reservable })),
    )
  },
  scanMetadata: ({ card, credential, isOverridden, isExpired, issuedCards, doors }) => ({
    card_id: card.card_id,
    card_format: card.card_format,
    card_holder: credential?.options['card_holder'] ?? null,
    cancelled: credential?.is_deleted === true,
    discarded: credential?.is_deleted === true,
    expired: isExpired,
    overridden: isOverridden,
    overwritten: credential !== undefined && credential.card_id !== card.card_id,
    pending_auto_update: false,
    number_of_issued_cards: issuedCards,
    // The system's own ids: the caller puts ours in their place.
    guest_entrance_ids: doors.filter((one) => one.is_reservable).map((one) => one.entrance_id),
    common_entrance_ids: doors.filter((one) => !one.is_reservable).map((one) => one.entrance_id),
  }),
}
