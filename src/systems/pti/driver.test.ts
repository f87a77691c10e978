import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestSystem, userWish } from '../kit/testing.ts'
import { driver } from './driver.ts'

const LEVEL = 'level-building-a-3f'
let system: TestSystem

beforeEach(async () => {
  system = await TestSystem.of(driver)
})
afterEach(() => system[Symbol.asyncDispose]())

const enter = async (entrance_id: string, code: string | null) =>
  (await system.building.enterCode({ entrance_id, code: code ?? '' })).reason
const put = async (reference: string, user_id: string, code: string | null, more: object = {}) =>
  (await system.put({ reference, user_id, mode: 'code', code, ...more })).code

test('groups are access levels and units, and units open nothing', async () => {
  const { groups } = await system.connection.readState(system.signal)
  expect(groups.map(({ name, type, entrance_ids }) => [name, type, entrance_ids.length])).toEqual([
    ['Building A - 3/F', 'pti_access_level', 2],
    ['A301', 'pti_unit', 0],
    ['A302', 'pti_unit', 0],
  ])
})

test('a user in no access level is inactive, by the name that PTI has for it, until it is in one', async () => {
  const putUser = async (id: string, group_ids: string[], external_id: string | null = null) =>
    system.connection.apply(
      { id, kind: 'put_user', user: userWish({ reference: 'u', external_id, group_ids }) },
      system.signal,
    )
  const first = await putUser('1', ['unit-a301'])
  expect(first.warnings).toMatchObject([{ warning_code: 'acs_user_inactive' }])
  expect(first.warnings?.[0]?.message).toContain('pti_access_level_not_assigned')
  const user = first.external_id ?? ''
  const code = await put('pin', user, '421')
  expect(await enter('gate', code)).toBe('no_access_to_entrance')
  expect((await putUser('2', ['unit-a301', LEVEL], user)).warnings).toEqual([])
  expect(await enter('gate', code)).toBe('granted')
  // A level that Lockstitch made counts as one.
  const own = await system.putGroup({ reference: 'own', entrance_ids: ['building-a'] })
  expect((await putUser('3', [own], user)).warnings).toEqual([])
  expect(await enter('gate', code)).toBe('no_access_to_entrance')
  expect(await enter('building-a', code)).toBe('granted')
})

describe('PINs', () => {
  let ann: string
  let bob: string

  beforeEach(async () => {
    ann = await system.putUser({ reference: 'ann', group_ids: [LEVEL] })
    bob = await system.putUser({ reference: 'bob', group_ids: [LEVEL] })
  })

  test('are numbers from 1 to 4294967296', async () => {
    expect(await put('least', ann, '1')).toBe('1')
    expect(await put('most', ann, '4294967296')).toBe('4294967296')
    expect([await enter('gate', '1'), await enter('gate', '4294967296')]).toEqual(['granted', 'granted'])
    for (const code of ['0', '0421', '4294967297', '99999999999', '12a4'])
      await expect(put(`bad-${code}`, ann, code), code).rejects.toMatchObject({ kind: 'rejected' })
  })

  test('belong to one person, whatever the times; the same person may use one again', async () => {
    await put('first', ann, '7391', { ends_at: system.at(1) })
    await expect(put('other', bob, '7391', { starts_at: system.at(2) })).rejects.toMatchObject({ kind: 'conflict' })
    expect(await put('second', ann, '7391', { starts_at: system.at(2) })).toBe('7391')
    expect(await enter('gate', '7391')).toBe('granted')
    system.pass(1)
    expect(await enter('gate', '7391')).toBe('not_yet_valid')
    system.pass(1)
    expect(await enter('gate', '7391')).toBe('granted')
  })

  test('are free for somebody else once their credential is gone', async () => {
    const wish = { reference: 'pin', user_id: ann, mode: 'code' as const, code: '7391' }
    await system.remove(await system.put(wish))
    expect(await enter('gate', '7391')).toBe('revoked')
    expect(await put('other', bob, '7391')).toBe('7391')
    expect(await enter('gate', '7391')).toBe('granted')
  })
})

test('a card that carries a PIN lets its holder in with either, until it is gone', async () => {
  const { cardAssignment } = system.connection
  const user = await system.putUser({ group_ids: [LEVEL] })
  const [number = ''] = (await cardAssignment?.freeCards(system.signal)) ?? []
  const credential = await system.put({ reference: 'card', user_id: user, code: '7391' })
  expect(credential.code).toBe('7391')
  const bound = await cardAssignment?.assign({ attempt_id: 'a', card_number: number, credential }, system.signal)
  expect([await system.presentCard('gate', number), await enter('gate', '7391')]).toEqual(['granted', 'granted'])
  await expect(put('pin', await system.putUser({ reference: 'bob' }), '7391')).rejects.toMatchObject({
    kind: 'conflict',
  })
  await system.remove({ ...credential, external_id: bound?.external_id ?? null })
  expect([await system.presentCard('gate', number), await enter('gate', '7391')]).toEqual(['revoked', 'revoked'])
})

test('cards come from a pool and go back to it', async () => {
  const { cardAssignment } = system.connection
  const user = await system.putUser({ group_ids: [LEVEL] })
  const [number = '', ...others] = (await cardAssignment?.freeCards(system.signal)) ?? []
  expect(others).toHaveLength(9)
  const credential = await system.put({ reference: 'card', user_id: user })
  const bound = await cardAssignment?.assign({ attempt_id: 'a', card_number: number, credential }, system.signal)
  expect(await system.presentCard('gate', number)).toBe('granted')
  await system.remove({ ...credential, external_id: bound?.external_id ?? null })
  expect(await system.presentCard('gate', number)).toBe('revoked')
  expect(await cardAssignment?.freeCards(system.signal)).toHaveLength(10)
})
