/**
 * Nothing of another workspace is seen or touched. Every served operation, every id and key it takes, every kind of
 * credential: what belongs to another workspace is answered exactly as what does not exist, and nothing changes there.
 * Then all of it again on SQL from which every filter by workspace was taken out: row-level security alone holds too.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeToken } from '../../src/domain/tokens.ts'
import { insertApiKey } from '../../src/store/accounts.ts'
import { PipelinedClients } from '../../src/store/postgres.ts'
import { systemIds } from '../../src/system-clock.ts'
import {
  CALLERS_OWN,
  WRITTEN_BY_ITSELF,
  fieldsOf,
  Requests,
  tested,
  typesOf,
  type Params,
} from '../contract/generate.ts'
import { idFor, makeWorld, type World } from '../contract/world.ts'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

/** The keys that callers give things, by the parameter that names them: those of `makeWorld`. */
const KEYS: Record<string, (name: string) => string> = {
  access_grant_key: (name) => `${name}-grant`,
  user_identity_key: (name) => `${name}-identity`,
  space_key: (name) => `${name}-space`,
  space_keys: (name) => `${name}-space`,
  parent_space_key: (name) => `${name}-space`,
  user_identifier_key: (name) => `${name}-session`,
}

let server: TestServer
let own: World
let foreign: World
let foreignWorkspaceId: string
let requests: Requests
const callers: Record<string, { token: string | null; headers: Record<string, string> }> = {}

beforeAll(async () => {
  server = await startTestServer()
  const inWorkspace = (id: string) => (path: string, body: object) =>
    server.post(path, body, server.personalAccessToken, { 'seam-workspace': id })
  const newWorkspace = async (name: string): Promise<string> => {
    const params = { name, is_sandbox: true }
    const { body } = await server.post('/workspaces/create', params, server.personalAccessToken)
    return (body['workspace'] as { workspace_id: string }).workspace_id
  }
  const ownWorkspaceId = await newWorkspace('Own')
  foreignWorkspaceId = server.workspaceId
  own = await makeWorld(inWorkspace(ownWorkspaceId), 'own')
  foreign = await makeWorld(inWorkspace(foreignWorkspaceId), 'foreign')
  requests = new Requests(own)
  for (const id of [ownWorkspaceId, foreignWorkspaceId]) {
    await inWorkspace(id)('/sandbox/clock/freeze', {})
    await inWorkspace(id)('/sandbox/settle', {})
  }
  const key = makeToken('sandbox_api_key', systemIds)
  const now = new Date().toISOString()
  await insertApiKey(server.server.services.store, ownWorkspaceId, randomUUID(), 'own', key, now)
  const session = async (params: object): Promise<string> => {
    const { body } = await inWorkspace(ownWorkspaceId)('/client_sessions/create', params)
    return (body['client_session'] as { token: string }).token
  }
  callers['api_key'] = { token: key.text, headers: {} }
  callers['pat_with_workspace'] = { token: server.personalAccessToken, headers: { 'seam-workspace': ownWorkspaceId } }
  callers['console_session_with_workspace'] = await consoleSession(ownWorkspaceId)
  const { user_identity_id, connected_account_id } = own
  const mine = { user_identity_id, connected_account_ids: [connected_account_id] }
  callers['client_session'] = { token: await session(mine), headers: {} }
  callers['client_session_with_customer'] = { token: await session({ customer_key: 'a guest' }), headers: {} }
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

/** A browser in which the owner of both workspaces is signed in. */
async function consoleSession(workspaceId: string): Promise<(typeof callers)[string]> {
  const login = { email_address: 'owner@lockstitch.local', password: server.server.consolePassword }
  const { headers, body } = await server.post('/console/sessions/create', login, null)
  const cookie = headers.get('set-cookie')?.split(';')[0] ?? ''
  const csrf = body['console_session'].csrf_token as string
  return { token: null, headers: { cookie, 'x-csrf-token': csrf, 'seam-workspace': workspaceId } }
}

/** Every row of the other workspace, as one text per table. */
async function foreignState(): Promise<Record<string, string>> {
  const tables = await server.sql<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'workspace_id' AND table_name <> ALL($1) ORDER BY 1",
    [WRITTEN_BY_ITSELF],
  )
  const parts = tables.map(
    ({ name }) =>
      `SELECT '${name}' AS name, count(*) || ' ' || md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS state FROM "${name}" t WHERE workspace_id = $1`,
  )
  const rows = await server.sql<{ name: string; state: string }>(parts.join(' UNION ALL '), [foreignWorkspaceId])
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]))
}

