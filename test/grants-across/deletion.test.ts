// A grant or an access method is deleted while a system that holds some of it is away: it stays to be read until that
// system has confirmed it, keeps nobody from anything, and goes exactly once (core.md 6.9, 7.7).
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import { Across, doorsFor, eventsSince, hurried, idsOf, placesOf, somebody, type Json, type Key } from './support.ts'

const BEGINNING = '2030-06-01T09:00:00.000Z'
const server = await startTestServer({ frozenAt: BEGINNING })
const seam = hurried(server)
const across = new Across(server, seam, await placesOf(seam))
afterAll(() => server[Symbol.asyncDispose]())

const placeOf = (type: string) => {
  const place = across.places.find((one) => one.type === type)
  if (place === undefined) throw new Error(`no ${type}`)
  return place
}
const away = placeOf('salto_ks_site')
const other = placeOf('brivo_account')
const [here] = doorsFor(away, 'code')
const [there] = doorsFor(other, 'code')
if (here === undefined || there === undefined) throw new Error('no doors with keypads')
const doors = [here, there]

let base = Date.parse(BEGINNING)
const iso = (minutes: number): string => new Date(base + minutes * 60_000).toISOString()

beforeEach(async () => {
  base += 24 * 3_600_000
  await server.freeze(iso(0))
  await server.settle()
})
afterEach(async () => {
  await across.fault(away, 'none')
  await across.fault(other, 'none')
  await server.settle()
})

const idOf = (grant: Json): string => grant['access_grant_id'] as string

async function grantOver(more: object = {}): Promise<Json> {
  const grant = await across.grant({
    acs_entrance_ids: idsOf(doors),
    requested_access_methods: [{ mode: 'code' }],
    starts_at: iso(-1),
    ...more,
  })
  await server.settle()
  return across.get(idOf(grant))
}

const at = async (keys: readonly Key[], acs_entrance_id: string): Promise<string[]> => {
  const taking = keys.filter((key) => key.covers.has(acs_entrance_id))
  expect(taking.length).toBeGreaterThan(0)
  return Promise.all(taking.map((key) => key.at(acs_entrance_id)))
}
const deletions = async () => (await eventsSince(seam, iso(-1), /\.deleted$/)).map((event) => event.event_type)
const beingDeleted = (name: string) => ({
  warning_code: 'being_deleted',
  message: expect.stringContaining(name) as unknown,
})
const nameOf = async (acs_system_id: string): Promise<string> => (await seam.acs.systems.get({ acs_system_id })).name

test('a grant stays until the system that is away has confirmed it, and goes once', async () => {
  const grant = await grantOver({ access_grant_key: 'stays' })
  const id = idOf(grant)
  const keys = await across.keys(grant)
  await across.fault(away, 'offline')
  const name = await nameOf(away.acs_system_id)
  const { warnings } = await server.ok('/access_grants/delete', { access_grant_id: id })
  expect(warnings).toMatchObject([{ warning_code: 'no_effect_yet', parameter: 'access_grant_id' }])

  expect(await at(keys, there.acs_entrance_id)).not.toContain('granted')
  expect(await at(keys, here.acs_entrance_id)).toEqual(['granted'])
  const shown = { display_status: 'Being deleted', warnings: [beingDeleted(name)], pending_mutations: [] }
  expect(await across.get(id)).toMatchObject(shown)
  expect(await seam.accessGrants.get({ access_grant_key: 'stays' })).toMatchObject({ access_grant_id: id })
  expect(await seam.accessGrants.list({ access_grant_ids: [id] })).toMatchObject([shown])
  const methods = await across.methods(id)
  expect(methods).toMatchObject([{ display_status: 'Being deleted', warnings: [beingDeleted(name)] }])
  expect(JSON.stringify(methods)).not.toContain(await nameOf(other.acs_system_id))
  const related = await seam.accessGrants.getRelated({ access_grant_ids: [id], include: ['access_methods'] } as never)
  expect((related as unknown as { access_methods: Json[] }).access_methods).toEqual(methods)
  expect(await deletions()).not.toContain('access_grant.deleted')

  // Asked for again, it is asked again, and says the same.
  const again = await server.ok('/access_grants/delete', { access_grant_id: id })
  expect(again['warnings']).toMatchObject([{ warning_code: 'no_effect_yet' }])

  await across.fault(away, 'none')
  await server.settle()
  await expect(across.get(id)).rejects.toMatchObject({ code: 'access_grant_not_found' })
  await expect(across.method(methods[0]?.['access_method_id'] as string)).rejects.toMatchObject({
    code: 'access_method_not_found',
  })
  expect(await at(keys, here.acs_entrance_id)).not.toContain('granted')
  const events = await deletions()
  const ofGrant = events.filter((one) => !one.startsWith('acs_'))
  expect(ofGrant).toEqual([...keys.map(() => 'access_method.deleted'), 'access_grant.deleted'])
  expect(events.lastIndexOf('acs_credential.deleted')).toBeLessThan(events.lastIndexOf('access_method.deleted'))
  const last = (await eventsSince(seam, iso(-1), /^access_method\.deleted$/)).at(-1)
  expect(last).toMatchObject({
    access_grant_ids: [id],
    access_grant_keys: ['stays'],
    acs_system_id: away.acs_system_id,
  })
  const third = await server.post('/access_grants/delete', { access_grant_id: id })
  expect([third.status, third.body['error'].type]).toEqual([404, 'access_grant_not_found'])
})

