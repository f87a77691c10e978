// Doors as devices: of the makers that are documented to show them as both, and of no others.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

vi.setConfig({ testTimeout: 120_000 })

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const TYPES: Record<string, string> = {
  brivo: 'brivo_access_point',
  avigilon_alta: 'avigilon_alta_entry',
  salto_ks: 'salto_lock',
}
const UNKNOWN = '11111111-1111-4111-8111-111111111111'

interface Device {
  device_id: string
  device_type: string
  display_name: string
  connected_account_id: string
  created_at: string
  can_unlock_with_code: boolean
  properties: { online: boolean; locked?: boolean }
  space_ids: string[]
  errors: { error_code: string }[]
}

const list = async (filter: object = {}): Promise<Device[]> =>
  (await server.ok('/devices/list', filter))['devices'] as Device[]

test('each door of those makers is a device under the id of the door, and no other door is one', async () => {
  const devices = await list()
  const doors = []
  for (const provider of Object.keys(TYPES)) {
    const acs_system_id = await server.systemOf(provider)
    const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id })
    doors.push(...acs_entrances.map((door: { acs_entrance_id: string }) => [door.acs_entrance_id, TYPES[provider]]))
  }
  expect(doors.length).toBeGreaterThan(6)
  expect(devices.map(({ device_id, device_type }) => [device_id, device_type]).sort()).toEqual(doors.sort())
  const office = await server.entrance('salto_ks', 'Office')
  const { device } = await server.ok('/devices/get', { device_id: office })
  expect(device).toMatchObject({
    device_id: office,
    display_name: 'Office',
    capabilities_supported: ['lock'],
    can_unlock_with_code: true,
    can_remotely_unlock: false,
    device_manufacturer: { manufacturer: 'salto' },
    device_provider: { device_provider_name: 'salto_ks' },
    properties: { online: true, locked: true, salto_ks_metadata: { lock_type: 'iq_online_lock' } },
    custom_metadata: {},
    errors: [],
  })
  expect(device).toEqual(devices.find(({ device_id }) => device_id === office))
  expect(await server.ok('/devices/get', { name: 'Office' })).toMatchObject({ device: { display_name: 'Office' } })
  expect(await server.ok('/locks/get', { device_id: office.toUpperCase() })).toMatchObject({ device, lock: device })
  const locks = await server.ok('/locks/list')
  expect([locks['locks'], locks['devices']]).toEqual([devices, devices])
})

test('what is no device is not found, and the answer says where it is', async () => {
  const room = await server.entrance('visionline', 'Room 101')
  for (const path of ['/devices/get', '/locks/get']) {
    for (const device_id of [UNKNOWN, room]) {
      const { status, body } = await server.post(path, { device_id })
      expect([status, body['error']]).toMatchObject([404, { type: 'device_not_found', data: { device_id } }])
      expect(body['error'].message).toContain(device_id === room ? 'is that of an acs_entrance' : '/acs/entrances/list')
    }
    expect((await server.post(path, {})).status).toBe(400)
    expect((await server.post(path, { device_id: room, name: 'Room 101' })).status).toBe(400)
    expect((await server.post(path, { name: 'No such door' })).status).toBe(404)
  }
})

test('devices are found by every filter', async () => {
  const all = await list()
  const ofType = async (device_type: string) => await list({ device_type })
  const alta = await ofType('avigilon_alta_entry')
  const [first] = alta as [Device]
  const { connected_account_id } = first
  expect(alta.length).toBeGreaterThan(0)
  expect(alta).toEqual(all.filter(({ device_type }) => device_type === 'avigilon_alta_entry'))
  expect(await list({ device_types: ['avigilon_alta_entry'] })).toEqual(alta)
  expect(await list({ manufacturer: 'avigilon_alta' })).toEqual(alta)
  expect(await list({ connected_account_id })).toEqual(alta)
  expect(await list({ connected_account_ids: [connected_account_id] })).toEqual(alta)
  expect(await list({ connected_account_id, connected_account_ids: [UNKNOWN] })).toEqual([])
  expect(await list({ device_ids: [first.device_id] })).toEqual([first])
  expect(await list({ device_ids: [] })).toEqual([])
  expect(await list({ device_type: 'yale_lock' })).toEqual([])
  expect(await list({ device_type: 'android_phone' })).toEqual([])
  expect(await list({ manufacturer: 'yale' })).toEqual([])
  expect(await list({ custom_metadata_has: { wing: 'north' } })).toEqual([])
  expect(await list({ user_identifier_key: 'jane' })).toEqual([])
  expect(await list({ customer_key: 'nobody' })).toEqual([])
  expect(await list({ created_before: '2000-01-01T00:00:00Z' })).toEqual([])
  expect(await list({ created_before: '2100-01-01T00:00:00Z' })).toEqual(all)
  expect(await list({ search: 'OFFIC' })).toEqual(all.filter(({ display_name }) => display_name === 'Office'))
  expect(await list({ include_if: ['can_unlock_with_code'] })).toEqual(all.filter((one) => one.can_unlock_with_code))
  expect(await list({ exclude_if: ['can_unlock_with_code'] })).toEqual(all.filter((one) => !one.can_unlock_with_code))
  expect(await list({ include_if: ['can_remotely_unlock'] })).toEqual([])
  expect(await list({ exclude_if: ['can_hvac_heat'] })).toEqual(all)

  const { space } = await server.ok('/spaces/create', { name: 'Offices', acs_entrance_ids: [first.device_id] })
  const { space_id } = space
  expect(await list({ space_id })).toMatchObject([{ device_id: first.device_id, space_ids: [space_id] }])
  expect(await list({ unstable_location_id: space_id })).toHaveLength(1)
  expect(await list({ unstable_location_id: null })).toHaveLength(all.length - 1)

  const pages: string[] = []
  let page_cursor: string | null = null
  do {
    const answer: Reply['body'] = await server.ok('/devices/list', { limit: 2, page_cursor })
    pages.push(...answer['devices'].map(({ device_id }: Device) => device_id))
    page_cursor = answer['pagination'].next_page_cursor
  } while (page_cursor !== null)
  expect(pages).toEqual(all.map(({ device_id }) => device_id))
})

