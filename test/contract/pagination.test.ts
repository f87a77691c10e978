/** Lists in pages: nothing is lost and nothing comes twice while rows are added and removed (core.md 1.8). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sdkGenerations } from '../clients/sdks.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { served } from './coverage.ts'
import { expectError, published, send, UNKNOWN } from './support.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

interface List {
  path: string
  key: string
  id: string
  /** Adds one row and answers its id. */
  add: (n: number) => Promise<string>
  remove: (id: string) => Promise<unknown>
}

const lists: List[] = [
  {
    path: '/user_identities/list',
    key: 'user_identities',
    id: 'user_identity_id',
    add: async (n) =>
      (await server.ok('/user_identities/create', { full_name: `Guest ${n}` })).user_identity.user_identity_id,
    remove: (id) => server.ok('/user_identities/delete', { user_identity_id: id }),
  },
  {
    path: '/spaces/list',
    key: 'spaces',
    id: 'space_id',
    add: async (n) => (await server.ok('/spaces/create', { name: `Suite ${n}` })).space.space_id,
    remove: (id) => server.ok('/spaces/delete', { space_id: id }),
  },
]

describe.each(lists)('$path', ({ path, key, id, add, remove }) => {
  const added: string[] = []
  const idsOf = (body: Record<string, unknown>) => (body[key] as Record<string, string>[]).map((one) => one[id] ?? '')

  beforeAll(async () => {
    for (let n = 1; n <= 7; n += 1) added.push(await add(n))
  })

  test('three pages, with rows added and the last row of a page removed in between', async () => {
    const limit = 3
    const first = await server.ok(path, { limit })
    expect(first.pagination).toMatchObject({ has_next_page: true })
    expect(first.pagination.next_page_cursor).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
    const seen = idsOf(first)
    expect(seen).toEqual(added.slice(0, 3))

    const between = await add(8)
    const last = seen.at(-1) ?? ''
    await remove(last)
    const second = await server.ok(path, { limit, page_cursor: first.pagination.next_page_cursor })
    seen.push(...idsOf(second))
    expect(idsOf(second)).toEqual(added.slice(3, 6))

    const third = await server.ok(path, { limit, page_cursor: second.pagination.next_page_cursor })
    seen.push(...idsOf(third))
    expect(third.pagination).toEqual({ next_page_cursor: null, has_next_page: false, next_page_url: null })
    expect(seen).toEqual([...added, between])
    added.splice(added.indexOf(last), 1)
    added.push(between)
  })

  test('next_page_url is the next page, absolute, as a GET', async () => {
    const first = await server.ok(path, { limit: 4, search: undefined })
    const url = new URL(first.pagination.next_page_url)
    expect(url.origin).toBe(server.url)
    expect(url.pathname).toBe(path)
    const next = await send(server, url.pathname + url.search, { method: 'GET' })
    expect(next.status, next.text).toBe(200)
    expect([...idsOf(first), ...idsOf(next.body)]).toEqual(added)
  })

  test('it keeps the other parameters', async () => {
    const search = path.startsWith('/spaces') ? 'suite' : 'guest'
    const first = await send(server, `${path}?limit=2&search=${search}&_strict=true`, { method: 'GET' })
    const url = new URL(first.body['pagination'].next_page_url)
    expect(url.searchParams.get('search')).toBe(search)
    expect(url.searchParams.has('_strict')).toBe(false)
    const next = await send(server, url.pathname + url.search, { method: 'GET' })
    expect([...idsOf(first.body), ...idsOf(next.body)]).toEqual(added.slice(0, 4))
  })

  test('a cursor from a POST works in a GET, and the other way round', async () => {
    const posted = await server.ok(path, { limit: 2 })
    const got = await send(
      server,
      `${path}?limit=2&page_cursor=${encodeURIComponent(posted.pagination.next_page_cursor)}`,
      { method: 'GET' },
    )
    expect(idsOf(got.body)).toEqual(added.slice(2, 4))
    const { body } = await server.post(path, { limit: 2, page_cursor: got.body['pagination'].next_page_cursor })
    expect(idsOf(body)).toEqual(added.slice(4, 6))
  })

  test('the newest first, page by page; another order is refused by name', async () => {
    const newest = [...added].reverse()
    const first = await server.ok(path, { limit: 3, order: 'newest_first' })
    expect(idsOf(first)).toEqual(newest.slice(0, 3))
    const { next_page_cursor, next_page_url } = first.pagination
    const second = await server.ok(path, { limit: 3, order: 'newest_first', page_cursor: next_page_cursor })
    expect(idsOf(second)).toEqual(newest.slice(3, 6))
    expect(idsOf((await send(server, next_page_url.slice(server.url.length), { method: 'GET' })).body)).toEqual(
      newest.slice(3, 6),
    )
    expect((await server.post(path, { limit: 3, page_cursor: next_page_cursor })).body['error'].type).toBe(
      'mismatched_page_parameters',
    )
    const refused = await server.post(path, { order: 'name' })
    expect(refused.status).toBe(400)
    expect(refused.body['error'].validation_errors.order._errors[0]).toContain('newest_first')
  })

  test('the fake names it next_page_cursor: taken as well', async () => {
    const first = await server.ok(path, { limit: 5 })
    expect(idsOf(await server.ok(path, { limit: 5, next_page_cursor: first.pagination.next_page_cursor }))).toEqual(
      added.slice(5),
    )
  })

  test('null is the first page', async () => {
    expect(idsOf(await server.ok(path, { limit: 2, page_cursor: null }))).toEqual(added.slice(0, 2))
  })

  test('a page that ends with the last row has no next page', async () => {
    const { pagination } = await server.ok(path, { limit: added.length })
    expect(pagination.has_next_page).toBe(false)
  })

  test('other parameters than those of the first page are refused', async () => {
    const { pagination } = await server.ok(path, { limit: 2 })
    for (const other of [{ limit: 3 }, { limit: 2, search: 'e' }, {}]) {
      const reply = await server.post(path, { ...other, page_cursor: pagination.next_page_cursor })
      expectError(reply, 400, 'mismatched_page_parameters')
      expect(reply.body['error'].message).toBe(
        'When using next_page_cursor, the request must send parameters identical to the initial request.',
      )
    }
  })

  test.each(['x', 'bm90IGEgY3Vyc29y', Buffer.from('["a","b","c"]').toString('base64')])(
    'the cursor %s is invalid input',
    async (page_cursor) => {
      const reply = await server.post(path, { page_cursor })
      expectError(reply, 400, 'invalid_input')
      expect(reply.body['error'].validation_errors.page_cursor._errors).toHaveLength(1)
    },
  )

  test.each(['2020-99-99T00:00:00Z', '2020-01-01T99:00:00.000Z', '....Z'])(
    'so is one that was tampered with to say %s',
    async (created_at) => {
      const { pagination } = await server.ok(path, { limit: 2 })
      const [hash, , last] = JSON.parse(Buffer.from(pagination.next_page_cursor, 'base64').toString('utf8')) as string[]
      const page_cursor = Buffer.from(JSON.stringify([hash, created_at, last])).toString('base64')
      expectError(await server.post(path, { limit: 2, page_cursor }), 400, 'invalid_input')
    },
  )

  test.each([0, -1, 1.5, '2', 'all'])('the limit %j is invalid input', async (limit) => {
    const reply = await server.post(path, { limit })
    expectError(reply, 400, 'invalid_input')
    expect(reply.body['error'].validation_errors.limit._errors.length).toBeGreaterThan(0)
  })

  test('a float with an integer value is one, and there is no upper bound', async () => {
    expect(idsOf((await send(server, `${path}?limit=2.0`, { method: 'GET' })).body)).toHaveLength(2)
    expect(idsOf(await server.ok(path, { limit: 10_000_000 }))).toEqual(added)
  })

  test.each(sdkGenerations)('$name walks all pages', async (sdk) => {
    const seam = server.seam(sdk)
    const request = path.startsWith('/spaces') ? seam.spaces.list({ limit: 3 }) : seam.userIdentities.list({ limit: 3 })
    const all = (await seam
      .createPaginator(request as ReturnType<typeof seam.spaces.list>)
      .flattenToArray()) as unknown as Record<string, string>[]
    expect(all.map((one) => one[id])).toEqual(added)
  })
})

/** Paginated by core.md 1.8, though the contract does not say so. */
const ALSO_PAGINATED = ['/access_methods/list']

test('every paginated list answers pagination, and no other does', async () => {
  for (const [path, { paginated, response_key }] of published) {
    if (!served.has(path) || !path.endsWith('/list')) continue
    const needs: Record<string, object> = {
      '/events/list': { since: '2020-01-01T00:00:00Z' },
      '/action_attempts/list': { action_attempt_ids: [UNKNOWN] },
    }
    const reply = await server.post(path, needs[path] ?? {})
    if (reply.status !== 200) continue
    expect(Array.isArray(reply.body[response_key ?? '']), path).toBe(true)
    const isPaginated = paginated || ALSO_PAGINATED.includes(path)
    expect('pagination' in reply.body, path).toBe(isPaginated)
    if (isPaginated)
      expect(reply.body['pagination'], path).toEqual({
        next_page_cursor: null,
        has_next_page: false,
        next_page_url: null,
      })
  }
})
