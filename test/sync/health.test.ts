// Systems that go away and come back, and when they are looked at.
import { describe, expect, test } from 'vitest'
import { codes, ENDS, messages, MORNING, STARTS, World, type Wire } from './support.ts'

const AWAY = ['provider_service_unavailable', 'acs_system_disconnected']

async function addUser(world: World, full_name: string): Promise<Wire> {
  const { acs_user } = await world.server.ok('/acs/users/create', { acs_system_id: world.acs_system_id, full_name })
  await world.server.settle()
  return acs_user
}

async function attempts(world: World): Promise<number[]> {
  const rows = await world.server.sql<{ attempts: number }>(
    'SELECT attempts FROM acs_user WHERE is_managed ORDER BY created_at',
  )
  return rows.map((row) => row.attempts)
}

function count(types: string[], type: string): number {
  return types.filter((one) => one === type).length
}

describe('a system that cannot be reached', () => {
  test('is shown after the third failed try, told of once, and everything that waited goes when it is back', async () => {
    await using world = await World.of('salto_space')
    const since = await world.mark()
    await world.fault('offline')
    await addUser(world, 'One')
    expect(await world.system()).toMatchObject({ errors: [] })
    await world.server.advance('2030-06-01T09:00:00.300Z')
    expect(await world.system()).toMatchObject({ errors: [] })
    await world.server.advance('2030-06-01T09:00:02.000Z')
    expect(codes(await world.system(), 'errors')).toEqual(AWAY)
    expect(messages(await world.system(), 'errors')).toMatch(/does not answer.*Check/)
    expect(codes(await world.account(), 'warnings')).toEqual(['provider_service_unavailable'])
    expect(await world.account()).toMatchObject({ errors: [] })
    await addUser(world, 'Two')
    await world.server.advance('2030-06-01T11:00:00.000Z')
    expect(count(await since(), 'acs_system.disconnected')).toBe(1)
    const [event] = await world.events({ event_type: 'acs_system.disconnected' })
    expect(event).toMatchObject({
      acs_system_id: world.acs_system_id,
      connected_account_id: world.connected_account_id,
      acs_system_errors: AWAY.map((error_code) => expect.objectContaining({ error_code })),
    })
    expect((await world.users()).every((user) => user['pending_mutations'].length === 1)).toBe(true)

    await world.fault('none')
    await world.server.settle()
    expect(await world.system()).toMatchObject({ errors: [], warnings: [] })
    expect(await world.account()).toMatchObject({ errors: [], warnings: [] })
    expect((await world.users()).map((user) => user['pending_mutations'])).toEqual([[], []])
    const told = await since()
    expect([count(told, 'acs_system.connected'), count(told, 'acs_system.disconnected')]).toEqual([1, 1])
  })

  test('recovers by itself: the first try that gets through lets all the others go at once', async () => {
    await using world = await World.of('salto_space')
    await world.fault('offline', { times: 5 })
    for (const name of ['One', 'Two', 'Three']) await addUser(world, name)
    await world.server.advance('2030-06-01T09:00:30.000Z')
    // Nobody told Lockstitch that the fault is over.
    expect(await world.system()).toMatchObject({ errors: [] })
    expect((await world.users()).map((user) => user['pending_mutations'])).toEqual([[], [], []])
    const { run_at } =
      (await world.server.sql<{ run_at: Date }>(`SELECT min(run_at) AS run_at FROM job WHERE kind = 'provision'`))[0] ??
      {}
    expect(run_at).toBeNull()
  })

  test('with nothing to tell it is found by the look that comes every ten minutes', async () => {
    await using world = await World.of('visionline')
    await world.fault('offline')
    await world.server.advance('2030-06-01T09:10:00.000Z')
    expect(await world.system()).toMatchObject({ errors: [] })
    await world.server.advance('2030-06-01T09:12:00.000Z')
    expect(codes(await world.system(), 'errors')).toEqual(AWAY)
    expect(count(await world.eventTypes({ acs_system_id: world.acs_system_id }), 'acs_system.disconnected')).toBe(1)
    await world.fault('none')
    await world.server.settle()
    expect(await world.system()).toMatchObject({ errors: [] })
  })

  test('is not asked for everything again and again: a week of it is over quickly, and nothing is lost', async () => {
    await using world = await World.of('salto_space')
    await world.fault('offline')
    for (const [name, at] of [
      ['One', '2030-06-01T09:00:00.100Z'],
      ['Two', '2030-06-01T09:03:00.000Z'],
      ['Three', '2030-06-01T09:11:00.000Z'],
    ] as const) {
      await addUser(world, name)
      await world.server.advance(at)
    }
    await world.server.advance('2030-06-01T10:30:00.000Z')
    // From here on all of them wait for the same hour.
    const waits = await world.server.sql(`SELECT DISTINCT retry_at FROM acs_user WHERE retry_at IS NOT NULL`)
    expect(waits).toHaveLength(1)
    const before = await attempts(world)
    await world.server.advance('2030-06-08T09:00:00.000Z')
    const tries = (await attempts(world)).map((after, i) => after - (before[i] ?? 0))
    for (const one of tries) expect(one).toBeLessThanOrEqual(7 * 24)
    await world.fault('none')
    await world.server.settle()
    expect((await world.users()).map((user) => user['pending_mutations'])).toEqual([[], [], []])
  })

  test('over a jump of the clock too', async () => {
    await using world = await World.of('visionline')
    await world.fault('offline')
    await world.server.advance('2030-06-01T12:00:00.000Z')
    expect(codes(await world.system(), 'errors')).toEqual(AWAY)
  })
})