test('deleting again asks the system at once', async () => {
  const grant = await grantOver()
  await across.fault(away, 'offline')
  await server.ok('/access_grants/delete', { access_grant_id: idOf(grant) })
  await across.fault(away, 'none')
  // The clock stands still: nothing is asked again by itself.
  const { warnings } = await server.ok('/access_grants/delete', { access_grant_id: idOf(grant) })
  expect(warnings).toBeUndefined()
  await expect(across.get(idOf(grant))).rejects.toMatchObject({ code: 'access_grant_not_found' })
})

test('nothing can be done with it meanwhile, and the answer says why', async () => {
  const grant = await grantOver({
    acs_entrance_ids: [...idsOf(doors), ...idsOf(doorsFor(away, 'cloud_key').slice(0, 1))],
    requested_access_methods: [{ mode: 'code' }, { mode: 'cloud_key' }],
    access_grant_key: 'frozen',
  })
  const access_grant_id = idOf(grant)
  await across.fault(away, 'offline')
  await server.ok('/access_grants/delete', { access_grant_id })
  const cloud = (await across.methods(access_grant_id)).find((one) => one['mode'] === 'cloud_key')
  const access_method_id = cloud?.['access_method_id'] as string
  const attempts: [string, object, string][] = [
    ['/access_grants/update', { access_grant_id, name: 'New' }, 'access_grant'],
    ['/access_grants/update', { access_grant_key: 'frozen', ends_at: iso(600) }, 'access_grant'],
    [
      '/access_grants/request_access_methods',
      { access_grant_id, requested_access_methods: [{ mode: 'code' }] },
      'access_grant',
    ],
    ['/access_methods/create', { access_grant_id, mode: 'code' }, 'access_grant'],
    ['/access_methods/unlock_door', { access_method_id, acs_entrance_id: here.acs_entrance_id }, 'access_method'],
    ['/access_methods/assign_card', { access_method_id, card_number: '1' }, 'access_method'],
  ]
  for (const [path, params, resource] of attempts) {
    const { status, body } = await server.post(path, params)
    expect([path, status, body['error'].type]).toEqual([path, 404, `${resource}_not_found`])
    expect(body['error'].message).toMatch(/being deleted/)
  }
})

