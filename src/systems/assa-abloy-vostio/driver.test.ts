import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestSystem } from '../kit/testing.ts'
import { driver } from './driver.ts'

let system: TestSystem
let ann: string
let bob: string

beforeEach(async () => {
  system = await TestSystem.of(driver)
  ann = await system.putUser({ reference: 'ann', full_name: 'Ann Lee' })
  bob = await system.putUser({ reference: 'bob', full_name: 'Bob Ray' })
})
afterEach(() => system[Symbol.asyncDispose]())

type Wish = Partial<Parameters<TestSystem['put']>[0]>

async function card(reference: string, user_id: string, wish: Wish): Promise<string> {
  return system.encode(await system.put({ reference, user_id, ...wish }), 'front-desk')
}

const reason = (entrance_id: string, card_number: string) => system.presentCard(entrance_id, card_number)

test('four kinds of door, and guest doors alone belong to stays', async () => {
  const { entrances, encoders } = await system.connection.readState(system.signal)
  const typeOf = (metadata: Record<string, unknown>): unknown =>
    (metadata['assa_abloy_vostio_metadata'] as { door_type: string }).door_type
  expect(entrances.map((door) => [door.display_name, typeOf(door.metadata), door.can_belong_to_reservation])).toEqual([
    ['Room 101', 'GuestDoor', true],
    ['Room 102', 'GuestDoor', true],
    ['Room 103', 'GuestDoor', true],
    ['Room 104', 'GuestDoor', true],
    ['Lobby', 'CommonDoor', false],
    ['Pool', 'CommonDoor', false],
    ['Front Entrance', 'EntranceDoor', false],
    ['Elevator A', 'Elevator', false],
  ])
  expect(encoders.map((encoder) => encoder.display_name)).toEqual(['Front Desk'])
})

test('a newer stay ends the older one at the room alone: lobby, entrance and lift stay open', async () => {
  const doors = { entrance_ids: ['room-101', 'lobby', 'front-entrance', 'elevator-a'] }
  const old = await card('a', ann, { ...doors, stay: { key: 'one' } })
  const newer = await card('b', bob, { ...doors, stay: { key: 'two' } })
  const used = await system.building.presentCard({ entrance_id: 'room-101', card_number: newer })
  expect(used).toMatchObject({ opened: true, ended_references: ['a'] })
  for (const entrance_id of ['lobby', 'front-entrance', 'elevator-a']) {
    const shared = await system.building.presentCard({ entrance_id, card_number: newer })
    expect(shared, entrance_id).toMatchObject({ opened: true, ended_references: [] })
    expect(await reason(entrance_id, old), entrance_id).toBe('granted')
  }
  expect(await reason('room-101', old)).toBe('overridden')
})

test('a key overrides one room and joins another', async () => {
  const first = await card('a', ann, { entrance_ids: ['room-101', 'room-102'], stay: { key: 'one' } })
  const stay = { key: 'two', keys: { 'room-102': 'one' } }
  const mixed = await card('b', bob, { entrance_ids: ['room-101', 'room-102'], stay })
  const at = (entrance_id: string) => system.building.presentCard({ entrance_id, card_number: mixed })
  expect((await at('room-101')).ended_references).toEqual(['a'])
  expect((await at('room-102')).ended_references).toEqual([])
  expect(await reason('room-101', first)).toBe('overridden')
  expect(await reason('room-102', first)).toBe('granted')
  expect(await reason('room-102', mixed)).toBe('granted')
})

test('deleting a key does not reach plastic; a phone drops it', async () => {
  const entrance_ids = ['room-103']
  const plastic = await system.put({ reference: 'a', user_id: ann, entrance_ids, stay: { key: 'one' } })
  const number = await system.encode(plastic, 'front-desk')
  const wish = { reference: 'm', mode: 'mobile_key' as const, user_id: ann, entrance_ids, stay: { key: 'one' } }
  const mobile = await system.put({ ...wish, phone_id: 'phone' })
  await system.remove(plastic)
  await system.remove(mobile)
  expect(await reason('room-103', number)).toBe('granted')
  const shown = await system.building.presentPhone({ entrance_id: 'room-103', phone_id: 'phone' })
  expect(shown.reason).toBe('revoked')
})
