/**
 * Bad input for every served operation, made from its schema: a required parameter left out, each parameter of a wrong
 * type, each id that nothing has, and each id that belongs to another workspace. The answer is the documented error
 * that names the field, and nothing has changed afterwards.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'
import { CALLERS_OWN, fieldsOf, Requests, snapshot, tested, typesOf, type Params, type Snapshot } from './generate.ts'
import { expectError, type Schema, UNKNOWN, UUID } from './support.ts'
import { idFor, makeWorld, type World } from './world.ts'

let server: TestServer
let own: World
let requests: Requests
let foreign: World
let foreignWorkspaceId: string

beforeAll(async () => {
  server = await startTestServer()
  const created = await server.post(
    '/workspaces/create',
    { name: 'Elsewhere', is_sandbox: true },
    server.personalAccessToken,
  )
  foreignWorkspaceId = created.body['workspace'].workspace_id
  own = await makeWorld((path, body) => server.post(path, body), 'own')
  requests = new Requests(own)
  foreign = await makeWorld(
    (path, body) => server.post(path, body, server.personalAccessToken, { 'seam-workspace': foreignWorkspaceId }),
    'foreign',
  )
  // Nothing falls due by itself from here on.
  await server.freeze()
  await server.settle()
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

function post(path: string, params: Params): Promise<Reply> {
  const token = path === '/workspaces/create' ? server.personalAccessToken : server.apiKey
  return server.post(path, params, token)
}

/** Refused before anybody looks for the thing: the system has no use for it. */
const REFUSED_AS_SUCH = ['/acs/credentials/create allowed_acs_entrance_ids']

/** Read by nothing: HID systems are not among those there are. */
const UNUSED = ['/acs/users/update hid_acs_system_id']

/** Taking out what is not in: done already (core.md 5). */
const IGNORES_UNKNOWN = [
  '/spaces/remove_acs_entrances acs_entrance_ids',
  '/spaces/remove_devices device_ids',
  '/spaces/remove_connected_account connected_account_id',
]

/** One value of a wrong type for each alternative of the schema, none of which it takes. */
function wrongValues(schemas: Schema[]): unknown[] {
  const all = schemas.flatMap(function flat(one: Schema): Schema[] {
    return one.anyOf === undefined ? [one] : one.anyOf.flatMap(flat)
  })
  const types = new Set(all.flatMap(typesOf))
  if (types.size === 0) return []
  const wrong: unknown[] = []
  if (!types.has('object')) wrong.push({ a: 1 })
  if (!types.has('array')) wrong.push([[]])
  if (!types.has('number') && !types.has('integer')) wrong.push(7)
  if (!types.has('boolean')) wrong.push(true)
  if (!types.has('string') || all.every((one) => one.format !== undefined || one.enum !== undefined))
    wrong.push('no such thing')
  return wrong
}

/** The message or the validation errors name the parameter. */
function names(reply: Reply, field: string): boolean {
  const { message, validation_errors } = reply.body['error'] as {
    message: string
    validation_errors?: Record<string, unknown>
  }
  return validation_errors?.[field] !== undefined || message.includes(field)
}

/** What was stored after the last call, when that was refused: nothing may have changed until the next one either. */
let left: Snapshot | null = null

/** Runs a refused call and complains when something changed. */
async function refused(path: string, params: Params): Promise<Reply> {
  const before = left ?? (await snapshot(server))
  left = null
  const reply = await post(path, params)
  expect(
    reply.status,
    `${path} ${JSON.stringify(params)} ${JSON.stringify(reply.body)} ${server.errors.join('\n')}`,
  ).not.toBe(500)
  if (reply.status !== 200) {
    expectError(reply, reply.status, /./)
    const after = await snapshot(server)
    expect(after.tables, `${path} ${JSON.stringify(params)}`).toEqual(before.tables)
    expect(before.jobs, `${path} ${JSON.stringify(params)}`).toEqual(expect.arrayContaining(after.jobs))
    left = after
  } else await server.settle()
  return reply
}

const told = (path: string, params: Params, reply: Reply) =>
  `${path} ${JSON.stringify(params)} -> ${reply.status} ${JSON.stringify(reply.body['error'] ?? reply.body)}`

