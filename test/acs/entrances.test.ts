import { expect, test } from 'vitest'
import { drivers } from '../../src/systems/registry.ts'
import { startTestServer, type Reply } from '../support/server.ts'
import { createUser, ended, eventsOf, issuesOf } from './support.ts'

const UNKNOWN = '11111111-1111-4111-8111-111111111111'

test('systems, entrances and groups are found by every filter', async () => {
  await using server = await startTestServer()
  const { acs_systems } = await server.ok('/acs/systems/list')
  expect(acs_systems).toHaveLength(drivers.size)
  const acs_system_id = await server.systemOf('visionline')
  const { acs_system } = await server.ok('/acs/systems/get', { acs_system_id: acs_system_id.toUpperCase() })
  expect(acs_system).toMatchObject({
    acs_system_id,
    external_type: 'visionline_system',
    system_type: 'visionline_system',
    is_credential_manager: false,
    connected_account_ids: [acs_system.connected_account_id],
    acs_user_count: 0,
  })
  const { connected_account_id } = acs_system
  expect((await server.ok('/acs/systems/list', { connected_account_id }))['acs_systems']).toHaveLength(1)
  expect((await server.ok('/acs/systems/list', { search: acs_system.name.slice(1) }))['acs_systems']).toHaveLength(1)
  expect((await server.ok('/acs/systems/list', { search: acs_system_id.slice(2, 20) }))['acs_systems']).toHaveLength(1)
  expect((await server.ok('/acs/systems/list', { customer_key: 'nobody' }))['acs_systems']).toEqual([])
  expect((await server.post('/acs/systems/get', { acs_system_id: UNKNOWN })).body['error']).toMatchObject({
    type: 'acs_system_not_found',
    data: { acs_system_id: UNKNOWN },
  })
  const managers = await server.ok('/acs/systems/list_compatible_credential_manager_acs_systems', { acs_system_id })
  expect(managers['acs_systems']).toMatchObject([
    {
      acs_system_id: acs_system.default_credential_manager_acs_system_id,
      external_type: 'assa_abloy_credential_service',
      is_credential_manager: true,
    },
  ])

  const listed = async (filter: object): Promise<string[]> =>
    ((await server.ok('/acs/entrances/list', filter))['acs_entrances'] as { display_name: string }[])
      .map((door) => door.display_name)
      .sort()
  const ofSystem = await listed({ acs_system_id })
  expect(await listed({ connected_account_id })).toEqual(ofSystem)
  const room = await server.entrance('visionline', 'Room 101')
  expect(await listed({ acs_entrance_ids: [room] })).toEqual(['Room 101'])
  expect(await listed({ acs_entrance_ids: [] })).toEqual([])
  expect(await listed({ acs_system_id, search: 'room' })).toEqual(['Room 101', 'Room 102', 'Room 103', 'Room 104'])
  const { space } = await server.ok('/spaces/create', {
    name: 'Room 101',
    acs_entrance_ids: [room],
    customer_key: 'hotel',
  })
  expect(await listed({ space_id: space.space_id })).toEqual(['Room 101'])
  expect(await listed({ location_id: space.space_id })).toEqual(['Room 101'])
  expect(await listed({ acs_system_id, location_id: null })).toEqual(ofSystem.filter((name) => name !== 'Room 101'))
  expect(await listed({ customer_key: 'hotel' })).toEqual(['Room 101'])
  expect(await listed({ acs_system_id: UNKNOWN })).toEqual([])
  expect((await server.ok('/acs/entrances/get', { acs_entrance_id: room }))['acs_entrance']).toMatchObject({
    space_ids: [space.space_id],
    can_belong_to_reservation: true,
    visionline_metadata: { door_category: 'guest' },
  })
  expect((await server.post('/acs/entrances/get', { acs_entrance_id: UNKNOWN })).body['error'].type).toBe(
    'acs_entrance_not_found',
  )

  const first = await server.ok('/acs/entrances/list', { acs_system_id, limit: 2 })
  const { next_page_cursor: page_cursor } = first['pagination']
  const second = await server.ok('/acs/entrances/list', { acs_system_id, limit: 2, page_cursor })
  expect(second['acs_entrances'][0].acs_entrance_id).not.toBe(first['acs_entrances'][0].acs_entrance_id)

  const groups = (await server.ok('/acs/access_groups/list', { search: 'amenit' }))['acs_access_groups']
  expect(groups).toHaveLength(2)
  expect(groups[0]).toMatchObject({ is_managed: true, pending_mutations: [] })
  expect((await server.ok('/acs/access_groups/unmanaged/list'))['acs_access_groups']).toEqual([])
})

