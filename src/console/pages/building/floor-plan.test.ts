import { describe, expect, test } from 'vitest'
import { columnsFor, floorOf, kindOf, layOut, type PlacedDoor, type PlanDoor } from './floor-plan.ts'

function door(name: string, isReservable = false): PlanDoor {
  return { id: `id of ${name}`, name, isReservable }
}

type Box = Pick<PlacedDoor, 'x' | 'y' | 'width' | 'height'>

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/** mulberry32, seeded. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

test('what is behind a door is told by what it is for, else by its name', () => {
  const kinds = [
    ['Room 101', true, 'room'],
    ['Parking', true, 'room'],
    ['Parking', false, 'gate'],
    ['Garage', false, 'gate'],
    ['Loading Dock', false, 'gate'],
    ['Gate', false, 'gate'],
    ['Elevator A', false, 'lift'],
    ['Main Entrance', false, 'entrance'],
    ['Front Door', false, 'entrance'],
    ['Vingcard Lock 1', false, 'room'],
    ['Unit 1A', false, 'room'],
    ['Door 17', false, 'room'],
    ['204', false, 'room'],
    ['Suite 100', false, 'room'],
    ['Gym', false, 'common'],
    ['Building A', false, 'common'],
    ['Delegate Lounge', false, 'common'],
    ['Uplifting Studio', false, 'common'],
  ] as const
  for (const [name, isReservable, kind] of kinds) expect(kindOf({ name, isReservable }), name).toBe(kind)
})

test('a number of three digits or more says the floor', () => {
  expect(['Room 101', 'Room 1204', 'Room 99', 'Guest Lock 1', 'Tower 2 Room 305', '12 345 B'].map(floorOf)).toEqual([
    1,
    12,
    null,
    null,
    3,
    3,
  ])
})

test('the higher floor is drawn above, entrances at the ground, gates outside below', () => {
  const names = ['Parking', 'Room 102', 'Gym', 'Room 201', 'Main Entrance', 'Room 101', 'Elevator A']
  const plan = layOut(
    names.map((name) => door(name)),
    6,
  )
  expect(plan.floors.map(({ label }) => label)).toEqual(['Floor 2', 'Floor 1', 'Ground floor', 'Outside'])
  expect(plan.doors.map(({ name }) => name)).toEqual([
    ...['Room 201', 'Room 101', 'Room 102', 'Main Entrance', 'Elevator A', 'Gym', 'Parking'],
  ])
  const tops = Object.fromEntries(plan.doors.map(({ name, y }) => [name, y]))
  expect(tops['Room 201']).toBeLessThan(tops['Room 101'] ?? 0)
  expect(tops['Room 101']).toBeLessThan(tops['Gym'] ?? 0)
  expect(tops['Gym']).toBeLessThan(tops['Parking'] ?? 0)
})

test('the order in which doors come does not matter, nor do equal names', () => {
  const doors = [door('Room 10'), door('Room 9'), { ...door('Room 9'), id: 'another' }, door('Lobby'), door('Gate')]
  const plan = layOut(doors, 4)
  expect(layOut([...doors].reverse(), 4)).toEqual(plan)
  expect(plan.doors.slice(0, 3).map(({ name }) => name)).toEqual(['Room 9', 'Room 10', 'Room 9'])
})

test('no door, no plan', () => {
  expect(layOut([], 5)).toMatchObject({ floors: [], doors: [] })
})

describe('any building', () => {
  const NAMES = ['Room', 'Unit', 'Elevator', 'Entrance', 'Parking', 'Gym', 'Door', 'Office', 'Gate', 'Guest Lock']

  test.each(Array.from({ length: 40 }, (_unused, seed) => seed))(
    'of seed %i has every door once, apart, within',
    (seed) => {
      const random = randomOf(seed)
      const doors = Array.from({ length: 1 + Math.floor(random() * 200) }, (_unused, n): PlanDoor => {
        const name = NAMES[Math.floor(random() * NAMES.length)] ?? ''
        return {
          id: String(n),
          name: `${name} ${String(Math.floor(random() * 1500))}`,
          isReservable: random() < 0.3,
        }
      })
      const columns = 1 + Math.floor(random() * 12)
      const plan = layOut(doors, columns)
      expect(plan.doors.map(({ id }) => id).sort()).toEqual(doors.map(({ id }) => id).sort())
      const isWithin = (one: PlacedDoor): boolean =>
        one.x >= 0 && one.y >= 0 && one.x + one.width <= plan.width && one.y + one.height <= plan.height
      expect(plan.doors.filter((one) => !isWithin(one))).toEqual([])
      const overlapping = plan.doors.flatMap((a, index) =>
        plan.doors.slice(index + 1).flatMap((b) => (overlap(a, b) ? [`${a.name} and ${b.name}`] : [])),
      )
      expect(overlapping).toEqual([])
      for (const { corridor } of plan.floors) {
        const onIt = plan.doors.filter((one) => overlap(one, corridor))
        expect(onIt).toEqual([])
      }
    },
  )
})

test('the plan of a width fits into it', () => {
  const doors = Array.from({ length: 200 }, (_unused, n) => door(`Room ${String(100 + n)}`, true))
  for (const width of [340, 768, 1024, 1440])
    expect(layOut([...doors, door('Entrance'), door('Gate')], columnsFor(width)).width).toBeLessThanOrEqual(width)
})
