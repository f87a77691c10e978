/** The virtual Vostio hotel: offline locks, doors on the key, stays that end one another (access-systems.md 8.3). */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'

type DoorType = 'GuestDoor' | 'CommonDoor' | 'EntranceDoor' | 'Elevator'

interface Plan {
  id: string
  name: string
  type: DoorType
  number: number
}

/** Guest doors alone belong to stays: common doors, entrances and lifts are everybody's. */
function door({ id, name, type, number }: Plan): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    decides: 'card',
    is_reservable: type === 'GuestDoor',
    can_unlock_with: takes('card', 'mobile_key'),
    is_locked: null,
    metadata: {
      door_name: name,
      door_number: number,
      door_type: type,
      pms_id: String(number),
      stand_open: type === 'CommonDoor',
    },
  }
}

export const model: VirtualModel = {
  definition,
  default_name: 'Vostio',
  metadata: {},
  doors: [
    door({ id: 'room-101', name: 'Room 101', type: 'GuestDoor', number: 101 }),
    door({ id: 'room-102', name: 'Room 102', type: 'GuestDoor', number: 102 }),
    door({ id: 'room-103', name: 'Room 103', type: 'GuestDoor', number: 103 }),
    door({ id: 'room-104', name: 'Room 104', type: 'GuestDoor', number: 104 }),
    door({ id: 'lobby', name: 'Lobby', type: 'CommonDoor', number: 901 }),
    door({ id: 'pool', name: 'Pool', type: 'CommonDoor', number: 902 }),
    door({ id: 'front-entrance', name: 'Front Entrance', type: 'EntranceDoor', number: 903 }),
    door({ id: 'elevator-a', name: 'Elevator A', type: 'Elevator', number: 904 }),
  ],
  extraDoor: (n) => door({ id: extraDoorId(n), name: `Door ${n}`, type: 'GuestDoor', number: 1000 + n }),
  encoders: [{ encoder_id: 'front-desk', display_name: 'Front Desk' }],
  groups: [],
  cardFormats: ['mifare_plus', 'mifare_desfire', 'mifare_classic'],
  newCardNumber: (host: DriverHost) => String(3_000_000_000 + host.random(1_000_000_000)),
  hasUserLineage: false,
  refreshesCards: false,
  credentialMetadata: (credential) => ({ key_id: credential.external_id }),
}
