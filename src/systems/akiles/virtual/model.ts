/** The virtual Akiles organization: a site with two gadgets that have keypads (access-systems.md 8.3). */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'

function gadget(id: string, name: string): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    decides: 'system',
    is_reservable: false,
    can_unlock_with: takes('code'),
    is_locked: null,
    metadata: {
      gadget_id: `gad_${id}`,
      site_id: 'site_main',
      site_name: 'Main Site',
      actions: [{ id: 'open', name: 'Open' }],
    },
  }
}

const doors = [gadget('front-door', 'Front Door'), gadget('roomlock-1', 'Roomlock 1')]

export const model: VirtualModel = {
  definition,
  default_name: 'Akiles Organization',
  metadata: {},
  doors,
  extraDoor: (n) => gadget(extraDoorId(n), `Door ${n}`),
  encoders: [],
  groups: [{ external_id: 'members', name: 'Members', entrance_ids: doors.map((one) => one.entrance_id) }],
  cardFormats: [],
  newCardNumber: (host: DriverHost) => host.uuid(),
  hasUserLineage: false,
  refreshesCards: false,
  credentialMetadata: ({ external_id }) => ({ member_pin_id: `mpin_${external_id}` }),
}
