// Callers racing for one reservation: whatever the order, the rules hold for what stands afterwards (core.md 6.5).
import { afterAll, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import { broken, FrontDesk, hotelsOf, hurried, refusal, room, type Guest, type Hotel, type Json } from './support.ts'

const server = await startTestServer()
const seam = hurried(server)
const hotels = await hotelsOf(seam)
afterAll(() => server[Symbol.asyncDispose]())

const ROUNDS = 100
const stay = { starts_at: '2040-08-01T15:00:00.000Z', ends_at: '2040-08-04T11:00:00.000Z' }
/** Rounds go round the systems. */
const hotelOf = (round: number): Hotel => hotels[round % hotels.length] as Hotel
const deskOf = (round: number): FrontDesk => new FrontDesk(server, seam, hotelOf(round))
const idOf = (grant: Json): string => grant['access_grant_id'] as string

/** Both calls at once, now the one first and now the other. */
async function atOnce<T>(round: number, one: () => Promise<T>, two: () => Promise<T>): Promise<[T, T]> {
  if (round % 2 === 0) return Promise.all([one(), two()])
  const [second, first] = await Promise.all([two(), one()])
  return [first, second]
}

type Outcome = { made: Json } | { refused: Awaited<ReturnType<typeof refusal>> }

async function outcome(call: Promise<Json>): Promise<Outcome> {
  const [settled] = await Promise.allSettled([call])
  return settled.status === 'fulfilled' ? { made: settled.value } : { refused: await refusal(call) }
}

/** Exactly one of the two was made, and the other names it. */
function expectOneOf(rule: '2' | '3' | '4', key: string, outcomes: readonly Outcome[], round: number): Json {
  const made = outcomes.flatMap((one) => ('made' in one ? [one.made] : []))
  const refused = outcomes.flatMap((one) => ('refused' in one ? [one.refused] : []))
  const [winner] = made
  expect([made.length, refused.length], `round ${round}`).toEqual([1, 1])
  expect(refused[0], `round ${round}`).toEqual(broken(rule, key, [idOf(winner ?? {})]))
  return winner ?? {}
}

test('two rooms for one key, which every round frees again: one is made', { timeout: 120_000 }, async () => {
  const reservation_key = 'one key'
  const winners = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const desk = deskOf(round)
    const outcomes = await atOnce(
      round,
      () => outcome(desk.grant([room(desk.hotel, 0)], { ...stay, reservation_key, name: 'one' })),
      () => outcome(desk.grant([room(desk.hotel, 1)], { ...stay, reservation_key, name: 'two' })),
    )
    const winner = expectOneOf('2', reservation_key, outcomes, round)
    winners.add(winner['name'] as string)
    await seam.accessGrants.delete({ access_grant_id: idOf(winner) })
  }
  // Neither order is the only one that was tried.
  expect([...winners].sort()).toEqual(['one', 'two'])
})

test('two time frames that do not meet: one is made', { timeout: 120_000 }, async () => {
  const later = { starts_at: stay.ends_at, ends_at: '2040-08-09T11:00:00.000Z' }
  for (let round = 0; round < ROUNDS; round++) {
    const desk = deskOf(round)
    const reservation_key = `times ${round}`
    const doors = [room(desk.hotel, 0)]
    const outcomes = await atOnce(
      round,
      () => outcome(desk.grant(doors, { ...stay, reservation_key })),
      () => outcome(desk.grant(doors, { ...later, reservation_key })),
    )
    expectOneOf('4', reservation_key, outcomes, round)
  }
})

test('two grants that outgrow each other by update: one does', { timeout: 120_000 }, async () => {
  for (let round = 0; round < 20; round++) {
    const desk = deskOf(round)
    const reservation_key = `update ${round}`
    const [a, b, c] = [room(desk.hotel, 0), room(desk.hotel, 1), room(desk.hotel, 2)]
    const first = await desk.grant([a], { ...stay, reservation_key })
    const second = await desk.grant([a], { ...stay, reservation_key })
    const move = (grant: Json, to: string): Promise<Json> =>
      seam.accessGrants
        .update({ access_grant_id: idOf(grant), acs_entrance_ids: [a.acs_entrance_id, to] } as never)
        .then(() => grant)
    const outcomes = await atOnce(
      round,
      () => outcome(move(first, b.acs_entrance_id)),
      () => outcome(move(second, c.acs_entrance_id)),
    )
    // Each would hold more than the other has: none may.
    const messages = outcomes.map((one) => ('refused' in one ? one.refused.data['rule'] : 'made'))
    expect(messages, `round ${round}`).toEqual(['3', '3'])
  }
})

