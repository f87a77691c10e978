import { expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import { createUser, eventsOf, issuesOf, warnings } from './support.ts'

const UNKNOWN = '11111111-1111-4111-8111-111111111111'

test('a user is created at its system, updated, suspended, and deleted with its credentials', async () => {
  await using server = await startTestServer()
  const user = await createUser(server, 'salto_space', { email: 'jane@example.com' })
  const { acs_user_id } = user
  expect(user).toMatchObject({
    display_name: 'Jane Doe',
    email: 'jane@example.com',
    email_address: 'jane@example.com',
    is_managed: true,
    external_type: 'salto_space_user',
  })
  await server.settle()
  const settled = (await server.ok('/acs/users/get', { acs_user_id }))['acs_user']
  expect(settled.pending_mutations).toEqual([])
  expect(settled.last_successful_sync_at).not.toBeNull()

  await server.ok('/acs/users/update', { acs_user_id, full_name: 'Jane Roe', phone_number: '+15555550100' })
  await server.ok('/acs/users/suspend', { acs_user_id })
  await server.ok('/acs/users/suspend', { acs_user_id })
  expect((await server.ok('/acs/users/get', { acs_user_id }))['acs_user']).toMatchObject({
    full_name: 'Jane Roe',
    phone_number: '+15555550100',
    is_suspended: true,
  })
  await server.ok('/acs/users/unsuspend', { acs_user_id })
  expect((await server.ok('/acs/users/get', { acs_user_id }))['acs_user'].is_suspended).toBe(false)

  const { acs_credential } = await server.ok('/acs/credentials/create', { acs_user_id, access_method: 'card' })
  await server.settle()
  await server.ok('/acs/users/delete', { acs_user_id })
  expect(await server.post('/acs/users/get', { acs_user_id })).toMatchObject({
    status: 404,
    body: { error: { type: 'acs_user_not_found', data: { acs_user_id } } },
  })
  expect(
    (await server.post('/acs/credentials/get', { acs_credential_id: acs_credential.acs_credential_id })).status,
  ).toBe(404)
  expect((await server.post('/acs/users/delete', { acs_user_id })).status).toBe(404)
  expect(await eventsOf(server, { acs_user_id })).toEqual(['acs_user.created', 'acs_user.deleted'])
  expect(await eventsOf(server, { acs_credential_id: acs_credential.acs_credential_id })).toEqual([
    'acs_credential.deleted',
  ])
})

test('while a system is away every wish stays visible as a pending mutation, and ends when it is back', async () => {
  await using server = await startTestServer()
  const acs_system_id = await server.systemOf('salto_space')
  const { acs_access_groups } = await server.ok('/acs/access_groups/list', { acs_system_id })
  const [group] = acs_access_groups as { acs_access_group_id: string }[]
  const acs_access_group_id = group?.acs_access_group_id
  const { acs_user_id } = await createUser(server, 'salto_space')
  await server.settle()

  await server.freeze()
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'offline' })
  await server.ok('/acs/users/update', { acs_user_id, full_name: 'Jane Roe' })
  await server.ok('/acs/users/suspend', { acs_user_id })
  const { acs_user } = await server.ok('/acs/users/add_to_access_group', { acs_user_id, acs_access_group_id })
  const pending = acs_user.pending_mutations as Record<string, unknown>[]
  expect(pending).toEqual([
    expect.objectContaining({
      mutation_code: 'updating_user_information',
      from: { full_name: 'Jane Doe' },
      to: { full_name: 'Jane Roe' },
    }),
    expect.objectContaining({
      mutation_code: 'updating_suspension_state',
      from: { is_suspended: false },
      to: { is_suspended: true },
    }),
    expect.objectContaining({
      mutation_code: 'updating_group_membership',
      from: { acs_access_group_id: null },
      to: { acs_access_group_id },
    }),
  ])
  expect(
    (await server.ok('/acs/access_groups/get', { acs_access_group_id }))['acs_access_group'].pending_mutations,
  ).toEqual([
    expect.objectContaining({
      mutation_code: 'updating_user_membership',
      from: { acs_user_id: null },
      to: { acs_user_id },
    }),
  ])
  await server.ok('/acs/users/delete', { acs_user_id })
  const leaving = (await server.ok('/acs/users/get', { acs_user_id }))['acs_user']
  expect(warnings(leaving)).toContain('being_deleted')
  expect(leaving.pending_mutations).toEqual([expect.objectContaining({ mutation_code: 'deleting' })])

  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'none' })
  await server.ok('/sandbox/clock/advance', { seconds: 600 })
  expect((await server.post('/acs/users/get', { acs_user_id })).status).toBe(404)
})

