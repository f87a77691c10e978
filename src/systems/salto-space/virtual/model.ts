/** The virtual Salto Space: rooms offline, main doors online (access-systems.md 8.3). */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'

const HEX = '0123456789ABCDEF'

interface Plan {
  id: string
  name: string
  description: string
  isRoom?: boolean
  hasKeypad?: boolean
}

function door({ id, name, description, isRoom = false, hasKeypad = false }: Plan): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    decides: isRoom ? 'card' : 'system',
    is_reservable: isRoom,
    can_unlock_with: hasKeypad ? takes('card', 'mobile_key', 'code') : takes('card', 'mobile_key'),
    is_locked: null,
    metadata: {
      door_id: id,
      door_name: name,
      door_description: description,
      ...(isRoom ? { room_name: name, room_description: description } : {}),
      audit_on_keys: isRoom,
    },
  }
}

export const model: VirtualModel = {
  definition,
  default_name: 'Salto Space',
  metadata: {},
  doors: [
    door({ id: 'main-entrance', name: 'Main Entrance', description: 'Online wall reader at the street' }),
    door({ id: 'room-101', name: 'Room 101', description: 'Offline lock, first floor', isRoom: true }),
    door({ id: 'room-102', name: 'Room 102', description: 'Offline lock, first floor', isRoom: true }),
    door({ id: 'room-103', name: 'Room 103', description: 'Offline lock, first floor', isRoom: true }),
    door({ id: 'gym', name: 'Gym', description: 'Online wall reader' }),
    door({ id: 'parking', name: 'Parking', description: 'Online reader with keypad', hasKeypad: true }),
  ],
  extraDoor: (n) =>
    door({ id: extraDoorId(n), name: `Door ${n}`, description: 'Online reader with keypad', hasKeypad: true }),
  encoders: [
    { encoder_id: 'front-desk', display_name: 'Front Desk' },
    { encoder_id: 'back-office', display_name: 'Back Office' },
  ],
  groups: [
    { external_id: 'all-guests', name: 'All Guests', entrance_ids: ['main-entrance'] },
    { external_id: 'floor-1', name: 'Floor 1', entrance_ids: ['room-101', 'room-102', 'room-103'] },
    { external_id: 'amenities', name: 'Amenities', entrance_ids: ['gym', 'parking'] },
  ],
  cardFormats: ['mifare_desfire', 'mifare_plus', 'mifare_classic'],
  // The chip's serial number, as Salto shows it: seven bytes, the first is the chip maker's.
  newCardNumber: (host: DriverHost) => '04' + Array.from({ length: 12 }, () => HEX[host.random(16)] ?? '0').join(''),
  hasUserLineage: true,
  refreshesCards: true,
  userMetadata: (user) => ({ user_id: user.external_id, audit_openings: false }),
}
