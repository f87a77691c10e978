import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestSystem } from '../kit/testing.ts'
import { driver } from './driver.ts'

let system: TestSystem

beforeEach(async () => {
  system = await TestSystem.of(driver)
})
afterEach(() => system[Symbol.asyncDispose]())

const enter = async (entrance_id: string, code: string) =>
  (await system.building.enterCode({ entrance_id, code })).reason
const put = (reference: string, user_id: string, code: string) => system.put({ reference, user_id, mode: 'code', code })

test('gadgets say what they are, and a PIN has an id of its own', async () => {
  const { entrances } = await system.connection.readState(system.signal)
  expect(entrances.map((door) => door.metadata['akiles_metadata'])).toEqual(
    ['front-door', 'roomlock-1'].map((id) => ({
      gadget_id: `gad_${id}`,
      site_id: 'site_main',
      site_name: 'Main Site',
      actions: [{ id: 'open', name: 'Open' }],
    })),
  )
  const user_id = await system.putUser({ group_ids: ['members'] })
  const credential = { ...(await put('pin', user_id, '482913')), ends_at: system.at(1) }
  const answer = await system.connection.apply({ id: 'again', kind: 'put_credential', credential }, system.signal)
  expect(answer.metadata).toEqual({ member_pin_id: `mpin_${credential.external_id ?? ''}` })
})

test('a PIN has 4 to 20 digits, may begin with zeros, and is one member’s', async () => {
  const ann = await system.putUser({ reference: 'ann', group_ids: ['members'] })
  const bob = await system.putUser({ reference: 'bob', group_ids: ['members'] })
  for (const code of ['0042', '98765432109876543210']) {
    await put(`ann-${code}`, ann, code)
    expect(await enter('roomlock-1', code)).toBe('granted')
    await expect(put(`bob-${code}`, bob, code)).rejects.toMatchObject({ kind: 'conflict' })
  }
  for (const code of ['123', '987654321098765432101'])
    await expect(put(`bad-${code}`, ann, code), code).rejects.toMatchObject({ kind: 'rejected' })
})

test('a member is in several groups, each with dates of its own', async () => {
  const group = (reference: string, entrance: string, from: number, to: number) =>
    system.putGroup({ reference, entrance_ids: [entrance], starts_at: system.at(from), ends_at: system.at(to) })
  const group_ids = [await group('now', 'front-door', 0, 1), await group('later', 'roomlock-1', 2, 3)]
  const user = await system.putUser({ group_ids })
  const { code } = await put('pin', user, '482913')
  const both = async () => [await enter('front-door', code ?? ''), await enter('roomlock-1', code ?? '')]
  expect(await both()).toEqual(['granted', 'not_yet_valid'])
  system.pass(1)
  expect(await both()).toEqual(['expired', 'not_yet_valid'])
  system.pass(1)
  expect(await both()).toEqual(['expired', 'granted'])
  system.pass(1)
  expect(await both()).toEqual(['expired', 'expired'])
})
