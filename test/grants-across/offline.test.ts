// A system goes away while a grant over all of them changes: the others follow at once, the grant names what waits, and
// it catches up when the system is back (core.md 6.8 to 6.10).
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
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
  type Place,
  type Told,
} from './support.ts'

const BEGINNING = '2030-06-01T09:00:00.000Z'
const HOUR_MS = 3_600_000
const server = await startTestServer({ frozenAt: BEGINNING })
const seam = hurried(server)
const across = new Across(server, seam, await placesOf(seam))
afterAll(() => server[Symbol.asyncDispose]())

/** Modes that need nobody's hand. */
const MODES: readonly Mode[] = ['code', 'mobile_key', 'cloud_key']
const requested_access_methods = MODES.map((mode) => ({ mode }))
const autoDoors = (place: Place): Door[] => place.doors.filter((door) => MODES.some((mode) => door.takes.has(mode)))
const places = across.places.filter((place) => autoDoors(place).length > 0)
/**
 * Systems that know no times of their own for what they give a person: what they were last told holds until they are
 * told again, whatever the hour.
 */
const WITHOUT_TIMES: ReadonlySet<string> = new Set([
  'brivo_account',
  'pti_site',
  'avigilon_alta_org',
  'kisi_organization',
])

let base = Date.parse(BEGINNING)
/** The 20th minute is the start; steps are short, for what is away is asked again every few minutes. */
const at = (minutes: number, ms = 0): string => new Date(base + minutes * 60_000 + ms).toISOString()
const [START, AMID, EARLY, END, LATE] = [20, 22, 24, 26, 30]
let keyCount = 0
const newKey = (): string => `offline ${++keyCount}`

beforeEach(async () => {
  base += 40 * 24 * HOUR_MS
  await server.freeze(at(0))
  await server.settle()
})

afterEach(async () => {
  for (const place of places) await across.fault(place, 'none')
  await server.settle()
})

const idOf = (grant: Json): string => grant['access_grant_id'] as string
const methodId = (method: Json): string => method['access_method_id'] as string
const told = (pattern: RegExp, since = at(0, -1)): Promise<Told[]> => eventsSince(seam, since, pattern)

/** A grant over doors of every system, from the start on. */
async function grantOver(doors: readonly Door[], more: object = {}): Promise<Json> {
  return across.grant({
    acs_entrance_ids: idsOf(doors),
    requested_access_methods,
    starts_at: at(START),
    ends_at: at(END),
    reservation_key: newKey(),
    ...more,
  })
}

/** The methods that have to do with the system, and the others. */
async function split(grant: Json, away: Place): Promise<{ waiting: Json[]; others: Json[] }> {
  const theirs = new Set(idsOf(away.doors))
  const waiting: Json[] = []
  const others: Json[] = []
  for (const method of await across.methods(idOf(grant))) {
    const covers = await across.covers(methodId(method))
    ;([...covers].some((door) => theirs.has(door)) ? waiting : others).push(method)
  }
  return { waiting, others }
}

/** What opens at these doors, key by key: only what the door takes. */
async function opens(keys: readonly Key[], doors: readonly Door[]): Promise<Record<string, boolean>> {
  const answers: Record<string, boolean> = {}
  for (const key of keys) {
    for (const door of doors) {
      if (!door.takes.has(key.mode) || !key.covers.has(door.acs_entrance_id)) continue
      const name = `${key.mode} at ${across.place(door.acs_system_id).type} ${door.display_name}`
      answers[name] = (await key.at(door.acs_entrance_id)) === 'granted'
    }
  }
  return answers
}

const all = (answers: Record<string, boolean>, value: boolean): Record<string, boolean> =>
  Object.fromEntries(Object.keys(answers).map((name) => [name, value]))

async function expectAll(keys: readonly Key[], doors: readonly Door[], value: boolean): Promise<void> {
  const answers = await opens(keys, doors)
  expect(Object.keys(answers).length).toBeGreaterThan(0)
  expect(answers).toEqual(all(answers, value))
}

