import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestSystem } from '../kit/testing.ts'
import { declarations } from './declarations.ts'
import { driver } from './driver.ts'

describe('declarations', () => {
  const entrance = (declared: Record<string, unknown>, isRemoved = false) =>
    declarations.entrance(declared, { isRemoved })

  test('a room is a guest door with a number for a name', () => {
    expect(entrance({ room_number: ' 105 ' })).toEqual({
      external_id: 'room-105',
      display_name: 'Room 105',
      can_unlock_with: { code: false, card: true, mobile_key: false, cloud_key: false },
      can_belong_to_reservation: true,
      is_locked: null,
      metadata: { hotek_metadata: { room_number: '105' } },
    })
  })

  test('a common area goes by its number and shows its name', () => {
    expect(entrance({ common_area_number: '3', common_area_name: 'Sauna' })).toMatchObject({
      external_id: 'common-area-3',
      display_name: 'Sauna',
      can_belong_to_reservation: false,
      metadata: { hotek_metadata: { common_area_number: '3', common_area_name: 'Sauna' } },
    })
  })

  test('a room and a common area of one number are two doors', () => {
    expect(entrance({ common_area_number: '101', common_area_name: 'Bar' })).not.toMatchObject({
      external_id: (entrance({ room_number: '101' }) as { external_id: string }).external_id,
    })
  })

  test('an encoder goes by its number', () => {
    expect(declarations.encoder({ encoder_number: '2' })).toEqual({
      external_id: 'encoder-2',
      display_name: 'Encoder 2',
    })
    expect(declarations.encoder({ encoder_number: ' ' })).toMatchObject({ field: 'encoder_number' })
  })

  test.each([
    [{}, 'room_number'],
    [{ room_number: '1', common_area_number: '1', common_area_name: 'Bar' }, 'room_number'],
    [{ room_number: '' }, 'room_number'],
    [{ room_number: 'x'.repeat(51) }, 'room_number'],
    [{ room_number: '101', common_area_name: 'Bar' }, 'common_area_name'],
    [{ common_area_number: '1' }, 'common_area_name'],
    [{ common_area_number: ' ', common_area_name: 'Bar' }, 'common_area_number'],
    [{ common_area_name: 'Bar' }, 'room_number'],
  ])('%j is refused for its %s', (declared, field) => {
    expect(entrance(declared)).toMatchObject({ field, message: expect.stringMatching(/./) as string })
  })

  test('what is removed needs no name', () => {
    expect(entrance({ common_area_number: '1' }, true)).toMatchObject({ external_id: 'common-area-1' })
    expect(entrance({}, true)).toMatchObject({ field: 'room_number' })
  })
})

describe('the site', () => {
  let system: TestSystem
  let ann: string

  beforeEach(async () => {
    system = await TestSystem.of(driver)
    ann = await system.putUser({ reference: 'ann', full_name: 'Ann Lee' })
  })
  afterEach(() => system[Symbol.asyncDispose]())

  const reason = (entrance_id: string, card_number: string) => system.presentCard(entrance_id, card_number)

  test('a room that was declared later opens as those from the start do', async () => {
    const bob = await system.putUser({ reference: 'bob' })
    const wish = { entrance_ids: ['room-907', 'common-area-9'], ends_at: system.at(2) }
    const first = await system.put({ reference: 'a', user_id: ann, ...wish, stay: { key: 'one' } })
    const card = await system.encode(first, 'encoder-7')
    expect(await reason('room-907', card)).toBe('granted')
    expect(await reason('common-area-9', card)).toBe('granted')
    expect(await reason('room-101', card)).toBe('no_access_to_entrance')
    const newer = await system.put({ reference: 'b', user_id: bob, ...wish, stay: { key: 'two' } })
    expect(await reason('room-907', await system.encode(newer, 'encoder-7'))).toBe('granted')
    expect(await reason('room-907', card)).toBe('overridden')
    expect(await reason('common-area-9', card)).toBe('granted')
    system.pass(2)
    expect(await reason('common-area-9', card)).toBe('expired')
  })

  test('what is no number of its kind is not there', async () => {
    await expect(system.put({ reference: 'a', user_id: ann, entrance_ids: ['room-'] })).rejects.toMatchObject({
      kind: 'not_found',
    })
    const credential = await system.put({ reference: 'a', user_id: ann, entrance_ids: ['room-101'] })
    await expect(system.encode(credential, 'front-desk')).rejects.toMatchObject({ code: 'encoder_not_online' })
  })

  test('cards alone open its doors', async () => {
    const wish = { reference: 'm', user_id: ann, mode: 'mobile_key' as const, entrance_ids: ['room-101'] }
    await expect(system.put(wish)).rejects.toMatchObject({ kind: 'unsupported' })
  })
})
