// Whatever happened at a system, of whatever maker: the second of two looks in a row changes nothing.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { carriesDoors, isCredentialManager } from '../../src/systems/kit/definition.ts'
import { driverOf, drivers } from '../../src/systems/registry.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { ENDS, MORNING, STARTS, World, type Wire } from './support.ts'

const providers = [...drivers.keys()]

let server: TestServer
/** Edits that took effect, by provider. */
const done = new Set<string>()
beforeAll(async () => {
  server = await startTestServer({ frozenAt: MORNING })
})
afterAll(() => server.stop())

test('every driver of the registry is looked at', () => expect(providers.length).toBeGreaterThanOrEqual(3))

/** Everything there is in the workspace, as text; when a system was last read is no news. */
async function everything(): Promise<string> {
  const tables = [
    ['connected_account', 'connected_account_id'],
    ['acs_entrance', 'acs_entrance_id'],
    ['acs_encoder', 'acs_encoder_id'],
    ['acs_access_group', 'acs_access_group_id'],
    ['acs_user', 'acs_user_id'],
    ['acs_credential', 'acs_credential_id'],
    ['pin_claim', 'acs_credential_id, acs_entrance_id'],
    ['access_method', 'access_method_id'],
    ['access_grant', 'access_grant_id'],
    ['event', 'event_id'],
    ['virtual_record', 'building_id, kind, id'],
  ]
  const texts = tables.map(async ([table, key]) => {
    const rows = await server.sql(`SELECT to_jsonb(t) AS row FROM ${table ?? ''} t ORDER BY ${key ?? ''}`)
    return `${table ?? ''}\n${rows.map((row) => JSON.stringify(row)).join('\n')}`
  })
  const systems = await server.sql(
    `SELECT to_jsonb(t) - 'synced_at' - 'version' AS row FROM acs_system t ORDER BY acs_system_id`,
  )
  return [...(await Promise.all(texts)), JSON.stringify(systems)].join('\n')
}

/** Where two texts differ, line by line. */
function difference(a: string, b: string): string[] {
  const [before, after] = [new Set(a.split('\n')), new Set(b.split('\n'))]
  return [
    ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ]
}

/** A grant of every mode that a door and its system take. */
async function grantEverything(world: World, pick: number): Promise<void> {
  const { definition } = driverOf(world.provider)
  const entrances = (await world.seam.acs.entrances.list({ acs_system_id: world.acs_system_id })) as Wire[]
  const door = entrances[pick % entrances.length]
  if (door === undefined) return
  const modes = definition.modes.filter((mode) => door[`can_unlock_with_${mode}`] === true)
  if (modes.length === 0) return
  const takesKey = door['can_belong_to_reservation'] === true
  await server.post('/access_grants/create', {
    user_identity: { full_name: `Guest ${pick}` },
    acs_entrance_ids: [door['acs_entrance_id']],
    requested_access_methods: modes.map((mode) => ({ mode })),
    ...(takesKey ? { reservation_key: `stay-${pick}` } : {}),
    starts_at: pick % 2 === 0 ? MORNING : STARTS,
    ends_at: ENDS,
  })
}

const ACTIONS = [
  'delete_user',
  'suspend_user',
  'unsuspend_user',
  'delete_credential',
  'delete_group',
  'rename_group',
  'set_group_entrances',
  'add_user_to_group',
  'remove_user_from_group',
  'remove_encoder',
  'restore_encoder',
  'remove_entrance',
  'restore_entrance',
] as const

const OTHERS = ['grant', 'end_grant', 'away', 'encode', 'suspend'] as const

type Step =
  { kind: 'edit'; action: (typeof ACTIONS)[number]; pick: number } | { kind: (typeof OTHERS)[number]; pick: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('edit' as const),
      action: fc.constantFrom(...ACTIONS),
      pick: fc.nat(1000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(...OTHERS),
      pick: fc.nat(1000),
    }),
  },
)

/** Every edit there is, on people who have something: what chance would leave out. */
const THE_WHOLE_LIST: Step[] = [
  ...[0, 1, 2, 3].map((pick): Step => ({ kind: 'grant', pick })),
  { kind: 'encode', pick: 0 },
  ...ACTIONS.filter((action) => !action.startsWith('delete_')).map((action, pick): Step => ({
    kind: 'edit',
    action,
    pick,
  })),
  { kind: 'edit', action: 'remove_entrance', pick: 0 },
  { kind: 'edit', action: 'remove_encoder', pick: 0 },
  ...ACTIONS.filter((action) => action.startsWith('delete_')).map((action, pick): Step => ({
    kind: 'edit',
    action,
    pick,
  })),
]

async function ids(world: World, table: string): Promise<string[]> {
  const rows = await server.sql<{ id: string }>(
    `SELECT ${table}_id AS id FROM ${table} WHERE acs_system_id = $1 ORDER BY created_at, 1`,
    [world.acs_system_id],
  )
  return rows.map((row) => row.id)
}

