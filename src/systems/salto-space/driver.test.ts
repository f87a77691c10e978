import { beforeEach, describe, expect, test } from 'vitest'
import { TestSystem } from '../kit/testing.ts'
import { driver } from './driver.ts'

let system: TestSystem

beforeEach(async () => {
  system = await TestSystem.of(driver)
})

const putUser = (wish: Parameters<TestSystem['putUser']>[0] = {}) =>
  system.putUser({ group_ids: ['all-guests', 'floor-1'], ...wish })
const put = (user_id: string, wish: Partial<Parameters<TestSystem['put']>[0]> = {}) =>
  system.put({ reference: 'card-1', user_id, ...wish })
const encode = (credential: Awaited<ReturnType<typeof put>>) => system.encode(credential, 'front-desk')
const reason = (entrance_id: string, card_number: string) => system.presentCard(entrance_id, card_number)

test("writes the doors of all of the user's groups, online and offline", async () => {
  const user = await putUser()
  const card = await encode(await put(user))
  expect(await reason('room-101', card)).toBe('granted')
  expect(await reason('main-entrance', card)).toBe('granted')
  expect(await reason('gym', card)).toBe('no_access_to_entrance')
})

test('each door has the common part of its window and that of the credential', async () => {
  const late = { reference: 'late', entrance_ids: ['room-101'], starts_at: system.at(2), ends_at: system.at(8) }
  const group = await system.putGroup(late)
  const user = await putUser({ group_ids: ['all-guests', group] })
  const card = await encode(await put(user, { starts_at: system.at(0), ends_at: system.at(4) }))
  expect(await reason('room-101', card)).toBe('not_yet_valid')
  system.pass(3)
  expect(await reason('room-101', card)).toBe('granted')
  system.pass(1)
  expect(await reason('room-101', card)).toBe('expired')
})

test('deleting reaches the online door at once and the plastic at an online door', async () => {
  const user = await putUser()
  const credential = await put(user)
  const card = await encode(credential)
  await system.remove(credential)
  expect(await reason('room-101', card)).toBe('granted')
  expect(await reason('main-entrance', card)).toBe('revoked')
  expect(await reason('room-101', card)).toBe('revoked')
})

test('a change of groups is brought to the card by an online door', async () => {
  const user = await putUser({ group_ids: ['all-guests'] })
  const card = await encode(await put(user))
  expect(await reason('room-101', card)).toBe('no_access_to_entrance')
  await putUser({ external_id: user })
  expect(await reason('room-101', card)).toBe('no_access_to_entrance')
  expect(await reason('main-entrance', card)).toBe('granted')
  expect(await reason('room-101', card)).toBe('granted')
})

test('a suspended user is refused online at once, offline after the card was told, and comes back the same way', async () => {
  const user = await putUser()
  const card = await encode(await put(user))
  await putUser({ external_id: user, is_suspended: true })
  expect(await reason('room-101', card)).toBe('granted')
  expect(await reason('main-entrance', card)).toBe('suspended')
  expect(await reason('room-101', card)).toBe('suspended')
  await putUser({ external_id: user })
  expect(await reason('main-entrance', card)).toBe('granted')
  expect(await reason('room-101', card)).toBe('granted')
})

test("a user's newer card ends the older one, door by door, on first use", async () => {
  const user = await putUser()
  const first = await put(user)
  const old = await encode(first)
  await system.remove(first)
  const replacement = await encode(await put(user, { reference: 'card-2' }))
  expect(replacement).not.toBe(old)
  expect(await reason('room-101', old)).toBe('granted')
  expect(
    (await system.building.presentCard({ entrance_id: 'room-101', card_number: replacement })).ended_references,
  ).toEqual(['card-1'])
  expect(await reason('room-101', old)).toBe('overridden')
  expect(await reason('room-102', old)).toBe('granted')
})

test('a newer stay ends the older one at its room, and a joiner comes in with its stay', async () => {
  const ann = await putUser({ reference: 'ann' })
  const bob = await putUser({ reference: 'bob' })
  const cyd = await putUser({ reference: 'cyd' })
  const first = await encode(await put(ann, { reference: 'a', stay: { key: 'stay-1' } }))
  const second = await encode(await put(bob, { reference: 'b', stay: { key: 'stay-2' } }))
  const joiner = await encode(await put(cyd, { reference: 'c', stay: { key: 'stay-2' } }))
  expect(await reason('room-101', first)).toBe('granted')
  expect(await system.building.presentCard({ entrance_id: 'room-101', card_number: joiner })).toMatchObject({
    opened: true,
    ended_references: ['a'],
  })
  expect(await reason('room-101', second)).toBe('granted')
  expect(await reason('room-101', first)).toBe('overridden')
  expect(await reason('main-entrance', first)).toBe('granted')
})

