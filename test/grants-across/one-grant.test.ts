// One grant over every system there is, with a space and all four modes: what it gives, what it tells, and what opens.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import {
  Across,
  doorsFor,
  eventsSince,
  hurried,
  idsOf,
  MAKES_ITS_OWN_PINS,
  MODES,
  placesOf,
  somebody,
  type Json,
  type Key,
  type Told,
} from './support.ts'

const MORNING = '2030-06-01T09:00:00.000Z'
const STARTS = '2030-06-01T15:00:00.000Z'
const ENDS = '2030-06-04T11:00:00.000Z'

const server = await startTestServer({ frozenAt: MORNING })
const seam = hurried(server)
const across = new Across(server, seam, await placesOf(seam))
afterAll(() => server[Symbol.asyncDispose]())

const { places } = across
const doors = across.doors
/** Half of the doors are named, half come through a space; one is both. */
const named = doors.filter((_, n) => n % 2 === 0)
const inSpace = [...doors.filter((_, n) => n % 2 === 1), ...doors.slice(0, 1)]

let grant: Json
let id: string
let methods: Json[]
let keys: Key[]

beforeAll(async () => {
  const space = await seam.spaces.create({ name: 'Everything else', acs_entrance_ids: idsOf(inSpace) })
  await server.settle()
  // From here on only this grant is told of.
  await server.advance('2030-06-01T09:00:01.000Z')
  grant = await across.grant({
    user_identity: somebody(),
    acs_entrance_ids: idsOf(named),
    space_ids: [space.space_id],
    requested_access_methods: MODES.map((mode) => ({ mode })),
    starts_at: STARTS,
    ends_at: ENDS,
    access_grant_key: 'everything',
    reservation_key: 'everything',
  })
  id = grant['access_grant_id'] as string
  await server.settle()
  methods = await across.methods(id)
})

test('five systems and more are covered', () => {
  expect(places.length).toBeGreaterThanOrEqual(5)
  for (const mode of MODES) expect(places.filter((place) => doorsFor(place, mode).length > 0).length).toBeGreaterThan(1)
})

test('cards, mobile keys and cloud keys: one method for each system that has doors for them', async () => {
  for (const mode of ['card', 'mobile_key', 'cloud_key'] as const) {
    const made = methods.filter((method) => method['mode'] === mode)
    const expected = places.map((place) => idsOf(doorsFor(place, mode)).sort()).filter((ids) => ids.length > 0)
    const covered = await Promise.all(
      made.map(async (method) => [...(await across.covers(method['access_method_id'] as string))].sort()),
    )
    expect(covered.sort()).toEqual(expected.sort())
  }
})

test('PINs: one value wherever the caller may choose, the system’s own elsewhere', async () => {
  const made = methods.filter((method) => method['mode'] === 'code')
  const covers = await Promise.all(made.map((method) => across.covers(method['access_method_id'] as string)))
  const chosenAt = places
    .filter((place) => !MAKES_ITS_OWN_PINS.has(place.type))
    .flatMap((place) => doorsFor(place, 'code'))
  const shared = made.filter((_, n) => covers[n]?.has(chosenAt[0]?.acs_entrance_id ?? ''))
  expect(shared).toHaveLength(1)
  expect([...(covers[made.indexOf(shared[0] ?? {})] ?? [])].sort()).toEqual(idsOf(chosenAt).sort())
  expect(shared[0]).toMatchObject({ is_issued: true, code: expect.stringMatching(/^\d{4,9}$/) as unknown })

  for (const place of places.filter((one) => MAKES_ITS_OWN_PINS.has(one.type))) {
    const own = made.filter((_, n) => idsOf(place.doors).some((door) => covers[n]?.has(door)))
    expect(own.length).toBeGreaterThan(0)
    const codes = own.map((method) => method['code'] as string)
    expect(new Set([...codes, shared[0]?.['code']]).size).toBe(codes.length + 1)
  }
  const covered = covers.flatMap((ids) => [...ids])
  expect(covered.sort()).toEqual(idsOf(places.flatMap((place) => doorsFor(place, 'code'))).sort())
})

