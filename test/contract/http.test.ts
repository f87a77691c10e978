/** The HTTP layer: envelopes, request ids, CORS, content types and the forms of parameters (core.md 1.1 to 1.4, 1.9). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { expectError, published, send, sendJson, UNKNOWN, UUID } from './support.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const get = (path: string) => send(server, path, { method: 'GET' })

describe('envelopes', () => {
  test('a list answers its key and ok', async () => {
    const { status, headers, body } = await send(server, '/webhooks/list')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(body).toEqual({ webhooks: [], ok: true })
  })

  test('a paginated list has all three fields of pagination, null on the last page', async () => {
    const { body } = await send(server, '/spaces/list')
    expect(body).toEqual({
      spaces: [],
      pagination: { next_page_cursor: null, has_next_page: false, next_page_url: null },
      ok: true,
    })
  })

  test('an operation without an answer says ok', async () => {
    const { space } = await server.ok('/spaces/create', { name: 'Short-lived' })
    expect(await server.ok('/spaces/delete', { space_id: space.space_id })).toEqual({ ok: true })
  })

  test('an unknown id is a 404 that names the resource and carries the id', async () => {
    const reply = await server.post('/spaces/get', { space_id: UNKNOWN })
    expectError(reply, 404, 'space_not_found')
    expect(reply.body['error'].data).toEqual({ space_id: UNKNOWN })
  })

  test('invalid input names its field where the SDKs look for it', async () => {
    const reply = await server.post('/spaces/create', {})
    expectError(reply, 400, 'invalid_input')
    expect(reply.body['error'].message).toBe('name is required')
    expect(reply.body['error'].validation_errors).toEqual({ _errors: [], name: { _errors: ['Required'] } })
  })

  test('several things wrong are counted and listed', async () => {
    const { body } = await server.post('/spaces/create', { name: 7, device_ids: 'none' })
    expect(body['error'].message).toMatch(/^2 Input Errors: Expected .* for "\w+", Expected .* for "\w+"$/)
    expect(Object.keys(body['error'].validation_errors).sort()).toEqual(['_errors', 'device_ids', 'name'])
  })

  test('a path that is no operation is a 404 in the same shape', async () => {
    expectError(await server.post('/no/such/thing'), 404, 'not_found')
    expectError(await get('/'), 404, 'not_found')
  })

  test('paths are case-sensitive, a trailing slash does not matter', async () => {
    expectError(await server.post('/Spaces/list'), 404, 'not_found')
    expect((await send(server, '/spaces/list/')).status).toBe(200)
    expect((await get('/spaces/list/?limit=3')).status).toBe(200)
  })
})

describe('request ids', () => {
  test.each([
    ['a success', 'POST', '/spaces/list', 200],
    ['a preflight', 'OPTIONS', '/spaces/list', 200],
    ['a preflight of an unknown path', 'OPTIONS', '/nothing', 200],
    ['an unknown path', 'POST', '/nothing', 404],
    ['an unlisted verb', 'DELETE', '/spaces/list', 405],
    ['invalid input', 'POST', '/spaces/create', 400],
    ['the health check', 'GET', '/health', 200],
    ['the contract', 'GET', '/openapi.json', 200],
  ])('%s carries one', async (_name, method, path, status) => {
    const reply = await send(server, path, { method })
    expect(reply.status).toBe(status)
    expect(reply.headers.get('seam-request-id')).toMatch(UUID)
    if (status >= 400) expect(reply.body['error'].request_id).toBe(reply.headers.get('seam-request-id'))
  })

  test('no two answers share one', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => get('/health')))
    expect(new Set(replies.map(({ headers }) => headers.get('seam-request-id'))).size).toBe(20)
  })
})

describe('CORS', () => {
  const origin = 'https://app.example.com'

  test('a preflight is answered with what the SDKs send', async () => {
    const { status, headers, text } = await send(server, '/access_grants/create', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,client-session-token,content-type,seam-sdk-name',
        authorization: '',
      },
    })
    expect(status).toBe(200)
    expect(text).toBe('')
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, PATCH, DELETE, OPTIONS')
    const allowed = headers.get('access-control-allow-headers')?.split(/,\s*/)
    for (const name of [
      'authorization',
      'content-type',
      'seam-workspace',
      'seam-sdk-name',
      'seam-sdk-version',
      'seam-lts-version',
    ]) {
      expect(allowed).toContain(name)
    }
    for (const name of [
      'seam-publishable-key',
      'client-session-token',
      'seam-client-session-token',
      'seam-user-identifier-key',
    ]) {
      expect(allowed).toContain(name)
    }
  })

  test.each([
    ['a success', '/spaces/list'],
    ['a refusal', '/spaces/create'],
    ['an unknown path', '/nothing'],
  ])('%s is readable by the page that asked', async (_name, path) => {
    const { headers } = await send(server, path, { headers: { origin } })
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('access-control-expose-headers')).toContain('seam-request-id')
    expect(headers.get('vary')).toMatch(/\borigin\b/i)
  })

  test.each([
    ['no headers of its own', {}],
    ['the header of a console', { 'access-control-request-headers': 'content-type,seam-workspace,x-csrf-token' }],
  ])('a preflight with %s is not promised credentials: a cookie is none', async (_name, headers) => {
    const preflight = { origin, 'access-control-request-method': 'POST', authorization: '', ...headers }
    const reply = await send(server, '/spaces/list', { method: 'OPTIONS', headers: preflight })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('access-control-allow-credentials')).toBeNull()
  })

  test('nor is an answer to a request that does not say itself who calls', async () => {
    const { headers } = await send(server, '/spaces/list', { headers: { origin, authorization: '' } })
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })

  test('without an origin everyone may read, and credentials are not paired with *', async () => {
    const { headers } = await send(server, '/spaces/list')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })
})