describe('a system that refuses the login', () => {
  // In process, and over a maker's wire.
  test.each(['salto_ks', 'brivo'])(
    '%s is told nothing until the login is valid again; it says so, once',
    async (provider) => {
      await using world = await World.of(provider)
      const since = await world.mark()
      await world.fault('unauthorized')
      await addUser(world, 'One')
      expect(codes(await world.system(), 'errors')).toEqual(['account_disconnected', 'acs_system_disconnected'])
      expect(codes(await world.account(), 'errors')).toEqual(['account_disconnected'])
      expect(messages(await world.account(), 'errors')).toMatch(/Connect it again/)
      await addUser(world, 'Two')
      await world.server.advance('2030-06-01T12:00:00.000Z')
      const told = await since()
      expect([count(told, 'acs_system.disconnected'), count(told, 'connected_account.disconnected')]).toEqual([1, 1])
      expect((await world.users()).map((user) => codes(user, 'errors'))).toEqual([[], []])
      expect((await world.users()).every((user) => user['pending_mutations'].length === 1)).toBe(true)

      const back = await world.mark()
      await world.fault('none')
      await world.server.settle()
      expect(await world.system()).toMatchObject({ errors: [], warnings: [] })
      expect(await world.account()).toMatchObject({ errors: [], warnings: [] })
      expect((await back()).slice(0, 3)).toEqual([
        'connected_account.connected',
        'acs_system.connected',
        'connected_account.completed_first_sync_after_reconnection',
      ])
      expect((await world.users()).map((user) => user['pending_mutations'])).toEqual([[], []])
    },
  )

  test.each(['visionline', 'brivo'])(
    '%s says so over its own wire, to a look too, also to one who is signed in',
    async (provider) => {
      await using world = await World.of(provider)
      await world.sync()
      await world.fault('unauthorized')
      await world.sync()
      expect(codes(await world.system(), 'errors')).toEqual(['account_disconnected', 'acs_system_disconnected'])
      expect(codes(await world.account(), 'errors')).toEqual(['account_disconnected'])
      await world.fault('none')
      await world.server.settle()
      expect(await world.system()).toMatchObject({ errors: [], warnings: [] })
      expect(await world.account()).toMatchObject({ errors: [], warnings: [] })
    },
  )
})

test('a look that fails otherwise leaves a warning until the next good one', async () => {
  await using world = await World.of('salto_ks', { frozenAt: MORNING, expectErrors: true })
  const building = (data: string) =>
    world.server.sql(
      `UPDATE virtual_record v SET data = $2::text::jsonb, version = v.version + 1 FROM acs_system s
        WHERE s.acs_system_id = $1 AND v.building_id = s.external_id AND v.kind = 'building'`,
      [world.acs_system_id, data],
    )
  await building('{}')
  await world.sync()
  const system = await world.system()
  expect(codes(system, 'warnings')).toEqual(['unknown_issue_with_acs_system'])
  expect(system).toMatchObject({ errors: [] })
  await building('{"size": {"extra_doors": 0}}')
  await world.sync()
  expect(await world.system()).toMatchObject({ errors: [], warnings: [] })
  expect(world.server.errors.length).toBeGreaterThan(0)
})