test('a joiner comes while the first goes: what stands is one stay', { timeout: 120_000 }, async () => {
  for (let round = 0; round < 20; round++) {
    const desk = deskOf(round)
    const reservation_key = `leaving ${round}`
    const [a, b] = [room(desk.hotel, 0), room(desk.hotel, 1)]
    const first = await desk.grant([a], { ...stay, reservation_key })
    const [, joined] = await atOnce<Outcome>(
      round,
      () => outcome(seam.accessGrants.delete({ access_grant_id: idOf(first) }).then(() => first)),
      () => outcome(desk.grant([b], { ...stay, reservation_key })),
    )
    const standing = (await seam.accessGrants.list({ reservation_key })) as unknown as Json[]
    expect(standing.map(idOf), `round ${round}`).toEqual('made' in joined ? [idOf(joined.made)] : [])
    if ('refused' in joined) expect(joined.refused).toEqual(broken('2', reservation_key, [idOf(first)]))
  }
})

/** Both cards open the door, each before and after the other: neither ended the other. */
async function expectOneStay(desk: FrontDesk, door: Hotel['rooms'][number], guests: readonly Guest[], round: number) {
  for (const guest of [...guests, ...guests]) expect(await desk.at(door, guest), `round ${round}`).toBe('granted')
}

const now = { starts_at: '2020-01-01T00:00:00.000Z', ends_at: null }

async function cardOf(desk: FrontDesk, grant: Json): Promise<Guest> {
  const [access_method_id = ''] = grant['access_method_ids'] as string[]
  return { access_grant_id: idOf(grant), access_method_id, ...(await desk.encode(access_method_id)) }
}

test('two guests checked in at once are one stay', { timeout: 120_000 }, async () => {
  for (let round = 0; round < 12; round++) {
    const desk = deskOf(round)
    const door = room(desk.hotel, 0)
    const reservation_key = `together ${round}`
    const create = () => desk.grant([door], { ...now, reservation_key })
    const grants = await atOnce(round, create, create)
    const guests = [await cardOf(desk, grants[0]), await cardOf(desk, grants[1])]
    await expectOneStay(desk, door, guests, round)
  }
})

test(
  'two guests whose cards were both lost, asking for new ones at once, are still one stay',
  { timeout: 120_000 },
  async () => {
    for (let round = 0; round < 12; round++) {
      const desk = deskOf(round)
      const door = room(desk.hotel, 1)
      const reservation_key = `lost ${round}`
      const create = () => desk.grant([door], { ...now, reservation_key })
      const grants = [await create(), await create()]
      await seam.accessMethods.delete({ reservation_key })
      const request = async (grant: Json): Promise<Json> =>
        await seam.accessGrants.requestAccessMethods({
          access_grant_id: idOf(grant),
          requested_access_methods: [{ mode: 'card' }],
        })
      const again = await atOnce(
        round,
        () => request(grants[0] as Json),
        () => request(grants[1] as Json),
      )
      const guests = [await cardOf(desk, again[0]), await cardOf(desk, again[1])]
      await expectOneStay(desk, door, guests, round)
    }
  },
)

test('two guests whose space gains its first room are one stay', { timeout: 120_000 }, async () => {
  for (let round = 0; round < 12; round++) {
    const desk = deskOf(round)
    const [home, door] = [room(desk.hotel, 0), room(desk.hotel, 2)]
    const [lobby] = desk.hotel.common
    if (lobby === undefined) throw new Error('no common door')
    const reservation_key = `gained ${round}`
    // The stay is known by its key alone as yet: its cards have no room that the key could stand for.
    const space = await seam.spaces.create({ name: `Suite ${round}`, acs_entrance_ids: [home.acs_entrance_id] })
    const { space_id } = space
    const create = () => desk.grant([lobby], { ...now, reservation_key, space_ids: [space_id] })
    const grants = [await create(), await create()]
    await seam.spaces.update({ space_id, acs_entrance_ids: [] })
    await server.settle()
    await seam.spaces.update({ space_id, acs_entrance_ids: [door.acs_entrance_id] })
    await server.settle()
    const guests = [await cardOf(desk, grants[0] as Json), await cardOf(desk, grants[1] as Json)]
    await expectOneStay(desk, door, guests, round)
  }
})