describe('bodies', () => {
  test('a POST without parameters arrives form-typed and empty from the SDKs', async () => {
    const { status } = await send(server, '/spaces/list', {
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' },
    })
    expect(status).toBe(200)
  })

  test('so does one without any header, or with JSON announced and none sent', async () => {
    expect((await send(server, '/spaces/list')).status).toBe(200)
    expect(
      (await send(server, '/spaces/list', { headers: { 'content-type': 'application/json' }, body: '' })).status,
    ).toBe(200)
  })

  test.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', ''])(
    'a body that says it is "%s" is refused',
    async (type) => {
      const headers: Record<string, string> = type === '' ? {} : { 'content-type': type }
      const reply = await send(server, '/spaces/create', { headers, body: 'name=Lobby' })
      expectError(reply, 400, 'invalid_content_type')
      expect(reply.body['error'].message).toBe('POST requests must have Content-Type header with "application/json"')
    },
  )

  test('the refusal names the verb that was used', async () => {
    const reply = await send(server, '/spaces/update', {
      method: 'PATCH',
      headers: { 'content-type': 'text/plain' },
      body: 'x',
    })
    expect(reply.body['error'].message).toBe('PATCH requests must have Content-Type header with "application/json"')
  })

  test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/vnd.api+json'])(
    '"%s" is JSON',
    async (type) => {
      expect(
        (await send(server, '/spaces/list', { headers: { 'content-type': type }, body: '{"limit": 1}' })).status,
      ).toBe(200)
    },
  )

  test.each(['{"name": "Lobby"', '{name: "Lobby"}', 'null', '[]', '"Lobby"', '7', 'true'])(
    '%s is no body of parameters',
    async (body) => {
      const reply = await send(server, '/spaces/create', { headers: { 'content-type': 'application/json' }, body })
      expectError(reply, 400, 'invalid_input')
      expect(reply.body['error'].validation_errors._errors).toHaveLength(1)
    },
  )

  test('an endless body is cut off', async () => {
    const reply = await sendJson(server, '/spaces/create', { name: 'x'.repeat(2 * 1024 * 1024) })
    expectError(reply, 413, 'payload_too_large')
  })

  test('keys nobody knows are ignored', async () => {
    expect((await server.post('/spaces/list', { colour: 'red', nested: { deep: [1] } })).status).toBe(200)
  })

  test('a GET may carry a body, as curl -d sends it', async () => {
    const { space } = await server.ok('/spaces/create', { name: 'By body' })
    const reply = await sendJson(server, '/spaces/get', { space_id: space.space_id }, { method: 'GET' })
    expect(reply.body['space']).toEqual(space)
  })

  test('query and body are merged, and the body wins', async () => {
    const { space } = await server.ok('/spaces/create', { name: 'Merged', space_key: 'merged' })
    const byQuery = await send(server, `/spaces/get?space_id=${space.space_id}`)
    expect(byQuery.body['space'].space_id).toBe(space.space_id)
    const both = await sendJson(server, `/spaces/get?space_id=${UNKNOWN}`, { space_id: space.space_id })
    expect(both.body['space'].space_id).toBe(space.space_id)
  })

  test('a DELETE takes its parameters from the query or from the body', async () => {
    for (const name of ['query', 'body']) {
      const { space } = await server.ok('/spaces/create', { name })
      const reply =
        name === 'query'
          ? await send(server, `/spaces/delete?space_id=${space.space_id}&_strict=true`, { method: 'DELETE' })
          : await sendJson(server, '/spaces/delete', { space_id: space.space_id }, { method: 'DELETE' })
      expect(reply.body).toEqual({ ok: true })
      expectError(await server.post('/spaces/get', { space_id: space.space_id }), 404, 'space_not_found')
    }
  })
})

