// Connected accounts: disconnected and connected again with the same ids; deleted with everything under them.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { actionOf, eventsAbout, goThrough, hrefOf, isDone, newWebview, open } from './people.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const types = (events: { event_type?: string }[]): string[] => events.map((event) => event.event_type ?? '')

async function accountOf(provider: string): Promise<{ acs_system_id: string; connected_account_id: string }> {
  const acs_system_id = await server.systemOf(provider)
  const { acs_system } = await server.ok('/acs/systems/get', { acs_system_id })
  return { acs_system_id, connected_account_id: acs_system.connected_account_id }
}

test('disconnected: said everywhere, nothing is told; connected again through a webview: the same ids', async () => {
  const { acs_system_id, connected_account_id } = await accountOf('brivo')
  await server.ok('/connected_accounts/simulate/disconnect', { connected_account_id })
  const codes = async (): Promise<string[][]> => {
    const [account, system] = await Promise.all([
      server.ok('/connected_accounts/get', { connected_account_id }),
      server.ok('/acs/systems/get', { acs_system_id }),
    ])
    return [account['connected_account'], account['connected_account'] && system['acs_system']].map((one) =>
      one.errors.map((error: { error_code: string }) => error.error_code),
    )
  }
  expect(await codes()).toEqual([['account_disconnected'], ['account_disconnected', 'acs_system_disconnected']])
  // A look at it does not bring it back.
  await server.ok('/connected_accounts/sync', { connected_account_id })
  await server.settle()
  expect((await codes())[0]).toEqual(['account_disconnected'])
  const { user_identity } = await server.ok('/user_identities/create', { full_name: 'Ann' })
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity_id: user_identity.user_identity_id,
    acs_entrance_ids: [await server.entrance('brivo', 'Front Door')],
    requested_access_methods: [{ mode: 'cloud_key' }],
  })
  await server.settle()
  const method = async () =>
    (await server.ok('/access_methods/get', { access_method_id: access_grant.access_method_ids[0] }))['access_method']
  expect((await method()).is_issued).toBe(false)

  const webview = await newWebview(server, { accepted_providers: ['brivo'] })
  await goThrough(webview['url'])
  const { connect_webview } = await server.ok('/connect_webviews/get', {
    connect_webview_id: webview['connect_webview_id'],
  })
  expect(connect_webview).toMatchObject({ status: 'authorized', connected_account_id })
  expect(await codes()).toEqual([[], []])
  await server.settle()
  expect((await method()).is_issued).toBe(true)
  expect(await server.systemOf('brivo')).toBe(acs_system_id)
  const all = types(await eventsAbout(server, { connected_account_id })).filter((type) =>
    /^(connected_account|connect_webview|acs_system)/.test(type),
  )
  expect(all.slice(all.indexOf('connected_account.disconnected'))).toEqual([
    'connected_account.disconnected',
    'acs_system.disconnected',
    'connect_webview.login_succeeded',
    'connected_account.successful_login',
    'connected_account.connected',
    'acs_system.connected',
    'connected_account.completed_first_sync_after_reconnection',
  ])
}, 60_000)

test('a disconnect is simulated in sandboxes alone', async () => {
  const token = server.personalAccessToken
  const { body } = await server.post('/workspaces/create', { name: 'Real', is_sandbox: false }, token)
  const headers = { 'seam-workspace': body['workspace'].workspace_id }
  const { connected_account_id } = await accountOf('latch')
  const refused = await server.post('/connected_accounts/simulate/disconnect', { connected_account_id }, token, headers)
  expect(refused.body['error'].type).toBe('workspace_not_sandbox')
})

