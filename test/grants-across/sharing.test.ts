// Two grants of one person over the same doors in the same time share what can be shared; each lives as long as it is
// meant to, whatever happens to the other (core.md 6.4 (b)).
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import {
  Across,
  doorsFor,
  eventsSince,
  hurried,
  idsOf,
  placesOf,
  somebody,
  type Door,
  type Json,
  type Key,
  type Mode,
} from './support.ts'

const server = await startTestServer({ frozenAt: '2030-06-01T09:00:00.000Z' })
const seam = hurried(server)
const across = new Across(server, seam, await placesOf(seam))
afterAll(() => server[Symbol.asyncDispose]())

const SHARED: readonly Mode[] = ['code', 'mobile_key', 'cloud_key']
const requested_access_methods = SHARED.map((mode) => ({ mode }))
/** One door for each mode of each system. */
const doors = [
  ...new Set(across.places.flatMap((place) => SHARED.flatMap((mode) => doorsFor(place, mode).slice(0, 1)))),
]

let base = Date.parse('2030-06-01T09:00:00.000Z')
const at = (minutes: number): string => new Date(base + minutes * 60_000).toISOString()
beforeEach(async () => {
  base += 20 * 86_400_000
  await server.freeze(at(0))
  await server.settle()
})

let keyCount = 0
interface Pair {
  person: string
  one: Json
  two: Json
  keys: Key[]
}

async function pair(more: object = {}): Promise<Pair> {
  const { user_identity_id } = await seam.userIdentities.create(somebody())
  const params = {
    user_identity_id,
    acs_entrance_ids: idsOf(doors),
    requested_access_methods,
    starts_at: at(0),
    ends_at: at(30),
    reservation_key: `sharing ${++keyCount}`,
    ...more,
  }
  const one = await across.grant(params)
  await server.settle()
  const two = await across.grant(params)
  return { person: user_identity_id, one, two, keys: await across.keys(one) }
}
const idOf = (grant: Json): string => grant['access_grant_id'] as string
const methodsOf = (grant: Json): string[] => [...(grant['access_method_ids'] as string[])].sort()

async function wrong(keys: readonly Key[], isOpen: boolean, of: readonly Door[] = doors): Promise<string[]> {
  const found: string[] = []
  for (const key of keys) {
    for (const door of of) {
      if (!key.covers.has(door.acs_entrance_id)) continue
      if (((await key.at(door.acs_entrance_id)) === 'granted') !== isOpen)
        found.push(`${key.mode} at ${across.place(door.acs_system_id).type} ${door.display_name}`)
    }
  }
  return found
}

describe('the same doors and times', () => {
  test('one set of keys for both, told of with both ids, and open until the last has gone', async () => {
    const { one, two, keys, person } = await pair()
    expect(methodsOf(two)).toEqual(methodsOf(one))
    expect(await wrong(keys, true)).toEqual([])
    const events = await eventsSince(seam, at(-1), /^access_(grant|method)/)
    const ofSecond = events.filter((event) => event['access_grant_id'] === idOf(two))
    expect(ofSecond[0]?.event_type).toBe('access_grant.created')
    expect(ofSecond.at(-1)?.event_type).toBe('access_grant.access_granted_to_all_doors')
    expect(
      ofSecond.flatMap((event) => (event.event_type.endsWith('to_door') ? [event['acs_entrance_id']] : [])).sort(),
    ).toEqual(idsOf(doors).sort())
    expect(events.filter((event) => event.event_type === 'access_method.created')).toHaveLength(keys.length)
    expect(events.filter((event) => event.event_type === 'access_method.issued')).toHaveLength(keys.length)

    await seam.accessGrants.delete({ access_grant_id: idOf(one) })
    expect(await wrong(keys, true)).toEqual([])
    for (const id of methodsOf(two)) expect(await across.method(id)).toMatchObject({ is_issued: true })
    const batch = await seam.accessMethods.getRelated({ access_method_ids: methodsOf(two) })
    const grants = (batch as unknown as { access_grants: Json[] }).access_grants
    expect(grants.map((grant) => grant['access_grant_id'])).toEqual([idOf(two)])
    await seam.accessGrants.delete({ access_grant_id: idOf(two) })
    expect(
      await wrong(
        keys.filter((key) => key.mode !== 'cloud_key'),
        false,
      ),
    ).toEqual([])
    expect(await seam.acs.credentials.list({ user_identity_id: person })).toEqual([])
    const deleted = (await eventsSince(seam, at(-1), /^access_(grant|method)\.deleted$/)).map((one) => one.event_type)
    expect(deleted).toEqual([
      'access_grant.deleted',
      ...keys.map(() => 'access_method.deleted'),
      'access_grant.deleted',
    ])
  }, 60_000)

  test('both end at once: nothing is left anywhere', async () => {
    const { keys, person } = await pair()
    await server.advance(at(30))
    expect(
      await wrong(
        keys.filter((key) => key.mode !== 'cloud_key'),
        false,
      ),
    ).toEqual([])
    expect(await seam.acs.credentials.list({ user_identity_id: person })).toEqual([])
    const users = (await seam.acs.users.list({ user_identity_id: person })) as unknown as Json[]
    const ids = users.map((user) => user['acs_user_id'])
    const left = await server.sql(
      `SELECT g.name FROM acs_user u JOIN acs_access_group g ON g.acs_access_group_id = ANY(u.acs_access_group_ids)
        WHERE u.acs_user_id = ANY($1) AND g.is_managed`,
      [ids],
    )
    expect(left).toEqual([])
  }, 60_000)

  test('a method deleted by its id is gone for both', async () => {
    const { one, two, keys } = await pair()
    const [key] = keys.filter((one) => one.mode === 'mobile_key')
    const access_method_id = key?.access_method_id ?? ''
    await seam.accessMethods.delete({ access_method_id })
    for (const grant of [one, two]) {
      expect((await across.get(idOf(grant)))['access_method_ids']).not.toContain(access_method_id)
    }
    const lost = await eventsSince(seam, at(-1), /^access_method\.deleted$/)
    expect(lost).toMatchObject([{ access_method_id }])
    expect([...(lost[0]?.['access_grant_ids'] as string[])].sort()).toEqual([idOf(one), idOf(two)].sort())
  }, 60_000)
})

