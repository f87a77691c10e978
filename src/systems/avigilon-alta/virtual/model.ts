/** The virtual Avigilon Alta organization: online entries, two of which share a zone (access-systems.md 8.3). */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'

function entry(id: string, name: string, zone: { id: number; name: string }): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    decides: 'system',
    is_reservable: false,
    can_unlock_with: takes('card', 'cloud_key'),
    is_locked: null,
    metadata: {
      entry_name: name,
      org_name: 'Alta Organization',
      site_id: 410,
      site_name: 'Headquarters',
      zone_id: zone.id,
      zone_name: zone.name,
      entry_relays_total_count: 1,
    },
  }
}

const groundFloor = { id: 5102, name: 'Ground Floor' }
const doors = [
  entry('main-entrance', 'Main Entrance', { id: 5101, name: 'Main Entrance' }),
  entry('lobby', 'Lobby', groundFloor),
  entry('loading-dock', 'Loading Dock', groundFloor),
]

export const model: VirtualModel = {
  definition,
  default_name: 'Alta Organization',
  metadata: {},
  doors,
  extraDoor: (n) => entry(extraDoorId(n), `Door ${n}`, { id: 6000 + n, name: `Door ${n}` }),
  encoders: [],
  groups: [{ external_id: 'employees', name: 'Employees', entrance_ids: doors.map((one) => one.entrance_id) }],
  pool: Array.from({ length: 10 }, (_, i) => String(40110001 + i)),
  cardFormats: ['mifare_desfire', 'hid_prox'],
  newCardNumber: (host: DriverHost) => String(41000000 + host.random(8000000)),
  hasUserLineage: false,
  refreshesCards: false,
}
