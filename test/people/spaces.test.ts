// Spaces: membership, its events, and the grants that reach doors through a space.
import { expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'

const NOBODY = '11111111-1111-4111-8111-111111111111'

/** Doors of the Salto KS site that take PINs. */
async function doorsOf(server: TestServer): Promise<string[]> {
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id: await server.systemOf('salto_ks') })
  return acs_entrances
    .filter((one: { can_unlock_with_code: boolean }) => one.can_unlock_with_code)
    .map((one: { acs_entrance_id: string }) => one.acs_entrance_id)
}

async function eventsOf(server: TestServer, prefix: string): Promise<{ event_type: string; payload: object }[]> {
  return server.sql('SELECT event_type, payload FROM event WHERE event_type LIKE $1 ORDER BY position', [`${prefix}%`])
}

test('a space is created, found, listed, updated and deleted', async () => {
  await using server = await startTestServer()
  const [a, b] = await doorsOf(server)
  const { space } = await server.ok('/spaces/create', {
    name: 'Room 101',
    space_key: 'room-101',
    customer_key: 'hotel',
    acs_entrance_ids: [a, a],
    customer_data: { address: 'Main Street 1', time_zone: 'Europe/Vienna' },
  })
  expect(space).toMatchObject({
    display_name: 'Room 101',
    acs_entrance_count: 1,
    device_count: 0,
    customer_key: 'hotel',
  })
  const { space_id } = space
  const { space: parent } = await server.ok('/spaces/create', { name: 'House', space_key: 'house' })
  expect((await server.ok('/spaces/get', { space_key: 'room-101' }))['space']).toEqual(space)

  const updated = await server.ok('/spaces/update', {
    space_id,
    space_key: 'suite-101',
    name: 'Suite 101',
    parent_space_key: 'house',
    acs_entrance_ids: [b],
    customer_data: { address: null, default_checkin_time: '15:00' },
  })
  expect(updated['space']).toMatchObject({
    name: 'Suite 101',
    space_key: 'suite-101',
    parent_space_id: parent.space_id,
    parent_space_key: 'house',
    customer_data: { time_zone: 'Europe/Vienna', default_checkin_time: '15:00' },
  })
  expect((await server.ok('/spaces/get', { space_id }))['space']).toEqual(updated['space'])
  const ids = async (filter: object): Promise<string[]> =>
    (await server.ok('/spaces/list', filter))['spaces'].map((one: { space_id: string }) => one.space_id)
  for (const filter of [
    { search: 'SUITE' },
    { customer_key: 'hotel' },
    { space_key: 'suite-101' },
    { parent_space_id: parent.space_id },
    { parent_space_key: 'house' },
  ]) {
    expect([filter, await ids(filter)]).toEqual([filter, [space_id]])
  }
  expect(await ids({ connected_account_id: NOBODY })).toEqual([])

  const circle = await server.post('/spaces/update', { space_key: 'house', parent_space_id: space_id })
  expect([circle.status, circle.body['error'].validation_errors.parent_space_id._errors]).toHaveLength(2)
  expect(circle.status).toBe(400)
  await server.ok('/spaces/delete', { space_id: parent.space_id })
  expect((await server.ok('/spaces/get', { space_id }))['space']).not.toHaveProperty('parent_space_id')
  expect((await server.post('/spaces/delete', { space_id: parent.space_id })).body['error'].type).toBe(
    'space_not_found',
  )
})