test('there is something to look at', () => {
  expect(tested.length).toBeGreaterThan(100)
})

describe.each(tested)('$path', ({ path, schema, isList }) => {
  const fields = fieldsOf(schema)

  test('a required parameter left out', async () => {
    const problems: string[] = []
    const required = Object.keys(requests.baseline(schema))
    for (const field of required) {
      const { [field]: _left, ...params } = { ...requests.baseline(schema), ...requests.neededBy(path, field) }
      const reply = await refused(path, params)
      // With unions, leaving one out may be another branch's valid input.
      const isUnion = JSON.stringify(schema).includes('anyOf')
      const isRight = reply.status === 400 && reply.body['error'].type === 'invalid_input' && names(reply, field)
      if (!isRight && !(isUnion && reply.status === 200)) problems.push(told(path, params, reply))
    }
    expect(problems).toEqual([])
  })

  test('a parameter of a wrong type', async () => {
    const problems: string[] = []
    for (const [field, schemas] of fields) {
      for (const value of wrongValues(schemas)) {
        // Beside what its own alternative needs, and beside what another one needs.
        for (const base of [requests.baseline(schema, field), requests.baseline(schema)]) {
          const params = { ...base, ...requests.neededBy(path, field), [field]: value }
          const reply = await refused(path, params)
          if (reply.status !== 400 || reply.body['error'].type !== 'invalid_input' || !names(reply, field))
            problems.push(told(path, params, reply))
        }
      }
    }
    expect(problems).toEqual([])
  })

  test('an id that nothing has, and one of another workspace', async () => {
    const problems: string[] = []
    for (const [field, schemas] of fields) {
      if (!/_ids?$/.test(field) || CALLERS_OWN.includes(field) || UNUSED.includes(`${path} ${field}`)) continue
      const isArray = schemas.some((one) => typesOf(one).includes('array'))
      const params = (id: string): Params => ({
        ...requests.baseline(schema, field),
        ...requests.neededBy(path, field),
        [field]: isArray ? [id] : id,
      })
      const unknown = await refused(path, params(UNKNOWN))
      const found = Object.values(unknown.body).filter((value): value is unknown[] => Array.isArray(value))
      const isIgnored = unknown.status === 200 && IGNORES_UNKNOWN.includes(`${path} ${field}`)
      const isEmptyList =
        unknown.status === 200 &&
        (isList || path === '/events/list') &&
        found.length > 0 &&
        found.every((list) => list.length === 0)
      const isNotFound = unknown.status === 404 && String(unknown.body['error'].type).endsWith('_not_found')
      const isRefused = unknown.status === 400 && names(unknown, field) && REFUSED_AS_SUCH.includes(`${path} ${field}`)
      if (!isEmptyList && !isNotFound && !isIgnored && !isRefused) problems.push(told(path, params(UNKNOWN), unknown))
      const id = idFor(foreign, field)
      if (id === undefined) continue
      expect(id).toMatch(UUID)
      const elsewhere = await refused(path, params(id))
      const plain = (reply: Reply, used: string) => [
        reply.status,
        JSON.stringify(reply.body, (key, value: unknown) => (key === 'request_id' ? undefined : value)).replaceAll(
          used,
          '<id>',
        ),
      ]
      if (JSON.stringify(plain(unknown, UNKNOWN)) !== JSON.stringify(plain(elsewhere, id))) {
        problems.push(
          `${told(path, params(id), elsewhere)}, but for an unknown id ${told(path, params(UNKNOWN), unknown)}`,
        )
      }
    }
    expect(problems).toEqual([])
  })
})

