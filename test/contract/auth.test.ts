/** Who may call, by every kind of credential there is, and what a refusal says (core.md 1.6, 1.7); what is stored of a secret. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'
import { served } from './coverage.ts'
import { expectError, published, send, sendJson, UNKNOWN, type RawReply } from './support.ts'

let server: TestServer
let other: { workspace_id: string; publishable_key: string }
let publishableKey: string

beforeAll(async () => {
  server = await startTestServer()
  publishableKey = (await server.ok('/workspaces/get')).workspace.publishable_key
  const created = await server.post(
    '/workspaces/create',
    { name: 'Second', is_sandbox: true },
    server.personalAccessToken,
  )
  expect(created.status).toBe(200)
  other = created.body['workspace']
})
afterAll(() => server[Symbol.asyncDispose]())

/** Operations by which people sign in. */
const SIGN_IN = ['/console/sessions/create', '/console/users/accept_invitation', '/console/users/get_invitation']

type Given = Record<string, string>

/** A call with exactly these headers. */
const call = (path: string, headers: Given, body: object = {}): Promise<RawReply> =>
  sendJson(server, path, body, { headers: { authorization: '', ...headers } })
const bearer = (token: string, more: Given = {}): Given => ({ authorization: `Bearer ${token}`, ...more })
const workspaceOf = (reply: Reply): string => reply.body['workspace'].workspace_id

async function newSession(body: object = {}): Promise<{ client_session_id: string; token: string }> {
  const { client_session } = await server.ok('/client_sessions/create', body)
  return client_session
}

