// PINs over several systems: a wish that is free, taken, or not to be had at one of them; values that a person knows
// already; and the same PIN kept when times and doors change (core.md 6.4).
import { afterAll, beforeEach, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import {
  Across,
  doorsFor,
  eventsSince,
  hurried,
  idsOf,
  MAKES_ITS_OWN_PINS,
  placesOf,
  type Door,
  type Json,
  type Place,
} from './support.ts'

const server = await startTestServer({ frozenAt: '2030-06-01T09:00:00.000Z' })
const seam = hurried(server)
const across = new Across(server, seam, await placesOf(seam))
afterAll(() => server[Symbol.asyncDispose]())

const places = across.places.filter((place) => doorsFor(place, 'code').length > 0)
const chosen = places.filter((place) => !MAKES_ITS_OWN_PINS.has(place.type))
const made = places.filter((place) => MAKES_ITS_OWN_PINS.has(place.type))
const doorsOf = (some: readonly Place[]): Door[] => some.flatMap((place) => doorsFor(place, 'code'))
const place = (type: string): Place => {
  const found = chosen.find((one) => one.type === type)
  if (found === undefined) throw new Error(`no ${type}`)
  return found
}

/** Systems where a PIN is a field of the person: nobody else has it at any door or time (access-systems.md 8.1). */
const PERSONAL: ReadonlySet<string> = new Set(['brivo_account', 'pti_site', 'akiles_organization'])

const DAY_MS = 86_400_000
let base = Date.parse('2030-06-01T09:00:00.000Z')
const day = (n: number): string => new Date(base + n * DAY_MS).toISOString()
beforeEach(async () => {
  base += 60 * DAY_MS
  await server.freeze(day(0))
  await server.settle()
})

let used = 4820
/** A PIN that no other test of this file wishes for. */
const fresh = (digits: number): string => {
  used += 37
  return String(used).padEnd(digits, '691357').slice(0, digits)
}

async function grantWith(some: readonly Door[], code: string | undefined, more: object = {}): Promise<Json> {
  return across.grant({
    acs_entrance_ids: idsOf(some),
    requested_access_methods: [{ mode: 'code', ...(code === undefined ? {} : { code }) }],
    starts_at: day(0),
    ends_at: day(3),
    ...more,
  })
}
const idOf = (grant: Json): string => grant['access_grant_id'] as string
/** The PIN at each door. */
async function codes(grant: Json): Promise<Map<string, string>> {
  await server.settle()
  const all = await across.methods(idOf(grant))
  const pairs = await Promise.all(
    all.map(async (method) => {
      expect(method).toMatchObject({ mode: 'code', is_issued: true, errors: [] })
      const doors = await across.covers(method['access_method_id'] as string)
      return [...doors].map((door): [string, string] => [door, method['code'] as string])
    }),
  )
  return new Map(pairs.flat())
}
const enter = async (door: Door, code: string): Promise<string> => {
  const { acs_entrance_id } = door
  return (await server.ok('/sandbox/doors/enter_code', { acs_entrance_id, code })).door_attempt.reason as string
}
/** The warnings about PINs that could not be as wished: by door, the PIN that stands instead. */
async function otherCodes(grant: Json, original_code: string): Promise<Map<string, string>> {
  const { warnings } = (await across.get(idOf(grant))) as { warnings: Json[] }
  for (const warning of warnings) {
    expect(warning).toMatchObject({ warning_code: 'requested_code_unavailable', original_code })
  }
  return new Map(warnings.map((warning) => [warning['device_id'] as string, warning['new_code'] as string]))
}

test('there are systems of both kinds', () => {
  expect(chosen.length).toBeGreaterThanOrEqual(3)
  expect(made.length).toBeGreaterThanOrEqual(1)
})

test('a wish that is free stands wherever the caller may choose; the others say what they gave instead', async () => {
  const wish = fresh(6)
  const grant = await grantWith(doorsOf(places), wish)
  const byDoor = await codes(grant)
  for (const door of doorsOf(chosen)) expect(byDoor.get(door.acs_entrance_id)).toBe(wish)
  const told = await otherCodes(grant, wish)
  expect([...told.keys()].sort()).toEqual(idsOf(doorsOf(made)).sort())
  for (const [door, code] of told) {
    expect(code).toBe(byDoor.get(door))
    expect(code).not.toBe(wish)
  }
  for (const door of doorsOf(places)) {
    expect(await enter(door, byDoor.get(door.acs_entrance_id) ?? '')).toBe('granted')
  }
  for (const door of doorsOf(made)) expect(await enter(door, wish)).not.toBe('granted')
})

test.each(chosen.map((one) => [one.type, one] as const))(
  'a wish that somebody has at %s: another PIN there, the wish everywhere else',
  async (_, taken) => {
    const wish = fresh(5)
    const first = await grantWith(doorsOf([taken]), wish)
    expect(new Set((await codes(first)).values())).toEqual(new Set([wish]))
    const second = await grantWith(doorsOf(chosen), wish)
    const byDoor = await codes(second)
    const told = await otherCodes(second, wish)
    expect([...told.keys()].sort()).toEqual(idsOf(doorsOf([taken])).sort())
    for (const door of doorsOf(chosen)) {
      const code = byDoor.get(door.acs_entrance_id) ?? ''
      const isTaken = door.acs_system_id === taken.acs_system_id
      expect(code === wish).toBe(!isTaken)
      if (isTaken) expect(told.get(door.acs_entrance_id)).toBe(code)
      expect(await enter(door, code)).toBe('granted')
    }
    // At another time it is free, unless a PIN there is its person's for good.
    const later = await grantWith(doorsOf([taken]), wish, { starts_at: day(3), ends_at: day(4) })
    expect(new Set((await codes(later)).values()).has(wish)).toBe(!PERSONAL.has(taken.type))
    // And once those who have it are gone.
    await seam.accessGrants.delete({ access_grant_id: idOf(second) })
    await seam.accessGrants.delete({ access_grant_id: idOf(first) })
    await seam.accessGrants.delete({ access_grant_id: idOf(later) })
    const third = await grantWith(doorsOf([taken]), wish, { ends_at: day(2) })
    expect(new Set((await codes(third)).values())).toEqual(new Set([wish]))
  },
)

test('a wish that one system cannot hold: a PIN that suits it there, the wish everywhere else', async () => {
  // Nine digits: Salto Space takes eight at most.
  const wish = fresh(9)
  const short = place('salto_space_system')
  const rest = chosen.filter((one) => one !== short && one.type !== 'brivo_account')
  const grant = await grantWith(doorsOf([short, ...rest]), wish)
  const byDoor = await codes(grant)
  for (const door of doorsOf(rest)) expect(byDoor.get(door.acs_entrance_id)).toBe(wish)
  for (const door of doorsOf([short])) expect(byDoor.get(door.acs_entrance_id)).toMatch(/^\d{4,8}$/)
  expect([...(await otherCodes(grant, wish)).keys()].sort()).toEqual(idsOf(doorsOf([short])).sort())
  for (const door of doorsOf([short, ...rest])) {
    expect(await enter(door, byDoor.get(door.acs_entrance_id) ?? '')).toBe('granted')
  }
})

test('a person keeps one PIN: a second grant at other systems has the value of the first', async () => {
  const [one, ...rest] = chosen
  if (one === undefined) throw new Error('no system')
  // Wished for: one that was made could be somebody else's at the next system.
  const value = fresh(6)
  const first = await grantWith(doorsOf([one]), value)
  expect(new Set((await codes(first)).values())).toEqual(new Set([value]))
  const { user_identity_id } = first as { user_identity_id: string }
  const second = await grantWith(doorsOf(rest), undefined, { user_identity_id, starts_at: day(1), ends_at: day(9) })
  expect(new Set((await codes(second)).values())).toEqual(new Set([value]))
  // A wish of its own goes before.
  const wish = fresh(6)
  const parking = doorsOf([place('salto_space_system')])
  const third = await grantWith(parking, wish, { user_identity_id, starts_at: day(20), ends_at: day(21) })
  expect(new Set((await codes(third)).values())).toEqual(new Set([wish]))
})

test('new times keep the PIN; only where somebody has it then, another comes, and is told', async () => {
  const wish = fresh(6)
  const parking = place('salto_space_system')
  const company = chosen.filter((one) => one !== parking).slice(0, 1)
  const mine = await grantWith(doorsOf([parking, ...company]), wish)
  await codes(mine)
  const theirs = await grantWith(doorsOf([parking]), wish, { starts_at: day(5), ends_at: day(8) })
  await codes(theirs)
  await across.update(idOf(mine), { ends_at: day(4) })
  expect(new Set((await codes(mine)).values())).toEqual(new Set([wish]))

  await across.update(idOf(mine), { ends_at: day(6) })
  const [method] = await across.methods(idOf(mine))
  const after = await codes(mine)
  const [value] = new Set(after.values())
  expect(value).not.toBe(wish)
  expect(await across.methods(idOf(mine))).toHaveLength(1)
  const { warnings } = await across.get(idOf(mine))
  expect(warnings).toContainEqual(
    expect.objectContaining({ warning_code: 'requested_code_unavailable', original_code: wish, new_code: value }),
  )
  const reissued = await eventsSince(seam, day(-1), /^access_method\.reissued$/)
  expect(reissued.at(-1)).toMatchObject({ access_method_id: method?.['access_method_id'], code: value })
  for (const door of doorsOf([parking, ...company])) expect(await enter(door, value ?? '')).toBe('granted')
  for (const door of doorsOf(company)) expect(await enter(door, wish)).not.toBe('granted')
})

test('an ended grant that goes on promises no PIN where the person has got the only one by now', async () => {
  const [door, other] = doorsOf([place('brivo_account')])
  if (door === undefined || other === undefined) throw new Error('Brivo has fewer doors')
  const first = await grantWith([door, other], fresh(6), { ends_at: day(1) })
  const old = (await codes(first)).get(door.acs_entrance_id) ?? ''
  await server.advance(day(2))
  const wish = fresh(6)
  const { user_identity_id } = first as { user_identity_id: string }
  await codes(await grantWith([door], wish, { user_identity_id, starts_at: day(2), ends_at: day(9) }))
  await across.update(idOf(first), { ends_at: day(5) })
  await server.settle()
  expect(await across.methods(idOf(first))).toEqual([])
  const refusal = expect.stringMatching(/one PIN code per person/) as unknown
  expect((await across.get(idOf(first)))['errors']).toMatchObject([{ message: refusal }])
  // Nor does the PIN of the one grant open the doors of the other, which nothing gives.
  expect(await Promise.all([enter(door, old), enter(door, wish), enter(other, wish)])).toEqual([
    'unknown_credential',
    'granted',
    'no_access_to_entrance',
  ])
})

test('a PIN that is still being taken away is not given to the next', async () => {
  const wish = fresh(6)
  const parking = place('salto_space_system')
  const first = await grantWith(doorsOf([parking]), wish)
  await codes(first)
  await across.fault(parking, 'offline')
  await seam.accessGrants.delete({ access_grant_id: idOf(first) })
  const [door] = doorsOf([parking]) as [Door]
  expect(await enter(door, wish)).toBe('granted')
  const second = await grantWith(doorsOf([parking]), wish)
  await across.fault(parking, 'none')
  await server.settle()
  const [value] = new Set((await codes(second)).values())
  expect(value).not.toBe(wish)
  expect([await enter(door, wish), await enter(door, value ?? '')]).toEqual(['revoked', 'granted'])
})

test.each(chosen.map((one) => [one.type, one] as const))(
  'people racing for one PIN at %s, at different doors: one gets it, all get in',
  async (_, raced) => {
    const { acs_system_id } = raced
    const entrances = (await seam.acs.entrances.list({ acs_system_id })) as unknown as Json[]
    const keypads = entrances.filter((door) => door['can_unlock_with_code'] === true)
    for (let round = 0; round < 5; round++) {
      const wish = fresh(7)
      const grants = await Promise.all(
        Array.from({ length: 4 }, (_, n) =>
          across.grant({
            acs_entrance_ids: [keypads[n % keypads.length]?.['acs_entrance_id']],
            requested_access_methods: [{ mode: 'code', code: wish }],
            starts_at: day(0),
            ends_at: day(3),
          }),
        ),
      )
      const all = (await Promise.all(grants.map(codes))).flatMap((byDoor) => [...byDoor])
      const doors = all.filter(([, code]) => code === wish).map(([door]) => door)
      // Where a PIN counts at its door alone, one at each door has it.
      expect(doors.length).toBe(PERSONAL.has(raced.type) ? 1 : new Set(all.map(([door]) => door)).size)
    }
  },
)