/** Each is refused, and says why in the words that are searched for. */
const CONTRADICTIONS: [path: string, params: () => Params, status: number, type: string, words: RegExp][] = [
  ['/events/list', () => ({}), 400, 'invalid_input', /Must specify either since or between/],
  [
    '/events/list',
    () => ({ since: '2020-01-01', between: ['2020-01-01', '2021-01-01'] }),
    400,
    'invalid_input',
    /Cannot specify both since and between/,
  ],
  ['/events/list', () => ({ since: '2020-01-01', event_type: 'door.exploded' }), 400, 'invalid_input', /event_type/],
  ['/events/get', () => ({}), 400, 'invalid_input', /event_id/],
  ['/webhooks/create', () => ({ url: 'ftp://example.com/x' }), 400, 'invalid_input', /url/],
  [
    '/webhooks/create',
    () => ({ url: 'https://example.com/', event_types: ['door.exploded'] }),
    400,
    'invalid_event_types',
    /door\.exploded/,
  ],
  ['/webhooks/create', () => ({ url: 'http://10.0.0.1/' }), 400, 'invalid_input', /private address/],
  ['/access_grants/create', () => ({ ...grant(), user_identity: undefined }), 400, 'invalid_input', /user_identity/],
  [
    '/access_grants/create',
    () => ({ ...grant(), user_identity_id: own['user_identity_id'] }),
    400,
    'invalid_input',
    /user_identity/,
  ],
  ['/access_grants/create', () => ({ ...grant(), acs_entrance_ids: [] }), 400, 'invalid_input', /acs_entrance_ids/],
  [
    '/access_grants/create',
    () => ({ ...grant(), starts_at: '2031-01-02T00:00:00Z', ends_at: '2031-01-01T00:00:00Z' }),
    400,
    'invalid_input',
    /ends_at/,
  ],
  ['/access_grants/create', () => ({ ...grant(), ends_at: '2020-01-01T00:00:00Z' }), 400, 'invalid_input', /ends_at/],
  ['/access_grants/create', () => ({ ...grant(), starts_at: 'tomorrow' }), 400, 'invalid_input', /starts_at/],
  [
    '/access_grants/create',
    () => ({ ...grant(), requested_access_methods: [{ mode: 'card', code: '1234' }] }),
    400,
    'invalid_input',
    /code/,
  ],
  [
    '/access_grants/create',
    () => ({ ...grant(), requested_access_methods: [{ mode: 'code', code: '123' }] }),
    400,
    'invalid_input',
    /code/,
  ],
  [
    '/access_grants/create',
    () => ({ ...grant(), requested_access_methods: [{ mode: 'card', instant_key_max_use_count: 2 }] }),
    400,
    'invalid_input',
    /instant_key_max_use_count/,
  ],
  [
    '/access_grants/create',
    () => ({ ...grant(), requested_access_methods: [{ mode: 'knock' }] }),
    400,
    'invalid_input',
    /mode/,
  ],
  [
    '/access_grants/create',
    () => ({ ...grant(), access_grant_key: 'own-grant' }),
    409,
    'access_grant_already_exists',
    /access_grant_key/,
  ],
  ['/access_grants/update', () => ({ name: 'nobody named' }), 400, 'invalid_input', /access_grant_id/],
  [
    '/access_grants/update',
    () => ({ access_grant_id: own['access_grant_id'], ends_at: '2020-01-01T00:00:00Z' }),
    400,
    'invalid_input',
    /ends_at/,
  ],
  ['/access_grants/get_related', () => ({}), 400, 'invalid_input', /access_grant_ids/],
  [
    '/access_methods/encode',
    () => ({ access_method_id: own['access_method_id'], acs_encoder_id: own['tag_reader_id'] }),
    400,
    'invalid_input',
    /encoded|another access system/,
  ],
  [
    '/acs/encoders/encode_credential',
    () => ({ acs_encoder_id: own['acs_encoder_id'] }),
    400,
    'invalid_input',
    /acs_credential_id/,
  ],
  [
    '/acs/encoders/encode_credential',
    () => ({
      acs_encoder_id: own['acs_encoder_id'],
      acs_credential_id: own['acs_credential_id'],
      access_method_id: own['access_method_id'],
    }),
    400,
    'invalid_input',
    /acs_credential_id/,
  ],
  [
    '/user_identities/create',
    () => ({ user_identity_key: 'own-identity' }),
    409,
    'user_identity_already_exists',
    /user_identity_key/,
  ],
  ['/user_identities/get', () => ({}), 400, 'invalid_input', /user_identity_id/],
  ['/spaces/create', () => ({ name: 'Twice', space_key: 'own-space' }), 409, 'space_already_exists', /space_key/],
  ['/spaces/get', () => ({}), 400, 'invalid_input', /space_id/],
  [
    '/client_sessions/create',
    () => ({ user_identifier_key: 'own-session' }),
    400,
    'client_session_token_already_exists',
    /user_identifier_key/,
  ],
  [
    '/client_sessions/create',
    () => ({ user_identity_id: own['user_identity_id'], user_identity_ids: [UNKNOWN] }),
    400,
    'invalid_options',
    /user_identity_id/,
  ],
  [
    '/client_sessions/create',
    () => ({ user_identity_ids: [own['user_identity_id'], UNKNOWN] }),
    400,
    'invalid_input',
    /user_identity_ids/,
  ],
  ['/client_sessions/create', () => ({ expires_at: '2020-01-01T00:00:00Z' }), 400, 'invalid_input', /expires_at/],
  ['/sandbox/clock/advance', () => ({ to: '2031-01-01', seconds: 1 }), 400, 'invalid_input', /exactly one/],
  ['/sandbox/clock/advance', () => ({ to: '2001-01-01' }), 400, 'invalid_input', /backwards/],
  [
    '/sandbox/doors/present_card',
    () => ({ acs_entrance_id: own['acs_entrance_id'], card_id: own['card_id'], card_number: '1' }),
    400,
    'invalid_input',
    /exactly one/,
  ],
  [
    '/sandbox/encoders/place_card',
    () => ({ acs_encoder_id: own['acs_encoder_id'], card_format: 'punched' }),
    400,
    'invalid_input',
    /card_format/,
  ],
]

