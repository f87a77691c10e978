import { beforeEach, describe, expect, test } from 'vitest'
import { memoryHost, MemoryRecords, type MemoryHost } from '../kit/memory-records.ts'
import type { DesiredCredential, DesiredUser, SystemConnection } from '../kit/driver.ts'
import type { VirtualBuilding } from '../kit/virtual.ts'
import { driver } from './driver.ts'

const signal = new AbortController().signal
const HOUR = 3_600_000

let host: MemoryHost
let building: VirtualBuilding
let system: SystemConnection
let changes = 0

beforeEach(async () => {
  const records = new MemoryRecords()
  host = memoryHost(records)
  building = driver.virtualBuilding(records, host)
  await building.seed()
  system = await driver.connect({}, host)
})

function at(hours: number): string {
  return new Date(host.time + hours * HOUR).toISOString()
}

async function putUser(wish: Partial<DesiredUser> = {}): Promise<string> {
  const { external_id } = await system.apply(
    {
      id: `change-${++changes}`,
      kind: 'put_user',
      user: {
        reference: 'jane',
        external_id: null,
        full_name: 'Jane Doe',
        email_address: null,
        phone_number: null,
        is_suspended: false,
        schedule: null,
        group_ids: ['all-guests', 'floor-1'],
        entrance_ids: [],
        ...wish,
      },
    },
    signal,
  )
  return external_id ?? ''
}

function wish(user_id: string, more: Partial<DesiredCredential> = {}): DesiredCredential {
  return {
    reference: 'card-1',
    external_id: null,
    mode: 'card',
    user_id,
    entrance_ids: [],
    code: null,
    card_number: null,
    stay: null,
    phone_id: null,
    options: {},
    starts_at: null,
    ends_at: null,
    ...more,
  }
}

async function put(credential: DesiredCredential): Promise<DesiredCredential> {
  const { external_id } = await system.apply({ id: `change-${++changes}`, kind: 'put_credential', credential }, signal)
  return { ...credential, external_id }
}

async function encode(credential: DesiredCredential, encoder_id = 'front-desk'): Promise<string> {
  const card = await system.cardEncoding?.encode({ attempt_id: `attempt-${++changes}`, encoder_id, credential }, signal)
  return card?.card_number ?? ''
}

const reason = async (entrance_id: string, card_number: string) =>
  (await building.presentCard({ entrance_id, card_number })).reason

test("writes the doors of all of the user's groups, online and offline", async () => {
  const user = await putUser()
  const card = await encode(await put(wish(user)))
  expect(await reason('room-101', card)).toBe('granted')
  expect(await reason('main-entrance', card)).toBe('granted')
  expect(await reason('gym', card)).toBe('no_access_to_entrance')
})

test('each door has the common part of its window and that of the credential', async () => {
  const { external_id: group } = await system.apply(
    {
      id: 'late',
      kind: 'put_group',
      group: {
        reference: 'late',
        external_id: null,
        name: 'Late',
        entrance_ids: ['room-101'],
        starts_at: at(2),
        ends_at: at(8),
      },
    },
    signal,
  )
  const user = await putUser({ group_ids: ['all-guests', group ?? ''] })
  const card = await encode(await put(wish(user, { starts_at: at(0), ends_at: at(4) })))
  expect(await reason('room-101', card)).toBe('not_yet_valid')
  host.time += 3 * HOUR
  expect(await reason('room-101', card)).toBe('granted')
  host.time += HOUR
  expect(await reason('room-101', card)).toBe('expired')
})

test('deleting reaches the online door at once and the plastic at an online door', async () => {
  const user = await putUser()
  const credential = await put(wish(user))
  const card = await encode(credential)
  await system.apply(
    { id: 'gone', kind: 'delete_credential', external_id: credential.external_id ?? '', mode: 'card' },
    signal,
  )
  expect(await reason('room-101', card)).toBe('granted')
  expect(await reason('main-entrance', card)).toBe('revoked')
  expect(await reason('room-101', card)).toBe('revoked')
})

test('a change of groups is brought to the card by an online door', async () => {
  const user = await putUser({ group_ids: ['all-guests'] })
  const card = await encode(await put(wish(user)))
  expect(await reason('room-101', card)).toBe('no_access_to_entrance')
  await putUser({ external_id: user })
  expect(await reason('room-101', card)).toBe('no_access_to_entrance')
  expect(await reason('main-entrance', card)).toBe('granted')
  expect(await reason('room-101', card)).toBe('granted')
})

