// A space gains and loses doors while somebody stays in it: the grants over it follow, system by system, and the keys
// open what the space has at that moment (core.md section 5).
import { afterAll, beforeEach, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import {
  Across,
  doorsFor,
  eventsSince,
  hurried,
  idsOf,
  placesOf,
  type Door,
  type Json,
  type Key,
  type Mode,
} from './support.ts'

const server = await startTestServer({ frozenAt: '2030-06-01T09:00:00.000Z' })
const seam = hurried(server)
const across = new Across(server, seam, await placesOf(seam))
afterAll(() => server[Symbol.asyncDispose]())

const AUTO: readonly Mode[] = ['code', 'mobile_key', 'cloud_key']
const takesAny = (door: Door): boolean => AUTO.some((mode) => door.takes.has(mode))

let base = Date.parse('2030-06-01T09:00:00.000Z')
const at = (minutes: number): string => new Date(base + minutes * 60_000).toISOString()
beforeEach(async () => {
  base += 20 * 86_400_000
  await server.freeze(at(0))
  await server.settle()
})

let count = 0
async function spaceWith(doors: readonly Door[]): Promise<string> {
  const { space_id } = await seam.spaces.create({ name: `Space ${++count}`, acs_entrance_ids: idsOf(doors) })
  return space_id
}
async function grantOver(space_id: string, modes: readonly Mode[], more: object = {}): Promise<Json> {
  return across.grant({
    space_ids: [space_id],
    requested_access_methods: modes.map((mode) => ({ mode })),
    starts_at: at(0),
    ends_at: at(120),
    reservation_key: `spaces ${count}`,
    ...more,
  })
}
const idOf = (grant: Json): string => grant['access_grant_id'] as string

/** What opens: the doors of `all` at which some key of the grant is accepted. */
async function opened(grant: Json, all: readonly Door[]): Promise<string[]> {
  const keys: Key[] = await across.keys(grant)
  const open: string[] = []
  for (const door of all) {
    const means = keys.filter(
      (key) => door.takes.has(key.mode) && (key.mode !== 'cloud_key' || key.covers.has(door.acs_entrance_id)),
    )
    const answers = []
    for (const key of means) answers.push(await key.at(door.acs_entrance_id))
    if (answers.includes('granted')) open.push(door.acs_entrance_id)
  }
  return open.sort()
}

test('systems come and go with the doors of the space, for every grant over it', async () => {
  const all = across.places.flatMap((place) => place.doors.filter(takesAny).slice(0, 1))
  const half = all.slice(0, Math.ceil(all.length / 2))
  const rest = all.filter((door) => !half.includes(door))
  const anchor = all.find((door) => door.isReservable) as Door
  const space = await spaceWith([...new Set([anchor, ...half])])
  const grants = [await grantOver(space, AUTO), await grantOver(space, AUTO)]
  await server.settle()
  const first = [...new Set([anchor, ...half])]
  for (const grant of grants) expect(await opened(grant, all)).toEqual(idsOf(first).sort())

  await seam.spaces.addAcsEntrances({ space_id: space, acs_entrance_ids: idsOf(rest) })
  await server.settle()
  for (const grant of grants) {
    expect(await opened(grant, all)).toEqual(idsOf(all).sort())
    expect(await across.get(idOf(grant))).toMatchObject({ errors: [], warnings: [], pending_mutations: [] })
  }
  await seam.spaces.removeAcsEntrances({
    space_id: space,
    acs_entrance_ids: idsOf(half.filter((door) => door !== anchor)),
  })
  await server.settle()
  const last = [...new Set([anchor, ...rest])]
  for (const grant of grants) {
    expect(await opened(grant, all)).toEqual(idsOf(last).sort())
    expect(await across.get(idOf(grant))).toMatchObject({ errors: [], warnings: [], pending_mutations: [] })
    const related = (await seam.accessGrants.getRelated({ access_grant_ids: [idOf(grant)] })) as Json
    expect((related['acs_entrances'] as Door[]).map((door) => door.acs_entrance_id).sort()).toEqual(idsOf(last).sort())
    const systems = new Set(last.map((door) => door.acs_system_id))
    expect((related['acs_systems'] as Json[]).map((one) => one['acs_system_id']).sort()).toEqual([...systems].sort())
  }
  const told = await eventsSince(seam, at(-1), /door/)
  for (const grant of grants) {
    const own = told.filter((event) => event['access_grant_id'] === idOf(grant))
    const of = (type: string) =>
      own.flatMap((event) => (event.event_type === `access_grant.${type}` ? [event['acs_entrance_id'] as string] : []))
    expect(of('access_granted_to_door').sort()).toEqual(idsOf(all).sort())
    expect(of('access_to_door_lost').sort()).toEqual(idsOf(half.filter((door) => door !== anchor)).sort())
    // When it was made, and when it had grown; with fewer doors it has been complete all along.
    expect(own.filter((event) => event.event_type === 'access_grant.access_granted_to_all_doors')).toHaveLength(2)
  }
}, 120_000)

test('a door that the grant names itself stays when the space gives it up', async () => {
  const place = across.places.find((one) => one.type === 'salto_ks_site')
  const [a, b] = doorsFor(place as NonNullable<typeof place>, 'code') as [Door, Door]
  const space = await spaceWith([a, b])
  const grant = await grantOver(space, ['code'], { acs_entrance_ids: idsOf([a]), reservation_key: undefined })
  await seam.spaces.update({ space_id: space, acs_entrance_ids: [] })
  await server.settle()
  expect(await opened(grant, [a, b])).toEqual(idsOf([a]))
  await seam.spaces.delete({ space_id: space })
  await server.settle()
  expect(await opened(grant, [a, b])).toEqual(idsOf([a]))
  expect((await across.get(idOf(grant)))['space_ids']).toEqual([])
})

test('a plastic card keeps its doors until it is encoded again; what decides online follows at once', async () => {
  const hotel = across.places.find((place) => place.type === 'visionline_system')
  const [room, common] = hotel?.doors as [Door, Door]
  const online = across.places.find((place) => place.type === 'salto_ks_site')
  const [office] = doorsFor(online as NonNullable<typeof online>, 'card') as [Door]
  const space = await spaceWith([room, common, office])
  const grant = await grantOver(space, ['card'])
  const keys = await across.keys(grant)
  const [plastic] = keys.filter((key) => key.covers.has(room.acs_entrance_id)) as [Key]
  const [tag] = keys.filter((key) => key.covers.has(office.acs_entrance_id)) as [Key]
  for (const door of [room, common]) expect(await plastic.at(door.acs_entrance_id)).toBe('granted')
  expect(await tag.at(office.acs_entrance_id)).toBe('granted')

  await seam.spaces.removeAcsEntrances({ space_id: space, acs_entrance_ids: idsOf([common, office]) })
  await server.settle()
  expect(await plastic.at(common.acs_entrance_id)).toBe('granted')
  expect(await tag.at(office.acs_entrance_id)).not.toBe('granted')
  expect(await across.method(plastic.access_method_id)).toMatchObject({ is_issued: false, is_encoding_required: true })
  expect((await across.get(idOf(grant)))['warnings']).toMatchObject([
    { warning_code: 'overprovisioned_access', acs_entrance_ids: idsOf([common]) },
  ])
  const { acs_encoder_id } = hotel as { acs_encoder_id: string }
  const card_id = await across.cardOf(plastic.access_method_id, hotel as NonNullable<typeof hotel>)
  await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_id })
  await seam.accessMethods.encode({ access_method_id: plastic.access_method_id, acs_encoder_id })
  await server.settle()
  expect(await plastic.at(common.acs_entrance_id)).toBe('no_access_to_entrance')
  expect(await plastic.at(room.acs_entrance_id)).toBe('granted')
  expect(await across.get(idOf(grant))).toMatchObject({ warnings: [], pending_mutations: [], errors: [] })
})

