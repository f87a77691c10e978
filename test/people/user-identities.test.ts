// User identities: unique data, links to access systems, and what goes with one that is deleted.
import { expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'

const NOBODY = '11111111-1111-4111-8111-111111111111'

test('an identity is created, found by id, key and e-mail address, updated and listed', async () => {
  await using server = await startTestServer()
  const { user_identity } = await server.ok('/user_identities/create', {
    user_identity_key: 'jane',
    full_name: 'Jane Doe',
    email_address: 'Jane@Example.com',
    phone_number: ' +15555550100 ',
  })
  expect(user_identity).toMatchObject({ display_name: 'Jane Doe', phone_number: '+15555550100', acs_user_ids: [] })
  const { user_identity_id } = user_identity
  for (const by of [
    { user_identity_id: user_identity_id.toUpperCase() },
    { user_identity_key: 'jane' },
    { email_address: 'jane@example.COM' },
  ]) {
    const found = await server.ok('/user_identities/get', by)
    expect(found['user_identity'].user_identity_id).toBe(user_identity_id)
  }
  await server.ok('/user_identities/update', { user_identity_id, full_name: null, email_address: 'jd@example.com' })
  const { user_identity: updated } = await server.ok('/user_identities/get', { user_identity_id })
  expect(updated).toMatchObject({ full_name: null, display_name: 'jd@example.com', user_identity_key: 'jane' })

  for (const search of ['JD@', '5550100', user_identity_id.slice(0, 13)]) {
    const { user_identities } = await server.ok('/user_identities/list', { search })
    expect(user_identities.map((one: { user_identity_id: string }) => one.user_identity_id)).toEqual([user_identity_id])
  }
  expect((await server.ok('/user_identities/list', { search: '%' }))['user_identities']).toEqual([])
  expect((await server.ok('/user_identities/list', { user_identity_ids: [] }))['user_identities']).toEqual([])
  expect((await server.ok('/user_identities/list', { user_identity_ids: [NOBODY] }))['user_identities']).toEqual([])
})

test('key, e-mail address and phone number belong to one identity; the refusal names the field and the other', async () => {
  await using server = await startTestServer()
  const jane = { user_identity_key: 'jane', email_address: 'jane@example.com', phone_number: '+15555550100' }
  const { user_identity } = await server.ok('/user_identities/create', jane)
  const { user_identity: other } = await server.ok('/user_identities/create', { full_name: 'Other' })
  const tries: [string, object][] = [
    ['user_identity_key', { user_identity_key: 'jane' }],
    ['email_address', { email_address: 'JANE@example.com' }],
    ['phone_number', { phone_number: '+15555550100' }],
  ]
  for (const [field, given] of tries) {
    for (const reply of [
      await server.post('/user_identities/create', given),
      await server.post('/user_identities/update', { user_identity_id: other.user_identity_id, ...given }),
    ]) {
      expect(reply.status).toBe(409)
      expect(reply.body['error']).toMatchObject({
        type: 'user_identity_already_exists',
        data: { field, user_identity_id: user_identity.user_identity_id },
      })
    }
  }
  // Its own data are no conflict.
  await server.ok('/user_identities/update', { user_identity_id: user_identity.user_identity_id, ...jane })
  expect((await server.ok('/user_identities/list'))['user_identities']).toHaveLength(2)
})

test('of ten calls at once for one key, one makes the identity and nine are refused by name', async () => {
  await using server = await startTestServer()
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => server.post('/user_identities/create', { user_identity_key: 'race' })),
  )
  expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1)
  const refused = replies.filter((reply) => reply.status === 409)
  expect(refused.map((reply) => reply.body['error'].type)).toEqual(Array(9).fill('user_identity_already_exists'))
})