test('members are added and taken out once, with one event of the full lists for each change', async () => {
  await using server = await startTestServer()
  const [a = '', b = ''] = await doorsOf(server)
  const { space } = await server.ok('/spaces/create', { name: 'Room' })
  const { space_id } = space
  const count = async (): Promise<number> =>
    (await server.ok('/spaces/get', { space_id }))['space'].acs_entrance_count as number
  await server.ok('/spaces/add_acs_entrances', { space_id, acs_entrance_ids: [a] })
  await server.ok('/spaces/add_acs_entrances', { space_id, acs_entrance_ids: [a.toUpperCase()] })
  await server.ok('/spaces/add_acs_entrances', { space_id, acs_entrance_ids: [a, b] })
  expect(await count()).toBe(2)
  await server.ok('/spaces/remove_acs_entrances', { space_id, acs_entrance_ids: [a, NOBODY] })
  await server.ok('/spaces/remove_acs_entrances', { space_id, acs_entrance_ids: [a] })
  expect(await count()).toBe(1)
  const events = await eventsOf(server, 'space.')
  expect(
    events.map((event) => [event.event_type, (event.payload as Record<string, unknown>)['acs_entrance_ids']]),
  ).toEqual([
    ['space.created', []],
    ['space.device_membership_changed', [a]],
    ['space.device_membership_changed', [a, b]],
    ['space.device_membership_changed', [b]],
  ])
  const [account] = (await server.ok('/connected_accounts/list'))['connected_accounts']
  const { connected_account_id } = account
  await server.ok('/spaces/add_connected_account', { space_id, connected_account_id })
  const listed = await server.ok('/connected_accounts/list', { space_id })
  expect(listed['connected_accounts']).toEqual([account])
  await server.ok('/spaces/remove_connected_account', { space_id, connected_account_id })
  expect((await server.ok('/connected_accounts/list', { space_id }))['connected_accounts']).toEqual([])
})

test('wrong input is refused and nothing changes', async () => {
  await using server = await startTestServer()
  const { space } = await server.ok('/spaces/create', { name: 'Room', space_key: 'room' })
  const { space_id } = space
  await server.ok('/spaces/create', { name: 'Other', space_key: 'other' })
  const wrong: [string, object, number, string][] = [
    ['create', { name: ' ' }, 400, 'invalid_input'],
    ['create', { name: 'X', space_key: ' ' }, 400, 'invalid_input'],
    ['create', { name: 'X', space_key: 'room' }, 409, 'space_already_exists'],
    ['create', { name: 'X', acs_entrance_ids: [NOBODY] }, 404, 'acs_entrance_not_found'],
    ['create', { name: 'X', device_ids: [NOBODY] }, 404, 'device_not_found'],
    ['create', { name: 'X', connected_account_ids: [NOBODY] }, 404, 'connected_account_not_found'],
    ['create', { name: 'X', customer_data: { default_checkin_time: '25:00' } }, 400, 'invalid_input'],
    ['update', {}, 400, 'invalid_input'],
    ['update', { space_id: NOBODY, name: 'X' }, 404, 'space_not_found'],
    ['update', { space_id, space_key: 'other' }, 409, 'space_already_exists'],
    ['update', { space_id, parent_space_id: space_id }, 400, 'invalid_input'],
    ['update', { space_id, parent_space_key: 'nowhere' }, 404, 'space_not_found'],
    ['update', { space_id, acs_entrance_ids: [NOBODY], name: 'X' }, 404, 'acs_entrance_not_found'],
    ['add_acs_entrances', { space_id, acs_entrance_ids: [] }, 400, 'invalid_input'],
    ['add_acs_entrances', { space_id, acs_entrance_ids: [NOBODY] }, 404, 'acs_entrance_not_found'],
    ['add_devices', { space_id, device_ids: [NOBODY] }, 404, 'device_not_found'],
    ['get', {}, 400, 'invalid_input'],
    ['get_related', {}, 400, 'invalid_input'],
    ['get_related', { space_ids: [NOBODY] }, 404, 'space_not_found'],
    ['get_related', { space_ids: [space_id], include: ['nonsense'] }, 400, 'invalid_input'],
  ]
  for (const [name, body, status, type] of wrong) {
    const reply = await server.post(`/spaces/${name}`, body)
    expect([name, body, reply.status, reply.body['error']?.type]).toEqual([name, body, status, type])
  }
  const taken = await server.post('/spaces/create', { name: 'X', space_key: 'room' })
  expect(taken.body['error'].data).toEqual({ field: 'space_key', space_id })
  expect((await server.ok('/spaces/list'))['spaces']).toHaveLength(2)
  expect((await server.ok('/spaces/get', { space_id }))['space']).toEqual(space)
})