test('access to one door without a credential: a group of that door, or a link to it', async () => {
  await using server = await startTestServer()
  const room = await server.entrance('salto_space', 'Room 101')
  const [jane, john] = [await createUser(server, 'salto_space'), await createUser(server, 'salto_space')]
  const doorsOf = async (acs_user_id: string): Promise<string[]> =>
    (
      (await server.ok('/acs/users/list_accessible_entrances', { acs_user_id }))['acs_entrances'] as {
        acs_entrance_id: string
      }[]
    ).map((one) => one.acs_entrance_id)
  for (const { acs_user_id } of [jane, john, jane]) {
    await server.ok('/acs/entrances/grant_access', { acs_entrance_id: room, acs_user_id })
    expect(await doorsOf(acs_user_id)).toEqual([room])
  }
  await server.settle()
  const groups = (await server.ok('/acs/access_groups/list', { acs_user_id: jane.acs_user_id }))['acs_access_groups']
  expect(groups).toEqual([expect.objectContaining({ name: 'Access to Room 101', pending_mutations: [] })])
  const [{ acs_access_group_id }] = groups
  expect((await server.ok('/acs/access_groups/list_users', { acs_access_group_id }))['acs_users']).toHaveLength(2)
  const bob = await createUser(server, 'salto_space')
  const gym = await server.entrance('salto_space', 'Gym')
  await server.ok('/acs/entrances/grant_access', { acs_entrance_id: gym, acs_user_id: bob.acs_user_id })
  await server.ok('/acs/users/revoke_access_to_all_entrances', { acs_user_id: bob.acs_user_id })
  await server.settle()
  expect((await server.ok('/acs/access_groups/list', { search: 'Access to' }))['acs_access_groups']).toHaveLength(1)

  await server.ok('/acs/access_groups/delete', { acs_access_group_id })
  expect((await server.post('/acs/access_groups/get', { acs_access_group_id })).status).toBe(404)
  expect(await eventsOf(server, { acs_access_group_id })).toContain('acs_access_group.deleted')
  expect(await doorsOf(jane.acs_user_id)).toEqual([])

  const guest = await createUser(server, 'visionline')
  const vingcard = await server.entrance('visionline', 'Room 101')
  await server.ok('/acs/entrances/grant_access', { acs_entrance_id: vingcard, acs_user_id: guest.acs_user_id })
  expect(await doorsOf(guest.acs_user_id)).toEqual([vingcard])
  const foreign = await server.post('/acs/entrances/grant_access', {
    acs_entrance_id: room,
    acs_user_id: guest.acs_user_id,
  })
  expect(issuesOf(foreign, 'acs_user_id')).toHaveLength(1)
})