test('wrong input is refused with the field named', async () => {
  await using server = await startTestServer()
  const wrong: [string, object, string][] = [
    ['/user_identities/create', { user_identity_key: '  ' }, 'user_identity_key'],
    ['/user_identities/create', { full_name: ' ' }, 'full_name'],
    ['/user_identities/create', { email_address: 'no address' }, 'email_address'],
    ['/user_identities/list', { created_before: 'yesterday' }, 'created_before'],
    ['/user_identities/generate_instant_key', { user_identity_id: NOBODY, max_use_count: 1.5 }, 'max_use_count'],
    ['/user_identities/generate_instant_key', { user_identity_id: NOBODY, max_use_count: 0 }, 'max_use_count'],
  ]
  for (const [path, body, field] of wrong) {
    const reply = await server.post(path, body)
    expect([path, reply.status, reply.body['error'].type]).toEqual([path, 400, 'invalid_input'])
    expect(reply.body['error'].validation_errors[field]._errors).toHaveLength(1)
  }
  for (const path of [
    'get',
    'update',
    'delete',
    'list_acs_users',
    'list_accessible_entrances',
    'generate_instant_key',
  ]) {
    const reply = await server.post(`/user_identities/${path}`, { user_identity_id: NOBODY })
    expect([path, reply.status, reply.body['error'].type]).toEqual([path, 404, 'user_identity_not_found'])
    expect(reply.body['error'].data).toEqual({ user_identity_id: NOBODY })
  }
  expect((await server.ok('/user_identities/list'))['user_identities']).toEqual([])
})

test('an identity gets users at access systems, and its new name reaches them', async () => {
  await using server = await startTestServer()
  const [space, ks] = [await server.systemOf('salto_space'), await server.systemOf('salto_ks')]
  const { user_identity } = await server.ok('/user_identities/create', {
    full_name: 'Jane Doe',
    email_address: 'jane@example.com',
    acs_system_ids: [space, ks],
  })
  expect(user_identity.acs_user_ids).toHaveLength(2)
  const { user_identity_id } = user_identity
  await server.settle()
  await server.ok('/user_identities/update', { user_identity_id, full_name: 'Jane Roe' })
  await server.settle()
  const { acs_users } = await server.ok('/user_identities/list_acs_users', { user_identity_id })
  for (const user of acs_users) expect(user).toMatchObject({ full_name: 'Jane Roe', pending_mutations: [], errors: [] })
  const { acs_systems } = await server.ok('/user_identities/list_acs_systems', { user_identity_id })
  expect(new Set(acs_systems.map((system: { acs_system_id: string }) => system.acs_system_id))).toEqual(
    new Set([space, ks]),
  )
  const listed = await server.ok('/user_identities/list', { credential_manager_acs_system_id: space })
  expect(listed['user_identities']).toHaveLength(1)
  expect((await server.ok('/user_identities/list_accessible_devices', { user_identity_id }))['devices']).toEqual([])
})

test('users at systems are linked and unlinked; an unknown key makes an identity of the user', async () => {
  await using server = await startTestServer()
  const acs_system_id = await server.systemOf('salto_space')
  const create = (full_name: string, email_address: string) =>
    server.ok('/acs/users/create', { acs_system_id, full_name, email_address })
  const { acs_user: jane } = await create('Jane Doe', 'jane@example.com')
  const { acs_user: john } = await create('John Doe', 'john@example.com')
  const { user_identity } = await server.ok('/user_identities/add_acs_user', {
    acs_user_id: jane.acs_user_id,
    user_identity_key: 'jane',
  })
  expect(user_identity).toMatchObject({ full_name: 'Jane Doe', email_address: 'jane@example.com' })
  const { user_identity_id } = user_identity
  // Again is once; a second user in one system is refused, and so is a user that has an identity.
  await server.ok('/user_identities/add_acs_user', { acs_user_id: jane.acs_user_id, user_identity_id })
  const second = await server.post('/user_identities/add_acs_user', { acs_user_id: john.acs_user_id, user_identity_id })
  expect([second.status, second.body['error'].type]).toEqual([400, 'invalid_input'])
  const { user_identity: other } = await server.ok('/user_identities/create', {})
  const taken = await server.post('/user_identities/add_acs_user', {
    acs_user_id: jane.acs_user_id,
    user_identity_id: other.user_identity_id,
  })
  expect(taken.status).toBe(409)
  const named = await server.post('/user_identities/add_acs_user', { acs_user_id: jane.acs_user_id })
  expect(named.status).toBe(400)

  await server.ok('/user_identities/remove_acs_user', { user_identity_id, acs_user_id: jane.acs_user_id })
  const { user_identity: after } = await server.ok('/user_identities/get', { user_identity_id })
  expect(after.acs_user_ids).toEqual([])
  await server.ok('/acs/users/get', { acs_user_id: jane.acs_user_id })
  const again = await server.post('/user_identities/remove_acs_user', {
    user_identity_id,
    acs_user_id: jane.acs_user_id,
  })
  expect([again.status, again.body['error'].type]).toEqual([404, 'acs_user_not_found'])
})

