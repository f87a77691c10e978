/** The virtual Latch building: every door online, with a keypad and a radio for phones (access-systems.md 8.3). */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'
import { people, settleUser, strangerWarnings } from './residents.ts'

function door(id: string, name: string, accessibility_type: 'COMMUNAL' | 'PRIVATE'): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    decides: 'system',
    is_reservable: false,
    can_unlock_with: takes('code', 'mobile_key'),
    is_locked: null,
    metadata: { door_name: name, door_type: 'DOOR', accessibility_type, is_connected: true },
  }
}

export const model: VirtualModel = {
  definition,
  default_name: 'Latch Building',
  metadata: {},
  doors: [
    door('front-door', 'Front Door', 'COMMUNAL'),
    door('unit-1a', 'Unit 1A', 'PRIVATE'),
    door('unit-1b', 'Unit 1B', 'PRIVATE'),
    door('gym', 'Gym', 'COMMUNAL'),
  ],
  extraDoor: (n) => door(extraDoorId(n), `Door ${n}`, 'COMMUNAL'),
  doorMetadata: ({ is_online }) => ({ is_connected: is_online }),
  encoders: [],
  groups: [],
  cardFormats: [],
  newCardNumber: (host: DriverHost) => host.uuid(),
  hasUserLineage: false,
  refreshesCards: false,
  people,
  strangerWarnings,
  settleUser,
}
