/** The virtual Salto KS site: every door online, tags in a pool, users that take subscription slots (access-systems.md 8.3). */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'
import { refuses, settleUser, shortage } from './subscriptions.ts'

function door(id: string, name: string): VirtualDoor {
  return {
    entrance_id: id,
    display_name: name,
    decides: 'system',
    is_reservable: false,
    can_unlock_with: takes('code', 'card', 'mobile_key', 'cloud_key'),
    is_locked: true,
    metadata: {
      door_name: name,
      lock_type: 'iq_online_lock',
      locked_state: 'locked',
      online: true,
      battery_level: 'fresh',
      left_open_alarm: false,
      intrusion_alarm: false,
      privacy_mode: false,
    },
  }
}

const doors = [
  door('front-door', 'Front Door'),
  door('office', 'Office'),
  door('gym', 'Gym'),
  door('parking', 'Parking'),
]

export const model: VirtualModel = {
  definition,
  default_name: 'Main Site',
  metadata: {},
  doors,
  extraDoor: (n) => door(extraDoorId(n), `Door ${n}`),
  encoders: [{ encoder_id: 'tag-reader-1', display_name: 'Tag Reader 1' }],
  groups: [
    { external_id: 'main-group', name: 'Main Group', entrance_ids: doors.map((one) => one.entrance_id) },
    { external_id: 'amenities', name: 'Amenities', entrance_ids: ['gym', 'parking'] },
  ],
  // The last one is the card that the guide "Using Key Cards" assigns.
  pool: [...Array.from({ length: 9 }, (_, i) => String(20250001 + i)), 'ABCD1234'],
  cardFormats: ['mifare_desfire', 'mifare_classic'],
  newCardNumber: (host: DriverHost) => String(30000000 + host.random(60000000)),
  hasUserLineage: false,
  refreshesCards: false,
  // A tag opens all the same (access-systems.md section 5).
  privacyRefuses: ['code', 'mobile_key', 'cloud_key'],
  privacyWarnings: ['salto_ks_privacy_mode'],
  doorMetadata: (state) => ({ online: state.is_online, privacy_mode: state.privacy_mode }),
  settleUser,
  refuses,
  problems: shortage,
}
