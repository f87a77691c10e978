// The sandbox's hotel, through the driver and over its wire.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestSystem, userWish } from '../kit/testing.ts'
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

/** A guest's card for Guest Lock 1, encoded on Encoder 1. */
async function guestCard(reference: string, user_id: string, stay: string | null, wish: Wish = {}): Promise<string> {
  const doors = { entrance_ids: ['guest-lock-1', 'vingcard-lock-2'], stay: stay === null ? null : { key: stay } }
  return system.encode(await system.put({ reference, user_id, ...doors, ...wish }), 'Encoder 1')
}

const reason = (entrance_id: string, card_number: string) => system.presentCard(entrance_id, card_number)
const scan = (encoder_id = 'Encoder 1') =>
  system.connection.cardEncoding?.scan({ encoder_id, options: {} }, system.signal)

test('a card opens its doors in its window and nothing else', async () => {
  const card = await guestCard('a', ann, 'stay-1', { starts_at: system.at(1), ends_at: system.at(3) })
  expect(await reason('guest-lock-1', card)).toBe('not_yet_valid')
  system.pass(1)
  expect(await reason('guest-lock-1', card)).toBe('granted')
  expect(await reason('vingcard-lock-2', card)).toBe('granted')
  expect(await reason('guest-lock-2', card)).toBe('no_access_to_entrance')
  system.pass(2)
  expect(await reason('guest-lock-1', card)).toBe('expired')
})

test('a newer stay ends the older one on first use, at that door alone; common doors take no part', async () => {
  const both = { entrance_ids: ['guest-lock-1', 'guest-lock-2', 'vingcard-lock-2'] }
  const old = await guestCard('a', ann, 'stay-1', both)
  const early = await guestCard('b', bob, 'stay-2', { ...both, starts_at: system.at(1) })
  expect(await reason('guest-lock-1', early)).toBe('not_yet_valid')
  expect(await reason('guest-lock-1', old)).toBe('granted')
  system.pass(1)
  const first = await system.building.presentCard({ entrance_id: 'guest-lock-1', card_number: early })
  expect(first).toEqual({ opened: true, reason: 'granted', credential_reference: 'b', ended_references: ['a'] })
  const second = await system.building.presentCard({ entrance_id: 'guest-lock-1', card_number: early })
  expect(second.ended_references).toEqual([])
  expect(await reason('guest-lock-1', old)).toBe('overridden')
  expect(await reason('guest-lock-2', old)).toBe('granted')
  expect(await reason('vingcard-lock-2', old)).toBe('granted')
})

test('joiners live together, one of an ended stay is refused, and any card of the newer stay ends the older', async () => {
  const host = await guestCard('a', ann, 'stay-1')
  const joiner = await guestCard('b', bob, 'stay-1')
  expect(await reason('guest-lock-1', joiner)).toBe('granted')
  expect(await reason('guest-lock-1', host)).toBe('granted')
  await guestCard('c', ann, 'stay-2')
  const laterJoiner = await guestCard('d', bob, 'stay-2')
  const opened = await system.building.presentCard({ entrance_id: 'guest-lock-1', card_number: laterJoiner })
  expect(opened.ended_references.sort()).toEqual(['a', 'b'])
  const tooLate = await guestCard('e', bob, 'stay-1')
  expect(await reason('guest-lock-1', tooLate)).toBe('overridden')
})

test('staff cards carry no stay: they end nobody and nobody ends them', async () => {
  const staff = await guestCard('s', ann, null, { options: { card_function_type: 'staff' } })
  const guest = await guestCard('g', bob, 'stay-1')
  expect(await reason('guest-lock-1', guest)).toBe('granted')
  expect(await reason('guest-lock-1', staff)).toBe('granted')
  expect(await reason('guest-lock-1', guest)).toBe('granted')
})

test('a suspended user keeps what was issued, and is told so', async () => {
  const card = await guestCard('a', ann, 'stay-1')
  await system.put({ reference: 'm', mode: 'mobile_key', user_id: ann, entrance_ids: ['guest-lock-1'], phone_id: 'p' })
  const put = (is_suspended: boolean) => {
    const user = userWish({ reference: 'ann', is_suspended })
    return system.connection.apply({ id: system.id(), kind: 'put_user', user }, system.signal)
  }
  expect(await put(true)).toEqual({
    external_id: 'ann',
    warnings: [
      { warning_code: 'unknown_issue_with_acs_user', message: expect.stringMatching(/until its end.*newer stay/) },
    ],
  })
  expect(await reason('guest-lock-1', card)).toBe('granted')
  expect((await system.building.presentPhone({ entrance_id: 'guest-lock-1', phone_id: 'p' })).reason).toBe('granted')
  expect(await put(false)).toEqual({ external_id: 'ann', warnings: [] })
})

test('a card that is written again stays in its stay, and one whose first card is gone goes on', async () => {
  const first = await system.put({ reference: 'a', user_id: ann, entrance_ids: ['guest-lock-1'], stay: { key: 's' } })
  const own = await system.encode(first, 'Encoder 1')
  const other = await guestCard('b', bob, 's')
  expect(await reason('guest-lock-1', other)).toBe('granted')
  expect(await system.encode({ ...first, ends_at: system.at(5) }, 'Encoder 1')).toBe(own)
  expect(await reason('guest-lock-1', own)).toBe('granted')
  expect(await reason('guest-lock-1', other)).toBe('granted')
})