test('a door that joins or leaves a space joins or leaves the grants of the space', async () => {
  await using server = await startTestServer()
  const [a = '', b = ''] = await doorsOf(server)
  const { space } = await server.ok('/spaces/create', { name: 'Floor', acs_entrance_ids: [a] })
  const { space_id } = space
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane' },
    space_ids: [space_id],
    requested_access_methods: [{ mode: 'code' }],
  })
  await server.settle()
  const { access_grant_id, access_method_ids } = access_grant
  const code = async (): Promise<string> =>
    (await server.ok('/access_methods/get', { access_method_id: access_method_ids[0] }))['access_method'].code as string
  const tryDoor = async (acs_entrance_id: string): Promise<boolean> =>
    (await server.ok('/sandbox/doors/enter_code', { acs_entrance_id, code: await code() }))['door_attempt']
      .opened as boolean
  expect([await tryDoor(a), await tryDoor(b)]).toEqual([true, false])

  await server.ok('/spaces/add_acs_entrances', { space_id, acs_entrance_ids: [b] })
  await server.settle()
  expect([await tryDoor(a), await tryDoor(b)]).toEqual([true, true])
  await server.ok('/spaces/remove_acs_entrances', { space_id, acs_entrance_ids: [a] })
  await server.settle()
  expect([await tryDoor(a), await tryDoor(b)]).toEqual([false, true])
  const related = await server.ok('/spaces/get_related', { space_ids: [space_id] })
  expect(Object.keys(related['batch']).sort()).toEqual([
    'access_methods',
    'acs_entrances',
    'acs_systems',
    'connected_accounts',
    'devices',
    'spaces',
  ])
  expect(related['batch'].access_methods.map((one: { access_method_id: string }) => one.access_method_id)).toEqual(
    access_method_ids,
  )
  expect(related['batch'].acs_entrances.map((one: { acs_entrance_id: string }) => one.acs_entrance_id)).toEqual([b])
  const some = await server.ok('/spaces/get_related', {
    space_ids: [space_id],
    include: ['spaces', 'devices'],
    exclude: ['devices'],
  })
  expect(Object.keys(some['batch'])).toEqual(['spaces'])

  await server.ok('/spaces/delete', { space_id })
  await server.settle()
  const lost = (await eventsOf(server, 'access_grant.access_to_door_lost')).map(
    (event) => (event.payload as Record<string, unknown>)['acs_entrance_id'],
  )
  expect(lost).toEqual([a, b])
  const after = await server.ok('/access_grants/get', { access_grant_id })
  expect(after['access_grant'].space_ids).toEqual([])
})

test('a customer sees and makes spaces of its own alone', async () => {
  await using server = await startTestServer()
  const { space: theirs } = await server.ok('/spaces/create', { name: 'Theirs', customer_key: 'other' })
  const { client_session } = await server.ok('/client_sessions/create', { customer_key: 'hotel' })
  const call = (path: string, body: object) => server.post(`/spaces/${path}`, body, client_session.token as string)
  const made = await call('create', { name: 'Own' })
  expect(made.body['space']).toMatchObject({ name: 'Own', customer_key: 'hotel' })
  expect((await call('create', { name: 'X', customer_key: 'other' })).status).toBe(403)
  expect((await call('get', { space_id: theirs.space_id })).status).toBe(404)
  expect((await call('update', { space_id: theirs.space_id, name: 'X' })).status).toBe(404)
  expect((await call('list', {})).body['spaces']).toEqual([made.body['space']])
  expect((await call('list', { customer_key: 'other' })).body['spaces']).toEqual([])
  const [door = ''] = await doorsOf(server)
  const foreign = await call('add_acs_entrances', { space_id: made.body['space'].space_id, acs_entrance_ids: [door] })
  expect([foreign.status, foreign.body['error'].type]).toEqual([404, 'acs_entrance_not_found'])
})