test('the grant names each request’s methods, and nothing is wrong with it', async () => {
  expect(await across.get(id)).toMatchObject({ errors: [], warnings: [], pending_mutations: [] })
  const byRequest = grant['requested_access_methods'] as { mode: string; created_access_method_ids: string[] }[]
  for (const request of byRequest) {
    const made = methods.filter((method) => method['mode'] === request.mode)
    expect([...request.created_access_method_ids].sort()).toEqual(made.map((one) => one['access_method_id']).sort())
  }
  expect(byRequest.flatMap((request) => request.created_access_method_ids)).toEqual(grant['access_method_ids'])
  // The link stands on the grant only when there is one mobile key.
  const mobile = methods.filter((method) => method['mode'] === 'mobile_key')
  expect('instant_key_url' in grant).toBe(mobile.length === 1)
  for (const method of mobile) expect(method['instant_key_url']).toMatch(/^http/)
})

test('what surrounds it: every door once, every system, the space, a user in each system', async () => {
  const batch = (await seam.accessGrants.getRelated({ access_grant_ids: [id] })) as Json
  const ids = (group: string, field: string) => (batch[group] as Json[]).map((one) => one[field] as string).sort()
  expect(ids('acs_entrances', 'acs_entrance_id')).toEqual(idsOf(doors).sort())
  expect(ids('acs_systems', 'acs_system_id')).toEqual(places.map((place) => place.acs_system_id).sort())
  expect(ids('spaces', 'space_id')).toEqual(grant['space_ids'])
  expect(ids('access_methods', 'access_method_id')).toEqual([...(grant['access_method_ids'] as string[])].sort())
  expect(ids('user_identities', 'user_identity_id')).toEqual([grant['user_identity_id']])
  const users = (await seam.acs.users.list({
    user_identity_id: grant['user_identity_id'],
  })) as unknown as Json[]
  expect(users.map((user) => user['acs_system_id']).sort()).toEqual(places.map((place) => place.acs_system_id).sort())
})

test('what was told, in order, with the right ids', async () => {
  const events = await eventsSince(seam, '2030-06-01T09:00:00.999Z', /^(access_|acs_user|acs_credential|space)/)
  const types = events.map((event) => event.event_type)
  const first = (match: (event: Told) => boolean) => events.findIndex(match)
  expect(events[0]).toMatchObject({ event_type: 'access_grant.created', access_grant_id: id })

  const users = events.filter((event) => event.event_type === 'acs_user.created')
  expect(users.map((event) => event['acs_system_id']).sort()).toEqual(places.map((one) => one.acs_system_id).sort())
  const created = events.filter((event) => event.event_type === 'access_method.created')
  expect(created.map((event) => event['access_method_id'])).toEqual(grant['access_method_ids'])
  expect(types.lastIndexOf('acs_user.created')).toBeLessThan(types.indexOf('access_method.created'))

  const opened = events.filter((event) => event.event_type === 'access_grant.access_granted_to_door')
  expect(opened.map((event) => event['acs_entrance_id']).sort()).toEqual(idsOf(doors).sort())
  const all = events.filter((event) => event.event_type === 'access_grant.access_granted_to_all_doors')
  expect(all).toMatchObject([{ access_grant_id: id }])
  expect(types.indexOf('access_grant.access_granted_to_all_doors')).toBeGreaterThan(
    types.lastIndexOf('access_grant.access_granted_to_door'),
  )

  for (const method of methods) {
    const { access_method_id, mode } = method as { access_method_id: string; mode: string }
    const own = events.filter((event) => event['access_method_id'] === access_method_id)
    for (const event of own) expect(event).toMatchObject({ access_grant_ids: [id], access_grant_keys: ['everything'] })
    const last =
      mode !== 'card'
        ? 'access_method.issued'
        : method['is_assignment_required'] === true
          ? 'access_method.card_assignment_required'
          : 'access_method.card_encoding_required'
    expect(own.map((event) => event.event_type)).toEqual(['access_method.created', last])
    const covered = await across.covers(access_method_id)
    const systems = new Set(doors.filter((door) => covered.has(door.acs_entrance_id)).map((door) => door.acs_system_id))
    const [only] = systems.size === 1 ? systems : []
    for (const event of own) expect(event['acs_system_id']).toBe(only)
    if (mode === 'code') expect(own[1]).toMatchObject({ code: method['code'] })
  }
  // Credentials before the methods they stand for; a method with several waits for all of them.
  for (const method of methods) {
    const { access_method_id } = method as { access_method_id: string }
    const related = { access_method_ids: [access_method_id], include: ['acs_credentials'] }
    const batch = (await seam.accessMethods.getRelated(related as never)) as unknown as { acs_credentials: Json[] }
    const issued = first(
      (event) => event.event_type === 'access_method.issued' && event['access_method_id'] === access_method_id,
    )
    if (issued === -1) continue
    for (const { acs_credential_id } of batch.acs_credentials) {
      const own = events.filter((event) => event['acs_credential_id'] === acs_credential_id)
      expect(own.map((event) => event.event_type)).toEqual(['acs_credential.issued'])
      expect(events.indexOf(own[0] as Told)).toBeLessThan(issued)
    }
  }
  const codes = JSON.stringify(events.filter((event) => event.event_type !== 'access_method.issued'))
  for (const method of methods.filter((one) => one['mode'] === 'code'))
    expect(codes).not.toContain(`"${String(method['code'])}"`)
})