test('a revoked mobile key opens nothing', async () => {
  const wish = {
    reference: 'm',
    mode: 'mobile_key' as const,
    user_id: ann,
    entrance_ids: ['guest-lock-1'],
    phone_id: 'p',
  }
  const key = await system.put({ ...wish, stay: { key: 's' } })
  const shown = async () => (await system.building.presentPhone({ entrance_id: 'guest-lock-1', phone_id: 'p' })).reason
  expect(await shown()).toBe('granted')
  await system.put({ ...key, entrance_ids: ['guest-lock-2'] })
  expect(await shown()).toBe('no_access_to_entrance')
  await system.remove(key)
  expect(await shown()).toBe('revoked')
})

test('deleting does not reach plastic, a newer stay does', async () => {
  const credential = await system.put({
    reference: 'a',
    user_id: ann,
    entrance_ids: ['guest-lock-1'],
    stay: { key: 's1' },
  })
  const card = await system.encode(credential, 'Encoder 1')
  await system.remove(credential)
  await system.connection.apply({ id: system.id(), kind: 'delete_user', external_id: ann }, system.signal)
  expect(await reason('guest-lock-1', card)).toBe('granted')
  const newer = await guestCard('b', bob, 's2')
  expect(await reason('guest-lock-1', newer)).toBe('granted')
  expect(await reason('guest-lock-1', card)).toBe('overridden')
})

test('a reservation that is over may be named again: it is a new stay', async () => {
  const stay = { entrance_ids: ['guest-lock-1'], stay: { key: 'room-1' } }
  const first = await system.put({ reference: 'a', user_id: ann, ...stay })
  const old = await system.encode(first, 'Encoder 1')
  expect(await reason('guest-lock-1', old)).toBe('granted')
  expect(await reason('guest-lock-1', await guestCard('b', bob, 'between'))).toBe('granted')
  await system.remove(first)
  const again = await guestCard('c', ann, 'room-1')
  expect(await reason('guest-lock-1', again)).toBe('granted')
  expect(await reason('guest-lock-1', old)).toBe('overridden')
})

describe('the encoder', () => {
  test('writes only cards of the wanted format', async () => {
    const wish = { reference: 'a', user_id: ann, entrance_ids: ['guest-lock-1'], options: { card_format: 'TLCode' } }
    const credential = await system.put(wish)
    await system.building.placeCard({ encoder_id: 'Encoder 1', card_format: 'rfid48' })
    await expect(system.encode(credential, 'Encoder 1')).rejects.toMatchObject({ code: 'incompatible_card_format' })
    await system.building.placeCard({ encoder_id: 'Encoder 1', card_format: 'TLCode' })
    await system.encode(credential, 'Encoder 1')
  })

  test('a low capacity card holds 33 guest rooms, no more', async () => {
    const rooms = Array.from({ length: 34 }, (_, i) => `extra-${i + 1}`)
    const wish = { reference: 'a', user_id: ann, entrance_ids: rooms }
    await using larger = await TestSystem.unseeded(driver)
    await larger.building.seed({ extra_doors: 34 })
    await expect(larger.put(wish)).rejects.toMatchObject({ kind: 'rejected' })
    await larger.put({ ...wish, entrance_ids: rooms.slice(0, 33) })
    await larger.put({ ...wish, reference: 'b', options: { card_format: 'TLCode' } })
    await expect(larger.put({ ...wish, options: { card_format: 'paper' } })).rejects.toMatchObject({ kind: 'rejected' })
  })

  test('a scan tells what stands on the card and what became of it', async () => {
    const card = await guestCard('a', ann, 'stay-1', { ends_at: system.at(2) })
    expect(await scan()).toMatchObject({
      card_number: card,
      ends_at: system.at(2),
      entrance_ids: ['guest-lock-1', 'vingcard-lock-2'],
      credential_id: 'key-a',
      is_issued: true,
      metadata: {
        card_format: 'rfid48',
        card_holder: 'Ann Lee',
        cancelled: false,
        discarded: false,
        expired: false,
        overridden: false,
        overwritten: false,
        number_of_issued_cards: 1,
        guest_entrance_ids: ['guest-lock-1'],
        common_entrance_ids: ['vingcard-lock-2'],
      },
    })
    const [own] = (await system.building.listCards()).filter((one) => one.card_number === card)
    const newer = await guestCard('b', bob, 'stay-2')
    await reason('guest-lock-1', newer)
    system.pass(2)
    await system.building.placeCard({ encoder_id: 'Encoder 1', card_id: own?.card_id })
    expect((await scan())?.metadata).toMatchObject({ overridden: true, expired: true })
  })

  test('a mobile key of a newer stay ends a card like a card does', async () => {
    const card = await guestCard('a', ann, 'stay-1')
    const entrance_ids = ['guest-lock-1']
    await system.put({
      reference: 'm',
      mode: 'mobile_key',
      user_id: bob,
      entrance_ids,
      stay: { key: 's2' },
      phone_id: 'p',
    })
    const opened = await system.building.presentPhone({ entrance_id: 'guest-lock-1', phone_id: 'p' })
    expect(opened).toMatchObject({ opened: true, ended_references: ['a'] })
    expect(await reason('guest-lock-1', card)).toBe('overridden')
  })
})