test('a user by identity: found by e-mail address, linked, and only one per system', async () => {
  await using server = await startTestServer()
  const acs_system_id = await server.systemOf('salto_space')
  const { acs_user_id } = await createUser(server, 'salto_space', { email_address: 'Jane@Example.com' })
  const { user_identity } = await server.ok('/user_identities/create', {
    email_address: 'jane@example.com',
    full_name: 'Jane',
  })
  const { user_identity_id } = user_identity
  const by = { user_identity_id, acs_system_id }
  expect((await server.post('/acs/users/get', by)).status).toBe(404)

  const { acs_access_groups } = await server.ok('/acs/access_groups/list', { acs_system_id, search: 'floor' })
  const { acs_access_group_id } = acs_access_groups[0]
  await server.ok('/acs/access_groups/add_user', { acs_access_group_id, user_identity_id })
  await server.ok('/acs/access_groups/add_user', { acs_access_group_id, user_identity_id })
  const { acs_user } = await server.ok('/acs/users/get', by)
  expect(acs_user).toMatchObject({ acs_user_id, user_identity_id, user_identity_email_address: 'jane@example.com' })
  expect((await server.ok('/acs/access_groups/list_users', { acs_access_group_id }))['acs_users']).toHaveLength(1)
  expect((await server.ok('/acs/access_groups/list', { user_identity_id }))['acs_access_groups']).toHaveLength(1)

  const doors = (await server.ok('/acs/users/list_accessible_entrances', by))['acs_entrances']
  const groupDoors = (await server.ok('/acs/access_groups/list_accessible_entrances', { acs_access_group_id }))[
    'acs_entrances'
  ]
  expect(doors.length).toBeGreaterThan(0)
  expect(doors).toEqual(groupDoors)

  const second = await server.post('/acs/users/create', { acs_system_id, full_name: 'Jane', user_identity_id })
  expect(second.status).toBe(400)
  expect(issuesOf(second, 'user_identity_id')).toHaveLength(1)

  await server.ok('/acs/users/remove_from_access_group', { acs_access_group_id, user_identity_id })
  expect((await server.ok('/acs/access_groups/list_users', { acs_access_group_id }))['acs_users']).toEqual([])
  await server.ok('/acs/users/revoke_access_to_all_entrances', by)
  expect((await server.ok('/acs/users/list_accessible_entrances', by))['acs_entrances']).toEqual([])
})

test('twenty callers adding one identity to a group make one user', async () => {
  await using server = await startTestServer()
  const acs_system_id = await server.systemOf('salto_space')
  const { acs_access_groups } = await server.ok('/acs/access_groups/list', { acs_system_id })
  const { acs_access_group_id } = acs_access_groups[0]
  const { user_identity } = await server.ok('/user_identities/create', { email_address: 'jane@example.com' })
  const { user_identity_id } = user_identity
  await Promise.all(
    Array.from({ length: 20 }, () =>
      server.ok('/acs/access_groups/add_user', { acs_access_group_id, user_identity_id }),
    ),
  )
  expect((await server.ok('/acs/users/list', { user_identity_id }))['acs_users']).toHaveLength(1)
})

test('schedules exist where the system has them: elsewhere they are refused by name', async () => {
  await using server = await startTestServer({ frozenAt: '2025-08-01T12:00:00Z' })
  const schedule = { starts_at: '2025-08-02T12:00:00Z', ends_at: '2025-08-03T12:00:00Z' }
  const refused = await server.post('/acs/users/create', {
    acs_system_id: await server.systemOf('visionline'),
    full_name: 'Jane',
    access_schedule: schedule,
  })
  expect(refused.status).toBe(400)
  expect(issuesOf(refused, 'access_schedule')).toHaveLength(1)

  const user = await createUser(server, 'salto_ks', { access_schedule: schedule })
  const { acs_user_id } = user
  expect(user.access_schedule).toEqual({ starts_at: '2025-08-02T12:00:00.000Z', ends_at: '2025-08-03T12:00:00.000Z' })
  await server.settle()
  const before = (await server.ok('/acs/users/get', { acs_user_id }))['acs_user']
  expect(before.salto_ks_metadata).toMatchObject({ is_subscribed: false })
  expect(warnings(before).sort()).toEqual(['acs_user_inactive', 'salto_ks_user_not_subscribed'])
  await server.advance('2025-08-02T12:00:01Z')
  const during = (await server.ok('/acs/users/get', { acs_user_id }))['acs_user']
  expect(during.salto_ks_metadata).toMatchObject({ is_subscribed: true })
  expect(warnings(during)).toEqual([])
  await server.ok('/acs/users/update', { acs_user_id, access_schedule: null })
  expect((await server.ok('/acs/users/get', { acs_user_id }))['acs_user'].access_schedule).toBeUndefined()

  const past = await server.post('/acs/users/update', {
    acs_user_id,
    access_schedule: { starts_at: '2025-07-01T00:00:00Z', ends_at: '2025-07-02T00:00:00Z' },
  })
  expect(issuesOf(past, 'access_schedule.ends_at')).toEqual(['Must be in the future'])
})