const sorted = (ids: unknown): string[] => [...(ids as string[])].sort()

test('there are systems to go away', () => {
  expect(places.length).toBeGreaterThanOrEqual(5)
})

describe.each(places)('$type is away', (away) => {
  // With two others that have rooms, for the key of the reservation to stand for, and the two that come after it.
  const first = places.indexOf(away)
  const after = places.map((_, n) => places[(first + n + 1) % places.length] as Place)
  const withRooms = after.filter((place) => place !== away && autoDoors(place).some((door) => door.isReservable))
  const company = [...new Set([away, ...withRooms.slice(0, 2), ...after])].slice(0, 5)
  const doors = company.flatMap(autoDoors)
  const here = autoDoors(away)
  const elsewhere = doors.filter((door) => door.acs_system_id !== away.acs_system_id)

  test('a later end: it holds everywhere else at once, and here when the system is back', async () => {
    const grant = await grantOver(doors)
    const id = idOf(grant)
    const keys = await across.keys(grant)
    await server.advance(at(AMID))
    await expectAll(keys, doors, true)
    await across.fault(away, 'offline')
    await across.update(id, { ends_at: at(LATE) })
    await server.settle()

    const { waiting, others } = await split(grant, away)
    const access_method_ids = waiting.map(methodId).sort()
    const after = await across.get(id)
    const from = { starts_at: at(START), ends_at: at(END) }
    const to = { starts_at: at(START), ends_at: at(LATE) }
    expect(after['warnings']).toMatchObject([{ warning_code: 'updating_access_times' }])
    expect(sorted(after['warnings'][0].access_method_ids)).toEqual(access_method_ids)
    expect(after['pending_mutations']).toMatchObject([{ mutation_code: 'updating_access_times', from, to }])
    expect(sorted(after['pending_mutations'][0].access_method_ids)).toEqual(access_method_ids)
    for (const method of waiting) {
      expect(method).toMatchObject({
        is_issued: false,
        issued_at: null,
        pending_mutations: [{ mutation_code: 'updating_access_times', from, to }],
        warnings: [{ warning_code: 'updating_access_times' }],
        errors: [],
      })
    }
    for (const method of others) expect(method).toMatchObject({ is_issued: true, pending_mutations: [], warnings: [] })
    const reissued = await told(/^access_method\.reissued$/, at(START))
    expect(sorted(reissued.map((event) => event['access_method_id']))).toEqual(sorted(others.map(methodId)))

    await server.advance(at(END))
    await expectAll(keys, elsewhere, true)
    if (!WITHOUT_TIMES.has(away.type))
      await expectAll(
        keys.filter((key) => key.mode !== 'cloud_key'),
        here,
        false,
      )

    await across.fault(away, 'none')
    await server.settle()
    await expectAll(keys, doors, true)
    expect(await across.get(id)).toMatchObject({ warnings: [], pending_mutations: [], errors: [] })
    for (const method of await across.methods(id)) {
      expect(method).toMatchObject({ is_issued: true, pending_mutations: [], warnings: [], errors: [] })
    }
    const codes = (await across.methods(id)).map((method) => method['code'] as string | undefined)
    expect(codes).toEqual(keys.map((key) => key.code))
    const types = (await told(/^access_method\.(revoked|reissued|issued)$/, at(START))).map((one) => one.event_type)
    expect(types.filter((type) => type === 'access_method.revoked')).toHaveLength(keys.length)
    expect(types.filter((type) => type === 'access_method.reissued')).toHaveLength(keys.length)
    expect(types).not.toContain('access_method.issued')
    await server.advance(at(LATE))
    await expectAll(keys, doors, false)
  }, 60_000)

  test('an earlier end: nothing opens elsewhere from then on, and nothing here once the system hears of it', async () => {
    const grant = await grantOver(doors)
    const id = idOf(grant)
    const keys = await across.keys(grant)
    await server.advance(at(AMID))
    await across.fault(away, 'offline')
    await across.update(id, { ends_at: at(EARLY) })
    await server.advance(at(EARLY, -1))
    await expectAll(
      keys,
      doors.filter((door) => !here.includes(door)),
      true,
    )
    await server.advance(at(EARLY))
    await expectAll(keys, elsewhere, false)
    const plain = keys.filter((key) => key.mode !== 'cloud_key')
    const answers = await opens(plain, here)
    // It was told another end, and nobody can reach it: the grant says that somebody can still get in.
    expect(answers).toEqual(all(answers, true))
    expect(await across.get(id)).toMatchObject({
      display_status: 'Ended',
      warnings: [
        {
          warning_code: 'overprovisioned_access',
          message: expect.stringContaining(here[0]?.display_name ?? '') as unknown,
        },
      ],
    })
    await across.fault(away, 'none')
    await server.settle()
    await expectAll(keys, doors, false)
    expect(await across.get(id)).toMatchObject({ warnings: [], pending_mutations: [] })
    for (const method of await across.methods(id)) expect(method).toMatchObject({ pending_mutations: [], warnings: [] })
  }, 60_000)

  test('doors that change: the grant names those that wait, on both sides', async () => {
    // A system with one door gives it up and gets it back; all others change one door for another.
    const order: readonly Mode[] = ['mobile_key', 'code', 'cloud_key']
    const mode = order.find((one) => doorsFor(away, one).length > 1)
    if (mode === undefined) return
    const [lost, gained] = doorsFor(away, mode) as [Door, Door]
    const other = places.find((place) => place !== away && order.some((one) => doorsFor(place, one).length > 1))
    if (other === undefined) throw new Error('only one system has two doors')
    const otherMode = order.find((one) => doorsFor(other, one).length > 1) as Mode
    const [otherLost, otherGained] = doorsFor(other, otherMode) as [Door, Door]
    // A room that stays: the key of the reservation always has one to stand for.
    const anchor = places
      .filter((place) => place !== away && place !== other)
      .flatMap((place) => doorsFor(place, 'mobile_key'))
      .find((door) => door.isReservable)
    if (anchor === undefined) throw new Error('no third system has rooms')
    const modes = new Set<Mode>([mode, otherMode, 'mobile_key'])
    const grant = await grantOver([anchor, lost, otherLost], {
      requested_access_methods: [...modes].map((one) => ({ mode: one })),
    })
    const id = idOf(grant)
    await across.keys(grant)
    await server.advance(at(AMID))
    await across.fault(away, 'offline')
    await across.update(id, { acs_entrance_ids: idsOf([anchor, gained, otherGained]) })
    await server.settle()

    const keys = await across.keys(grant)
    const tryAt = async (door: Door) =>
      (
        await Promise.all(keys.filter((key) => door.takes.has(key.mode)).map((key) => key.at(door.acs_entrance_id)))
      ).includes('granted')
    expect([await tryAt(otherLost), await tryAt(otherGained)]).toEqual([false, true])
    if (mode !== 'cloud_key') expect([await tryAt(lost), await tryAt(gained)]).toEqual([true, false])
    const after = await across.get(id)
    expect(after['warnings']).toMatchObject([
      {
        warning_code: 'underprovisioned_access',
        acs_entrance_ids: idsOf([gained]),
        message: expect.stringContaining(gained.display_name) as unknown,
      },
      {
        warning_code: 'overprovisioned_access',
        acs_entrance_ids: idsOf([lost]),
        message: expect.stringContaining(lost.display_name) as unknown,
      },
    ])
    expect(after['pending_mutations']).toMatchObject([{ mutation_code: 'updating_spaces' }])
    const changed = await told(/access_granted_to|door_lost/, at(START))
    expect(changed.map((event) => [event.event_type.split('.')[1], event['acs_entrance_id']])).toEqual([
      ['access_to_door_lost', lost.acs_entrance_id],
      ['access_to_door_lost', otherLost.acs_entrance_id],
      ['access_granted_to_door', otherGained.acs_entrance_id],
    ])

    await across.fault(away, 'none')
    await server.settle()
    const again = await across.keys(grant)
    const tryAgain = async (door: Door) =>
      (
        await Promise.all(again.filter((key) => door.takes.has(key.mode)).map((key) => key.at(door.acs_entrance_id)))
      ).includes('granted')
    expect([await tryAgain(lost), await tryAgain(gained)]).toEqual([false, true])
    expect(await across.get(id)).toMatchObject({ warnings: [], pending_mutations: [], errors: [] })
    expect((await told(/access_granted_to/, at(START))).map((event) => event.event_type)).toEqual([
      'access_grant.access_granted_to_door',
      'access_grant.access_granted_to_door',
      'access_grant.access_granted_to_all_doors',
    ])
  }, 60_000)

  test('all its doors go and come: what is left there is named until it is gone, what is missing until it is there', async () => {
    const grant = await grantOver(doors)
    const id = idOf(grant)
    const keys = await across.keys(grant)
    await server.advance(at(AMID))
    await across.fault(away, 'offline')
    await across.update(id, { acs_entrance_ids: idsOf(elsewhere) })
    await server.settle()
    const without = await across.get(id)
    expect(without['warnings']).toMatchObject([{ warning_code: 'overprovisioned_access' }])
    expect(sorted(without['warnings'][0].acs_entrance_ids)).toEqual(sorted(idsOf(here)))
    expect(without['pending_mutations']).toMatchObject([{ mutation_code: 'updating_spaces' }])
    await across.fault(away, 'none')
    await server.settle()
    expect(await across.get(id)).toMatchObject({ warnings: [], pending_mutations: [] })
    const plain = keys.filter((key) => key.mode !== 'cloud_key')
    expect(Object.values(await opens(plain, here))).not.toContain(true)

    await across.fault(away, 'offline')
    await across.update(id, { acs_entrance_ids: idsOf(doors) })
    await server.settle()
    const missing = await across.get(id)
    expect(missing['warnings']).toMatchObject([{ warning_code: 'underprovisioned_access' }])
    expect(sorted(missing['warnings'][0].acs_entrance_ids)).toEqual(sorted(idsOf(here)))
    await across.fault(away, 'none')
    await server.settle()
    expect(await across.get(id)).toMatchObject({ warnings: [], pending_mutations: [], errors: [] })
    await expectAll(await across.keys(grant), doors, true)
  }, 60_000)

  test('made while it is away: late fifteen minutes before the start, failed at the start, made good when it is back', async () => {
    await across.fault(away, 'offline')
    const grant = await grantOver(doors)
    const id = idOf(grant)
    await server.settle()
    const { waiting, others } = await split(grant, away)
    expect(waiting.length).toBeGreaterThan(0)
    for (const method of others) expect(method).toMatchObject({ is_issued: true })
    const states = async () => {
      const methods = await Promise.all(waiting.map((method) => across.method(methodId(method))))
      return methods.map((method) => [
        method['is_issued'],
        ...(method['warnings'] as Json[]).map((one) => one['warning_code'] as string),
        ...(method['errors'] as Json[]).map((one) => one['error_code'] as string),
      ])
    }
    const each = (...state: unknown[]) => waiting.map(() => state)
    const ids = sorted(waiting.map(methodId))
    expect(await states()).toEqual(each(false))
    await server.advance(at(START, -15 * 60_000 - 1))
    expect(await states()).toEqual(each(false))
    expect(await told(/delay_in|failed_to/)).toEqual([])
    await server.advance(at(START, -15 * 60_000))
    expect(await states()).toEqual(each(false, 'delay_in_issuing'))
    await server.advance(at(START, -1))
    expect(await states()).toEqual(each(false, 'delay_in_issuing'))
    await server.advance(at(START))
    expect(await states()).toEqual(each(false, 'failed_to_issue'))
    await server.advance(at(AMID))
    const late = await told(/delay_in|failed_to/)
    expect(late.map((event) => event.event_type)).toEqual([
      ...ids.map(() => 'access_method.delay_in_issuing'),
      ...ids.map(() => 'access_method.failed_to_issue'),
    ])
    expect(sorted(late.slice(0, ids.length).map((event) => event['access_method_id']))).toEqual(ids)
    expect(late.map((event) => event['occurred_at'])).toEqual([
      ...ids.map(() => at(START, -15 * 60_000)),
      ...ids.map(() => at(START)),
    ])
    for (const event of late) {
      expect(event['access_grant_ids']).toEqual([id])
      const method = waiting.find((one) => methodId(one) === event['access_method_id'])
      const isOfOneSystem =
        method?.['mode'] !== 'code' || away.type === 'salto_ks_site' || away.type === 'latch_building'
      if (isOfOneSystem) expect(event['acs_system_id']).toBe(away.acs_system_id)
    }
    expect((await told(/granted_to_all_doors/)).length).toBe(0)

    await across.fault(away, 'none')
    await server.settle()
    expect(await states()).toEqual(each(true))
    expect((await told(/granted_to_all_doors/)).map((event) => event['access_grant_id'])).toEqual([id])
    await expectAll(await across.keys(grant), doors, true)
    const issued = (await told(/^access_method\.(re)?issued$/)).filter((event) =>
      ids.includes(event['access_method_id'] as string),
    )
    expect(issued.map((event) => event.event_type)).toEqual(ids.map(() => 'access_method.issued'))
  }, 60_000)

  test('deleted while it is away: the doors here close when it is back, all others at once', async () => {
    const grant = await grantOver(doors)
    const id = idOf(grant)
    const keys = await across.keys(grant)
    await server.advance(at(AMID))
    await across.fault(away, 'offline')
    const [system] = (await seam.acs.systems.list()).filter((one) => one.acs_system_id === away.acs_system_id)
    // The caller is told where it has not arrived.
    const { warnings } = await server.ok('/access_grants/delete', { access_grant_id: id })
    expect(warnings).toMatchObject([
      { warning_code: 'no_effect_yet', message: expect.stringContaining(system?.name ?? '?') as unknown },
    ])
    const plain = keys.filter((key) => key.mode !== 'cloud_key')
    await expectAll(plain, elsewhere, false)
    const { user_identity_id } = grant as { user_identity_id: string }
    const left = (await seam.acs.credentials.list({ user_identity_id })) as unknown as Json[]
    expect(left.length).toBeGreaterThan(0)
    for (const credential of left) {
      expect(credential['acs_system_id']).toBe(away.acs_system_id)
      expect(credential['warnings']).toMatchObject([{ warning_code: 'being_deleted' }])
    }
    // What still opens is still there to be read, and names the system that has not confirmed.
    const warning = { warning_code: 'being_deleted', message: expect.stringContaining(system?.name ?? '?') as unknown }
    expect(await across.get(id)).toMatchObject({ display_status: 'Being deleted', warnings: [warning] })
    const leaving = await across.methods(id)
    expect(leaving.length).toBeGreaterThan(0)
    for (const method of leaving) expect(method).toMatchObject({ warnings: [warning] })
    const early = await told(/^access_(grant|method)\.deleted$/, at(START))
    expect(early.map((event) => event.event_type)).toEqual(
      Array.from({ length: keys.length - leaving.length }, () => 'access_method.deleted'),
    )
    await across.fault(away, 'none')
    await server.settle()
    expect(await seam.acs.credentials.list({ user_identity_id })).toEqual([])
    expect(await across.methods(id)).toEqual([])
    await expect(across.get(id)).rejects.toMatchObject({ code: 'access_grant_not_found' })
    await expectAll(plain, doors, false)
    const gone = await told(/^access_(grant|method)\.deleted$/, at(START))
    expect(gone.map((event) => event.event_type)).toEqual([
      ...keys.map(() => 'access_method.deleted'),
      'access_grant.deleted',
    ])
  }, 60_000)
})
