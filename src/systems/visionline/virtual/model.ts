/** The virtual Visionline hotel: offline locks, doors on the card, stays that end one another (access-systems.md 8.3). */
import type { DriverHost } from '../../kit/driver.ts'
import { SystemError } from '../../kit/errors.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'

type Category = 'guest' | 'common' | 'entrance'

/** What fits on an `rfid48` card (Seam guide, Visionline card formats); `TLCode` is for more. */
const LOW_CAPACITY = { guest: 33, common: 28 }
export const CARD_FORMATS = ['rfid48', 'TLCode'] as const

function door(id: string, name: string, category: Category): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    decides: 'card',
    is_reservable: category === 'guest',
    can_unlock_with: takes('card', 'mobile_key'),
    is_locked: null,
    metadata: {
      door_category: category,
      door_name: name,
      profiles: [
        { visionline_door_profile_id: 'BLE', visionline_door_profile_type: 'BLE' },
        ...(category === 'guest'
          ? []
          : [{ visionline_door_profile_id: 'commonDoor', visionline_door_profile_type: 'commonDoor' }]),
      ],
    },
  }
}

function isGuestDoor(one: VirtualDoor): boolean {
  return one.is_reservable
}

function formatOf(options: Record<string, unknown>): string {
  return typeof options['card_format'] === 'string' ? options['card_format'] : CARD_FORMATS[0]
}

export const model: VirtualModel = {
  definition,
  default_name: 'Visionline',
  metadata: { mobile_access_uuid: '1', system_id: '1', lan_address: '192.168.1.100' },
  doors: [
    door('guest-lock-1', 'Guest Lock 1', 'guest'),
    door('guest-lock-2', 'Guest Lock 2', 'guest'),
    door('vingcard-lock-1', 'Vingcard Lock 1', 'common'),
    door('vingcard-lock-2', 'Vingcard Lock 2', 'common'),
    door('room-101', 'Room 101', 'guest'),
    door('room-102', 'Room 102', 'guest'),
    door('room-103', 'Room 103', 'guest'),
    door('room-104', 'Room 104', 'guest'),
    door('main-entrance', 'Main Entrance', 'entrance'),
  ],
  extraDoor: (n) => door(extraDoorId(n), `Door ${n}`, 'guest'),
  encoders: [
    { encoder_id: 'encoder-1', display_name: 'Encoder 1' },
    { encoder_id: 'front-desk', display_name: 'Front Desk' },
  ],
  groups: [],
  cardFormats: CARD_FORMATS,
  wantedFormat: (credential) => formatOf(credential.options),
  newCardNumber: (host: DriverHost) => String(1_000_000_000 + host.random(1_000_000_000)),
  hasUserLineage: false,
  refreshesCards: false,
  credentialMetadata: (credential) => ({
    credential_id: credential.external_id,
    ...(credential.card_id === null ? {} : { card_id: credential.card_id }),
    // Valid when it is made; that a newer stay ended it is known to the doors alone, and told by them.
    ...(credential.applied.length === 1 ? { is_valid: true } : {}),
  }),
  checkCredential(credential, doors) {
    const format = formatOf(credential.options)
    if (!(CARD_FORMATS as readonly string[]).includes(format)) {
      throw new SystemError(
        'rejected',
        `Visionline has no card format ${format}. It has ${CARD_FORMATS.join(' and ')}.`,
      )
    }
    if (credential.mode !== 'card' || format !== 'rfid48') return
    const guest = doors.filter(isGuestDoor).length
    const common = doors.length - guest
    if (guest > LOW_CAPACITY.guest || common > LOW_CAPACITY.common) {
      throw new SystemError(
        'rejected',
        `A card of the format rfid48 holds ${LOW_CAPACITY.guest} guest rooms and ${LOW_CAPACITY.common} common doors. Choose the card format TLCode.`,
      )
    }
  },
  scanMetadata: ({ card, credential, user, isOverridden, isExpired, issuedCards, doors }) => ({
    card_id: card.card_id,
    card_format: card.card_format,
    card_holder: user?.full_name ?? null,
    cancelled: credential?.is_deleted === true,
    discarded: credential?.is_deleted === true,
    expired: isExpired,
    overridden: isOverridden,
    overwritten: credential !== undefined && credential.card_id !== card.card_id,
    pending_auto_update: false,
    number_of_issued_cards: issuedCards,
    // The system's own ids: the caller puts ours in their place.
    guest_entrance_ids: doors.filter(isGuestDoor).map((one) => one.entrance_id),
    common_entrance_ids: doors.filter((one) => !isGuestDoor(one)).map((one) => one.entrance_id),
  }),
}
