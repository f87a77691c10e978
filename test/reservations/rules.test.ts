// The rules of reservations, word for word, on every system whose doors can belong to one (core.md 6.5).
import { afterAll, describe, expect, test } from 'vitest'
import { sdkGenerations } from '../clients/sdks.ts'
import { startTestServer } from '../support/server.ts'
import {
  broken,
  FrontDesk,
  hotelsOf,
  hurried,
  idsOf,
  refusal,
  room,
  RULES,
  somebody,
  UNDEMANDING,
  type Door,
  type Json,
  type Rule,
} from './support.ts'

const server = await startTestServer()
const seam = hurried(server)
const hotels = await hotelsOf(seam)
afterAll(() => server[Symbol.asyncDispose]())

const stay = { starts_at: '2040-08-01T15:00:00.000Z', ends_at: '2040-08-04T11:00:00.000Z' }
let keys = 0
const newKey = (): string => `stay-${++keys}`

test('the systems with stays are there', () => {
  expect(hotels.map((hotel) => hotel.type)).toEqual(expect.arrayContaining(['visionline_system', 'salto_space_system']))
})

describe.each(hotels)('$type', (hotel) => {
  const desk = new FrontDesk(server, seam, hotel)
  const [a, b, c] = [room(hotel, 0), room(hotel, 1), room(hotel, 2)]
  const lobby = hotel.common[0] as Door
  const gym = hotel.common[1] ?? lobby
  const grant = (doors: readonly Door[], reservation_key: string, more: object = {}): Promise<Json> =>
    desk.grant(doors, { ...stay, reservation_key, ...more })
  const idOf = (made: Json): string => made['access_grant_id'] as string
  const remove = (made: Json): Promise<void> => seam.accessGrants.delete({ access_grant_id: idOf(made) })

  /** Both SDK generations and the bare wire say the same; and nothing was made. */
  async function refused(rule: Rule, doors: readonly Door[], key: string | null, conflicts: Json[], more: object = {}) {
    const email_address = somebody().email_address
    const params = {
      user_identity: { email_address },
      acs_entrance_ids: idsOf(doors),
      requested_access_methods: [{ mode: 'card' }],
      ...stay,
      ...(key === null ? {} : { reservation_key: key }),
      ...more,
    }
    const expected = broken(rule, key, conflicts.map(idOf))
    for (const sdk of sdkGenerations) {
      expect(await refusal(hurried(server, sdk).accessGrants.create(params as never))).toEqual(expected)
    }
    const { status, body } = await server.post('/access_grants/create', params)
    const { type, title, message } = RULES[rule]
    expect(body).toMatchObject({ ok: false, error: { type, title, message } })
    expect(status).toBe(RULES[rule].status)
    const { user_identities } = await server.ok('/user_identities/list', { search: email_address })
    expect(user_identities).toEqual([])
  }

  describe('rule 1: a key needs a door that can belong to a reservation', () => {
    test('common doors alone are refused, by name or through a space', async () => {
      await refused('1', [lobby, gym], newKey(), [])
      const space = await seam.spaces.create({ name: 'Amenities', acs_entrance_ids: idsOf([lobby]) })
      await refused('1', [], newKey(), [], { space_ids: [space.space_id] })
      await refused('1', [], newKey(), [], { location: { name: 'Inline', acs_entrance_ids: idsOf([lobby]) } })
      const named = (await seam.spaces.list()).map((one) => one.name)
      expect(named).not.toContain('Inline')
    })

    test('one capable door among others is enough, and a grant without a key may have common doors', async () => {
      const made = await grant([lobby, a], newKey())
      expect(made).toMatchObject({ errors: [], reservation_key: expect.stringContaining('stay-') as unknown })
      const plain = await desk.grant([lobby], stay)
      expect(plain['errors']).toEqual([])
      expect(plain).not.toHaveProperty('reservation_key')
    })
  })

  describe('rule R: guest cards need a key where the system demands one', () => {
    const isDemanded = !UNDEMANDING.has(hotel.type)
    const modes = hotel.hasMobileKeys ? ['card', 'mobile_key'] : ['card']

    test.each(modes)(`a %s without a key is ${isDemanded ? 'refused' : 'taken'}`, async (mode) => {
      const space = await seam.spaces.create({ name: `Room ${mode}`, acs_entrance_ids: idsOf([a]) })
      const wish = { requested_access_methods: [{ mode }] }
      if (isDemanded) {
        await refused('R', [a], null, [], wish)
        await refused('R', [lobby, a], null, [], wish)
        await refused('R', [], null, [], { ...wish, space_ids: [space.space_id] })
      } else expect((await desk.grant([a, lobby], { ...stay, ...wish }))['errors']).toEqual([])
    })

    test('what is no guest credential there is not held against it', async () => {
      const made = await desk.grant([a], { ...stay, requested_access_methods: [{ mode: 'cloud_key' }] })
      expect(made['errors']).toMatchObject([{ error_code: 'cannot_create_requested_access_methods' }])
      const { access_grant_id } = made as { access_grant_id: string }
      const add = refusal(
        seam.accessGrants.requestAccessMethods({ access_grant_id, requested_access_methods: [{ mode: 'card' }] }),
      )
      if (isDemanded) expect(await add).toEqual(broken('R', null, []))
      else await expect(add).rejects.toThrow('this should have been refused')
    })

    test.skipIf(!isDemanded)('nor does a change of doors get round it', async () => {
      const made = await desk.grant([lobby], stay)
      const access_grant_id = idOf(made)
      const update = seam.accessGrants.update({ access_grant_id, acs_entrance_ids: idsOf([lobby, a]) } as never)
      expect(await refusal(update)).toEqual(broken('R', null, []))
    })
  })

  describe('rule 2: the doors of a reservation are fixed', () => {
    test('other doors are refused, naming every grant in the way, oldest first', async () => {
      const key = newKey()
      const first = await grant([a, b], key)
      const second = await grant([b], key)
      await refused('2', [c], key, [first, second])
      // Neither the same, nor fewer, nor more: different.
      await refused('2', [a, c], key, [first, second])
      await refused('2', [c, lobby], key, [first, second])
    })

    test('doors reached through a space count like doors named', async () => {
      const key = newKey()
      const [inA, inB] = await Promise.all(
        [a, b].map((door, n) => seam.spaces.create({ name: `Space ${n}`, acs_entrance_ids: idsOf([door]) })),
      )
      const first = await grant([], key, { space_ids: [inA?.space_id] })
      await refused('2', [b], key, [first])
      await refused('2', [], key, [first], { space_ids: [inB?.space_id] })
      await refused('2', [], key, [first], { location: { acs_entrance_ids: idsOf([b]) } })
      await grant([a], key)
    })

    test('ids are the same in any case, keys are not', async () => {
      const key = newKey()
      const first = await grant([a], key)
      const upper = { acs_entrance_ids: idsOf([a]).map((id) => id.toUpperCase()) }
      expect((await grant([], key, upper))['errors']).toEqual([])
      await refused('2', [], key, [first, ...(await others(key, first))], {
        acs_entrance_ids: idsOf([b]).map((id) => id.toUpperCase()),
      })
      expect((await grant([b], key.toUpperCase()))['reservation_key']).toBe(key.toUpperCase())
    })
  })

  async function others(reservation_key: string, except: Json): Promise<Json[]> {
    const all = (await seam.accessGrants.list({ reservation_key })) as unknown as Json[]
    return all
      .filter((one) => one['access_grant_id'] !== except['access_grant_id'])
      .sort((one, two) => (String(one['created_at']) < String(two['created_at']) ? -1 : 1))
  }

  describe('rule 3: joiners have the same doors or fewer', () => {
    test('more doors are refused, the same and fewer are taken', async () => {
      const key = newKey()
      const first = await grant([a, b], key)
      await refused('3', [a, b, c], key, [first])
      await grant([b, a], key)
      await grant([a], key)
      await grant([b], key)
    })

    test('doors that cannot belong to a reservation are free', async () => {
      const key = newKey()
      const first = await grant([a], key)
      await grant([a, lobby, gym], key)
      await refused('3', [a, b, lobby], key, [first, ...(await others(key, first))])
    })

    test('when the first has gone, its joiners leave only their own doors open', async () => {
      const key = newKey()
      const first = await grant([a, b], key)
      const joiner = await grant([a], key)
      await remove(first)
      await refused('3', [a, b], key, [joiner])
      await refused('2', [b], key, [joiner])
      await grant([a], key)
    })
  })

  describe('rule 4: the time frames overlap', () => {
    test('touching is not overlapping, a millisecond is', async () => {
      const key = newKey()
      const first = await grant([a], key)
      await refused('4', [a], key, [first], { starts_at: stay.ends_at, ends_at: '2040-08-06T11:00:00.000Z' })
      await refused('4', [a], key, [first], { starts_at: '2040-07-30T15:00:00.000Z', ends_at: stay.starts_at })
      await grant([a], key, { starts_at: '2040-08-04T10:59:59.999Z', ends_at: '2040-08-06T11:00:00.000Z' })
    })

    test('with every grant of the reservation, not with one of them', async () => {
      const key = newKey()
      const first = await grant([a], key)
      const longer = await grant([a], key, { ends_at: null })
      await refused('4', [a], key, [first], {
        starts_at: '2040-08-09T15:00:00.000Z',
        ends_at: '2040-08-10T11:00:00.000Z',
      })
      await remove(first)
      await grant([a], key, { starts_at: '2040-08-09T15:00:00.000Z', ends_at: '2040-08-10T11:00:00.000Z' })
      expect((await others(key, longer)).length).toBe(1)
    })

    test('an open end reaches everything later and nothing earlier', async () => {
      const key = newKey()
      const first = await grant([a], key, { ends_at: null })
      await grant([a], key, { starts_at: '2045-01-01T00:00:00.000Z', ends_at: null })
      await refused('4', [a], key, [first, ...(await others(key, first))], {
        starts_at: '2040-07-01T15:00:00.000Z',
        ends_at: stay.starts_at,
      })
    })
  })

  describe('which is said when several are broken', () => {
    const apart = { starts_at: '2041-01-01T15:00:00.000Z', ends_at: '2041-01-04T11:00:00.000Z' }

    test('1, then 2, then 3, then 4', async () => {
      const key = newKey()
      const first = await grant([a], key)
      await refused('1', [lobby], key, [], apart)
      await refused('2', [b], key, [first], apart)
      await refused('3', [a, b], key, [first], apart)
      await refused('4', [a], key, [first], apart)
    })

    test('input that cannot be read comes before all of them', async () => {
      const key = newKey()
      await grant([a], key)
      const [starts_at, ends_at] = [stay.ends_at, stay.starts_at]
      expect(await refusal(grant([b], key, { starts_at, ends_at }))).toMatchObject({ type: 'invalid_input' })
      const unknown = { acs_entrance_ids: ['00000000-0000-4000-8000-000000000000'] }
      expect(await refusal(grant([], key, unknown))).toMatchObject({ type: 'acs_entrance_not_found' })
      const blank = { reservation_key: '  ' }
      expect(await refusal(grant([b], key, blank))).toMatchObject({ type: 'invalid_input' })
    })
  })

  describe('updates', () => {
    const update = (made: Json, change: object): Promise<unknown> =>
      seam.accessGrants.update({ access_grant_id: idOf(made), ...change })

    test('new times are held against rule 4 alone, and not against the grant itself', async () => {
      const key = newKey()
      const first = await grant([a, b], key)
      const joiner = await grant([a], key, { starts_at: '2040-08-02T15:00:00.000Z' })
      expect(await refusal(update(first, { ends_at: '2040-08-02T15:00:00.000Z' }))).toEqual(
        broken('4', key, [idOf(joiner)]),
      )
      await update(first, { ends_at: '2040-08-02T15:00:00.001Z' })
      await remove(joiner)
      await update(first, { starts_at: '2042-01-01T00:00:00.000Z', ends_at: '2042-01-02T00:00:00.000Z' })
    })

    test('new times of a joiner with other doors than are left do not bring the doors up', async () => {
      const key = newKey()
      const first = await grant([a, b], key)
      await grant([a], key)
      // It holds more doors than its joiner; that was right when it came and stays so.
      await update(first, { ends_at: '2040-08-05T11:00:00.000Z' })
    })

    test('new doors are held against 1, 2 and 3', async () => {
      const key = newKey()
      const first = await grant([a, b], key)
      const joiner = await grant([a], key)
      expect(await refusal(update(joiner, { acs_entrance_ids: idsOf([lobby]) }))).toEqual(broken('1', key, []))
      expect(await refusal(update(joiner, { acs_entrance_ids: idsOf([c]) }))).toEqual(broken('2', key, [idOf(first)]))
      expect(await refusal(update(joiner, { acs_entrance_ids: idsOf([a, b, c]) }))).toEqual(
        broken('3', key, [idOf(first)]),
      )
      await update(joiner, { acs_entrance_ids: idsOf([b, lobby]) })
      // The first grant is held against its joiner in turn.
      expect(await refusal(update(first, { acs_entrance_ids: idsOf([a]) }))).toEqual(broken('2', key, [idOf(joiner)]))
      expect(await refusal(update(first, { acs_entrance_ids: idsOf([a, b, c]) }))).toEqual(
        broken('3', key, [idOf(joiner)]),
      )
      await remove(joiner)
      await update(first, { acs_entrance_ids: idsOf([c]) })
    })

    test('a change of doors and times is held against all of them, doors first', async () => {
      const key = newKey()
      const first = await grant([a], key)
      const joiner = await grant([a], key)
      const later = { starts_at: '2041-01-01T00:00:00.000Z', ends_at: '2041-01-02T00:00:00.000Z' }
      const both = { acs_entrance_ids: idsOf([b]), ...later }
      expect(await refusal(update(joiner, both))).toEqual(broken('2', key, [idOf(first)]))
      const times = { acs_entrance_ids: idsOf([a, lobby]), ...later }
      expect(await refusal(update(joiner, times))).toEqual(broken('4', key, [idOf(first)]))
    })

    test('a name, and values that are already so, are held against nothing', async () => {
      const key = newKey()
      const first = await grant([a, b], key)
      await grant([a], key)
      await update(first, { name: 'The Lanes', ...stay, acs_entrance_ids: idsOf([b, a]) })
    })

    test('a space under a live reservation gains doors without being asked', async () => {
      const key = newKey()
      const space = await seam.spaces.create({ name: 'Suite', acs_entrance_ids: idsOf([a]) })
      const first = await grant([], key, { space_ids: [space.space_id] })
      const joiner = await grant([a], key)
      await seam.spaces.addAcsEntrances({ space_id: space.space_id, acs_entrance_ids: idsOf([b]) })
      await server.settle()
      const related = (await seam.accessGrants.getRelated({ access_grant_ids: [idOf(first)] })) as Json
      expect((related['acs_entrances'] as Door[]).map((door) => door.acs_entrance_id).sort()).toEqual(
        idsOf([a, b]).sort(),
      )
      // What the stay holds has grown with it.
      await grant([b], key)
      await refused('2', [c], key, [first, joiner, ...(await others(key, first)).slice(1)])
    })
  })

  describe('a key is free again', () => {
    test('when the last grant is deleted, for any doors and times', async () => {
      const key = newKey()
      const first = await grant([a], key)
      const joiner = await grant([a], key)
      await remove(first)
      await refused('2', [b], key, [joiner])
      await remove(joiner)
      await grant([b], key, { starts_at: '2043-01-01T00:00:00.000Z', ends_at: null })
    })

    test('not when the access methods alone are deleted: the grants stand', async () => {
      const key = newKey()
      const first = await grant([a], key)
      await seam.accessMethods.delete({ reservation_key: key })
      await refused('2', [b], key, [first])
    })
  })

  test('another workspace has its own keys', async () => {
    const key = newKey()
    await grant([a], key)
    const { body } = await server.post(
      '/workspaces/create',
      { name: 'Elsewhere', is_sandbox: true },
      server.personalAccessToken,
    )
    const there = { 'seam-workspace': body['workspace'].workspace_id as string }
    const post = (path: string, params: object) => server.post(path, params, server.personalAccessToken, there)
    const { acs_systems } = (await post('/acs/systems/list', {})).body as { acs_systems: Json[] }
    const acs_system_id = acs_systems.find((one) => one['external_type'] === hotel.type)?.['acs_system_id'] as string
    const { acs_entrances } = (await post('/acs/entrances/list', { acs_system_id })).body as { acs_entrances: Json[] }
    const doors = acs_entrances.filter((door) => door['can_belong_to_reservation'] === true)
    const made = await post('/access_grants/create', {
      user_identity: somebody(),
      acs_entrance_ids: [doors[1]?.['acs_entrance_id']],
      requested_access_methods: [{ mode: 'card' }],
      reservation_key: key,
      ...stay,
    })
    expect(made.status).toBe(200)
  })
})

test('a stay over two systems: its doors are one set', async () => {
  const [one, two] = [hotels[0], hotels[1]]
  if (one === undefined || two === undefined) throw new Error('fewer than two systems with stays')
  const desk = new FrontDesk(server, seam, one)
  const key = newKey()
  const both = await desk.grant([room(one, 0), room(two, 0)], { ...stay, reservation_key: key })
  expect(both['access_method_ids']).toHaveLength(2)
  await desk.grant([room(two, 0)], { ...stay, reservation_key: key })
  const other = await refusal(desk.grant([room(two, 1)], { ...stay, reservation_key: key }))
  expect(other).toMatchObject({ type: 'conflict', data: { rule: '2' } })
  const more = await refusal(desk.grant([room(one, 0), room(two, 0), room(two, 1)], { ...stay, reservation_key: key }))
  expect(more).toMatchObject({ type: 'conflict', data: { rule: '3' } })
})