test('one of the two is prolonged: it gets its own where there is room for two, and says so where there is not', async () => {
  const { one, two, keys } = await pair()
  await across.update(idOf(two), { ends_at: at(60) })
  await server.settle()
  // The first is as it was.
  for (const id of methodsOf(one)) expect(await across.method(id)).toMatchObject({ is_issued: true, warnings: [] })
  expect((await across.get(idOf(one)))['errors']).toEqual([])
  expect(await wrong(keys, true)).toEqual([])
  const after = await across.get(idOf(two))
  const own = (after['access_method_ids'] as string[]).filter((id) => !methodsOf(one).includes(id))
  expect(own.length).toBeGreaterThan(0)
  expect(after['access_method_ids']).toEqual(own)
  // One mobile key a person at Salto Space, one PIN a person at Brivo: named, with what to do about it.
  const errors = (after['errors'] as Json[]).map((error) => String(error['message']))
  for (const message of errors) expect(message).toMatch(/allows one|No requested access method can open/)
  const longer = await across.keys(two)
  expect(await wrong(longer, true)).toEqual([])
  await server.advance(at(30))
  expect(
    await wrong(
      keys.filter((key) => key.mode === 'code'),
      false,
    ),
  ).toEqual([])
  expect(await wrong(longer, true)).toEqual([])
  await server.advance(at(60))
  expect(
    await wrong(
      longer.filter((key) => key.mode !== 'cloud_key'),
      false,
    ),
  ).toEqual([])
}, 60_000)

test('cards, other times, other doors and other reservations are not shared', async () => {
  const { user_identity_id } = await seam.userIdentities.create(somebody())
  const online = across.places.find((place) => place.type === 'salto_ks_site')
  if (online === undefined) throw new Error('no Salto KS')
  const [a, b] = doorsFor(online, 'code') as [Door, Door]
  const base_ = { user_identity_id, acs_entrance_ids: idsOf([a]), starts_at: at(0), ends_at: at(30) }
  const mobile = { requested_access_methods: [{ mode: 'mobile_key' }] }
  const first = await across.grant({ ...base_, ...mobile })
  const same = await across.grant({ ...base_, ...mobile })
  expect(methodsOf(same)).toEqual(methodsOf(first))
  for (const other of [{ ends_at: at(31) }, { starts_at: at(1) }, { acs_entrance_ids: idsOf([a, b]) }]) {
    expect(methodsOf(await across.grant({ ...base_, ...mobile, ...other }))).not.toEqual(methodsOf(first))
  }
  const cards = { requested_access_methods: [{ mode: 'card' }] }
  const [one, two] = [await across.grant({ ...base_, ...cards }), await across.grant({ ...base_, ...cards })]
  expect(methodsOf(one)).not.toEqual(methodsOf(two))
  const hotel = across.places.find((place) => place.type === 'visionline_system')
  const room = hotel?.doors.find((door) => door.isReservable)
  if (room === undefined) throw new Error('no room')
  const inRoom = { ...base_, ...mobile, acs_entrance_ids: idsOf([room]) }
  const stay = await across.grant({ ...inRoom, reservation_key: `sharing ${++keyCount}` })
  const another = await across.grant({ ...inRoom, reservation_key: `sharing ${++keyCount}` })
  expect(methodsOf(another)).not.toEqual(methodsOf(stay))
})
