/** The virtual PTI site: a gate and a building, an access level that opens both, two units (access-systems.md 8.3). */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'
import { settleUser, UNIT } from './access-levels.ts'

function door(id: string, name: string): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    decides: 'system',
    is_reservable: false,
    can_unlock_with: takes('code', 'card'),
    is_locked: null,
    metadata: {},
  }
}

const doors = [door('gate', 'Gate'), door('building-a', 'Building A')]

export const model: VirtualModel = {
  definition,
  default_name: 'Storage Site',
  metadata: {},
  doors,
  extraDoor: (n) => door(extraDoorId(n), `Door ${n}`),
  encoders: [],
  groups: [
    {
      external_id: 'level-building-a-3f',
      name: 'Building A - 3/F',
      type: definition.types.group.type,
      entrance_ids: doors.map((one) => one.entrance_id),
    },
    { external_id: 'unit-a301', name: 'A301', type: UNIT, entrance_ids: [] },
    { external_id: 'unit-a302', name: 'A302', type: UNIT, entrance_ids: [] },
  ],
  pool: Array.from({ length: 10 }, (_, i) => String(60770001 + i)),
  cardFormats: ['hid_prox', 'mifare_classic'],
  newCardNumber: (host: DriverHost) => String(61000000 + host.random(8000000)),
  hasUserLineage: false,
  refreshesCards: false,
  settleUser,
}