test('its keys are free at once, its PIN is not', async () => {
  const grant = await grantOver({ access_grant_key: 'reused' })
  const [method] = await across.methods(idOf(grant))
  const pins = new Set((await across.methods(idOf(grant))).map((one) => one['code'] as string))
  await across.fault(away, 'offline')
  await server.ok('/access_grants/delete', { access_grant_id: idOf(grant) })
  const code = method?.['code'] as string
  const second = await across.grant({
    access_grant_key: 'reused',
    acs_entrance_ids: [here.acs_entrance_id],
    requested_access_methods: [{ mode: 'code', code }],
    starts_at: iso(-1),
  })
  expect(idOf(second)).not.toBe(idOf(grant))
  // The key now means the new one.
  expect(await seam.accessGrants.get({ access_grant_key: 'reused' })).toMatchObject({ access_grant_id: idOf(second) })
  await server.ok('/access_grants/update', { access_grant_key: 'reused', name: 'Second' })
  await across.fault(away, 'none')
  await server.settle()
  const [held] = await across.methods(idOf(second))
  expect(pins).not.toContain(held?.['code'])
  expect(await across.get(idOf(second))).toMatchObject({ name: 'Second' })
})

test('a reservation key begins anew while the stay before is still being taken away', async () => {
  const space = placeOf('salto_space_system')
  const { acs_system_id } = space
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id })
  const rooms = (acs_entrances as Json[]).filter((door) => door['can_belong_to_reservation'] === true)
  const [room, next] = rooms.map((door) => door['acs_entrance_id'] as string)
  if (room === undefined || next === undefined) throw new Error('no two rooms')
  const stay = (acs_entrance_id: string) => ({
    acs_entrance_ids: [acs_entrance_id],
    requested_access_methods: [{ mode: 'mobile_key' }],
    reservation_key: 'stay',
    starts_at: iso(-1),
    ends_at: iso(600),
  })
  const first = await grantOver(stay(room))
  await across.fault(space, 'offline')
  await server.ok('/access_grants/delete', { access_grant_id: idOf(first) })
  expect(await across.get(idOf(first))).toMatchObject({ display_status: 'Being deleted' })
  const second = await across.grant(stay(next))
  // Deleting all of the reservation's methods now means those of the new grant, and asks for the old ones again.
  await across.fault(space, 'none')
  await server.settle()
  await server.ok('/access_methods/delete', { reservation_key: 'stay' })
  expect(await across.methods(idOf(second))).toEqual([])
  await expect(across.get(idOf(first))).rejects.toMatchObject({ code: 'access_grant_not_found' })
  await across.get(idOf(second))
})

test('a method that is deleted stays in the same way, and its grant survives', async () => {
  const grant = await grantOver()
  const id = idOf(grant)
  const before = await across.methods(id)
  const method = before.find((one) => one['access_method_id'] !== undefined)
  const access_method_id = method?.['access_method_id'] as string
  await across.fault(away, 'offline')
  await across.fault(other, 'offline')
  const { warnings } = await server.ok('/access_methods/delete', { access_method_id })
  expect(warnings).toMatchObject([{ warning_code: 'no_effect_yet', parameter: 'access_method_id' }])
  expect(await across.method(access_method_id)).toMatchObject({ warnings: [{ warning_code: 'being_deleted' }] })
  expect((await across.get(id))['access_method_ids']).not.toContain(access_method_id)
  expect((await across.methods(id)).map((one) => one['access_method_id'])).toContain(access_method_id)
  await server.ok('/access_methods/delete', { access_method_id })

  // Then the grant: it waits for the method that went before it.
  await server.ok('/access_grants/delete', { access_grant_id: id })
  expect(await across.get(id)).toMatchObject({ display_status: 'Being deleted' })
  await across.fault(away, 'none')
  await across.fault(other, 'none')
  await server.settle()
  await expect(across.get(id)).rejects.toMatchObject({ code: 'access_grant_not_found' })
  const gone = (await deletions()).filter((one) => !one.startsWith('acs_'))
  expect(gone).toEqual([...before.map(() => 'access_method.deleted'), 'access_grant.deleted'])
})

