import { beforeEach, describe, expect, test } from 'vitest'
import { TestSystem } from '../kit/testing.ts'
import type { CardAssignment, CloudKeys, DesiredCredential } from '../kit/driver.ts'
import { driver } from './driver.ts'

let system: TestSystem
let tags: CardAssignment
let cloud: CloudKeys

beforeEach(async () => {
  system = await TestSystem.of(driver)
  const { cardAssignment, cloudKeys } = system.connection
  if (cardAssignment === undefined || cloudKeys === undefined) throw new Error('a capability is missing')
  tags = cardAssignment
  cloud = cloudKeys
})

const putUser = (wish: Parameters<TestSystem['putUser']>[0] = {}) =>
  system.putUser({ group_ids: ['main-group'], ...wish })
const assign = (credential: DesiredCredential, card_number: string) =>
  tags.assign({ attempt_id: system.id(), card_number, credential }, system.signal)
const enter = async (entrance_id: string, code: string | null) =>
  (await system.building.enterCode({ entrance_id, code: code ?? '' })).reason
const present = (entrance_id: string, card_number: string) => system.presentCard(entrance_id, card_number)

test('a tag of the pool is assigned, opens, and goes back to the pool', async () => {
  const user = await putUser()
  const [number = ''] = await tags.freeCards(system.signal)
  expect(await present('office', number)).toBe('not_issued')
  const credential = await system.put({ reference: 'tag', user_id: user })
  const bound = await assign(credential, ` ${number} `)
  expect(await tags.freeCards(system.signal)).toHaveLength(9)
  expect(await present('office', number)).toBe('granted')
  const other = await system.put({ reference: 'other', user_id: user })
  await expect(assign(other, number)).rejects.toMatchObject({ code: 'credential_not_found' })
  await system.remove({ ...credential, external_id: bound.external_id })
  expect(await present('office', number)).toBe('revoked')
  expect(await tags.freeCards(system.signal)).toHaveLength(10)
})

test('a pool card that gets a user is bound by its number, and free again without one', async () => {
  const user = await putUser()
  const state = await system.connection.readState(system.signal)
  const [free] = state.credentials
  const wish = { reference: 'row', external_id: free?.external_id ?? null, card_number: free?.card_number ?? null }
  const credential = await system.put({ ...wish, user_id: user })
  expect(await present('gym', free?.card_number ?? '')).toBe('granted')
  await system.put({ ...credential, user_id: null })
  expect(await present('gym', free?.card_number ?? '')).toBe('not_issued')
  expect(await tags.freeCards(system.signal)).toHaveLength(10)
  await system.put({ ...credential, external_id: null, reference: 'row-2', user_id: user })
  expect(await present('gym', free?.card_number ?? '')).toBe('granted')
})

test('the reader sees registered tags, and new ones only when told to detect them', async () => {
  const scan = (detect_new_tags: boolean) => tags.scan?.({ encoder_id: 'tag-reader-1', detect_new_tags }, system.signal)
  expect(await scan(false)).toMatchObject({ is_issued: false, card_number: (await tags.freeCards(system.signal))[0] })
  await system.building.placeCard({ encoder_id: 'tag-reader-1', card_format: 'mifare_desfire' })
  await expect(scan(false)).rejects.toMatchObject({ code: 'no_credential_on_encoder' })
  const registered = await scan(true)
  expect(await tags.freeCards(system.signal)).toContain(registered?.card_number)
  await system.building.removeCard('tag-reader-1')
  await expect(scan(true)).rejects.toMatchObject({ code: 'no_credential_on_encoder' })
})

