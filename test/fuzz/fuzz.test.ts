/**
 * Requests made at random from the published description, 100 for every served operation (FUZZ_REQUESTS=300 in a long run): valid ones, valid ones spoilt
 * in one to three places, and some that are hardly requests. Whatever comes: never a 500, and every refusal has the
 * documented shape (core.md 1.4). Answers with 200 are checked against the contract by the test server itself.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fieldsOf, Requests, tested, type Params } from '../contract/generate.ts'
import { sendJson, send, UNKNOWN, type RawReply, type Schema } from '../contract/support.ts'
import { makeWorld, type World } from '../contract/world.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const SEED = Number(process.env['FUZZ_SEED'] ?? 20261122)
const PER_OPERATION = Number(process.env['FUZZ_REQUESTS'] ?? 100)
const AT_ONCE = 12

/** mulberry32: small, seeded, good enough to choose requests. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

let server: TestServer
let world: World
let requests: Requests
let worlds = 0

const renewWorld = async (): Promise<void> => {
  world = await makeWorld((path, body) => server.post(path, body), `fuzz${String(++worlds)}`)
  requests = new Requests(world)
}
beforeAll(async () => {
  server = await startTestServer({ expectErrors: true })
  await renewWorld()
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

/** Would take very long, or take the ground from under the others: spoilt requests alone, and few. */
const FEW = [
  '/workspaces/reset_sandbox',
  '/workspaces/create',
  '/connected_accounts/connect',
  '/connected_accounts/delete',
  '/connected_accounts/simulate/disconnect',
]
/** The clock of a workspace that has gone years ahead has years of work to do. */
const NOT_VALID = [...FEW, '/sandbox/clock/advance', '/sandbox/clock/freeze']

type Random = () => number
const pick = <T>(random: Random, some: readonly T[]): T => some[Math.floor(random() * some.length)] as T

/** Values that have broken programs before. */
const NASTY: readonly ((random: Random) => unknown)[] = [
  () => null,
  () => '',
  () => ' ',
  () => '0',
  () => 0,
  () => -1,
  () => 1.5,
  () => Number.MAX_SAFE_INTEGER,
  () => 1e308,
  () => true,
  () => [],
  () => {
    return {}
  },
  () => [null],
  () => [[]],
  () => [{}],
  () => '\u0000',
  () => '\ud800',
  () => 'ﷺ'.repeat(300),
  () => 'x'.repeat(10_000),
  () => "'; DROP TABLE access_grant; --",
  () => '$1',
  () => '%_%',
  () => '__proto__',
  () => ({ __proto__: { a: 1 }, constructor: 1 }),
  () => JSON.parse('{"__proto__": {"polluted": true}}') as unknown,
  () => UNKNOWN,
  () => UNKNOWN.toUpperCase(),
  () => 'not-a-uuid',
  () => '2026-02-30T25:61:61Z',
  () => '0000-01-01T00:00:00Z',
  () => '9999-12-31T23:59:59.999Z',
  () => '-271821-04-20T00:00:00Z',
  () => '2026-06-01',
  () => 1_767_225_600,
  () => 'Infinity',
  () => 'jane@example.com',
  () => 'http://[::1',
  () => 'javascript:alert(1)',
  () => '../../etc/passwd',
  () => ({ toString: 'x', valueOf: null }),
  (random) => Array.from({ length: 200 }, () => pick(random, [UNKNOWN, 'x', 1, null])),
  (random) => String.fromCodePoint(...Array.from({ length: 12 }, () => Math.floor(random() * 0xd7ff))),
]

/** A value of the kind that the parameter takes, not always one that makes sense. */
function near(random: Random, name: string, schema: Schema): unknown {
  if (schema.enum !== undefined) return pick(random, schema.enum)
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? 'string']
  switch (pick(random, types)) {
    case 'boolean':
      return random() < 0.5
    case 'integer':
    case 'number':
      return pick(random, [0, 1, 2, 100, 1000, 10_000, -5])
    case 'array':
      return Array.from({ length: Math.floor(random() * 4) }, () =>
        near(random, name.replace(/s$/, ''), schema.items ?? {}),
      )
    case 'object':
      return pick(random, [{}, { key: 'value' }, { a: { b: [1, 2] } }, { x: null }])
    default:
      if (name.endsWith('_id')) return pick(random, Object.values(world))
      return pick(random, ['something', 'Room 101', '4711', '2040-01-01T00:00:00Z', '2026-01-01', 'a@b.co', 'card'])
  }
}