test('two systems that come back at the same moment leave nothing behind', async () => {
  for (let round = 0; round < 5; round++) {
    const grant = await grantOver({ access_grant_key: `both ${round}` })
    await across.fault(away, 'offline')
    await across.fault(other, 'offline')
    await server.ok('/access_grants/delete', { access_grant_id: idOf(grant) })
    await Promise.all([across.fault(away, 'none'), across.fault(other, 'none')])
    await server.settle()
    await expect(across.get(idOf(grant))).rejects.toMatchObject({ code: 'access_grant_not_found' })
  }
  const grants = (await deletions()).filter((one) => one === 'access_grant.deleted')
  expect(grants).toHaveLength(5)
  expect(await server.sql(`SELECT 1 FROM access_method WHERE is_deleting`)).toEqual([])
})

test('a key whose making was never answered is taken away too', async () => {
  const hotel = placeOf('visionline_system')
  const { acs_system_id } = hotel
  const [room] = hotel.doors.filter((door) => door.isReservable && door.takes.has('mobile_key'))
  if (room === undefined) throw new Error('no room')
  const stay = (reservation_key: string, from: number, more: object) => ({
    acs_entrance_ids: [room.acs_entrance_id],
    requested_access_methods: [{ mode: 'mobile_key' }],
    reservation_key,
    starts_at: iso(from),
    ends_at: iso(from + 600),
    ...more,
  })
  // The person and the phone are known there before.
  const first = await grantOver(stay('known', 1000, {}))
  const { user_identity_id } = first as { user_identity_id: string }
  await across.keys(first)
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'answer_lost' })
  const grant = await across.grant(stay('lost', -1, { user_identity_id }))
  const waiting = 'SELECT 1 FROM acs_credential WHERE attempts > 0 AND reported IS NULL'
  await expect.poll(async () => (await server.sql(waiting)).length).toBeGreaterThan(0)
  const [method] = await across.methods(idOf(grant))
  const key = await across.key(method as Json, user_identity_id)
  expect(await key.at(room.acs_entrance_id)).toBe('granted')
  await across.fault(hotel, 'offline')
  await server.ok('/access_grants/delete', { access_grant_id: idOf(grant) })
  expect(await across.get(idOf(grant))).toMatchObject({ display_status: 'Being deleted' })
  await across.fault(hotel, 'none')
  await server.settle()
  expect(await key.at(room.acs_entrance_id)).not.toBe('granted')
  await expect(across.get(idOf(grant))).rejects.toMatchObject({ code: 'access_grant_not_found' })
})

test('a person who is deleted takes such a grant along', async () => {
  const grant = await grantOver({ user_identity: somebody() })
  await across.fault(away, 'offline')
  await server.ok('/access_grants/delete', { access_grant_id: idOf(grant) })
  await server.ok('/user_identities/delete', { user_identity_id: grant['user_identity_id'] })
  await expect(across.get(idOf(grant))).rejects.toMatchObject({ code: 'access_grant_not_found' })
  await across.fault(away, 'none')
  await server.settle()
  const gone = (await deletions()).filter((one) => one.startsWith('access_grant'))
  expect(gone).toEqual(['access_grant.deleted'])
})

test('a sandbox that is reset meanwhile holds nothing of it', async () => {
  await using own = await startTestServer()
  const acs_system_id = await own.systemOf('salto_ks')
  const { access_grant } = await own.ok('/access_grants/create', {
    user_identity: somebody(),
    acs_entrance_ids: [await own.entrance('salto_ks', here.display_name)],
    requested_access_methods: [{ mode: 'code' }],
  })
  await own.settle()
  await own.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'offline' })
  await own.ok('/access_grants/delete', { access_grant_id: access_grant.access_grant_id })
  expect(await own.sql('SELECT 1 FROM access_grant WHERE is_deleting')).toHaveLength(1)
  await own.ok('/workspaces/reset_sandbox')
  await expect.poll(() => own.sql('SELECT 1 FROM access_grant')).toEqual([])
  await own.settle()
  const left = 'SELECT 1 FROM access_method UNION ALL SELECT 1 FROM acs_credential WHERE is_deleting'
  expect(await own.sql(left)).toEqual([])
})
