/** The virtual building: doors, groups, registered cards. Its physics (windows, stays, PINs, faults) are the kit's. */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'

function door(id: string, name: string): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    // `system`: online, asks the system each time. `card`: offline, knows the card and what earlier cards taught it.
    decides: 'system',
    is_reservable: false,
    can_unlock_with: takes('code', 'card', 'cloud_key'),
    is_locked: null,
    metadata: {},
  }
}

const doors = [door('front-door', 'Front Door'), door('workshop', 'Workshop')]

export const model: VirtualModel = {
  definition,
  default_name: 'Blueprint',
  metadata: {},
  doors,
  extraDoor: (n) => door(extraDoorId(n), `Door ${n}`),
  encoders: [{ encoder_id: 'reader-1', display_name: 'Reader 1' }],
  groups: [{ external_id: 'members', name: 'Members', entrance_ids: doors.map((one) => one.entrance_id) }],
  pool: Array.from({ length: 5 }, (_, i) => String(70000001 + i)),
  cardFormats: ['mifare_desfire'],
  newCardNumber: (host: DriverHost) => String(80000000 + host.random(10000000)),
  hasUserLineage: false,
  refreshesCards: false,
}