describe('parameters in the query', () => {
  const ids: string[] = []
  beforeAll(async () => {
    for (const name of ['Ada', 'Bea', 'Cleo']) {
      const { user_identity } = await server.ok('/user_identities/create', {
        full_name: name,
        user_identity_key: name.toLowerCase(),
      })
      ids.push(user_identity.user_identity_id)
    }
  })
  const found = async (query: string) => {
    const reply = await get(`/user_identities/list?${query}`)
    expect(reply.status, reply.text).toBe(200)
    return (reply.body['user_identities'] as { user_identity_id: string }[]).map((one) => one.user_identity_id)
  }

  test('an array repeated', async () => {
    expect(await found(`user_identity_ids=${ids[0]}&user_identity_ids=${ids[2]}`)).toEqual([ids[0], ids[2]])
  })
  test('an array of one is a plain value', async () => {
    expect(await found(`user_identity_ids=${ids[1]}`)).toEqual([ids[1]])
  })
  test('an array with brackets', async () => {
    expect(await found(`user_identity_ids[]=${ids[0]}&user_identity_ids[]=${ids[1]}`)).toEqual([ids[0], ids[1]])
    expect(await found(`user_identity_ids%5B%5D=${ids[0]}`)).toEqual([ids[0]])
  })
  test('an array with commas', async () => {
    expect(await found(`user_identity_ids=${ids[0]},${ids[2]}`)).toEqual([ids[0], ids[2]])
  })
  test('k= is an empty array, and finds nothing', async () => {
    expect(await found('user_identity_ids=')).toEqual([])
    expect((await server.ok('/user_identities/list', { user_identity_ids: [] })).user_identities).toEqual([])
  })
  test('without the parameter everything is found', async () => {
    expect(await found('')).toEqual(expect.arrayContaining(ids))
  })
  test('an index is refused with a remedy', async () => {
    const reply = await get(`/user_identities/list?user_identity_ids[0]=${ids[0]}`)
    expectError(reply, 400, 'invalid_query_params')
    expect(reply.body['error'].message).toMatch(/user_identity_ids.*repeat the parameter/)
  })
  test('numbers come from their text', async () => {
    expect(await found('limit=2')).toHaveLength(2)
    expectError(await get('/user_identities/list?limit=two'), 400, 'invalid_input')
  })
  test('k= is null where null is allowed', async () => {
    expect(await found('page_cursor=')).toEqual(expect.arrayContaining(ids))
  })
  test('booleans are true or false, any other text is refused', async () => {
    await server.ok('/client_sessions/create', { user_identifier_key: 'someone' })
    const count = async (query: string) =>
      ((await get(`/client_sessions/list?${query}`)).body['client_sessions'] as unknown[]).length
    expect(await count('without_user_identifier_key=true')).toBe(0)
    expect(await count('without_user_identifier_key=false')).toBe(1)
    const reply = await get('/client_sessions/list?without_user_identifier_key=maybe')
    expectError(reply, 400, 'invalid_input')
    expect(reply.body['error'].validation_errors.without_user_identifier_key._errors).toHaveLength(1)
  })
  test('dots nest', async () => {
    const { connected_accounts } = await server.ok('/connected_accounts/list')
    const [{ connected_account_id }] = connected_accounts
    await server.ok('/connected_accounts/update', { connected_account_id, custom_metadata: { house: 'north' } })
    const list = async (query: string) =>
      (
        (await get(`/connected_accounts/list?${query}`)).body['connected_accounts'] as {
          connected_account_id: string
        }[]
      ).map((one) => one.connected_account_id)
    expect(await list('custom_metadata_has.house=north')).toEqual([connected_account_id])
    expect(await list('custom_metadata_has.house=south')).toEqual([])
  })
  test('dates are instants with or without a zone', async () => {
    expect(await found('created_before=2020-01-01')).toEqual([])
    expect(await found(`created_before=${encodeURIComponent('2100-01-01T00:00:00+02:00')}`)).toEqual(
      expect.arrayContaining(ids),
    )
    expectError(await get('/user_identities/list?created_before=tomorrow'), 400, 'invalid_input')
  })
  test('_strict is not a parameter, in the query or in the body', async () => {
    expect(await found(`_strict=true&user_identity_ids=${ids[1]}`)).toEqual([ids[1]])
    const first = await get('/user_identities/list?limit=2&_strict=true')
    const cursor = encodeURIComponent(first.body['pagination'].next_page_cursor)
    expect(await found(`limit=2&page_cursor=${cursor}`)).toContain(ids[2])
    expect(
      (
        await server.post('/user_identities/list', {
          limit: 2,
          _strict: 'true',
          page_cursor: first.body['pagination'].next_page_cursor,
        })
      ).status,
    ).toBe(200)
  })
  test('plus and percent escapes are read as a form writes them', async () => {
    await server.ok('/user_identities/create', { full_name: 'Zoë de la Cruz & Söhne' })
    expect(await found('search=Zo%C3%AB+de%20la+Cruz+%26+S')).toHaveLength(1)
  })
  test('ids are compared without regard to case', async () => {
    expect(await found(`user_identity_ids=${(ids[0] ?? '').toUpperCase()}`)).toEqual([ids[0]])
    expect(
      (await get(`/user_identities/get?user_identity_id=${(ids[0] ?? '').toUpperCase()}`)).body['user_identity']
        .user_identity_id,
    ).toBe(ids[0])
  })
  test('an id that is no UUID is invalid input', async () => {
    const reply = await get('/user_identities/get?user_identity_id=room-101')
    expectError(reply, 400, 'invalid_input')
    expect(reply.body['error'].message).toBe('Invalid uuid for "user_identity_id"')
  })
})

describe('the contract', () => {
  test('is served with this server as its address, and needs no key', async () => {
    const { status, headers, body } = await send(server, '/openapi.json', {
      method: 'GET',
      headers: { authorization: '' },
    })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(body['openapi']).toMatch(/^3\./)
    expect(body['servers']).toEqual([{ url: server.url }])
    const documented = [...published].flatMap(([path, operation]) => (operation.documented ? [path] : []))
    expect(Object.keys(body['paths'])).toEqual(expect.arrayContaining(documented))
  })

  test('names the public address where one is configured', async () => {
    await using other = await startTestServer({ env: { LOCKSTITCH_PUBLIC_URL: 'https://doors.example.com/' } })
    const { body } = await send(other, '/openapi.json', { method: 'GET' })
    expect(body['servers']).toEqual([{ url: 'https://doors.example.com' }])
  })
})

test('/health answers without a key', async () => {
  const reply = await send(server, '/health', { method: 'GET', headers: { authorization: '' } })
  expect(reply.status).toBe(200)
  expect(reply.body).toEqual({ ok: true })
})
