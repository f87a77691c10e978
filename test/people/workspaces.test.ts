// Workspaces: who sees which, a new sandbox that works at once, and a reset that brings everything back.
import { expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'

const pat = (server: TestServer, path: string, body: object = {}, workspaceId?: string) =>
  server.post(
    path,
    body,
    server.personalAccessToken,
    workspaceId === undefined ? {} : { 'seam-workspace': workspaceId },
  )

test('each kind of credential gets and lists its own workspaces', async () => {
  await using server = await startTestServer()
  const { workspace } = await server.ok('/workspaces/get')
  expect(workspace).toMatchObject({ workspace_id: server.workspaceId, is_sandbox: true })
  expect((await server.ok('/workspaces/list'))['workspaces']).toEqual([workspace])
  const made = await pat(server, '/workspaces/create', { name: 'Second', connect_partner_name: 'Partner' })
  expect(made.body['workspace']).toMatchObject({ name: 'Second', company_name: 'Partner', is_sandbox: false })
  const all = await pat(server, '/workspaces/list')
  expect(all.body['workspaces']).toEqual([workspace, made.body['workspace']])
  const { workspace_id } = made.body['workspace']
  expect((await pat(server, '/workspaces/list', {}, workspace_id)).body['workspaces']).toEqual([made.body['workspace']])
  expect((await pat(server, '/workspaces/get')).status).toBe(401)
  expect((await server.post('/workspaces/create', { name: 'X' })).status).toBe(401)
  expect((await pat(server, '/workspaces/create', { name: ' ' })).body['error'].type).toBe('invalid_input')
  const { client_session } = await server.ok('/client_sessions/create')
  expect((await server.post('/workspaces/get', {}, client_session.token)).body['workspace']).toEqual(workspace)
  // Nothing of one workspace is seen from the other.
  const { user_identity } = await server.ok('/user_identities/create', {})
  const { user_identity_id } = user_identity
  expect((await pat(server, '/user_identities/get', { user_identity_id }, workspace_id)).status).toBe(404)
  expect((await pat(server, '/workspaces/reset_sandbox', {}, workspace_id)).body['error'].type).toBe(
    'workspace_not_sandbox',
  )
})

test('a new sandbox has its virtual systems connected', async () => {
  await using server = await startTestServer()
  const made = await pat(server, '/workspaces/create', {
    name: 'Trial',
    is_sandbox: true,
    webview_logo_shape: 'circle',
    connect_webview_customization: { success_message: 'Done' },
  })
  const { workspace } = made.body
  expect(workspace['connect_webview_customization']).toEqual({ logo_shape: 'circle', success_message: 'Done' })
  const systems = await pat(server, '/acs/systems/list', {}, workspace['workspace_id'])
  expect(systems.body['acs_systems'].length).toBe((await server.ok('/acs/systems/list'))['acs_systems'].length)
})

test('a workspace is updated, its customization key by key', async () => {
  await using server = await startTestServer()
  await server.ok('/workspaces/update', {
    connect_webview_customization: { logo_shape: 'square', success_message: 'Hi' },
  })
  await server.ok('/workspaces/update', {
    name: 'Hotel',
    is_publishable_key_auth_enabled: false,
    connect_webview_customization: { logo_shape: null },
  })
  const { workspace } = await server.ok('/workspaces/get')
  expect(workspace).toMatchObject({
    name: 'Hotel',
    is_publishable_key_auth_enabled: false,
    connect_webview_customization: { success_message: 'Hi' },
  })
  const headers = { 'seam-publishable-key': workspace.publishable_key }
  const refused = await server.post('/client_sessions/create', { user_identifier_key: 'x' }, null, headers)
  expect([refused.status, refused.body['error'].type]).toEqual([401, 'unauthorized'])
  expect((await server.post('/workspaces/update', { name: ' ' })).status).toBe(400)
})

test('a reset empties the sandbox, keeps keys and webhooks, and brings its systems back as they were', async () => {
  await using server = await startTestServer()
  const names = async (): Promise<string[]> => {
    const { acs_entrances } = await server.ok('/acs/entrances/list')
    return acs_entrances.map((one: { display_name: string }) => one.display_name).sort()
  }
  const before = await names()
  const { webhook } = await server.ok('/webhooks/create', { url: 'https://example.com/hook' })
  const [door] = (await server.ok('/acs/entrances/list'))['acs_entrances']
  await server.ok('/spaces/create', { name: 'Room', acs_entrance_ids: [door.acs_entrance_id] })
  const doors = await server.ok('/acs/entrances/list', { acs_system_id: await server.systemOf('salto_ks') })
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane', user_identity_key: 'jane' },
    acs_entrance_ids: [doors['acs_entrances'][0].acs_entrance_id],
    requested_access_methods: [{ mode: 'mobile_key' }],
  })
  await server.ok('/phones/simulate/create_sandbox_phone', { user_identity_id: access_grant.user_identity_id })
  await server.settle()
  await server.freeze()
  await server.advance('2099-01-01T00:00:00Z')

  const { action_attempt } = await server.ok('/workspaces/reset_sandbox')
  expect(action_attempt).toMatchObject({ action_type: 'RESET_SANDBOX_WORKSPACE', status: 'pending' })
  const { action_attempt_id } = action_attempt
  await expect
    .poll(async () => (await server.ok('/action_attempts/get', { action_attempt_id }))['action_attempt'], {
      timeout: 15_000,
    })
    .toMatchObject({ status: 'success', result: {}, error: null })
  expect(await names()).toEqual(before)
  for (const [path, key] of [
    ['/user_identities/list', 'user_identities'],
    ['/spaces/list', 'spaces'],
    ['/access_grants/list', 'access_grants'],
    ['/phones/list', 'phones'],
    ['/client_sessions/list', 'client_sessions'],
    ['/instant_keys/list', 'instant_keys'],
    ['/acs/users/list', 'acs_users'],
  ] as const) {
    expect([path, (await server.ok(path))[key]]).toEqual([path, []])
  }
  // Nobody listens there, which the webhook may say by now.
  expect((await server.ok('/webhooks/list'))['webhooks']).toMatchObject([{ ...webhook, warnings: expect.any(Array) }])
  const { clock } = await server.ok('/sandbox/clock/get')
  expect(clock.is_frozen).toBe(false)
  expect(Date.parse(clock.now)).toBeLessThan(Date.parse('2090-01-01'))
  // What was taken is free again.
  await server.ok('/user_identities/create', { user_identity_key: 'jane' })
})