describe('nothing usable', () => {
  test.each<[string, Given]>([
    ['no header', {}],
    ['an empty header', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic c2VhbTpzZWFt' }],
    ['a bare token', { authorization: 'seam_test1_x' }],
    ['a workspace alone', { 'seam-workspace': UNKNOWN }],
    ['a publishable key, where none is taken', { 'seam-publishable-key': 'seam_pk1x_y' }],
  ])('%s: 401 unauthorized', async (_name, headers) => {
    expectError(await call('/spaces/list', headers), 401, 'unauthorized')
  })

  test('who calls is asked before what is asked for is looked at', async () => {
    expectError(await call('/spaces/create', {}, { name: 7 }), 401, 'unauthorized')
  })

  test('no served operation is open to everyone, but those the Instant Key page calls', async () => {
    const open = [...served].filter((path) => !path.startsWith('/seam/'))
    /** They say who calls in their parameters: a publishable key's user, a password, an invitation. */
    const asking = open.filter((path) => ['/client_sessions/get_or_create', ...SIGN_IN].includes(path))
    for (const path of open) {
      const { status } = await call(path, {})
      expect(status, path).toBe(asking.includes(path) ? 400 : 401)
    }
  })
})

describe('API key', () => {
  test('acts in its workspace', async () => {
    expect(workspaceOf(await call('/workspaces/get', bearer(server.apiKey)))).toBe(server.workspaceId)
  })

  test('the scheme is not case-sensitive', async () => {
    expect((await call('/workspaces/get', { authorization: `bearer ${server.apiKey}` })).status).toBe(200)
  })

  test('the header seam-workspace may name its own workspace and no other', async () => {
    expect(
      (await call('/workspaces/get', bearer(server.apiKey, { 'seam-workspace': server.workspaceId.toUpperCase() })))
        .status,
    ).toBe(200)
    expectError(
      await call('/workspaces/get', bearer(server.apiKey, { 'seam-workspace': other.workspace_id })),
      401,
      'unauthorized',
    )
  })

  test.each(['seam_test9999_wrongwrongwrongwrongwrong', 'nonsense', 'seam_'])('%s is not known', async (key) => {
    const reply = await call('/spaces/list', bearer(key))
    expectError(reply, 401, 'unauthorized')
    expect(reply.body['error'].message).toBe('API Key not found')
  })

  test('the short part alone, or with another long part, does not open', async () => {
    const short = server.apiKey.slice(0, server.apiKey.lastIndexOf('_'))
    for (const key of [
      short,
      `${short}_`,
      `${short}_${'x'.repeat(24)}`,
      `${server.apiKey}x`,
      server.apiKey.slice(0, -1),
    ]) {
      expectError(await call('/spaces/list', bearer(key)), 401, 'unauthorized')
    }
  })

  test('has the form the SDKs ask for', () => {
    expect(server.apiKey).toMatch(/^seam_test[1-9A-HJ-NP-Za-km-z]{4}_[1-9A-HJ-NP-Za-km-z]{24}$/)
  })

  test('makes no workspaces', async () => {
    expectError(await call('/workspaces/create', bearer(server.apiKey), { name: 'Third' }), 401, 'unauthorized')
  })
})

describe('personal access token', () => {
  test('acts in each workspace of its owner', async () => {
    expect(server.personalAccessToken).toMatch(/^seam_at1[1-9A-HJ-NP-Za-km-z]{8}_[1-9A-HJ-NP-Za-km-z]{24}$/)
    for (const id of [server.workspaceId, other.workspace_id]) {
      expect(
        workspaceOf(await call('/workspaces/get', bearer(server.personalAccessToken, { 'seam-workspace': id }))),
      ).toBe(id)
    }
  })

  test('without a workspace: the operations that need none', async () => {
    const { body } = await call('/workspaces/list', bearer(server.personalAccessToken))
    const ids = (body['workspaces'] as { workspace_id: string }[]).map((one) => one.workspace_id)
    expect(ids.sort()).toEqual([server.workspaceId, other.workspace_id].sort())
    expectError(await call('/spaces/list', bearer(server.personalAccessToken)), 401, 'unauthorized')
  })

  test('with a workspace, the list is that one', async () => {
    const { body } = await call(
      '/workspaces/list',
      bearer(server.personalAccessToken, { 'seam-workspace': other.workspace_id }),
    )
    expect((body['workspaces'] as { workspace_id: string }[]).map((one) => one.workspace_id)).toEqual([
      other.workspace_id,
    ])
  })

  test.each([UNKNOWN, 'home', ''])('the workspace "%s" is none of its own', async (id) => {
    expectError(
      await call('/spaces/list', bearer(server.personalAccessToken, { 'seam-workspace': id })),
      401,
      'unauthorized',
    )
  })

  test('a workspace of somebody else is none either', async () => {
    const [{ user_id: stranger }] = (await server.sql<{ user_id: string }>(
      'INSERT INTO app_user VALUES (gen_random_uuid(), NULL, now()) RETURNING user_id',
    )) as [{ user_id: string }]
    const [{ user_id: owner }] = (await server.sql<{ user_id: string }>(
      'SELECT user_id FROM personal_access_token',
    )) as [{ user_id: string }]
    const handOver = async (to: string, from: string): Promise<void> => {
      await server.sql(`INSERT INTO workspace_member VALUES ($1, $2, 'owner', now())`, [other.workspace_id, to])
      await server.sql('DELETE FROM workspace_member WHERE workspace_id = $1 AND user_id = $2', [
        other.workspace_id,
        from,
      ])
    }
    await handOver(stranger, owner)
    try {
      expectError(
        await call('/spaces/list', bearer(server.personalAccessToken, { 'seam-workspace': other.workspace_id })),
        401,
        'unauthorized',
      )
    } finally {
      await handOver(owner, stranger)
      await server.sql('DELETE FROM app_user WHERE user_id = $1', [stranger])
    }
  })

  test('an unknown one says what it is', async () => {
    const reply = await call('/workspaces/list', bearer('seam_at1unknown1_xxxxxxxxxxxxxxxxxxxxxxxx'))
    expectError(reply, 401, 'unauthorized')
    expect(reply.body['error'].message).toBe('Access token not found')
  })
})

describe('client session token', () => {
  const headersOf = (token: string): [string, Given][] => [
    ['Authorization', bearer(token)],
    ['client-session-token', { 'client-session-token': token }],
    ['seam-client-session-token', { 'seam-client-session-token': token }],
    ['both, as the SDK sends it', bearer(token, { 'client-session-token': token })],
  ]

  test('is taken from either header', async () => {
    const session = await newSession({ user_identifier_key: 'browser' })
    expect(session.token).toMatch(/^seam_cst1[1-9A-HJ-NP-Za-km-z]{8}_[1-9A-HJ-NP-Za-km-z]{24}$/)
    for (const [name, headers] of headersOf(session.token)) {
      const { status, body } = await call('/client_sessions/get', headers)
      expect(status, name).toBe(200)
      expect(body['client_session'].client_session_id).toBe(session.client_session_id)
    }
  })

  test('with ids besides: 400 invalid_options', async () => {
    const { client_session_id, token } = await newSession()
    expectError(await call('/client_sessions/get', bearer(token), { client_session_id }), 400, 'invalid_options')
  })

  test('a header with another kind of token: 400', async () => {
    for (const header of ['client-session-token', 'seam-client-session-token']) {
      expectError(await call('/client_sessions/get', { [header]: server.apiKey }), 400, 'invalid_client_session_token')
    }
  })

  test('unknown, revoked, expired and deleted each say so', async () => {
    expectError(
      await call('/client_sessions/get', bearer('seam_cst1unknown1_xxxxxxxxxxxxxxxxxxxxxxxx')),
      401,
      'client_session_not_found',
    )

    const revoked = await newSession()
    await server.ok('/client_sessions/revoke', { client_session_id: revoked.client_session_id })
    expectError(await call('/client_sessions/get', bearer(revoked.token)), 401, 'client_session_revoked')

    const deleted = await newSession()
    await server.ok('/client_sessions/delete', { client_session_id: deleted.client_session_id })
    expectError(await call('/client_sessions/get', bearer(deleted.token)), 401, 'client_session_not_found')

    const expired = await newSession({ expires_at: new Date(Date.now() + 60_000).toISOString() })
    expect((await call('/client_sessions/get', bearer(expired.token))).status).toBe(200)
    await server.ok('/sandbox/clock/advance', { seconds: 61 })
    expectError(await call('/client_sessions/get', bearer(expired.token)), 401, 'client_session_expired')
  })

  test('calls what the contract allows it, and nothing else', async () => {
    const { token } = await newSession()
    const { token: ofCustomer } = await newSession({ customer_key: 'house' })
    for (const path of served) {
      const security = published.get(path)?.security
      if (security === undefined) continue
      for (const [kind, given] of [
        ['client_session', token],
        ['client_session_with_customer', ofCustomer],
      ] as const) {
        const { status, body } = await call(path, bearer(given))
        if (security.includes(kind)) expect(status, `${kind} ${path} ${JSON.stringify(body)}`).not.toBe(401)
        else expect([status, body['error']?.type], `${kind} ${path}`).toEqual([401, 'unauthorized'])
      }
    }
  })

  test('sees what its identity owns and nothing else', async () => {
    const { user_identity } = await server.ok('/user_identities/create', { full_name: 'Ada' })
    await server.ok('/user_identities/create', { full_name: 'Somebody else' })
    const { token } = await newSession({ user_identity_ids: [user_identity.user_identity_id] })
    const mine = await call('/user_identities/list', bearer(token))
    expect((mine.body['user_identities'] as { full_name: string }[]).map((one) => one.full_name)).toEqual(['Ada'])
    const nobody = await newSession()
    expect((await call('/user_identities/list', bearer(nobody.token))).body['user_identities']).toEqual([])
    expect((await call('/acs/systems/list', bearer(nobody.token))).body['acs_systems']).toEqual([])
  })
})

describe('publishable key', () => {
  const key = (more: Given = {}): Given => ({ 'seam-publishable-key': publishableKey, ...more })

  test('makes an empty session for the user it names', async () => {
    expect(publishableKey).toMatch(/^seam_pk1/)
    const { status, body } = await call('/client_sessions/create', key(), { user_identifier_key: 'pk-user' })
    expect(status).toBe(200)
    expect(body['client_session']).toMatchObject({ user_identifier_key: 'pk-user', connected_account_ids: [] })
    const again = await call('/client_sessions/get_or_create', key(), { user_identifier_key: 'pk-user' })
    expect(again.body['client_session'].client_session_id).toBe(body['client_session'].client_session_id)
  })

  test('takes the user from a header as well', async () => {
    for (const header of ['user-identifier-key', 'seam-user-identifier-key']) {
      const { status, body } = await call('/client_sessions/get_or_create', key({ [header]: `by-${header}` }))
      expect(status, JSON.stringify(body)).toBe(200)
      expect(body['client_session'].user_identifier_key).toBe(`by-${header}`)
    }
  })

  test('without a user: 401 on create, 400 on get_or_create', async () => {
    for (const body of [{}, { user_identifier_key: '  ' }]) {
      expectError(
        await call('/client_sessions/create', key(), body),
        401,
        'publishable_key_requires_user_identifier_key',
      )
      expectError(
        await call('/client_sessions/get_or_create', key(), body),
        400,
        'publishable_key_requires_user_identifier_key',
      )
    }
  })

  test('unknown: 401 on create, 400 on get_or_create', async () => {
    const unknown = { 'seam-publishable-key': 'seam_pk1unknown1_xxxxxxxxxxxxxxxxxxxxxxxx' }
    expectError(
      await call('/client_sessions/create', unknown, { user_identifier_key: 'x' }),
      401,
      'workspace_not_found',
    )
    expectError(
      await call('/client_sessions/get_or_create', unknown, { user_identifier_key: 'x' }),
      400,
      'workspace_not_found',
    )
  })

  test('no credential at all: get_or_create asks for the header', async () => {
    expectError(
      await call('/client_sessions/get_or_create', {}, { user_identifier_key: 'x' }),
      400,
      'publishable_key_header_required',
    )
    expectError(await call('/client_sessions/create', {}, { user_identifier_key: 'x' }), 401, 'unauthorized')
  })

  test('gives no accounts to a session: 403', async () => {
    const [account] = (await server.ok('/connected_accounts/list')).connected_accounts as {
      connected_account_id: string
    }[]
    for (const given of [
      { connected_account_ids: [account?.connected_account_id] },
      { connect_webview_ids: [UNKNOWN] },
    ]) {
      expectError(
        await call('/client_sessions/create', key(), { user_identifier_key: 'greedy', ...given }),
        403,
        'publishable_keys_must_create_empty_client_sessions',
      )
    }
    expect((await server.ok('/client_sessions/list', { user_identifier_key: 'greedy' })).client_sessions).toEqual([])
  })

  test('switched off in the workspace: 401', async () => {
    await server.ok('/workspaces/update', { is_publishable_key_auth_enabled: false })
    try {
      expectError(await call('/client_sessions/create', key(), { user_identifier_key: 'x' }), 401, 'unauthorized')
    } finally {
      await server.ok('/workspaces/update', { is_publishable_key_auth_enabled: true })
    }
    expect((await call('/client_sessions/create', key(), { user_identifier_key: 'back' })).status).toBe(200)
  })
})

test('a console session, which nothing can have yet, is refused and not an error', async () => {
  expectError(
    await call('/spaces/list', bearer('eyJhbGciOiJIUzI1NiJ9.e30.x', { 'seam-workspace': server.workspaceId })),
    401,
    'unauthorized',
  )
})

test('a resource of another workspace is not found, never forbidden', async () => {
  const { space } = await server.ok('/spaces/create', { name: 'Ours' })
  const pat = bearer(server.personalAccessToken, { 'seam-workspace': other.workspace_id })
  expectError(await call('/spaces/get', pat, { space_id: space.space_id }), 404, 'space_not_found')
  expect((await call('/spaces/list', pat)).body['spaces']).toEqual([])
})

test('a sandbox operation outside a sandbox: 400', async () => {
  const { body } = await server.post('/workspaces/create', { name: 'Real' }, server.personalAccessToken)
  const real = bearer(server.personalAccessToken, { 'seam-workspace': body['workspace'].workspace_id })
  for (const path of [...served].filter(
    (one) => one.includes('/simulate/') || one.startsWith('/sandbox/') || one.endsWith('/reset_sandbox'),
  )) {
    expectError(await call(path, real), 400, 'workspace_not_sandbox')
  }
})

test('no secret is stored in clear', async () => {
  const { token } = await newSession({ user_identifier_key: 'stored' })
  const { webhook } = await server.ok('/webhooks/create', { url: 'https://example.com/hook' })
  const secrets = [
    server.apiKey,
    server.personalAccessToken,
    token,
    webhook.secret,
    String(webhook.secret).replace('whsec_', ''),
  ]
  const longParts = [server.apiKey, server.personalAccessToken, token].map((one) => one.slice(one.lastIndexOf('_') + 1))
  expect(longParts.every((one) => one.length === 24)).toBe(true)

  // Those handed back to their owner are sealed; the others can only be compared.
  for (const secret of [token, webhook.secret]) expect(secret).toBeTypeOf('string')
  expect((await server.ok('/client_sessions/get', { user_identifier_key: 'stored' })).client_session.token).toBe(token)
  expect((await server.ok('/webhooks/get', { webhook_id: webhook.webhook_id })).webhook.secret).toBe(webhook.secret)

  const tables = await server.sql<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
  )
  expect(tables.length).toBeGreaterThan(20)
  for (const { name } of tables) {
    const rows = await server.sql<{ line: string }>(`SELECT t::text AS line FROM "${name}" t`)
    for (const { line } of rows) {
      for (const secret of [...secrets, ...longParts])
        expect(line.includes(secret), `a row of ${name} holds a secret in clear`).toBe(false)
    }
  }
})

test('a refusal does not repeat the credential', async () => {
  for (const token of [
    'seam_test9999_secretsecretsecret',
    'seam_at1unknown1_secretsecretsecret',
    'seam_cst1unknown1_secretsecretsecret',
    'eySecretsecretsecret',
  ]) {
    const { text, status } = await send(server, '/spaces/list', { headers: bearer(token) })
    expect(status).toBe(401)
    expect(text).not.toMatch(/secretsecret/i)
  }
})