/** An answer without what differs between any two. */
const plain = ({ status, body }: Reply, used: string): string =>
  `${String(status)} ${JSON.stringify(body, (key, value: unknown) => (key === 'request_id' ? undefined : value)).replaceAll(used, '<it>')}`

interface Probe {
  field: string
  theirs: string
  unknown: string
  params: (value: string) => Params
}

/** Everything an operation takes by which something of another workspace could be named. */
function probesOf({ path, schema }: (typeof tested)[number]): Probe[] {
  return [...fieldsOf(schema)].flatMap(([field, schemas]): Probe[] => {
    const theirs = KEYS[field]?.('foreign') ?? idFor(foreign, field)
    if (theirs === undefined || CALLERS_OWN.includes(field)) return []
    // A key that is given to something new is everybody's to choose: it is looked for where things are read.
    if (field in KEYS && !/\/(get|list|get_related)$/.test(path)) return []
    const isArray = schemas.some((one) => typesOf(one).includes('array'))
    const params = (value: string): Params => ({
      ...requests.baseline(schema, field),
      ...requests.neededBy(path, field),
      [field]: isArray ? [value] : value,
    })
    return [{ field, theirs, unknown: field in KEYS ? randomUUID() : '00000000-0000-4000-8000-000000000000', params }]
  })
}

let probed = 0
let named = 0

/** Asks for theirs and for what nobody has. Answers what differs. */
async function probe(operation: (typeof tested)[number], kind: string): Promise<string[]> {
  const { token, headers } = callers[kind] ?? { token: '', headers: {} }
  const problems: string[] = []
  for (const { field, theirs, unknown, params } of probesOf(operation)) {
    const ask = (value: string) => server.post(operation.path, params(value), token, headers)
    const nobodys = await ask(unknown)
    const told = await ask(theirs)
    probed++
    if (told.status !== 401) named++
    const got = plain(told, theirs)
    let expected = plain(nobodys, unknown)
    // Of two things that are wrong either may be told, and the first request may have changed our own workspace.
    for (let again = 0; again < 5 && got !== expected; again++) expected = plain(await ask(unknown), unknown)
    if (expected !== got)
      problems.push(`${operation.path} ${field} as ${kind}: ${got}, but for an unknown one ${expected}`)
  }
  return problems
}

/** Would empty our own workspace, and with it what the other operations need. */
const LAST = ['/workspaces/reset_sandbox']
const operations = tested.filter(({ path }) => !LAST.includes(path) && path !== '/workspaces/create')
const kinds = [
  'api_key',
  'pat_with_workspace',
  'console_session_with_workspace',
  'client_session',
  'client_session_with_customer',
]

async function probeAll(): Promise<void> {
  const before = await foreignState()
  const problems: string[] = []
  for (const operation of operations) {
    for (const kind of kinds) problems.push(...(await probe(operation, kind)))
  }
  expect(problems).toEqual([])
  await server.settle()
  expect(await foreignState()).toEqual(before)
}

describe('another workspace', () => {
  test('is answered as nothing, to everybody, everywhere, and stays as it is', async () => {
    await probeAll()
    console.info(
      `${String(operations.length)} operations, ${String(probed)} probes, ${String(named)} by callers who may call`,
    )
    expect(probed).toBeGreaterThan(1000)
    expect(named).toBeGreaterThan(600)
  }, 300_000)

  test('can be told apart at all: what is our own is answered otherwise', async () => {
    let told = 0
    for (const operation of operations.filter(({ path }) => /\/get$/.test(path))) {
      const field = [...fieldsOf(operation.schema).keys()].find((name) => idFor(own, name) !== undefined)
      if (field === undefined) continue
      const { token } = callers['api_key'] ?? { token: '' }
      const reply = await server.post(operation.path, { [field]: idFor(own, field) }, token)
      if (reply.status === 200) told++
    }
    expect(told).toBeGreaterThan(10)
  })
})

/** Filters by workspace in the text of a statement, each as `workspace_id = $1`. */
const FILTER = /\b(?:\w+\.)?workspace_id = \$1(?:::uuid)?/g