test('bad input names its field, and changes nothing', async () => {
  await using server = await startTestServer()
  const acs_system_id = await server.systemOf('visionline')
  const other = (await server.ok('/acs/access_groups/list', { acs_system_id: await server.systemOf('salto_space') }))[
    'acs_access_groups'
  ][0]
  expect((await server.post('/acs/users/create', { acs_system_id, full_name: '  ' })).body['error'].type).toBe(
    'full_name_required',
  )
  expect(
    (await server.post('/acs/users/create', { acs_system_id: UNKNOWN, full_name: 'Jane' })).body['error'].type,
  ).toBe('acs_system_not_found')
  const groups = await server.post('/acs/users/create', {
    acs_system_id,
    full_name: 'Jane',
    acs_access_group_ids: [other.acs_access_group_id],
  })
  expect(issuesOf(groups, 'acs_access_group_ids')).toHaveLength(1)
  const twins = await server.post('/acs/users/create', {
    acs_system_id,
    full_name: 'Jane',
    email: 'a@example.com',
    email_address: 'b@example.com',
  })
  expect(issuesOf(twins, 'email')).toHaveLength(1)
  expect((await server.ok('/acs/users/list', { acs_system_id }))['acs_users']).toEqual([])

  expect((await server.post('/acs/users/get', {})).body['error'].message).toBe(
    'Must specify `acs_user_id` or `user_identity_id`',
  )
  expect((await server.post('/acs/users/get', { acs_user_id: UNKNOWN, user_identity_id: UNKNOWN })).status).toBe(400)
  const noSystem = await server.post('/acs/users/suspend', { user_identity_id: UNKNOWN })
  expect(issuesOf(noSystem, 'acs_system_id')).toEqual(['Required'])
  const { acs_user_id } = await createUser(server, 'visionline')
  const foreign = await server.post('/acs/users/add_to_access_group', {
    acs_user_id,
    acs_access_group_id: other.acs_access_group_id,
  })
  expect(issuesOf(foreign, 'acs_user_id')).toHaveLength(1)
})

test('lists filter, search and page', async () => {
  await using server = await startTestServer()
  const acs_system_id = await server.systemOf('salto_space')
  const names = ['Ada Lovelace', 'Alan Turing', 'Grace Hopper']
  for (const full_name of names) await createUser(server, 'salto_space', { full_name })
  const { user_identity } = await server.ok('/user_identities/create', {
    full_name: 'Kurt',
    phone_number: '+15555550111',
  })
  await createUser(server, 'salto_space', { full_name: 'Kurt', user_identity_id: user_identity.user_identity_id })

  const listed = async (filter: object): Promise<string[]> =>
    ((await server.ok('/acs/users/list', filter))['acs_users'] as { full_name: string }[]).map((user) => user.full_name)
  expect(await listed({ acs_system_id })).toEqual([...names, 'Kurt'])
  expect(await listed({ search: 'LOVE' })).toEqual(['Ada Lovelace'])
  expect(await listed({ search: '555501' })).toEqual(['Kurt'])
  expect(await listed({ user_identity_phone_number: '+15555550111' })).toEqual(['Kurt'])
  expect(await listed({ user_identity_email_address: null })).toEqual(['Kurt'])
  expect(await listed({ user_identity_phone_number: null })).toEqual([])
  expect(await listed({ created_before: '2000-01-01T00:00:00Z' })).toEqual([])
  expect(await listed({ acs_system_id: UNKNOWN })).toEqual([])

  const seen: string[] = []
  let page_cursor: string | null = null
  do {
    const page: Record<string, unknown> = await server.ok('/acs/users/list', {
      acs_system_id,
      limit: 2,
      ...(page_cursor === null ? {} : { page_cursor }),
    })
    for (const user of page['acs_users'] as { full_name: string }[]) seen.push(user.full_name)
    page_cursor = (page['pagination'] as { next_page_cursor: string | null }).next_page_cursor
  } while (page_cursor !== null)
  expect(seen).toEqual([...names, 'Kurt'])
  expect((await server.ok('/acs/users/unmanaged/list', { acs_system_id }))['acs_users']).toEqual([])
  const counts = (await server.ok('/acs/systems/get', { acs_system_id }))['acs_system']
  expect(counts).toMatchObject({ acs_user_count: 4, acs_access_group_count: 3 })
})
