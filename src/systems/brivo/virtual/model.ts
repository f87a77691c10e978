/** The virtual Brivo account: every door online, cards in a pool, no readers at a desk (access-systems.md 8.3). */
import type { DriverHost } from '../../kit/driver.ts'
import { takes } from '../../kit/virtual/building.ts'
import type { VirtualDoor, VirtualModel } from '../../kit/virtual/model.ts'
import { definition } from '../definition.ts'

export const SITE = { id: 301, siteName: 'Main Site', timeZone: 'Etc/UTC' } as const

function door(id: number, name: string): VirtualDoor {
  return {
    entrance_id: String(id),
    display_name: name,
    decides: 'system',
    is_reservable: false,
    can_unlock_with: takes('code', 'card', 'cloud_key'),
    is_locked: null,
    metadata: { access_point_id: String(id), site_id: SITE.id, site_name: SITE.siteName },
  }
}

const doors = [door(4001, 'Front Door'), door(4002, 'Garage'), door(4003, 'Suite 100')]

/** Ids of further doors begin behind this one: Brivo's ids are numbers. */
const EXTRA_DOORS = 5000
const extraDoor = (n: number): VirtualDoor => door(EXTRA_DOORS + n, `Door ${n}`)

/** Ids of cards on the wire: their numbers are labels, and no ids. */
export const CARD_IDS = 38_000_000

export const model: VirtualModel = {
  definition,
  default_name: 'Brivo',
  metadata: {},
  doors,
  extraDoor,
  declared: {
    door: (id) => (/^\d+$/.test(id) && Number(id) > EXTRA_DOORS ? extraDoor(Number(id) - EXTRA_DOORS) : undefined),
    encoder: () => undefined,
  },
  encoders: [],
  groups: [
    { external_id: '501', name: 'Tenants', entrance_ids: doors.map((one) => one.entrance_id) },
    { external_id: '502', name: 'Staff', entrance_ids: ['4001', '4002'] },
  ],
  numberOfPoolCard: (id) => String(Number(id) - CARD_IDS),
  pool: Array.from({ length: 10 }, (_, i) => String(48201 + i)),
  cardFormats: ['hid_prox'],
  newCardNumber: (host: DriverHost) => String(10_000 + host.random(30_000)),
  hasUserLineage: false,
  refreshesCards: false,
}