test('every maker is told of; those with devices say what they can do', async () => {
  const { device_providers } = await server.ok('/devices/list_device_providers')
  const flags = device_providers.filter((one: object) => 'can_unlock_with_code' in one)
  expect(flags.map((one: { device_provider_name: string }) => one.device_provider_name).sort()).toEqual(
    Object.keys(TYPES).sort(),
  )
  const [{ image_url }] = device_providers
  const image = await fetch(image_url)
  expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
  const of = async (provider_category: string) =>
    (await server.ok('/devices/list_device_providers', { provider_category }))['device_providers']
  expect(await of('access_control_systems')).toEqual(device_providers)
  expect(await of('thermostats')).toEqual([])
})

test('a door that is away says so, and nobody claims to know whether it is locked', async () => {
  const office = await server.entrance('salto_ks', 'Office')
  const { device } = await server.ok('/devices/get', { device_id: office })
  const { connected_account_id } = device
  await server.ok('/connected_accounts/simulate/disconnect', { connected_account_id })
  const away = (await server.ok('/devices/get', { device_id: office }))['device'] as Device
  expect(away.properties.online).toBe(false)
  expect(away.properties.locked).toBeUndefined()
  expect(away.errors).toMatchObject([
    { error_code: 'account_disconnected', is_connected_account_error: true, is_device_error: false },
  ])
})

test('a client session sees the devices of its accounts and of its person’s doors', async () => {
  const seenBy = async (params: object): Promise<string[]> => {
    const { client_session } = await server.ok('/client_sessions/create', params)
    const { status, body } = await server.post('/devices/list', {}, client_session.token)
    expect(status).toBe(200)
    return (body['devices'] as Device[]).map(({ device_id }) => device_id)
  }
  const { user_identity } = await server.ok('/user_identities/create', { full_name: 'Jane Doe' })
  const { user_identity_id } = user_identity
  expect(await seenBy({ user_identity_ids: [user_identity_id] })).toEqual([])
  const [device] = await list({ device_type: 'brivo_access_point' })
  await server.ok('/access_grants/create', {
    user_identity_id,
    acs_entrance_ids: [device?.device_id],
    requested_access_methods: [{ mode: 'cloud_key' }],
  })
  expect(await seenBy({ user_identity_ids: [user_identity_id] })).toEqual([device?.device_id])
  const { connected_account_id } = device as Device
  const own = await list({ connected_account_id })
  expect(await seenBy({ connected_account_ids: [connected_account_id] })).toEqual(own.map((one) => one.device_id))
})

test('another workspace has devices of its own', async () => {
  const { body } = await server.post(
    '/workspaces/create',
    { name: 'Other', is_sandbox: true },
    server.personalAccessToken,
  )
  const headers = { 'seam-workspace': body['workspace'].workspace_id as string }
  const ask = (path: string, params: object) => server.post(path, params, server.personalAccessToken, headers)
  const theirs = (await ask('/devices/list', {})).body['devices'] as Device[]
  const ours = await list()
  expect(theirs.length).toBeGreaterThan(0)
  expect(theirs.filter(({ device_id }) => ours.some((one) => one.device_id === device_id))).toEqual([])
  const [one] = ours as [Device]
  expect((await ask('/devices/list', { device_ids: [one.device_id] })).body['devices']).toEqual([])
  expect((await ask('/locks/get', { device_id: one.device_id })).status).toBe(404)
})