describe('PINs', () => {
  test('are made by the system, six digits, one for one person, and an own one is refused', async () => {
    const user = await putUser()
    const codes = new Set<string>()
    for (let i = 0; i < 50; i++) {
      const credential = await system.put({ reference: `pin-${i}`, user_id: user, mode: 'code' })
      expect(credential.code).toMatch(/^\d{6}$/)
      codes.add(credential.code ?? '')
    }
    expect(codes.size).toBe(50)
    await expect(system.put({ reference: 'own', user_id: user, mode: 'code', code: '123456' })).rejects.toMatchObject({
      kind: 'rejected',
    })
  })

  test('stay the same through changes, and stop at once', async () => {
    const user = await putUser()
    const made = await system.put({ reference: 'pin', user_id: user, mode: 'code', ends_at: system.at(1) })
    const longer = await system.put({ ...made, ends_at: system.at(2) })
    expect(longer.code).toBe(made.code)
    expect(await enter('front-door', made.code)).toBe('granted')
    await putUser({ external_id: user, group_ids: ['amenities'] })
    expect(await enter('front-door', made.code)).toBe('no_access_to_entrance')
    expect(await enter('gym', made.code)).toBe('granted')
    await putUser({ external_id: user, is_suspended: true })
    expect(await enter('gym', made.code)).toBe('suspended')
    await putUser({ external_id: user })
    system.pass(2)
    expect(await enter('gym', made.code)).toBe('expired')
    await system.remove(longer)
    expect(await enter('gym', made.code)).toBe('revoked')
    expect(await enter('gym', '000000')).toBe('unknown_credential')
  })
})

describe('subscriptions', () => {
  test('a user is subscribed within its schedule only', async () => {
    const schedule = { starts_at: system.at(1), ends_at: system.at(2) }
    const user = await putUser({ schedule })
    const { code } = await system.put({ reference: 'pin', user_id: user, mode: 'code' })
    expect(await enter('gym', code)).toBe('not_subscribed')
    system.pass(1)
    expect(await enter('gym', code)).toBe('granted')
    system.pass(1)
    expect(await enter('gym', code)).toBe('not_subscribed')
  })

  test('the answer says whether the user is subscribed', async () => {
    const user = {
      reference: 'u',
      external_id: null,
      full_name: 'U',
      email_address: null,
      phone_number: null,
      is_suspended: false,
    }
    const put = (id: string, starts_at: string | null) =>
      system.connection.apply(
        {
          id,
          kind: 'put_user',
          user: { ...user, schedule: { starts_at, ends_at: null }, group_ids: [], entrance_ids: [] },
        },
        system.signal,
      )
    const later = await put('1', system.at(1))
    expect(later.metadata).toEqual({ is_subscribed: false })
    expect(later.warnings?.map((warning) => warning.warning_code)).toEqual([
      'salto_ks_user_not_subscribed',
      'acs_user_inactive',
    ])
    expect(await put('2', null)).toMatchObject({ metadata: { is_subscribed: true }, warnings: [] })
  })

  test('when all twenty slots are taken the next user waits until one is free', async () => {
    const first = await putUser({ reference: 'u-0', schedule: { starts_at: null, ends_at: system.at(1) } })
    for (let i = 1; i < 20; i++) await putUser({ reference: `u-${i}` })
    const late = { reference: 'late' }
    const full = { kind: 'busy', code: 'salto_ks_subscription_limit_exceeded' }
    await expect(putUser(late)).rejects.toMatchObject(full)
    await system.connection.apply({ id: 'free', kind: 'delete_user', external_id: first }, system.signal)
    await putUser(late)
    await expect(putUser({ reference: 'later' })).rejects.toMatchObject(full)
  })
})

test('a cloud key opens from afar what its user may open, once per attempt', async () => {
  const user = await putUser({ group_ids: ['amenities'] })
  const { external_id } = await system.put({ reference: 'key', user_id: user, mode: 'cloud_key' })
  const unlock = (entrance_id: string, attempt_id = system.id()) =>
    cloud.unlock({ attempt_id, entrance_id, credential_id: external_id ?? '' }, system.signal)
  expect(await unlock('gym', 'a')).toEqual({ was_confirmed_by_device: false })
  await expect(unlock('office')).rejects.toMatchObject({ kind: 'rejected', code: 'no_access_to_entrance' })
  await putUser({ external_id: user, is_suspended: true })
  await expect(unlock('gym')).rejects.toMatchObject({ code: 'suspended' })
  expect(await unlock('gym', 'a')).toEqual({ was_confirmed_by_device: false })
})
