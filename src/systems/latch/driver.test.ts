import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestSystem } from '../kit/testing.ts'
import { driver } from './driver.ts'
import { RESIDENT_EMAIL } from './virtual/residents.ts'

let system: TestSystem
let ann: string

beforeEach(async () => {
  system = await TestSystem.of(driver)
  ann = await system.putUser({ reference: 'ann' })
})
afterEach(() => system[Symbol.asyncDispose]())

const enter = async (entrance_id: string, code: string | null) =>
  (await system.building.enterCode({ entrance_id, code: code ?? '' })).reason
const show = async (entrance_id: string, reference: string) =>
  (await system.building.presentMobileKeys({ entrance_id, credential_references: [reference] })).reason

test('the building asks for no login, and says of each door whether it is connected', async () => {
  expect(driver.definition.setup).toEqual([])
  const { entrances } = await system.connection.readState(system.signal)
  expect(entrances.map((door) => door.display_name)).toEqual(['Front Door', 'Unit 1A', 'Unit 1B', 'Gym'])
  expect(entrances[1]?.metadata).toEqual({
    latch_metadata: { door_name: 'Unit 1A', door_type: 'DOOR', accessibility_type: 'PRIVATE', is_connected: true },
  })
  await system.building.setDoor({ entrance_id: 'unit-1a', is_online: false })
  const after = await system.connection.readState(system.signal)
  expect(after.entrances[1]?.metadata).toMatchObject({ latch_metadata: { is_connected: false } })
})

describe('PINs', () => {
  const wish = (reference: string, entrance_ids: string[]) => ({
    reference,
    user_id: ann,
    mode: 'code' as const,
    entrance_ids,
  })

  test('have seven digits, differ, and open the one door of their credential', async () => {
    const [unit, gym] = [await system.put(wish('unit', ['unit-1a'])), await system.put(wish('gym', ['gym']))]
    expect(unit.code).toMatch(/^\d{7}$/)
    expect(gym.code).not.toBe(unit.code)
    expect([await enter('unit-1a', unit.code), await enter('gym', gym.code)]).toEqual(['granted', 'granted'])
    expect(await enter('gym', unit.code)).toBe('no_access_to_entrance')
  })

  test('do not go on a credential of two doors, and are not the caller’s', async () => {
    const two = system.put(wish('two', ['unit-1a', 'gym']))
    await expect(two).rejects.toMatchObject({ kind: 'unsupported' })
    const own = system.put({ ...wish('own', ['gym']), code: '1234567' })
    await expect(own).rejects.toMatchObject({ kind: 'rejected' })
    expect((await system.connection.readState(system.signal)).credentials).toEqual([])
  })
})

test('a mobile key opens all of its doors, and its PIN opens the same ones in the same time', async () => {
  const doors = { reference: 'key', user_id: ann, mode: 'mobile_key' as const, entrance_ids: ['front-door', 'unit-1a'] }
  const key = await system.put({ ...doors, starts_at: system.at(1), ends_at: system.at(2) })
  const copy = await system.put({ ...doors, reference: 'copy', phone_id: 'phone', ends_at: system.at(2) })
  expect(key.code).toMatch(/^\d{7}$/)
  expect(copy.code).toBeNull()
  const at = async (door: string) => [await show(door, 'key'), await enter(door, key.code)]
  expect(await at('unit-1a')).toEqual(['not_yet_valid', 'not_yet_valid'])
  system.pass(1)
  expect(await at('front-door')).toEqual(['granted', 'granted'])
  expect(await at('unit-1b')).toEqual(['no_access_to_entrance', 'no_access_to_entrance'])
  expect((await system.building.presentPhone({ entrance_id: 'unit-1a', phone_id: 'phone' })).reason).toBe('granted')
  const longer = await system.put({ ...key, ends_at: system.at(5) })
  expect(longer.code).toBe(key.code)
  await system.remove(longer)
  expect(await at('front-door')).toEqual(['revoked', 'revoked'])
})

test('somebody who lives here already is not made a second time', async () => {
  const resident = system.putUser({ reference: 'resident', email_address: RESIDENT_EMAIL.toUpperCase() })
  await expect(resident).rejects.toMatchObject({ kind: 'conflict', code: 'latch_conflict_with_resident_user' })
  const { users } = await system.connection.readState(system.signal)
  expect(users.map((user) => user.reference)).toEqual([null, 'ann'])
})
