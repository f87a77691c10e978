// Client sessions: POST and PUT, what a session sees, and how one ends.
import { expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'

async function put(server: TestServer, path: string, body: object) {
  const response = await fetch(server.url + path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.apiKey}` },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, any> } // eslint-disable-line @typescript-eslint/no-explicit-any
}

test('POST refuses a user_identifier_key in use, PUT answers with its session', async () => {
  await using server = await startTestServer()
  const { client_session } = await server.ok('/client_sessions/create', { user_identifier_key: 'jane' })
  expect(client_session.token).toMatch(/^seam_cst1\w+$/)
  expect(client_session).toMatchObject({ user_identity_ids: [], device_count: 0 })
  expect(client_session).not.toHaveProperty('user_identity_id')
  const again = await server.post('/client_sessions/create', { user_identifier_key: 'jane' })
  expect([again.status, again.body['error'].type]).toEqual([400, 'client_session_token_already_exists'])
  const same = await put(server, '/client_sessions/create', { user_identifier_key: 'jane' })
  expect([same.status, same.body['client_session']]).toEqual([200, client_session])
})

test('get_or_create adds what is given and keeps the token', async () => {
  await using server = await startTestServer()
  const { connected_accounts } = await server.ok('/connected_accounts/list')
  const [one, two] = connected_accounts.map((account: { connected_account_id: string }) => account.connected_account_id)
  const key = { user_identifier_key: 'jane' }
  const path = '/client_sessions/get_or_create'
  const first = (await server.ok(path, { ...key, connected_account_ids: [one] }))['client_session']
  const expires_at = '2099-01-01T00:00:00.000Z'
  const second = (await server.ok(path, { ...key, connected_account_ids: [two], expires_at }))['client_session']
  expect(second).toEqual({ ...first, connected_account_ids: [one, two], expires_at })
  const { user_identity } = await server.ok('/user_identities/create', {})
  const { user_identity_id } = user_identity
  const own = (await server.ok(path, { user_identity_id }))['client_session']
  expect((await server.ok(path, { user_identity_ids: [user_identity_id] }))['client_session']).toEqual(own)
  expect(own).toMatchObject({ user_identity_id, user_identity_ids: [user_identity_id] })
  const anonymous = await Promise.all([server.ok(path), server.ok(path)])
  expect(anonymous[0]['client_session'].client_session_id).not.toBe(anonymous[1]['client_session'].client_session_id)
})

test('list filters, null meaning without; grant_access adds', async () => {
  await using server = await startTestServer()
  const { user_identity } = await server.ok('/user_identities/create', {})
  const { user_identity_id } = user_identity
  const { client_session: keyed } = await server.ok('/client_sessions/create', { user_identifier_key: 'k' })
  const { client_session: owned } = await server.ok('/client_sessions/create', { user_identity_id })
  const list = async (filter: object): Promise<string[]> => {
    const { client_sessions } = await server.ok('/client_sessions/list', filter)
    return client_sessions.map((session: { client_session_id: string }) => session.client_session_id)
  }
  const [k, o] = [keyed.client_session_id, owned.client_session_id]
  expect(await list({})).toEqual([k, o])
  expect(await list({ user_identifier_key: 'k' })).toEqual([k])
  expect(await list({ without_user_identifier_key: true })).toEqual([o])
  expect(await list({ user_identity_id })).toEqual([o])
  expect(await list({ user_identity_id: null })).toEqual([k])
  expect(await list({ connect_webview_id: null })).toEqual([k, o])
  expect(await list({ client_session_id: 'no id' })).toEqual([])
  const granted = await server.ok('/client_sessions/grant_access', { user_identifier_key: 'k', user_identity_id })
  expect(granted['client_session']).toMatchObject({ client_session_id: k, user_identity_id, token: keyed.token })
  expect(await list({ user_identity_id })).toEqual([k, o])
})

test('wrong input is refused and nothing is made', async () => {
  await using server = await startTestServer()
  const nobody = '11111111-1111-4111-8111-111111111111'
  const wrong: [string, object, number, string][] = [
    ['create', { user_identifier_key: ' ' }, 400, 'invalid_input'],
    ['create', { user_identity_id: nobody }, 404, 'user_identity_not_found'],
    ['create', { user_identity_id: nobody, user_identity_ids: [nobody.replace('1', '2')] }, 400, 'invalid_options'],
    ['create', { user_identity_ids: [nobody, nobody] }, 400, 'invalid_input'],
    ['create', { connected_account_ids: ['x'] }, 404, 'connected_account_not_found'],
    ['create', { connect_webview_ids: [nobody] }, 404, 'connect_webview_not_found'],
    ['create', { expires_at: '2001-01-01' }, 400, 'invalid_input'],
    ['get', {}, 400, 'invalid_input'],
    ['get', { client_session_id: nobody }, 404, 'client_session_not_found'],
    ['grant_access', { client_session_id: 'x' }, 404, 'client_session_not_found'],
    ['revoke', { client_session_id: nobody }, 404, 'client_session_not_found'],
    ['delete', { client_session_id: nobody }, 404, 'client_session_not_found'],
  ]
  for (const [name, body, status, type] of wrong) {
    const reply = await server.post(`/client_sessions/${name}`, body)
    expect([name, body, reply.status, reply.body['error'].type]).toEqual([name, body, status, type])
  }
  expect((await server.ok('/client_sessions/list'))['client_sessions']).toEqual([])
})

test('a session sees what its identity owns; revoked, expired or deleted it sees nothing', async () => {
  await using server = await startTestServer()
  const { user_identity: jane } = await server.ok('/user_identities/create', { full_name: 'Jane' })
  await server.ok('/user_identities/create', { full_name: 'John' })
  const { client_session } = await server.ok('/client_sessions/create', { user_identity_id: jane.user_identity_id })
  const { token, client_session_id } = client_session
  const seen = await server.post('/user_identities/list', {}, token)
  expect(seen.body['user_identities']).toEqual([jane])
  expect((await server.post('/client_sessions/get', {}, token)).body['client_session']).toEqual(client_session)
  const asked = await server.post('/client_sessions/get', { client_session_id }, token)
  expect([asked.status, asked.body['error'].type]).toEqual([400, 'invalid_options'])
  expect((await server.post('/client_sessions/list', {}, token)).status).toBe(401)

  await server.ok('/client_sessions/revoke', { client_session_id })
  const revoked = await server.post('/user_identities/list', {}, token)
  expect([revoked.status, revoked.body['error'].type]).toEqual([401, 'client_session_revoked'])
  expect((await server.ok('/client_sessions/list'))['client_sessions']).toHaveLength(1)
  await server.ok('/client_sessions/delete', { client_session_id })
  const deleted = await server.post('/user_identities/list', {}, token)
  expect([deleted.status, deleted.body['error'].type]).toEqual([401, 'client_session_not_found'])
  const rows = await server.sql('SELECT 1 FROM event WHERE event_type = $1', ['client_session.deleted'])
  expect(rows).toHaveLength(1)
})

test('an ended session hands its key on to a new one', async () => {
  await using server = await startTestServer()
  const body = { user_identifier_key: 'jane' }
  const first = (await server.ok('/client_sessions/get_or_create', body))['client_session']
  await server.ok('/client_sessions/revoke', { client_session_id: first.client_session_id })
  const second = (await server.ok('/client_sessions/get_or_create', body))['client_session']
  expect(second.client_session_id).not.toBe(first.client_session_id)
  const old = await server.ok('/client_sessions/get', { client_session_id: first.client_session_id })
  expect(old['client_session'].user_identifier_key).toBeNull()
})

test('a publishable key makes empty sessions only', async () => {
  await using server = await startTestServer()
  const { workspace } = await server.ok('/workspaces/get')
  const { user_identity } = await server.ok('/user_identities/create', {})
  const headers = { 'seam-publishable-key': workspace.publishable_key }
  const call = (path: string, body: object) => server.post(`/client_sessions/${path}`, body, null, headers)
  for (const path of ['create', 'get_or_create']) {
    const made = await call(path, { user_identifier_key: path })
    expect(made.status).toBe(200)
    const { user_identity_id } = user_identity
    for (const given of [{ user_identity_id }, { customer_key: 'c' }, { connected_account_ids: [user_identity_id] }]) {
      const refused = await call(path, { user_identifier_key: 'other', ...given })
      // get_or_create takes no customer_key: it is passed over.
      if (path === 'get_or_create' && 'customer_key' in given && refused.status === 200) continue
      expect([path, refused.status, refused.body['error'].type]).toEqual([
        path,
        403,
        'publishable_keys_must_create_empty_client_sessions',
      ])
    }
  }
})
