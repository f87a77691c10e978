/** The virtual Ambiance hotel: offline locks, a guest's rooms on the key, staff by groups (access-systems.md 8.3). */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'

function door(id: string, name: string, isGuestRoom: boolean): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    decides: 'card',
    is_reservable: isGuestRoom,
    can_unlock_with: takes('card', 'mobile_key'),
    is_locked: null,
    metadata: { access_point_name: name },
  }
}

const rooms = [101, 102, 103, 104].map((number) => door(`room-${number}`, `Room ${number}`, true))
const common = [door('lobby', 'Lobby', false), door('gym', 'Gym', false)]
const idsOf = (doors: readonly VirtualDoor[]): string[] => doors.map((one) => one.entrance_id)

export const model: VirtualModel = {
  definition,
  default_name: 'Ambiance',
  metadata: {},
  doors: [...rooms, ...common],
  extraDoor: (n) => door(extraDoorId(n), `Door ${n}`, true),
  encoders: [{ encoder_id: 'encoder-1', display_name: 'Encoder 1' }],
  groups: [
    { external_id: 'guests', name: 'Guests', entrance_ids: idsOf(common) },
    { external_id: 'staff', name: 'Staff', entrance_ids: idsOf([...rooms, ...common]) },
  ],
  cardFormats: ['mifare_plus', 'mifare_classic'],
  newCardNumber: (host: DriverHost) => String(40_000_000 + host.random(10_000_000)),
  hasUserLineage: false,
  refreshesCards: false,
}
