/** The virtual Kisi organization: doors and a group; nothing is known that a person could show to a door. */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'

function door(id: string, name: string): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    decides: 'system',
    is_reservable: false,
    can_unlock_with: takes(),
    is_locked: null,
    metadata: {},
  }
}

const doors = [door('front-door', 'Front Door'), door('office', 'Office')]

export const model: VirtualModel = {
  definition,
  default_name: 'Kisi Organization',
  metadata: {},
  doors,
  extraDoor: (n) => door(extraDoorId(n), `Door ${n}`),
  encoders: [],
  groups: [{ external_id: 'members', name: 'Members', entrance_ids: doors.map((one) => one.entrance_id) }],
  cardFormats: [],
  newCardNumber: (host: DriverHost) => host.uuid(),
  hasUserLineage: false,
  refreshesCards: false,
}