function paramsFor(random: Random, { path, schema }: (typeof tested)[number]): Params {
  const fields = [...fieldsOf(schema)]
  const field = fields.length === 0 ? undefined : pick(random, fields)[0]
  const params: Params = { ...requests.baseline(schema, field), ...requests.neededBy(path, field) }
  const spoil = NOT_VALID.includes(path) ? 1 + Math.floor(random() * 3) : Math.floor(random() * 4)
  for (let i = 0; i < spoil && fields.length > 0; i++) {
    const [name, schemas] = pick(random, fields)
    if (random() < 0.15) delete params[name]
    else if (random() < 0.5 && !NOT_VALID.includes(path)) params[name] = near(random, name, pick(random, schemas))
    else params[name] = pick(random, NASTY)(random)
  }
  if (random() < 0.05)
    params[pick(random, ['', 'nonsense', '__proto__', 'constructor', 'limit', 'page_cursor'])] = pick(
      random,
      NASTY,
    )(random)
  return params
}

/** Hardly a request: broken JSON, another type, a query that is none. */
function broken(random: Random, path: string): Promise<RawReply> {
  const json = { 'content-type': 'application/json' }
  return pick(random, [
    () => send(server, path, { headers: json, body: '{"a": ' }),
    () => send(server, path, { headers: json, body: '[1, 2]' }),
    () => send(server, path, { headers: json, body: '"text"' }),
    () => send(server, path, { headers: json, body: `{"a": ${'['.repeat(5000)}${']'.repeat(5000)}}` }),
    () => send(server, path, { headers: { 'content-type': 'text/plain' }, body: 'hello' }),
    () => send(server, path, { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' }),
    () => send(server, `${path}?a=%zz&b=%00&limit=x&limit=`, {}),
    () => send(server, `${path}?${'x'.repeat(3000)}=1`, { method: 'GET' }),
    () => send(server, `${path}/`, { method: 'DELETE' }),
    () => send(server, path, { headers: { ...json, 'idempotency-key': 'k'.repeat(300) }, body: '{}' }),
  ])()
}

const byStatus = new Map<number, number>()

/** What is wrong with the answer; null = nothing. */
function fault(reply: RawReply): string | null {
  byStatus.set(reply.status, (byStatus.get(reply.status) ?? 0) + 1)
  if (reply.status === 500) return 'answered 500'
  if (!(reply.headers.get('content-type') ?? '').startsWith('application/json')) return 'is no JSON'
  if (reply.headers.get('seam-request-id') === null) return 'has no request id'
  if (reply.status === 200) return reply.body['ok'] === true ? null : 'is 200 without ok'
  const { error, ok } = reply.body as { error?: Record<string, unknown>; ok?: unknown }
  const isShaped =
    ok === false &&
    typeof error?.['type'] === 'string' &&
    /^[a-z][a-z_]+$/.test(error['type']) &&
    typeof error['message'] === 'string' &&
    error['message'].length > 0 &&
    error['request_id'] === reply.headers.get('seam-request-id')
  if (!isShaped) return 'is no documented error'
  return /\bat .*\.(ts|js):\d+|node_modules|\bSELECT\b|\bINSERT\b/.test(error['message'] as string)
    ? 'shows our insides'
    : null
}

const last = ['/workspaces/reset_sandbox']
const operations = [...tested].sort((a, b) => Number(last.includes(a.path)) - Number(last.includes(b.path)))

test('no request gets a 500, and every refusal has the documented shape', async () => {
  const problems: string[] = []
  let sent = 0
  for (const [n, operation] of operations.entries()) {
    const { path } = operation
    const random = randomOf(SEED + n)
    if (n % 12 === 11) await renewWorld()
    const many = FEW.includes(path) ? Math.min(30, PER_OPERATION) : PER_OPERATION
    for (let at = 0; at < many; at += AT_ONCE) {
      const batch = Array.from({ length: Math.min(AT_ONCE, many - at) }, async () => {
        const isBroken = random() < 0.06
        const params = isBroken ? null : paramsFor(random, operation)
        const reply = params === null ? await broken(random, path) : await sendJson(server, path, params)
        sent++
        const wrong = fault(reply)
        if (wrong !== null)
          problems.push(
            `${path} ${JSON.stringify(params)?.slice(0, 600)} ${wrong}: ${String(reply.status)} ${reply.text.slice(0, 300)}`,
          )
      })
      await Promise.all(batch)
    }
    // What was spoilt may have been beside the id: then the systems are gone that the rest stands on.
    if (path === '/connected_accounts/delete') {
      await server.ok('/workspaces/reset_sandbox')
      await server.settle()
      await renewWorld()
    }
  }
  console.info(
    `seed ${String(SEED)}: ${String(sent)} requests to ${String(operations.length)} operations:`,
    Object.fromEntries([...byStatus].sort()),
  )
  expect(problems.slice(0, 20), server.errors.slice(0, 5).join('\n')).toEqual([])
  // Requests of all kinds were among them: it was not one refusal all along.
  expect(byStatus.get(200) ?? 0).toBeGreaterThan(sent / 20)
  expect(byStatus.get(400) ?? 0).toBeGreaterThan(sent / 20)
  expect(byStatus.get(404) ?? 0).toBeGreaterThan(sent / 50)
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
}, 900_000)
