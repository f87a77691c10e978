// Looks at a system while others are at work: what is under way is never mistaken for a change behind our back.
import { describe, expect, test } from 'vitest'
import { makeInstallation } from '../support/process.ts'
import { codes, messages, MORNING, mutations, World, type Wire } from './support.ts'

const FAR = { starts_at: '2040-06-01T15:00:00.000Z', ends_at: '2040-06-04T11:00:00.000Z' }
const ROUNDS = 50

/** Nobody has done anything to this user at the system: what waits for its time is another matter. */
function expectUntouched(user: Wire): void {
  expect(user).toMatchObject({ errors: [] })
  expect(codes(user, 'warnings')).not.toContain('unknown_issue_with_acs_user')
  expect(mutations(user).filter((code) => code !== 'deferring_group_membership_update')).toEqual([])
}

describe.each([
  ['salto_ks', ['code', 'mobile_key'], 'Front Door'],
  ['salto_space', ['mobile_key', 'card'], 'Gym'],
  ['brivo', ['code', 'cloud_key'], 'Front Door'],
  ['visionline', ['card'], 'Main Entrance'],
])('%s', (provider, modes, door) => {
  test(`${ROUNDS} rounds of grants made, changed and deleted while it is looked at`, async () => {
    // The clock runs: looks, tries and answers fall as they may.
    await using world = await World.of(provider, {})
    const acs_entrance_ids = [await world.door(door)]
    const look = () => world.server.ok('/connected_accounts/sync', { connected_account_id: world.connected_account_id })
    const kept: Wire[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const make = async (): Promise<Wire> => {
        const { access_grant } = await world.server.ok('/access_grants/create', {
          user_identity: { full_name: `Guest ${round}` },
          acs_entrance_ids,
          requested_access_methods: modes.map((mode) => ({ mode })),
          ...FAR,
        })
        return access_grant as Wire
      }
      const [first, grant, last] = await Promise.all([look(), make(), look()])
      expect([first['ok'], last['ok']]).toEqual([true, true])
      const { access_grant_id } = grant
      if (round % 3 === 0) {
        await Promise.all([look(), world.server.ok('/access_grants/delete', { access_grant_id }), look()])
        continue
      }
      if (round % 3 === 1) {
        const ends_at = '2040-06-05T11:00:00.000Z'
        await Promise.all([look(), world.server.ok('/access_grants/update', { access_grant_id, ends_at })])
      }
      kept.push(grant)
    }
    await world.server.settle()
    await world.sync()

    for (const grant of kept) {
      const now = await world.grantNow(grant)
      expect({ errors: now['errors'], warnings: now['warnings'] }).toEqual({ errors: [], warnings: [] })
      for (const method of await world.methods(grant)) {
        expect(method).toMatchObject({ errors: [], warnings: [], pending_mutations: [] })
        expect(method['mode'] === 'card' || method['is_issued']).toBe(true)
      }
    }
    const users = await world.users()
    expect(users).toHaveLength(ROUNDS)
    for (const user of users) expectUntouched(user)
    const strangers = await world.server.ok('/acs/users/unmanaged/list', { acs_system_id: world.acs_system_id })
    expect(strangers['acs_users']).toEqual([])
    for (const group of await world.groups()) {
      expect(group).toMatchObject({ warnings: [] })
      expect(mutations(group).filter((code) => code !== 'deferring_user_membership_update')).toEqual([])
    }
    const types = await world.eventTypes({ acs_system_id: world.acs_system_id })
    expect(types.filter((type) => ['acs_user.deleted', 'acs_credential.invalidated'].includes(type))).toEqual([])
    expect(new Set(types).has('acs_system.disconnected')).toBe(false)
  }, 180_000)
})

