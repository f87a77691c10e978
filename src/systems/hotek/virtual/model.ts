/**
 * The virtual Hotek site: offline locks, doors on the card. Rooms and encoders have numbers, and every number that is
 * declared is there; those of access-systems.md 8.3 stand from the start.
 */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import { extraDoorId, type VirtualDoor, type VirtualEncoder, type VirtualModel } from '../../kit/virtual/model.ts'
import {
  commonAreaId,
  encoderId,
  numberIn,
  reportedEntrance,
  roomId,
  type CommonArea,
  type Room,
} from '../declarations.ts'
import { definition } from '../definition.ts'

function door(place: Room | CommonArea, more: Partial<VirtualDoor> = {}): VirtualDoor {
  const { external_id, display_name, can_belong_to_reservation, metadata } = reportedEntrance(place)
  return {
    entrance_id: external_id,
    display_name,
    decides: 'card',
    is_reservable: can_belong_to_reservation,
    can_unlock_with: takes('card'),
    is_locked: null,
    metadata: metadata[definition.metadataKey] as Record<string, unknown>,
    ...more,
  }
}

function encoder(number: string): VirtualEncoder {
  return { encoder_id: encoderId(number), display_name: `Encoder ${number}` }
}

export const model: VirtualModel = {
  definition,
  default_name: 'Hotek',
  metadata: {},
  doors: [
    ...['101', '102', '103', '104', '201', '202', '203', '204'].map((number) => door({ room_number: number })),
    door({ common_area_number: '1', common_area_name: 'Lobby' }),
    door({ common_area_number: '2', common_area_name: 'Gym' }),
  ],
  extraDoor: (n) => door({ room_number: String(1000 + n) }, { entrance_id: extraDoorId(n), display_name: `Door ${n}` }),
  encoders: [encoder('1')],
  declared: {
    door(id) {
      const room = numberIn(id, roomId)
      if (room !== undefined) return door({ room_number: room })
      const area = numberIn(id, commonAreaId)
      return area === undefined ? undefined : door({ common_area_number: area, common_area_name: `Area ${area}` })
    },
    encoder(id) {
      const number = numberIn(id, encoderId)
      return number === undefined ? undefined : encoder(number)
    },
  },
  groups: [],
  cardFormats: ['mifare_classic'],
  newCardNumber: (host: DriverHost) => String(70_000_000 + host.random(10_000_000)),
  hasUserLineage: false,
  refreshesCards: false,
}
