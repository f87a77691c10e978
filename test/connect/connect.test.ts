// Systems are connected by a login: the right one, a wrong one, the same again, two at once; and it rests encrypted.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let first: string
beforeAll(async () => {
  server = await startTestServer()
  first = await server.systemOf('salto_space')
})
afterAll(() => server.stop())

const SALTO = {
  system_name: 'North Wing',
  pairing_token: 'ABC123',
  url: 'http://192.168.1.101:8100',
  username: 'jane',
  password: '1234',
}

async function countOf(table: string): Promise<number> {
  const [row] = await server.sql<{ count: string }>(`SELECT count(*) FROM ${table}`)
  return Number(row?.count)
}

test('every provider says what it asks for, and its own hints connect it', async () => {
  const { providers } = await server.ok('/connected_accounts/list_providers')
  expect(providers.length).toBeGreaterThanOrEqual(3)
  for (const provider of providers) {
    const login = Object.fromEntries(
      provider.login_fields
        .filter((field: { is_required: boolean }) => field.is_required)
        .map((field: { name: string; sandbox_value: string | null; example: string }) => [
          field.name,
          field.sandbox_value ?? `${field.example}`,
        ]),
    )
    const made = await server.ok('/connected_accounts/connect', { provider: provider.provider, login })
    expect(made['acs_system'], provider.provider).toMatchObject({ external_type: provider.external_type, errors: [] })
    expect(made['connected_account']).toMatchObject({ account_type: provider.provider, errors: [] })
  }
})

test('a second system of one maker has its own doors; the same login again is the same account', async () => {
  const made = await server.ok('/connected_accounts/connect', {
    provider: 'salto_space',
    login: SALTO,
    customer_key: 'north',
    custom_metadata: { wing: 'north' },
    display_name: 'North wing',
  })
  expect(made['acs_system']).toMatchObject({ name: 'North Wing' })
  expect(made['connected_account']).toMatchObject({
    customer_key: 'north',
    custom_metadata: { wing: 'north' },
    display_name: 'North wing',
    user_identifier: { username: 'jane' },
  })
  const { acs_system_id } = made['acs_system']
  expect(acs_system_id).not.toBe(first)
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id })
  expect(acs_entrances.map((entrance: { display_name: string }) => entrance.display_name)).toContain('Room 101')

  const before = [await countOf('connected_account'), await countOf('acs_system'), await countOf('acs_entrance')]
  const again = await server.ok('/connected_accounts/connect', { provider: 'salto_space', login: SALTO })
  expect(again['acs_system'].acs_system_id).toBe(acs_system_id)
  expect(again['connected_account'].connected_account_id).toBe(made['connected_account'].connected_account_id)
  expect([await countOf('connected_account'), await countOf('acs_system'), await countOf('acs_entrance')]).toEqual(
    before,
  )

  const { events } = await server.ok('/events/list', {
    connected_account_id: made['connected_account'].connected_account_id,
    since: '2000-01-01T00:00:00Z',
  })
  const types = events.map((event: { event_type: string }) => event.event_type)
  expect(types).toContain('connected_account.connected')
  expect(types).toContain('connected_account.completed_first_sync_after_reconnection')
})

test('a secret says nothing of which system it is: another one reaches the same', async () => {
  const { providers } = await server.ok('/connected_accounts/list_providers')
  const shown = providers.flatMap((provider: { login_fields: { name: string; is_secret: boolean }[] }) =>
    provider.login_fields.flatMap((field) =>
      /token|password|secret|private/.test(field.name) && !field.is_secret ? [field.name] : [],
    ),
  )
  expect(shown).toEqual([])
  const login = { ...SALTO, system_name: 'East Wing' }
  const connect = (pairing_token: string) =>
    server.ok('/connected_accounts/connect', { provider: 'salto_space', login: { ...login, pairing_token } })
  const [made, again] = [await connect('ABC123'), await connect('XYZ789')]
  expect(again['acs_system'].acs_system_id).toBe(made['acs_system'].acs_system_id)
})

test('what cannot be right names its field, and nothing is connected', async () => {
  const before = [await countOf('connected_account'), await countOf('acs_system'), await countOf('virtual_record')]
  const connect = (provider: string, login: object) => server.post('/connected_accounts/connect', { provider, login })
  const wrong: [object, string, RegExp][] = [
    [{ ...SALTO, password: '' }, 'invalid_input', /login\.password/],
    [{ ...SALTO, password: undefined }, 'invalid_input', /login\.password/],
    [{ ...SALTO, url: 'ftp://x' }, 'invalid_input', /login\.url/],
    [{ ...SALTO, url: 5 }, 'invalid_input', /login\.url/],
    [{ ...SALTO, pasword: '1234' }, 'invalid_input', /login\.pasword.*|pasword/],
    [{ ...SALTO, system_name: 'Other', password: 'hunter2' }, 'login_refused', /Password/],
    [{ ...SALTO, system_name: 'Other', username: 'john' }, 'login_refused', /User name/],
  ]
  for (const [login, type, message] of wrong) {
    const { status, body } = await connect('salto_space', login)
    expect({ status, type: body['error'].type }, JSON.stringify(login)).toEqual({ status: 400, type })
    expect(body['error'].message).toMatch(message)
    expect(JSON.stringify(body)).not.toContain('hunter2')
  }
  const unknown = await connect('front_door_maker', {})
  expect(unknown.body['error'].message).toMatch(/provider.*salto_space|salto_space.*provider/)
  expect([await countOf('connected_account'), await countOf('acs_system')]).toEqual(before.slice(0, 2))
})

test('two who connect one login at once get one account', async () => {
  const login = { ...SALTO, system_name: 'South Wing' }
  const made = await Promise.all(
    Array.from({ length: 8 }, () => server.ok('/connected_accounts/connect', { provider: 'salto_space', login })),
  )
  expect(new Set(made.map((one) => one['acs_system'].acs_system_id)).size).toBe(1)
})

test('a login rests encrypted, and no answer shows it', async () => {
  const rows = await server.sql<{ sealed_login: string | null }>('SELECT sealed_login FROM connected_account')
  const sealed = rows.flatMap((row) => row.sealed_login ?? [])
  expect(sealed.length).toBeGreaterThan(0)
  for (const one of sealed) expect(one).toMatch(/^v1\.[\w-]+$/)
  const { connected_accounts } = await server.ok('/connected_accounts/list')
  expect(JSON.stringify(connected_accounts)).not.toMatch(/sealed|password|1234/)
})

test('outside a sandbox, systems whose wire is not public are refused by name', async () => {
  const token = server.personalAccessToken
  const { body } = await server.post('/workspaces/create', { name: 'Real', is_sandbox: false }, token)
  const headers = { 'seam-workspace': body['workspace'].workspace_id }
  const refused = await server.post(
    '/connected_accounts/connect',
    { provider: 'salto_space', login: SALTO },
    token,
    headers,
  )
  expect(refused.status).toBe(400)
  expect(refused.body['error'].message).toMatch(/sandbox/)
  const listed = await server.post('/connected_accounts/list_providers', {}, token, headers)
  const names = listed.body['providers'].map((one: { provider: string }) => one.provider)
  expect(names).not.toContain('salto_space')
  expect(JSON.stringify(listed.body)).not.toContain('sandbox_value')
})