test('edits while grants are made: what was deleted is found, and nothing else', async () => {
  await using world = await World.of('salto_ks', {})
  const acs_entrance_ids = [await world.door('Front Door')]
  const create = async (full_name: string): Promise<Wire> =>
    (
      await world.server.ok('/access_grants/create', {
        user_identity: { full_name },
        acs_entrance_ids,
        requested_access_methods: [{ mode: 'code' }],
        ...FAR,
      })
    )['access_grant'] as Wire
  const deleted: Wire[] = []
  const kept: Wire[] = []
  let before = await world.grant(['code'], ['Front Door'], FAR)
  for (let round = 0; round < 20; round++) {
    const method = await world.method(before, 'code')
    const [credential = {}] = await world.credentials(method)
    const isDeleted = round % 2 === 0
    const [grant] = await Promise.all([
      create(`Guest ${round}`),
      isDeleted ? world.edit('delete_credential', { acs_credential_id: credential['acs_credential_id'] }) : null,
      world.server.ok('/connected_accounts/sync', { connected_account_id: world.connected_account_id }),
    ])
    ;(isDeleted ? deleted : kept).push(before)
    await world.server.settle()
    before = grant
  }
  await world.sync()
  for (const grant of deleted) expect(codes(await world.method(grant, 'code'), 'errors')).toEqual(['failed_to_issue'])
  for (const grant of [...kept, before])
    expect(await world.method(grant, 'code')).toMatchObject({ is_issued: true, errors: [] })
}, 120_000)

test('an answer that was lost: what the system took is not found a second time', async () => {
  await using world = await World.of('salto_ks', { frozenAt: MORNING })
  for (let round = 0; round < 6; round++) {
    await world.fault('answer_lost', { times: round + 1 })
    const { access_grant } = await world.server.ok('/access_grants/create', {
      user_identity: { full_name: `Guest ${round}` },
      acs_entrance_ids: [await world.door('Front Door'), await world.door('Office')],
      requested_access_methods: [{ mode: 'code' }],
      starts_at: `2030-06-0${round + 1}T15:00:00.000Z`,
      ends_at: '2030-06-20T11:00:00.000Z',
    })
    await world.server.settle()
    // The clock stands: it is in doubt what became of it, and somebody looks.
    await world.sync()
    expect(
      (await world.server.ok('/acs/users/unmanaged/list', { acs_system_id: world.acs_system_id }))['acs_users'],
    ).toEqual([])
    await world.server.advance(`2030-06-01T${10 + round}:00:00.000Z`)
    expect(await world.method(access_grant, 'code')).toMatchObject({ is_issued: true, errors: [] })
  }
  await world.sync()
  expect(await world.users()).toHaveLength(6)
  for (const user of await world.users()) expectUntouched(user)
  // No group stands twice.
  const names = (await world.groups()).map((group) => group['name'] as string)
  expect(new Set(names).size).toBe(names.length)
}, 60_000)

test('an answer lost while a group is put back', async () => {
  await using world = await World.of('salto_ks', { frozenAt: MORNING })
  await world.grant(['code'], ['Front Door'])
  const { acs_access_group_id, name } = await world.ownGroup()
  await world.edit('rename_group', { acs_access_group_id, name: 'Hello' })
  await world.fault('answer_lost', { times: 1 })
  await world.sync()
  expect(messages(await world.ownGroup(), 'warnings')).toMatch(/"Hello"/)
  await world.sync()
  await world.server.advance('2030-06-01T09:05:00.000Z')
  expect(await world.ownGroup()).toMatchObject({ name, warnings: [], pending_mutations: [] })
})

test('a server killed after a change behind its back finds it when it runs again', async () => {
  await using installation = makeInstallation()
  let server = await installation.start()
  const { acs_systems } = await server.ok('/acs/systems/list')
  const system = acs_systems.find((one: Wire) => one['external_type'] === 'salto_ks_site') as Wire
  const { acs_system_id, connected_account_id } = system
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id })
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane' },
    acs_entrance_ids: [acs_entrances[0].acs_entrance_id],
    requested_access_methods: [{ mode: 'code' }],
    ...FAR,
  })
  await server.ok('/sandbox/settle')
  const { acs_users } = await server.ok('/acs/users/list', { acs_system_id })
  await server.ok('/sandbox/systems/edit', {
    acs_system_id,
    action: 'delete_user',
    acs_user_id: acs_users[0].acs_user_id,
  })
  await Promise.all([
    server.post('/connected_accounts/sync', { connected_account_id }).catch(() => null),
    server.kill(),
  ])
  server = await installation.start()
  await server.ok('/connected_accounts/sync', { connected_account_id })
  await server.ok('/sandbox/settle')
  const { access_method } = await server.ok('/access_methods/get', {
    access_method_id: access_grant.access_method_ids[0],
  })
  expect(access_method).toMatchObject({ is_issued: false, errors: [{ error_code: 'failed_to_issue' }] })
  const count = async (type: string) =>
    (await installation.sql('SELECT 1 FROM event WHERE event_type = $1', [type])).length
  expect([await count('acs_user.deleted'), await count('access_method.revoked')]).toEqual([1, 1])
}, 120_000)