function grant(): Params {
  return {
    user_identity: { full_name: 'Never made' },
    acs_entrance_ids: [own['acs_entrance_id']],
    requested_access_methods: [{ mode: 'card' }],
  }
}

describe('parameters that contradict one another', () => {
  test.each(CONTRADICTIONS)('%s, refused (case %#)', async (path, params, status, type, words) => {
    const reply = await refused(path, params())
    expectError(reply, status, type)
    expect(JSON.stringify(reply.body['error'])).toMatch(words)
  })
})

describe('text that a database would choke on', () => {
  const NUL = 'a\u0000b'
  test.each<[string, () => Params]>([
    ['/spaces/create', () => ({ name: NUL })],
    ['/spaces/get', () => ({ space_key: NUL })],
    ['/spaces/list', () => ({ search: NUL })],
    ['/user_identities/create', () => ({ full_name: NUL })],
    ['/user_identities/list', () => ({ search: NUL })],
    ['/access_grants/create', () => ({ ...grant(), name: NUL, access_grant_key: NUL })],
    ['/access_grants/get', () => ({ access_grant_key: NUL })],
    ['/client_sessions/create', () => ({ user_identifier_key: NUL })],
    [
      '/connected_accounts/update',
      () => ({ connected_account_id: own['connected_account_id'], custom_metadata: { key: NUL } }),
    ],
    ['/sandbox/cards/get', () => ({ card_id: NUL })],
    ['/spaces/create', () => ({ name: 'half \ud83d' })],
    ['/spaces/create', () => ({ name: 'whole \u{1f511}' })],
    ['/webhooks/create', () => ({ url: 'https://example.com/', event_types: [NUL] })],
    ['/events/list', () => ({ since: '2020-01-01', unstable_offset: 1e21 })],
    ['/events/list', () => ({ since: '2020-01-01', limit: 1e300 })],
    ['/user_identities/list', () => ({ limit: 1e300 })],
    ['/sandbox/clock/advance', () => ({ seconds: 1e15 })],
    ['/sandbox/systems/set_fault', () => ({ acs_system_id: own['acs_system_id'], fault: 'slow', times: 1e18 })],
    [
      '/access_grants/create',
      () => ({ ...grant(), requested_access_methods: [{ mode: 'mobile_key', instant_key_max_use_count: 1e12 }] }),
    ],
    ['/user_identities/list', () => ({ created_before: '0000-01-01' })],
    ['/events/list', () => ({ since: '0000-01-01T00:00:00Z' })],
    [
      '/access_grants/create',
      () => ({ ...grant(), starts_at: '0000-01-01', ends_at: '9999-12-31T23:59:59.999-12:00' }),
    ],
  ])('%s (case %#)', async (path, params) => {
    const reply = await refused(path, params())
    expect([200, 400, 404], JSON.stringify(reply.body)).toContain(reply.status)
  })
})