describe('at the doors', () => {
  beforeAll(async () => {
    keys = await across.keys(grant)
  })

  /** Every key at every door of its system; `foreign`: at all other doors, too. */
  async function tryAll(isTime: boolean, isForeignTried = false): Promise<number> {
    const wrong: string[] = []
    let tries = 0
    for (const key of keys) {
      const systems = new Set(
        doors.filter((door) => key.covers.has(door.acs_entrance_id)).map((door) => door.acs_system_id),
      )
      for (const door of doors) {
        if (!isForeignTried && !systems.has(door.acs_system_id)) continue
        // The phone holds the mobile keys of all systems.
        const isCovered =
          key.mode === 'mobile_key'
            ? keys.some((one) => one.mode === 'mobile_key' && one.covers.has(door.acs_entrance_id))
            : key.covers.has(door.acs_entrance_id)
        const answer = await key.at(door.acs_entrance_id)
        tries++
        if ((answer === 'granted') !== (isTime && isCovered)) {
          wrong.push(`${key.mode} at ${across.place(door.acs_system_id).type} ${door.display_name}: ${answer}`)
        }
      }
    }
    expect(wrong).toEqual([])
    return tries
  }

  test('every method is issued once its card is made', async () => {
    for (const method of await across.methods(id)) expect(method).toMatchObject({ is_issued: true, errors: [] })
  })

  test('before the start nothing opens', async () => {
    expect(await tryAll(false, true)).toBeGreaterThan(keys.length)
  }, 120_000)

  test('a millisecond before the start nothing opens', async () => {
    await server.advance('2030-06-01T14:59:59.999Z')
    await tryAll(false)
  }, 60_000)

  test('at the start every key opens exactly the doors it covers', async () => {
    await server.advance(STARTS)
    await tryAll(true, true)
  }, 120_000)

  test('a millisecond before the end they still do', async () => {
    await server.advance('2030-06-04T10:59:59.999Z')
    await tryAll(true)
  }, 60_000)

  test('at the end nothing opens', async () => {
    await server.advance(ENDS)
    await tryAll(false)
    expect(await across.get(id)).toMatchObject({ display_status: 'Ended', errors: [], warnings: [] })
    const { user_identity_id } = grant as { user_identity_id: string }
    expect(await seam.acs.credentials.list({ user_identity_id })).toEqual([])
    const late = await eventsSince(seam, '2030-06-04T10:59:59.999Z', /^(access_|acs_credential)/)
    expect(new Set(late.map((event) => event.event_type))).toEqual(new Set(['acs_credential.deleted']))
  }, 60_000)
})