test('a suspended user is refused online at once, offline after the card was told, and comes back the same way', async () => {
  const user = await putUser()
  const card = await encode(await put(wish(user)))
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
  const first = await put(wish(user))
  const old = await encode(first)
  await system.apply(
    { id: 'lost', kind: 'delete_credential', external_id: first.external_id ?? '', mode: 'card' },
    signal,
  )
  const replacement = await encode(await put(wish(user, { reference: 'card-2' })))
  expect(replacement).not.toBe(old)
  expect(await reason('room-101', old)).toBe('granted')
  expect((await building.presentCard({ entrance_id: 'room-101', card_number: replacement })).ended_references).toEqual([
    'card-1',
  ])
  expect(await reason('room-101', old)).toBe('overridden')
  expect(await reason('room-102', old)).toBe('granted')
})

test('a newer stay ends the older one at its room, and a joiner comes in with its stay', async () => {
  const ann = await putUser({ reference: 'ann' })
  const bob = await putUser({ reference: 'bob' })
  const cyd = await putUser({ reference: 'cyd' })
  const first = await encode(await put(wish(ann, { reference: 'a', stay: { key: 'stay-1' } })))
  const second = await encode(await put(wish(bob, { reference: 'b', stay: { key: 'stay-2' } })))
  const joiner = await encode(await put(wish(cyd, { reference: 'c', stay: { key: 'stay-2' } })))
  expect(await reason('room-101', first)).toBe('granted')
  expect(await building.presentCard({ entrance_id: 'room-101', card_number: joiner })).toMatchObject({
    opened: true,
    ended_references: ['a'],
  })
  expect(await reason('room-101', second)).toBe('granted')
  expect(await reason('room-101', first)).toBe('overridden')
  expect(await reason('main-entrance', first)).toBe('granted')
})

test('assign_new_key false writes on the card the user has', async () => {
  const user = await putUser({ group_ids: ['all-guests'] })
  const card = await encode(await put(wish(user)))
  await putUser({ external_id: user })
  const again = await encode(await put(wish(user, { reference: 'card-2', options: { assign_new_key: false } })))
  expect(again).toBe(card)
  expect(await reason('room-101', card)).toBe('granted')
})

test('the keypad takes the PIN that was wished for, and no other door has one', async () => {
  const user = await putUser({ group_ids: ['amenities'] })
  await put(wish(user, { reference: 'pin', mode: 'code', code: '4821', ends_at: at(1) }))
  const enter = async (entrance_id: string, code: string) => (await building.enterCode({ entrance_id, code })).reason
  expect(await enter('parking', '4821')).toBe('granted')
  expect(await enter('parking', '1111')).toBe('unknown_credential')
  expect(await enter('gym', '4821')).toBe('no_access_to_entrance')
  host.time += HOUR
  expect(await enter('parking', '4821')).toBe('expired')
})

test('a PIN another person has at the same time is refused', async () => {
  const ann = await putUser({ reference: 'ann' })
  const bob = await putUser({ reference: 'bob' })
  await put(wish(ann, { reference: 'pin-a', mode: 'code', code: '4821', ends_at: at(1) }))
  await expect(
    put(wish(bob, { reference: 'pin-b', mode: 'code', code: '4821', ends_at: at(2) })),
  ).rejects.toMatchObject({ kind: 'conflict' })
  await put(wish(bob, { reference: 'pin-c', mode: 'code', code: '4821', starts_at: at(1), ends_at: at(2) }))
})

describe('mobile keys', () => {
  test('open with the phone they were issued to, follow the groups, and are gone when deleted', async () => {
    const user = await putUser()
    const key = await put(wish(user, { reference: 'mobile', mode: 'mobile_key', phone_id: 'phone-1' }))
    const present = async (entrance_id: string) =>
      (await building.presentPhone({ entrance_id, phone_id: 'phone-1' })).reason
    expect(await present('room-101')).toBe('granted')
    expect((await building.presentPhone({ entrance_id: 'room-101', phone_id: 'phone-2' })).reason).toBe(
      'unknown_credential',
    )
    await putUser({ external_id: user, group_ids: ['all-guests'] })
    expect(await present('room-101')).toBe('no_access_to_entrance')
    await putUser({ external_id: user, is_suspended: true })
    expect(await present('room-101')).toBe('suspended')
    await putUser({ external_id: user })
    await system.apply(
      { id: 'del', kind: 'delete_credential', external_id: key.external_id ?? '', mode: 'mobile_key' },
      signal,
    )
    expect(await present('room-101')).toBe('revoked')
    expect(await present('main-entrance')).toBe('revoked')
  })

  test('open without a phone on the Instant Key page, and end an older stay like a card', async () => {
    const ann = await putUser({ reference: 'ann' })
    const bob = await putUser({ reference: 'bob' })
    const card = await encode(await put(wish(ann, { reference: 'a', stay: { key: 'stay-1' } })))
    await put(wish(bob, { reference: 'm', mode: 'mobile_key', stay: { key: 'stay-2' } }))
    expect(await building.presentMobileKeys({ entrance_id: 'room-102', credential_references: ['m'] })).toMatchObject({
      opened: true,
      ended_references: ['a'],
    })
    expect(await reason('room-102', card)).toBe('overridden')
  })
})