async function takeOther(
  world: World,
  { kind, pick }: Exclude<Step, { action: string }>,
  any: (table: string) => Promise<string | undefined>,
): Promise<void> {
  if (kind === 'grant') return grantEverything(world, pick)
  if (kind === 'away') {
    await world.fault('offline')
    await grantEverything(world, pick)
    await world.sync()
    await world.fault('none')
    return
  }
  if (kind === 'end_grant') {
    const grants = (await world.seam.accessGrants.list()) as Wire[]
    const grant = grants[pick % Math.max(grants.length, 1)]
    if (grant !== undefined) await server.post('/access_grants/delete', { access_grant_id: grant['access_grant_id'] })
    return
  }
  if (kind === 'suspend') {
    const acs_user_id = await any('acs_user')
    if (acs_user_id !== undefined) await server.post('/acs/users/suspend', { acs_user_id })
    return
  }
  if (kind === 'encode') {
    const methods = await server.sql<{ id: string }>(
      'SELECT access_method_id AS id FROM access_method WHERE acs_system_id = $1 AND is_encoding_required',
      [world.acs_system_id],
    )
    const [access_method_id, acs_encoder_id] = [
      methods[pick % Math.max(methods.length, 1)]?.id,
      await any('acs_encoder'),
    ]
    if (access_method_id !== undefined)
      await server.post('/access_methods/encode', { access_method_id, acs_encoder_id })
    return
  }
}

async function take(world: World, one: Step): Promise<void> {
  const { pick } = one
  const any = async (table: string): Promise<string | undefined> => {
    const found = await ids(world, table)
    return found[pick % Math.max(found.length, 1)]
  }
  if (!('action' in one)) return takeOther(world, one, any)
  // What is not there (any more) is refused, and nothing happens.
  const reply = await server.post('/sandbox/systems/edit', {
    acs_system_id: world.acs_system_id,
    action: one.action,
    name: `Name ${pick}`,
    acs_user_id: await any('acs_user'),
    acs_credential_id: await any('acs_credential'),
    acs_access_group_id: await any('acs_access_group'),
    acs_entrance_id: await any('acs_entrance'),
    acs_entrance_ids: (await ids(world, 'acs_entrance')).slice(0, pick % 3),
    acs_encoder_id: await any('acs_encoder'),
  })
  expect([200, 400]).toContain(reply.status)
  if (reply.status === 200) done.add(`${world.provider} ${one.action}`)
}

describe.each(providers)('%s', (provider) => {
  const { definition } = driverOf(provider)

  async function expectQuiet(world: World): Promise<void> {
    const before = await everything()
    await world.sync()
    expect(difference(before, await everything())).toEqual([])
  }

  test('a look at what nobody has touched changes nothing', async () => {
    const world = await World.on(server, provider)
    for (const pick of [0, 1, 2]) await grantEverything(world, pick)
    if (!isCredentialManager(definition) && !carriesDoors(definition)) {
      const groups = await world.groups()
      await server.ok('/acs/users/create', {
        acs_system_id: world.acs_system_id,
        full_name: 'Member',
        acs_access_group_ids: groups.slice(0, 2).map((group) => group['acs_access_group_id']),
      })
    }
    await server.settle()
    await expectQuiet(world)
    await server.advance(
      new Date(Date.parse((await server.ok('/sandbox/clock/get'))['clock'].now) + 3_600_000).toISOString(),
    )
    await expectQuiet(world)
  }, 60_000)

  test('after anything that happened, the second look changes nothing', async () => {
    const world = await World.on(server, provider)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
        for (const one of steps) await take(world, one)
        await server.settle()
        await world.sync()
        await expectQuiet(world)
      }),
      { numRuns: 4, seed: 20300601 + providers.indexOf(provider), examples: [[THE_WHOLE_LIST]] },
    )
  }, 180_000)
})

test('much happened, and no errors were logged', async () => {
  const rows = await server.sql<{ event_type: string }>('SELECT DISTINCT event_type FROM event')
  expect(rows.map((row) => row.event_type)).toEqual(
    expect.arrayContaining([
      'acs_access_group.deleted',
      'acs_credential.invalidated',
      'acs_encoder.removed',
      'acs_entrance.removed',
      'acs_user.deleted',
      'access_method.revoked',
      'access_grant.access_to_door_lost',
    ]),
  )
  for (const action of ACTIONS)
    expect(
      [...done].some((one) => one.endsWith(` ${action}`)),
      action,
    ).toBe(true)
  // Managers have nothing to edit; every other system was edited in several ways.
  for (const provider of providers.filter((one) => !isCredentialManager(driverOf(one).definition)))
    expect([...done].filter((one) => one.startsWith(`${provider} `)).length, provider).toBeGreaterThanOrEqual(3)
  expect(server.errors).toEqual([])
})