/** The statement without one filter, or without all of them. */
function without(text: string, nth: number | 'all'): string {
  let n = 0
  return text.replace(FILTER, (filter) => (nth === 'all' || n++ === nth ? '($1::uuid IS NOT NULL)' : filter))
}

describe('without filters in the SQL', () => {
  type Query = (
    this: PipelinedClients,
    workspaceId: string | null,
    text: string,
    values: unknown[],
  ) => Promise<object[]>
  const original = Object.getOwnPropertyDescriptor(PipelinedClients.prototype, 'query')?.value as Query
  const replace = (query: Query): void => {
    Object.defineProperty(PipelinedClients.prototype, 'query', { value: query, configurable: true, writable: true })
  }
  afterAll(() => replace(original))

  test('none at all: still nothing is seen or touched', async () => {
    let mutated = 0
    replace(function (workspaceId, text, values) {
      const changed = workspaceId === null ? text : without(text, 'all')
      if (changed !== text) mutated++
      return original.call(this, workspaceId, changed, values)
    })
    await probeAll()
    expect(mutated).toBeGreaterThan(2000)
  }, 300_000)

  test('and without row-level security too, the probes do see it: they can fail', async () => {
    replace(function (workspaceId, text, values) {
      return original.call(this, workspaceId, workspaceId === null ? text : without(text, 'all'), values)
    })
    await server.sql('ALTER TABLE space DISABLE ROW LEVEL SECURITY')
    try {
      const get = tested.find(({ path }) => path === '/spaces/get')
      expect(get).toBeDefined()
      if (get !== undefined) expect(await probe(get, 'api_key')).not.toEqual([])
    } finally {
      await server.sql('ALTER TABLE space ENABLE ROW LEVEL SECURITY')
    }
  })

  test('each reading filter alone: the statement gives the very same rows', async () => {
    const seen = new Set<string>()
    const problems: string[] = []
    let filters = 0
    replace(async function (workspaceId, text, values) {
      const rows = await original.call(this, workspaceId, text, values)
      const isRead =
        /^(SELECT row_to_json|WITH RECURSIVE|SELECT)/.test(text) && !/\b(INSERT|UPDATE|DELETE)\b/.test(text)
      const count = text.match(FILTER)?.length ?? 0
      if (workspaceId === null || !isRead || count === 0 || seen.has(text)) return rows
      seen.add(text)
      for (let i = 0; i < count; i++) {
        filters++
        const mutant = await original.call(this, workspaceId, without(text, i), values)
        const sorted = (some: unknown[]) => JSON.stringify(some.map((row) => JSON.stringify(row)).sort())
        if (sorted(mutant) !== sorted(rows)) problems.push(without(text, i))
      }
      return rows
    })
    for (const operation of operations) await probe(operation, 'api_key')
    expect(problems).toEqual([])
    console.info(`${String(seen.size)} reading statements, ${String(filters)} filters taken out one at a time`)
    expect(filters).toBeGreaterThan(100)
  }, 300_000)
})

test('every table with a workspace is under row-level security, forced, with its policy', async () => {
  const rows = await server.sql<{ name: string; secured: boolean; forced: boolean; policies: number }>(
    `SELECT c.relname AS name, c.relrowsecurity AS secured, c.relforcerowsecurity AS forced,
            (SELECT count(*)::int FROM pg_policies p WHERE p.tablename = c.relname AND p.roles @> '{lockstitch_app}'
               AND p.qual LIKE '%workspace_id = %lockstitch.workspace_id%') AS policies
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
       JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1`,
  )
  expect(rows.length).toBeGreaterThan(20)
  expect(rows.filter((row) => !row.secured || !row.forced || row.policies !== 1)).toEqual([])
})

test('the roles that requests run as cannot get around it', async () => {
  const roles = await server.sql<{ rolname: string; rolbypassrls: boolean; rolsuper: boolean }>(
    "SELECT rolname, rolbypassrls, rolsuper FROM pg_roles WHERE rolname LIKE 'lockstitch%' ORDER BY 1",
  )
  expect(roles.map((role) => role.rolname)).toEqual(['lockstitch_app', 'lockstitch_system'])
  for (const role of roles) expect(role).toMatchObject({ rolbypassrls: false, rolsuper: false })
})