test('a space that changes while a system is away: what waits is named, and comes', async () => {
  const place = across.places.find((one) => one.type === 'salto_ks_site') as NonNullable<(typeof across.places)[0]>
  const hotel = across.places.find((one) => one.type === 'visionline_system') as NonNullable<(typeof across.places)[0]>
  const [a] = doorsFor(place, 'mobile_key') as [Door]
  const [room] = hotel.doors.filter((door) => door.isReservable) as [Door]
  const space = await spaceWith([room])
  const grant = await grantOver(space, ['mobile_key'])
  expect(await opened(grant, [room, a])).toEqual(idsOf([room]))
  await across.fault(place, 'offline')
  await seam.spaces.addAcsEntrances({ space_id: space, acs_entrance_ids: idsOf([a]) })
  await server.settle()
  expect(await across.get(idOf(grant))).toMatchObject({
    warnings: [{ warning_code: 'underprovisioned_access', acs_entrance_ids: idsOf([a]) }],
    pending_mutations: [{ mutation_code: 'updating_spaces' }],
  })
  // It is gone again before the system was back: nothing waits for it.
  await seam.spaces.removeAcsEntrances({ space_id: space, acs_entrance_ids: idsOf([a]) })
  await server.settle()
  expect((await across.get(idOf(grant)))['pending_mutations']).toMatchObject(
    (await across.get(idOf(grant)))['warnings'].map(() => ({ mutation_code: 'updating_spaces' })),
  )
  const complete = /granted_to_all_doors/
  expect(await eventsSince(seam, at(-1), complete)).toHaveLength(2)
  await seam.spaces.addAcsEntrances({ space_id: space, acs_entrance_ids: idsOf([a]) })
  await server.settle()
  expect(await eventsSince(seam, at(-1), complete)).toHaveLength(2)
  await across.fault(place, 'none')
  await server.settle()
  expect(await opened(grant, [room, a])).toEqual(idsOf([room, a]).sort())
  expect(await eventsSince(seam, at(-1), complete)).toHaveLength(3)
  expect(await across.get(idOf(grant))).toMatchObject({ warnings: [], pending_mutations: [], errors: [] })
})
