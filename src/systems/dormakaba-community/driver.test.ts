import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestSystem } from '../kit/testing.ts'
import { driver } from './driver.ts'

let system: TestSystem
let ann: string
let bob: string

beforeEach(async () => {
  system = await TestSystem.of(driver)
  ann = await system.putUser({ reference: 'ann', group_ids: ['guests'] })
  bob = await system.putUser({ reference: 'bob', group_ids: ['guests'] })
})
afterEach(() => system[Symbol.asyncDispose]())

type Wish = Partial<Parameters<TestSystem['put']>[0]>

async function card(reference: string, user_id: string, wish: Wish = {}): Promise<string> {
  return system.encode(await system.put({ reference, user_id, ...wish }), 'encoder-1')
}

const reason = (entrance_id: string, card_number: string) => system.presentCard(entrance_id, card_number)

test('a card opens its own doors and those of its groups, in its own time', async () => {
  const window = { starts_at: system.at(1), ends_at: system.at(3) }
  const number = await card('a', ann, { entrance_ids: ['unit-101'], stay: { key: 'one' }, ...window })
  expect(await reason('unit-101', number)).toBe('not_yet_valid')
  expect(await reason('lobby', number)).toBe('not_yet_valid')
  system.pass(1)
  expect(await reason('unit-101', number)).toBe('granted')
  expect(await reason('lobby', number)).toBe('granted')
  expect(await reason('unit-102', number)).toBe('no_access_to_entrance')
  system.pass(2)
  expect(await reason('unit-101', number)).toBe('expired')
  expect(await reason('gym', number)).toBe('expired')
})

test('what is on the card is what stood when it was encoded', async () => {
  const credential = await system.put({
    reference: 'a',
    user_id: ann,
    entrance_ids: ['unit-101'],
    stay: { key: 'one' },
  })
  const number = await system.encode(credential, 'encoder-1')
  await system.putUser({ reference: 'ann', external_id: ann, group_ids: [] })
  await system.putGroup({ reference: 'g', external_id: 'guests', name: 'Guests', entrance_ids: [] })
  expect(await reason('lobby', number)).toBe('granted')
  await system.encode(credential, 'encoder-1')
  expect(await reason('lobby', number)).toBe('no_access_to_entrance')
  expect(await reason('unit-101', number)).toBe('granted')
})

test('a newer stay ends the older one at the unit, not at the doors of the group', async () => {
  const own = { entrance_ids: ['unit-101'] }
  const old = await card('a', ann, { ...own, stay: { key: 'one' } })
  const joiner = await card('b', bob, { ...own, stay: { key: 'one' } })
  expect(await reason('unit-101', old)).toBe('granted')
  expect(await reason('unit-101', joiner)).toBe('granted')
  const newer = await card('c', bob, { ...own, stay: { key: 'two' } })
  const used = await system.building.presentCard({ entrance_id: 'unit-101', card_number: newer })
  expect(used.ended_references.sort()).toEqual(['a', 'b'])
  expect(await reason('unit-101', old)).toBe('overridden')
  expect(await reason('lobby', old)).toBe('granted')
})

test('staff come in by their group: they end nobody and nobody ends them', async () => {
  const carl = await system.putUser({ reference: 'carl', group_ids: ['staff'] })
  const staff = await card('s', carl)
  const guest = await card('g', ann, { entrance_ids: ['unit-101'], stay: { key: 'one' } })
  expect(await reason('unit-101', guest)).toBe('granted')
  expect(await reason('unit-101', staff)).toBe('granted')
  expect(await reason('unit-101', guest)).toBe('granted')
  // A member of staff who lives in one unit is a guest there, and staff at the others.
  const both = await card('b', carl, { entrance_ids: ['unit-102'], stay: { key: 'two' } })
  const other = await card('o', bob, { entrance_ids: ['unit-101', 'unit-102'], stay: { key: 'three' } })
  expect(await reason('unit-101', both)).toBe('granted')
  expect(await reason('unit-101', guest)).toBe('granted')
  expect(await reason('unit-102', both)).toBe('granted')
  expect(await reason('unit-102', other)).toBe('granted')
  expect(await reason('unit-102', both)).toBe('overridden')
})

test('a mobile key opens its own doors and those of its groups', async () => {
  const entrance_ids = ['unit-104']
  await system.put({
    reference: 'm',
    mode: 'mobile_key',
    user_id: ann,
    entrance_ids,
    stay: { key: 'one' },
    phone_id: 'p',
  })
  const at = async (entrance_id: string) => (await system.building.presentPhone({ entrance_id, phone_id: 'p' })).reason
  expect(await Promise.all(['unit-104', 'gym', 'unit-103'].map(at))).toEqual([
    'granted',
    'granted',
    'no_access_to_entrance',
  ])
})