test('a cloud key opens the doors of its user from afar, and no others', async () => {
  await using server = await startTestServer()
  const { user_identity } = await server.ok('/user_identities/create', {
    full_name: 'Jane',
    email_address: 'jane@example.com',
  })
  const { user_identity_id } = user_identity
  const acs_entrance_id = await server.entrance('salto_ks', 'Front Door')
  const acs_system_id = await server.systemOf('salto_ks')
  await server.ok('/acs/entrances/grant_access', { acs_entrance_id, user_identity_id })
  const { acs_credential } = await server.ok('/acs/credentials/create', {
    user_identity_id,
    acs_system_id,
    access_method: 'cloud_key',
  })
  const { acs_credential_id, acs_user_id } = acs_credential
  await server.settle()
  expect((await server.ok('/acs/entrances/list', { acs_credential_id }))['acs_entrances']).toHaveLength(1)
  const { action_attempt } = await server.ok('/acs/entrances/unlock', { acs_entrance_id, acs_credential_id })
  expect(await ended(server, action_attempt as Reply['body'])).toMatchObject({
    status: 'success',
    action_type: 'UNLOCK_DOOR',
    result: { was_confirmed_by_device: false },
  })
  expect(await eventsOf(server, { acs_entrance_id })).toContain('lock.unlocked')
  const other = await server.post('/acs/entrances/unlock', {
    acs_entrance_id: await server.entrance('salto_ks', 'Office'),
    acs_credential_id,
  })
  expect(issuesOf(other, 'acs_entrance_id')).toEqual(['The credential does not open Office'])
  const pin = (await server.ok('/acs/credentials/create', { acs_user_id, access_method: 'code' }))['acs_credential']
  const wrong = await server.post('/acs/entrances/unlock', {
    acs_entrance_id,
    acs_credential_id: pin.acs_credential_id,
  })
  expect(issuesOf(wrong, 'acs_credential_id')[0]).toContain('cloud_key')
  const withAccess = (await server.ok('/acs/entrances/list_credentials_with_access', { acs_entrance_id }))[
    'acs_credentials'
  ]
  expect(withAccess).toHaveLength(2)
  const valid = { acs_entrance_id, include_if: ['visionline_metadata.is_valid'] }
  expect((await server.ok('/acs/entrances/list_credentials_with_access', valid))['acs_credentials']).toEqual([])
})

test('a client session sees what its identity owns and nothing else', async () => {
  await using server = await startTestServer()
  const identity = async (name: string): Promise<string> =>
    (await server.ok('/user_identities/create', { full_name: name, email_address: `${name}@example.com` }))[
      'user_identity'
    ].user_identity_id as string
  const [jane, john] = [await identity('jane'), await identity('john')]
  const acs_system_id = await server.systemOf('salto_ks')
  const [front, office] = [await server.entrance('salto_ks', 'Front Door'), await server.entrance('salto_ks', 'Office')]
  await server.ok('/acs/entrances/grant_access', { acs_entrance_id: front, user_identity_id: jane })
  await server.ok('/acs/entrances/grant_access', { acs_entrance_id: office, user_identity_id: john })
  for (const user_identity_id of [jane, john]) {
    await server.ok('/acs/credentials/create', { user_identity_id, acs_system_id, access_method: 'cloud_key' })
  }
  const { client_session } = await server.ok('/client_sessions/create', { user_identity_id: jane })
  const asJane = async (path: string, body: object = {}): Promise<Reply> =>
    server.post(path, body, client_session.token as string)
  expect((await asJane('/acs/systems/list')).body['acs_systems']).toHaveLength(1)
  expect((await asJane('/acs/entrances/list')).body['acs_entrances']).toMatchObject([{ acs_entrance_id: front }])
  expect((await asJane('/acs/entrances/get', { acs_entrance_id: front })).status).toBe(200)
  expect((await asJane('/acs/entrances/get', { acs_entrance_id: office })).body['error'].type).toBe(
    'acs_entrance_not_found',
  )
  expect((await asJane('/acs/users/list')).body['acs_users']).toMatchObject([{ user_identity_id: jane }])
  expect((await asJane('/acs/credentials/list')).body['acs_credentials']).toMatchObject([{ user_identity_id: jane }])
  expect((await asJane('/acs/users/list_accessible_entrances', { user_identity_id: john, acs_system_id })).status).toBe(
    404,
  )
  expect(
    (await asJane('/acs/users/list_accessible_entrances', { user_identity_id: jane, acs_system_id })).body[
      'acs_entrances'
    ],
  ).toHaveLength(1)
  expect(
    (await asJane('/acs/entrances/list_credentials_with_access', { acs_entrance_id: front })).body['acs_credentials'],
  ).toHaveLength(1)
  const [group] = (await server.ok('/acs/access_groups/list', { user_identity_id: jane }))['acs_access_groups']
  expect((await asJane('/acs/access_groups/delete', { acs_access_group_id: group.acs_access_group_id })).status).toBe(
    404,
  )
})