test('deleted: everything under it goes with its event, grants are told, and the maker keeps what it has', async () => {
  const { acs_system_id, connected_account_id } = await accountOf('salto_space')
  const room = await server.entrance('salto_space', 'Room 101')
  const other = await server.entrance('brivo', 'Garage')
  const { space } = await server.ok('/spaces/create', { name: 'Both', acs_entrance_ids: [room, other] })
  const grant = async (body: object) => {
    const { user_identity } = await server.ok('/user_identities/create', {})
    const { user_identity_id } = user_identity
    return (await server.ok('/access_grants/create', { user_identity_id, ...body }))['access_grant']
  }
  const card = await grant({ acs_entrance_ids: [room], requested_access_methods: [{ mode: 'card' }] })
  const both = await grant({
    space_ids: [space.space_id],
    requested_access_methods: [{ mode: 'card' }, { mode: 'cloud_key' }],
  })
  await server.settle()
  await server.ok('/access_methods/encode', {
    access_method_id: card.access_method_ids[0],
    acs_encoder_id: await server.encoder('salto_space'),
  })
  await server.settle()
  const [{ count: atMaker = '0' } = {}] = await server.sql<{ count: string }>(
    `SELECT count(*) FROM virtual_record v JOIN acs_system s ON s.external_id = v.building_id WHERE s.acs_system_id = $1`,
    [acs_system_id],
  )
  const [{ building = '' } = {}] = await server.sql<{ building: string }>(
    'SELECT external_id AS building FROM acs_system WHERE acs_system_id = $1',
    [acs_system_id],
  )
  const { acs_users } = await server.ok('/acs/users/list', { acs_system_id })
  expect(acs_users.length).toBeGreaterThan(0)
  const before = (await eventsAbout(server, {})).length

  await server.ok('/connected_accounts/delete', { connected_account_id })
  await server.settle()
  const again = await server.post('/connected_accounts/delete', { connected_account_id })
  expect(again.body['error'].type).toBe('connected_account_not_found')
  for (const table of [
    'acs_system',
    'acs_entrance',
    'acs_encoder',
    'acs_access_group',
    'acs_user',
    'acs_credential',
    'bridge',
  ]) {
    const rows = await server.sql(`SELECT 1 FROM ${table} WHERE connected_account_id = $1`, [connected_account_id])
    expect(rows, table).toEqual([])
  }
  const events = (await eventsAbout(server, {})).slice(before)
  const seen = new Set(types(events))
  for (const type of [
    'acs_credential.deleted',
    'acs_user.deleted',
    'acs_access_group.deleted',
    'acs_entrance.removed',
    'acs_encoder.removed',
    'access_grant.access_to_door_lost',
    'space.device_membership_changed',
  ])
    expect([...seen], type).toContain(type)
  expect(types(events).filter((type) => type === 'acs_user.deleted')).toHaveLength(acs_users.length)
  expect(events.find((event) => event['event_type'] === 'connected_account.deleted')).toMatchObject({
    connected_account_id,
    connected_account_type: 'salto_space',
  })
  // The grant that has nothing left says so; the other one goes on with the door that is left.
  const read = async (access_grant_id: string) =>
    (await server.ok('/access_grants/get', { access_grant_id }))['access_grant']
  const lonely = await read(card.access_grant_id)
  expect(lonely.warnings).toEqual([
    expect.objectContaining({ warning_code: 'underprovisioned_access', reason: 'no_doors' }),
  ])
  expect(lonely.access_method_ids).toEqual([])
  const left = await read(both.access_grant_id)
  expect(left.pending_mutations).toEqual([])
  const { acs_entrances } = await server.ok('/acs/entrances/list', { space_id: space.space_id })
  expect(acs_entrances.map((one: { acs_entrance_id: string }) => one.acs_entrance_id)).toEqual([other])
  // What the maker holds is as it was.
  const [{ count: still = '' } = {}] = await server.sql<{ count: string }>(
    'SELECT count(*) FROM virtual_record WHERE building_id = $1',
    [building],
  )
  expect(still).toBe(atMaker)
  expect(server.errors).toEqual([])
}, 60_000)

test('while it is being deleted nobody connects it anew; a deletion that was cut short is finished', async () => {
  const { acs_system_id, connected_account_id } = await accountOf('akiles')
  await server.ok('/acs/users/create', { acs_system_id, full_name: 'Ann' })
  await server.settle()
  // As a process leaves it that was killed after its first command.
  await server.sql('UPDATE acs_system SET is_deleting = true WHERE connected_account_id = $1', [connected_account_id])
  const login = { email: 'jane@example.com', password: '1234' }
  const refused = await server.post('/connected_accounts/connect', { provider: 'akiles', login })
  expect({ status: refused.status, message: refused.body['error'].message }).toEqual({
    status: 400,
    message: expect.stringContaining('is being deleted. Try again'),
  })
  const webview = await newWebview(server, { accepted_providers: ['akiles'] })
  const form = await open(hrefOf(await open(webview['url']), 'Continue'))
  const answer = await open(actionOf(form), login)
  expect(answer.text).toContain('is being deleted. Try again')
  await server.sql(
    `INSERT INTO job (workspace_id, kind, key, run_at)
     SELECT workspace_id, 'account_deletion', connected_account_id, now() FROM connected_account WHERE connected_account_id = $1`,
    [connected_account_id],
  )
  await server.settle()
  const gone = await server.post('/connected_accounts/get', { connected_account_id })
  expect(gone.body['error'].type).toBe('connected_account_not_found')
  const events = types(await eventsAbout(server, { connected_account_id }))
  expect(events.filter((type) => type === 'acs_user.deleted').length).toBeGreaterThan(0)
  expect(events.at(-1)).toBe('connected_account.deleted')
  // Now it is as if it had never been connected.
  const done = await open(actionOf(answer), login)
  expect(isDone(done)).toBe(true)
  expect((await accountOf('akiles')).connected_account_id).not.toBe(connected_account_id)
  expect(server.errors).toEqual([])
}, 60_000)

test('every account of a sandbox can be deleted, and its system connected anew', async () => {
  const { connected_accounts } = await server.ok('/connected_accounts/list')
  expect(connected_accounts.length).toBeGreaterThanOrEqual(14)
  for (const { connected_account_id } of connected_accounts)
    await server.ok('/connected_accounts/delete', { connected_account_id })
  await server.settle()
  expect((await server.ok('/connected_accounts/list'))['connected_accounts']).toEqual([])
  for (const { account_type } of connected_accounts) {
    const webview = await newWebview(server, { accepted_providers: [account_type] })
    await goThrough(webview['url'])
  }
  const after = await server.ok('/acs/systems/list')
  expect(after['acs_systems']).toHaveLength(connected_accounts.length)
  expect(after['acs_systems'].every((one: { errors: unknown[] }) => one.errors.length === 0)).toBe(true)
}, 120_000)