test('an identity takes its grants, users, sessions, Instant Keys and phones with it', async () => {
  await using server = await startTestServer()
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane Doe' },
    acs_entrance_ids: [await doorFor(server, 'mobile_key')],
    requested_access_methods: [{ mode: 'mobile_key' }],
  })
  const { user_identity_id } = access_grant
  await server.ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
  const { client_session } = await server.ok('/client_sessions/create', { user_identity_id })
  await server.settle()
  const { user_identity } = await server.ok('/user_identities/get', { user_identity_id })
  expect(user_identity.acs_user_ids).toHaveLength(1)

  await server.ok('/user_identities/delete', { user_identity_id })
  const gone: [string, object][] = [
    ['/user_identities/get', { user_identity_id }],
    ['/access_grants/get', { access_grant_id: access_grant.access_grant_id }],
    ['/client_sessions/get', { client_session_id: client_session.client_session_id }],
    ['/instant_keys/get', { instant_key_url: access_grant.instant_key_url }],
    ['/acs/users/get', { acs_user_id: user_identity.acs_user_ids[0] }],
    ['/user_identities/delete', { user_identity_id }],
  ]
  for (const [path, body] of gone) expect([path, (await server.post(path, body)).status]).toEqual([path, 404])
  for (const [path, key] of [
    ['/phones/list', 'phones'],
    ['/instant_keys/list', 'instant_keys'],
  ] as const) {
    expect((await server.ok(path))[key]).toEqual([])
  }
  // The site's free cards stay.
  const { acs_credentials } = await server.ok('/acs/credentials/list')
  expect(acs_credentials.filter((one: { access_method: string }) => one.access_method === 'mobile_key')).toEqual([])
  const types = await server.sql<{ event_type: string }>('SELECT event_type FROM event ORDER BY position')
  const seen = types.map((row) => row.event_type)
  for (const type of [
    'access_grant.deleted',
    'access_method.deleted',
    'client_session.deleted',
    'phone.deactivated',
    'acs_user.deleted',
  ]) {
    expect(seen).toContain(type)
  }
})

test('a deletion that a crash cut short is finished by its job', async () => {
  await using server = await startTestServer()
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane Doe' },
    acs_entrance_ids: [await doorFor(server, 'mobile_key')],
    requested_access_methods: [{ mode: 'mobile_key' }],
  })
  await server.settle()
  const { user_identity_id } = access_grant
  await server.sql(
    "INSERT INTO job (workspace_id, kind, key, run_at) VALUES ($1, 'user_identity_deletion', $2, now() - interval '1 second')",
    [server.workspaceId, user_identity_id],
  )
  await server.settle()
  expect((await server.post('/user_identities/get', { user_identity_id })).status).toBe(404)
  expect((await server.ok('/access_grants/list'))['access_grants']).toEqual([])
  expect((await server.ok('/acs/users/list'))['acs_users']).toEqual([])
})

test('an identity found at a system is not among the managed ones until it is taken over', async () => {
  await using server = await startTestServer()
  const { user_identity } = await server.ok('/user_identities/create', { full_name: 'Found' })
  const { user_identity_id } = user_identity
  await server.sql('UPDATE user_identity SET is_managed = false WHERE user_identity_id = $1', [user_identity_id])
  expect((await server.post('/user_identities/get', { user_identity_id })).status).toBe(404)
  const { user_identities } = await server.ok('/user_identities/unmanaged/list', { search: 'found' })
  expect(user_identities).toHaveLength(1)
  expect(user_identities[0]).not.toHaveProperty('user_identity_key')
  await server.ok('/user_identities/unmanaged/update', {
    user_identity_id,
    is_managed: true,
    user_identity_key: 'ours',
  })
  expect((await server.post('/user_identities/unmanaged/get', { user_identity_id })).status).toBe(404)
  await server.ok('/user_identities/get', { user_identity_key: 'ours' })
})

async function doorFor(server: Awaited<ReturnType<typeof startTestServer>>, mode: string): Promise<string> {
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id: await server.systemOf('salto_ks') })
  const door = acs_entrances.find((one: Record<string, unknown>) => one[`can_unlock_with_${mode}`] === true)
  return door.acs_entrance_id
}
