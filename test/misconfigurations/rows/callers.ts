/** Who calls: keys, tokens, client sessions; and how a request is written. */
import type { Wire } from '../ground.ts'
import { invalid, notFound, NOTHING, refused, row, type AnyRow, type Context } from '../row.ts'

const session = async ({ ground }: Context, more: object = {}): Promise<Wire> =>
  (await ground.ok('/client_sessions/create', more))['client_session'] as Wire

export const callers: AnyRow[] = [
  row({
    name: 'a call without a key',
    when: ({ ground }) => ground.postAs(null, '/acs/systems/list'),
    then: refused(401, 'unauthorized'),
    fault: 'API key',
    remedy: /send an API key as "Authorization: Bearer/,
  }),
  row({
    name: 'a call with a key that does not exist',
    when: ({ ground }) => ground.postAs('seam_test1234_notakeyofanybody', '/acs/systems/list'),
    then: refused(401, 'unauthorized'),
    fault: 'API Key not found',
    remedy: /API Key/,
  }),
  row({
    name: 'an API key with the name of another workspace beside it',
    when: ({ ground }) =>
      ground.postAs(ground.server.apiKey, '/acs/systems/list', {}, { 'seam-workspace': ground.workspaceId }),
    then: refused(401, 'unauthorized'),
    fault: 'another workspace',
    remedy: /seam-workspace/,
  }),
  row({
    name: 'a personal access token without a workspace',
    when: ({ ground }) => ground.postAs(ground.server.personalAccessToken, '/acs/systems/list'),
    then: refused(401, 'unauthorized'),
    fault: 'workspace',
    remedy: /in the header seam-workspace/,
  }),
  row({
    name: 'a personal access token with a workspace that is not its own',
    when: ({ ground }) =>
      ground.postAs(ground.server.personalAccessToken, '/acs/systems/list', {}, { 'seam-workspace': NOTHING }),
    then: refused(401, 'unauthorized'),
    fault: 'seam-workspace names no workspace of the access token',
    remedy: /\/workspaces\/list/,
  }),
  row({
    name: 'a client session that asks for more than it may',
    given: (context: Context) => session(context).then(({ token }) => ({ token: token as string })),
    when: ({ ground, token }) =>
      ground.postAs(token, '/access_grants/create', { requested_access_methods: [{ mode: 'card' }] }),
    then: refused(401, 'unauthorized'),
    fault: 'client session',
    remedy: /API key/,
  }),
  row({
    name: 'a client session that was revoked',
    given: async (context: Context) => {
      const { client_session_id, token } = await session(context)
      await context.ground.ok('/client_sessions/revoke', { client_session_id: client_session_id as string })
      return { token: token as string }
    },
    when: ({ ground, token }) => ground.postAs(token, '/acs/systems/list'),
    then: refused(401, 'client_session_revoked'),
    fault: 'client session revoked',
    remedy: /\/client_sessions\/create/,
  }),
  row({
    name: 'a client session that has expired',
    given: async (context: Context) => {
      const { token } = await session(context, { expires_at: await context.ground.inHours(1) })
      await context.ground.later(7200)
      return { token: token as string }
    },
    when: ({ ground, token }) => ground.postAs(token, '/acs/systems/list'),
    then: refused(401, 'client_session_expired'),
    fault: 'client session expired',
    remedy: /\/client_sessions\/create/,
  }),
  row({
    name: 'a header for client sessions with something else in it',
    when: ({ ground }) => ground.postAs(null, '/acs/systems/list', {}, { 'client-session-token': 'seam_test_1' }),
    then: refused(400, 'invalid_client_session_token'),
    fault: 'starts with seam_cst',
    remedy: /Send the token of a client session/,
  }),
  row({
    name: 'a client session that begins over',
    when: (context) => context.ground.post('/client_sessions/create', { expires_at: '2025-01-01T00:00:00Z' }),
    then: invalid('expires_at'),
    fault: 'expires_at',
    remedy: /Must be in the future/,
  }),
  row({
    name: 'two client sessions with one identifier',
    given: async (context: Context) => {
      await session(context, { user_identifier_key: 'lobby-tablet' })
      return {}
    },
    when: ({ ground }) => ground.post('/client_sessions/create', { user_identifier_key: 'lobby-tablet' }),
    then: refused(400, 'client_session_token_already_exists'),
    fault: 'user_identifier_key',
    remedy: /client_sessions\/get_or_create/,
  }),
  row({
    name: 'a client session for two people',
    given: async ({ ground }: Context) => ({ ids: [await ground.person(), await ground.person()] }),
    when: ({ ground, ids }) => ground.post('/client_sessions/create', { user_identity_ids: ids }),
    then: invalid('user_identity_ids'),
    fault: 'user_identity_ids',
    remedy: /at most 1/,
  }),
  row({
    name: 'a client session of one customer asked for as that of another',
    given: async (context: Context) => {
      await session(context, { user_identifier_key: 'desk', customer_key: 'hotel-a' })
      return {}
    },
    when: ({ ground }) =>
      ground.post('/client_sessions/get_or_create', { user_identifier_key: 'desk', customer_key: 'hotel-b' }),
    then: refused(400, 'invalid_options'),
    fault: 'customer_key',
    remedy: /another user_identifier_key/,
  }),
  row({
    name: 'a client session given an end where only resources can be given',
    given: (context: Context) => session(context),
    when: ({ ground, client_session_id }) =>
      ground.post('/client_sessions/grant_access', { client_session_id, expires_at: '2026-12-01T00:00:00Z' }),
    then: { at: 'answer', code: 'unrecognized_parameter', parameter: 'expires_at' },
    fault: 'expires_at',
    remedy: /takes: /,
  }),
  row({
    name: 'somebody else’s person asked for with a client session',
    given: async (context: Context) => {
      const { ground } = context
      const { token } = await session(context, { user_identity_id: await ground.person() })
      return { token: token as string, stranger: await ground.person() }
    },
    when: ({ ground, token, stranger }) =>
      ground.postAs(token, '/user_identities/list_accessible_entrances', { user_identity_id: stranger }),
    then: notFound('user_identity'),
    fault: 'user_identity_id',
    remedy: /\/user_identities\/list/,
  }),

  // The request itself -------------------------------------------------------------------------------------------------
  row({
    name: 'a parameter that no operation has',
    when: ({ ground }) => ground.post('/acs/systems/list', { colour: 'blue' }),
    then: { at: 'answer', code: 'unrecognized_parameter', parameter: 'colour' },
    fault: 'colour',
    remedy: /takes: .*search/,
  }),
  row({
    name: 'a misspelt filter, which would list everything',
    when: ({ ground, system }) => ground.post('/acs/entrances/list', { acs_sytem_id: system.acs_system_id }),
    then: invalid('acs_sytem_id'),
    fault: '"acs_sytem_id"',
    remedy: /send `acs_system_id` instead/,
  }),
  row({
    name: 'a filter whose id is none',
    when: ({ ground }) => ground.post('/acs/entrances/list', { acs_system_id: 'Main Site' }),
    then: invalid('acs_system_id'),
    fault: 'acs_system_id',
    remedy: /Invalid uuid/,
  }),
  row({
    name: 'a path that does not exist',
    when: ({ ground }) => ground.post('/access_grants/revoke'),
    then: refused(404, 'not_found'),
    fault: '/access_grants/revoke',
    remedy: /GET \/openapi\.json lists them/,
  }),
  row({
    name: 'an operation that is not served yet',
    when: ({ ground }) => ground.post('/customers/create_portal', {}),
    then: refused(501, 'not_implemented'),
    fault: '/customers/create_portal',
    remedy: /not served by this version/,
  }),
  row({
    name: 'a thermostat',
    when: ({ ground }) => ground.post('/thermostats/list', {}),
    then: refused(501, 'not_supported'),
    fault: '/thermostats/list',
    remedy: /gives access to doors/,
  }),
  row({
    name: 'a page of no rows',
    when: ({ ground }) => ground.post('/acs/entrances/list', { limit: 0 }),
    then: invalid('limit'),
    fault: 'limit',
    remedy: /greater than 0/,
  }),
  row({
    name: 'a cursor of one list used with other filters',
    given: async ({ ground, system }: Context) => {
      const { acs_system_id } = system
      const { pagination } = await ground.ok('/acs/entrances/list', { acs_system_id, limit: 1 })
      return { page_cursor: pagination.next_page_cursor as string }
    },
    when: ({ ground, page_cursor }) => ground.post('/acs/entrances/list', { limit: 1, page_cursor }),
    then: refused(400, 'mismatched_page_parameters'),
    fault: 'next_page_cursor',
    remedy: /must send parameters identical to the initial request/,
  }),
  row({
    name: 'a cursor that was made up',
    when: ({ ground }) => ground.post('/acs/entrances/list', { page_cursor: 'page-2' }),
    then: invalid('page_cursor'),
    fault: 'page_cursor',
    remedy: /pass next_page_cursor of the page before unchanged/,
  }),
  row({
    name: 'events without a time',
    when: ({ ground }) => ground.post('/events/list', {}),
    then: invalid(),
    fault: 'since',
    remedy: /Must specify either since or between/,
  }),
  row({
    name: 'events of a type that does not exist',
    when: ({ ground }) => ground.post('/events/list', { since: '2026-01-01', event_type: 'access_grant.expired' }),
    then: invalid('event_type'),
    fault: 'event_type',
    remedy: /Expected/,
  }),
  row({
    name: 'a relation asked for that does not exist',
    given: async ({ ground, system }: Context) => ({
      grant: await ground.grant(system.doors.slice(0, 1), [system.can.modes[0] ?? 'card']),
    }),
    when: ({ ground, grant }) =>
      ground.post('/access_grants/get_related', {
        access_grant_ids: [grant['access_grant_id']],
        include: ['guests'],
      }),
    then: invalid('include.0'),
    fault: 'include.0',
    remedy: /Expected 'spaces'/,
  }),

  // Webhooks -----------------------------------------------------------------------------------------------------------
  row({
    name: 'a webhook to a private address',
    when: ({ ground }) => ground.post('/webhooks/create', { url: 'http://10.0.0.1/hooks' }),
    then: invalid('url'),
    fault: ['url', 'private address'],
    remedy: /allow|public/i,
  }),
  row({
    name: 'a webhook that speaks no HTTP',
    when: ({ ground }) => ground.post('/webhooks/create', { url: 'ftp://example.com/hooks' }),
    then: invalid('url'),
    fault: 'url',
    remedy: /http/,
  }),
  row({
    name: 'a webhook without an address',
    when: ({ ground }) => ground.post('/webhooks/create', { url: 'my-server' }),
    then: invalid('url'),
    fault: 'url',
    remedy: /send an absolute one/,
  }),
  row({
    name: 'a webhook for an event that does not exist',
    when: ({ ground }) =>
      ground.post('/webhooks/create', { url: 'https://example.com/hooks', event_types: ['access_grant.expired'] }),
    then: refused(400, 'invalid_event_types'),
    fault: 'access_grant.expired',
    remedy: /\/openapi\.json|'\*'/,
  }),
  row({
    name: 'an Idempotency-Key with a space',
    when: ({ ground }) => ground.post('/spaces/create', { name: 'Annex' }, { 'idempotency-key': 'a b' }),
    then: refused(400, 'invalid_idempotency_key'),
    fault: 'Idempotency-Key',
    remedy: /without spaces/,
  }),
  row({
    name: 'one Idempotency-Key for two different requests',
    given: async ({ ground }: Context) => {
      const key = crypto.randomUUID()
      await ground.post('/spaces/create', { name: 'First with the key' }, { 'idempotency-key': key })
      return { key }
    },
    when: ({ ground, key }) =>
      ground.post('/spaces/create', { name: 'Second with the key' }, { 'idempotency-key': key }),
    then: refused(409, 'idempotency_key_reused'),
    fault: ({ key }) => key,
    remedy: /Use a new key for each change/,
  }),
  row({
    name: 'a webhook for no events at all',
    when: ({ ground }) => ground.post('/webhooks/create', { url: 'https://example.com/hooks', event_types: [] }),
    then: invalid('event_types'),
    fault: 'event_types',
    remedy: /leave it out for all/,
  }),
  row({
    name: 'a webhook changed to no events at all',
    given: async ({ ground }: Context) => {
      const { webhook } = await ground.ok('/webhooks/create', { url: 'https://example.com/hooks' })
      return { webhook_id: webhook.webhook_id as string }
    },
    when: ({ ground, webhook_id }) => ground.post('/webhooks/update', { webhook_id, event_types: [] }),
    then: invalid('event_types'),
    fault: 'event_types',
    remedy: /\*|\/webhooks\/delete/,
  }),
  row({
    name: 'a webhook whose events are called `events`',
    when: ({ ground }) =>
      ground.post('/webhooks/create', { url: 'https://example.com/hooks', events: ['access_grant.created'] }),
    then: invalid('events'),
    fault: '"events"',
    remedy: /send `event_types` instead/,
  }),
  row({
    name: 'a webhook to a receiver that refuses',
    given: async ({ ground }: Context) => {
      const { webhook } = await ground.ok('/webhooks/create', {
        url: 'http://127.0.0.1:1/hooks',
        event_types: ['space.created'],
      })
      return { webhook_id: webhook.webhook_id as string }
    },
    when: async ({ ground }) => {
      const reply = await ground.post('/spaces/create', { name: 'Heard of by nobody' })
      for (let i = 0; i < 100; i++) {
        const [row] = await ground.server.sql<{ attempts: number }>(
          'SELECT max(attempt_count)::int AS attempts FROM webhook_delivery WHERE workspace_id = $1',
          [ground.workspaceId],
        )
        if ((row?.attempts ?? 0) > 0) break
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      return reply
    },
    isStuck: true,
    then: {
      at: 'warnings',
      code: 'deliveries_failing',
      of: async ({ ground, webhook_id }) => (await ground.ok('/webhooks/get', { webhook_id }))['webhook'] as Wire,
    },
    fault: 'connection refused',
    remedy: /Check that the receiver/,
  }),
]