describe('systems are looked at', () => {
  const looks = async (world: World): Promise<number> => {
    const [row] = await world.server.sql<{ version: number }>(
      'SELECT version FROM acs_system WHERE acs_system_id = $1',
      [world.acs_system_id],
    )
    return row?.version ?? 0
  }

  test("every ten minutes of the workspace's clock, and not in between", async () => {
    await using world = await World.of('salto_ks')
    const { acs_access_group_id } = await world.group('Amenities')
    await world.edit('rename_group', { acs_access_group_id, name: 'Leisure' })
    const before = await looks(world)
    await world.server.advance('2030-06-01T09:09:59.000Z')
    await world.server.settle()
    expect(await looks(world)).toBe(before)
    expect((await world.groups()).map((group) => group['name'])).toContain('Amenities')
    await world.server.advance('2030-06-01T09:10:00.000Z')
    expect(await looks(world)).toBe(before + 1)
    expect((await world.groups()).map((group) => group['name'])).toContain('Leisure')
  })

  test('once when the clock jumps a month ahead', async () => {
    await using world = await World.of('salto_ks')
    const grant = await world.grant(['code'], ['Front Door'])
    const before = await looks(world)
    const began = performance.now()
    await world.server.advance('2030-07-01T09:00:00.000Z')
    expect(performance.now() - began).toBeLessThan(20_000)
    expect(await looks(world)).toBe(before + 1)
    expect(grant).toBeTruthy()
    await world.server.settle()
    expect(await looks(world)).toBe(before + 1)
  })

  test('on demand, however often they are asked for, and only in accounts that there are', async () => {
    await using world = await World.of('salto_ks')
    const before = await looks(world)
    await Promise.all(
      Array.from({ length: 20 }, () =>
        world.seam.connectedAccounts.sync({ connected_account_id: world.connected_account_id }),
      ),
    )
    await world.server.settle()
    expect(await looks(world)).toBeGreaterThan(before)
    expect(await looks(world)).toBeLessThan(before + 20)
    const nobody = 'ffffffff-ffff-4fff-8fff-ffffffffffff'
    await expect(world.seam.connectedAccounts.sync({ connected_account_id: nobody })).rejects.toMatchObject({
      code: 'connected_account_not_found',
    })
  })

  test('after a clock was set back, too', async () => {
    await using world = await World.of('salto_ks')
    await world.server.advance('2031-01-01T00:00:00.000Z')
    await world.server.freeze('2029-01-01T00:00:00.000Z')
    const before = await looks(world)
    await world.server.advance('2029-01-01T00:10:00.000Z')
    expect(await looks(world)).toBe(before + 1)
  })

  test('after a reset of the sandbox', async () => {
    await using world = await World.of('salto_ks')
    await world.server.ok('/workspaces/reset_sandbox')
    await world.server.settle()
    const rows = await world.server.sql(
      `SELECT 1 FROM acs_system s JOIN job j ON j.kind = 'sync_system' AND j.key = s.acs_system_id::text`,
    )
    const systems = await world.server.sql('SELECT 1 FROM acs_system')
    expect(rows).toHaveLength(systems.length)
  })
})

test('access whose time comes while its system is away is late, says so, and recovers by itself', async () => {
  await using world = await World.of('salto_ks')
  await world.fault('offline')
  const grant = await world.grant(['code', 'card'], ['Front Door'])
  expect(await world.method(grant, 'code')).toMatchObject({ is_issued: false, errors: [], warnings: [] })
  await world.server.advance('2030-06-01T14:50:00.000Z')
  expect(codes(await world.method(grant, 'code'), 'warnings')).toEqual(['delay_in_issuing'])
  await world.server.advance(STARTS)
  const late = await world.method(grant, 'code')
  expect([codes(late, 'errors'), codes(late, 'warnings')]).toEqual([['failed_to_issue'], []])
  // A card waits for somebody's hand: it is not late.
  expect(await world.method(grant, 'card')).toMatchObject({ errors: [], warnings: [] })
  const types = await world.eventTypes({ access_grant_id: grant['access_grant_id'] })
  expect([count(types, 'access_method.delay_in_issuing'), count(types, 'access_method.failed_to_issue')]).toEqual([
    1, 1,
  ])
  await world.fault('none')
  await world.server.settle()
  const issued = await world.method(grant, 'code')
  expect(issued).toMatchObject({ is_issued: true, errors: [], warnings: [] })
  expect(await world.enterCode('Front Door', issued['code'])).toBe('granted')
  await world.server.advance(ENDS)
  expect(await world.enterCode('Front Door', issued['code'])).not.toBe('granted')
})

describe('a system that refuses', () => {
  const failed = (users: Wire[]): string[] => users.flatMap((user) => codes(user, 'errors'))

  test('is told again when its fault is cleared: nothing that was wished meanwhile is lost', async () => {
    await using world = await World.of('salto_space')
    await addUser(world, 'Known')
    const [known] = await world.users()
    await world.fault('refuse')
    await addUser(world, 'New')
    await world.server.ok('/acs/users/suspend', { acs_user_id: known?.['acs_user_id'] })
    await world.server.settle()
    expect(failed(await world.users()).sort()).toEqual([
      'failed_to_create_on_acs_system',
      'failed_to_update_on_acs_system',
    ])
    await world.fault('none')
    await world.server.settle()
    expect(failed(await world.users())).toEqual([])
    expect((await world.users()).map((user) => user['pending_mutations'])).toEqual([[], []])
  })

  test('is asked again an hour later by itself, and not at every look', async () => {
    await using world = await World.of('salto_space')
    await world.fault('refuse', { times: 2 })
    await addUser(world, 'New')
    expect(await attempts(world)).toEqual([1])
    await world.server.advance('2030-06-01T09:50:00.000Z')
    expect(await attempts(world)).toEqual([1])
    await world.server.advance('2030-06-01T10:10:00.000Z')
    expect(await attempts(world)).toEqual([2])
    expect(failed(await world.users())).toEqual(['failed_to_create_on_acs_system'])
    await world.server.advance('2030-06-01T11:30:00.000Z')
    expect(await attempts(world)).toEqual([0])
    expect(failed(await world.users())).toEqual([])
  })
})