test('assign_new_key false writes on the card the user has', async () => {
  const user = await putUser({ group_ids: ['all-guests'] })
  const card = await encode(await put(user))
  await putUser({ external_id: user })
  const again = await encode(await put(user, { reference: 'card-2', options: { assign_new_key: false } }))
  expect(again).toBe(card)
  expect(await reason('room-101', card)).toBe('granted')
})

test('the keypad takes the PIN that was wished for, and no other door has one', async () => {
  const user = await putUser({ group_ids: ['amenities'] })
  await put(user, { reference: 'pin', mode: 'code', code: '4821', ends_at: system.at(1) })
  const enter = async (entrance_id: string, code: string) =>
    (await system.building.enterCode({ entrance_id, code })).reason
  expect(await enter('parking', '4821')).toBe('granted')
  expect(await enter('parking', '1111')).toBe('unknown_credential')
  expect(await enter('gym', '4821')).toBe('no_access_to_entrance')
  system.pass(1)
  expect(await enter('parking', '4821')).toBe('expired')
})

test('a PIN another person has at the same time is refused', async () => {
  const ann = await putUser({ reference: 'ann' })
  const bob = await putUser({ reference: 'bob' })
  await put(ann, { reference: 'pin-a', mode: 'code', code: '4821', ends_at: system.at(1) })
  await expect(
    put(bob, { reference: 'pin-b', mode: 'code', code: '4821', ends_at: system.at(2) }),
  ).rejects.toMatchObject({ kind: 'conflict' })
  await put(bob, { reference: 'pin-c', mode: 'code', code: '4821', starts_at: system.at(1), ends_at: system.at(2) })
})

test('a PIN may stand for two people at doors of their own: each opens theirs', async () => {
  await system.building.seed()
  const gym = await system.putGroup({ reference: 'gym', entrance_ids: ['gym'] })
  const parking = await system.putGroup({ reference: 'parking', entrance_ids: ['parking'] })
  const ann = await putUser({ reference: 'ann', group_ids: [gym] })
  const bob = await putUser({ reference: 'bob', group_ids: [parking] })
  await put(ann, { reference: 'pin-a', mode: 'code', code: '4821' })
  await put(bob, { reference: 'pin-b', mode: 'code', code: '4821' })
  const enter = async () => system.building.enterCode({ entrance_id: 'parking', code: '4821' })
  expect(await enter()).toMatchObject({ reason: 'granted' })
  await putUser({ external_id: bob, group_ids: [] })
  expect((await enter()).reason).not.toBe('granted')
})

describe('mobile keys', () => {
  test('open with the phone they were issued to, follow the groups, and are gone when deleted', async () => {
    const user = await putUser()
    const key = await put(user, { reference: 'mobile', mode: 'mobile_key', phone_id: 'phone-1' })
    const present = async (entrance_id: string) =>
      (await system.building.presentPhone({ entrance_id, phone_id: 'phone-1' })).reason
    expect(await present('room-101')).toBe('granted')
    expect((await system.building.presentPhone({ entrance_id: 'room-101', phone_id: 'phone-2' })).reason).toBe(
      'unknown_credential',
    )
    await putUser({ external_id: user, group_ids: ['all-guests'] })
    expect(await present('room-101')).toBe('no_access_to_entrance')
    await putUser({ external_id: user, is_suspended: true })
    expect(await present('room-101')).toBe('suspended')
    await putUser({ external_id: user })
    await system.remove(key)
    expect(await present('room-101')).toBe('revoked')
    expect(await present('main-entrance')).toBe('revoked')
  })

  test('open without a phone on the Instant Key page, and end an older stay like a card', async () => {
    const ann = await putUser({ reference: 'ann' })
    const bob = await putUser({ reference: 'bob' })
    const card = await encode(await put(ann, { reference: 'a', stay: { key: 'stay-1' } }))
    await put(bob, { reference: 'm', mode: 'mobile_key', stay: { key: 'stay-2' } })
    expect(
      await system.building.presentMobileKeys({ entrance_id: 'room-102', credential_references: ['m'] }),
    ).toMatchObject({
      opened: true,
      ended_references: ['a'],
    })
    expect(await reason('room-102', card)).toBe('overridden')
  })
})
