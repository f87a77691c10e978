// Connect Webviews: made over the API, gone through without scripts, and what they leave.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sdkGenerations } from '../clients/sdks.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { actionOf, eventsAbout, goThrough, hinted, hrefOf, isDone, newWebview, open, providersOf } from './people.ts'

let server: TestServer
const logged: string[] = []
beforeAll(async () => {
  server = await startTestServer({ onLog: (_level, fields, message) => logged.push(message + JSON.stringify(fields)) })
})
afterAll(() => server[Symbol.asyncDispose]())

const types = (events: { event_type?: string }[]): string[] => events.map((event) => event.event_type ?? '')

test.each(sdkGenerations.map((one) => [one.name, one] as const))('through the SDK %s', async (_name, generation) => {
  const seam = server.seam(generation)
  const made = await seam.connectWebviews.create({
    accepted_providers: ['akiles'],
    custom_metadata: { internal: 'A7', is_new: true },
    customer_key: 'sdk',
  })
  expect(made).toMatchObject({
    status: 'pending',
    login_successful: false,
    connected_account_id: null,
    authorized_at: null,
    selected_provider: null,
    accepted_providers: ['akiles'],
    any_provider_allowed: false,
    accepted_capabilities: ['access_control'],
    automatically_manage_new_devices: true,
    wait_for_device_creation: false,
    custom_metadata: { internal: 'A7', is_new: true },
    customer_key: 'sdk',
  })
  expect(made.url).toMatch(
    new RegExp(
      `^${server.url}/connect_webviews/view\\?connect_webview_id=${made.connect_webview_id}&auth_token=[1-9A-HJ-NP-Za-km-z]{32}$`,
    ),
  )
  const { connect_webview_id } = made
  expect(await seam.connectWebviews.get({ connect_webview_id })).toEqual(made)
  expect(await seam.connectWebviews.list({ customer_key: 'sdk' })).toEqual([made])
  expect(await seam.connectWebviews.list({ custom_metadata_has: { internal: 'A7' } })).toEqual([made])
  expect(await seam.connectWebviews.list({ search: connect_webview_id.slice(0, 13) })).toEqual([made])
  expect(await seam.connectWebviews.list({ search: 'nobody has this' })).toEqual([])
  await seam.connectWebviews.delete({ connect_webview_id })
  await expect(seam.connectWebviews.get({ connect_webview_id })).rejects.toMatchObject({
    code: 'connect_webview_not_found',
  })
  expect((await open(made.url)).status).toBe(404)
})

test('what it offers', async () => {
  const all = await providersOf(server)
  expect(await newWebview(server)).toMatchObject({ accepted_providers: all, any_provider_allowed: true })
  const { accepted_providers } = await newWebview(server, {
    provider_category: 'access_control_systems',
    excluded_providers: ['brivo', 'august'],
  })
  expect(accepted_providers).toEqual(all.filter((one) => one !== 'brivo'))
  const wrong: [object, RegExp][] = [
    [{ accepted_providers: ['august'] }, /None of these can be connected/],
    [{ accepted_providers: ['brivo'], excluded_providers: ['brivo'] }, /None of these/],
    [{ provider_category: 'thermostats' }, /access_control_systems/],
    [{ accepted_providers: ['brivo'], provider_category: 'stable' }, /not both/],
    [{ accepted_capabilities: ['camera'] }, /access_control/],
    [{ custom_redirect_url: 'javascript:alert(1)' }, /custom_redirect_url/],
    [{ custom_redirect_failure_url: 'nowhere' }, /custom_redirect_failure_url/],
    [{ custom_metadata: { 'a.b': 'x' } }, /no dot/],
  ]
  for (const [params, message] of wrong) {
    const { status, body } = await server.post('/connect_webviews/create', params)
    expect({ status, type: body['error'].type }, JSON.stringify(params)).toEqual({ status: 400, type: 'invalid_input' })
    expect(body['error'].message).toMatch(message)
  }
  const partly = await server.ok('/connect_webviews/create', { accepted_providers: ['brivo', 'august', 'salto'] })
  expect(partly['warnings'][0].message).toMatch(/august/)
  const list = await open(hrefOf(await open(partly['connect_webview'].url), 'Continue'))
  expect([...list.text.matchAll(/<\/svg\s*><span>(.*?)<\/span>/gs)].map(([, name]) => name?.trim())).toEqual(
    ['Salto KS', 'Brivo'].sort((a, b) => list.text.indexOf(a) - list.text.indexOf(b)),
  )
})

test('events come in the documented order, and the account has what the webview says', async () => {
  const webview = await newWebview(server, {
    accepted_providers: ['salto_space'],
    customer_key: 'north',
    custom_metadata: { wing: 'north' },
    automatically_manage_new_devices: false,
  })
  const pages = await goThrough(webview['url'], (name, value) => (name === 'system_name' ? 'North Wing' : value))
  expect(isDone(pages.at(-1) as never)).toBe(true)
  const { connect_webview } = await server.ok('/connect_webviews/get', {
    connect_webview_id: webview['connect_webview_id'],
  })
  expect(connect_webview).toMatchObject({
    status: 'authorized',
    login_successful: true,
    selected_provider: 'salto_space',
  })
  const { connected_account_id } = connect_webview
  const { connected_account } = await server.ok('/connected_accounts/get', { connected_account_id })
  expect(connected_account).toMatchObject({
    customer_key: 'north',
    custom_metadata: { wing: 'north' },
    automatically_manage_new_devices: false,
    errors: [],
  })
  const order = types(await eventsAbout(server, { connected_account_id }))
  expect(order.slice(0, 6)).toEqual([
    'connect_webview.login_succeeded',
    'connected_account.created',
    'connected_account.successful_login',
    'connected_account.connected',
    'acs_system.added',
    'acs_system.connected',
  ])
  expect(order.filter((type) => type === 'acs_entrance.added').length).toBeGreaterThan(3)
  expect(order.at(-1)).toBe('connected_account.completed_first_sync')
  expect(types(await eventsAbout(server, { connect_webview_id: webview['connect_webview_id'] }))).toEqual([
    'connect_webview.login_succeeded',
    'connected_account.created',
    'connected_account.successful_login',
    'connected_account.connected',
  ])
  // Its bridge is there, and the same login again is the same account.
  const { bridges } = await server.ok('/bridges/list')
  const bridge = bridges.find(
    (one: { connected_account_id: string }) => one.connected_account_id === connected_account_id,
  )
  expect((await server.ok('/bridges/get', { bridge_id: bridge.bridge_id }))['bridge']).toEqual(bridge)
  const again = await newWebview(server, { accepted_providers: ['salto_space'], customer_key: 'north' })
  await goThrough(again['url'], (name, value) => (name === 'system_name' ? 'North Wing' : value))
  const second = await server.ok('/connect_webviews/get', { connect_webview_id: again['connect_webview_id'] })
  expect(second['connect_webview']).toMatchObject({ status: 'authorized', connected_account_id })
  // Another customer's webview does not get it.
  const foreign = await newWebview(server, {
    accepted_providers: ['salto_space'],
    customer_key: 'south',
    custom_redirect_url: 'https://example.com/done',
    custom_redirect_failure_url: 'myapp://failed?a=b',
  })
  const seen = await goThrough(foreign['url'], (name, value) => (name === 'system_name' ? 'North Wing' : value)).catch(
    () => [],
  )
  expect(seen.some(isDone)).toBe(false)
  const refused = await open(foreign['url'])
  expect(refused.text).toContain('Nothing was connected')
  expect(refused.text).toContain(`url=myapp://failed?a=b&amp;connect_webview_id=${foreign['connect_webview_id']}`)
  const after = await server.ok('/connect_webviews/get', { connect_webview_id: foreign['connect_webview_id'] })
  expect(after['connect_webview']).toMatchObject({ status: 'failed', connected_account_id: null })
  const untouched = await server.ok('/connected_accounts/get', { connected_account_id })
  expect(untouched['connected_account'].customer_key).toBe('north')
})

test('wrong values stay on the page with the reason, and are told; nothing of them leaks', async () => {
  const webview = await newWebview(server, {
    accepted_providers: ['akiles'],
    custom_redirect_url: 'https://example.com/done?x=1',
  })
  const form = await open(hrefOf(await open(webview['url']), 'Continue'))
  expect(Object.keys(hinted(form))).toEqual(['email', 'password'])
  const empty = await open(actionOf(form), { email: '', password: '' })
  expect(empty.text).toContain('2 fields need another value')
  expect(empty.text).toMatch(/aria-invalid="true"/)
  const wrong = await open(actionOf(form), { email: 'jane@example.com', password: 'hunter2hunter2' })
  expect(wrong.url).not.toContain('hunter2')
  expect(wrong.text).toMatch(/id="field\.password\.error">\s*Akiles does not take this/)
  expect(wrong.text).toContain('value="jane@example.com"')
  expect(wrong.text).not.toContain('hunter2')
  expect(wrong.text).toContain('connect_webview.login_failed')
  expect((await open(wrong.url)).text).toContain('does not take this')
  const failed = await eventsAbout(server, { connect_webview_id: webview['connect_webview_id'] })
  expect(types(failed)).toEqual(['connect_webview.login_failed'])
  const pending = await server.ok('/connect_webviews/get', { connect_webview_id: webview['connect_webview_id'] })
  expect(pending['connect_webview'].status).toBe('pending')
  const [row] = await server.sql<{ row: string }>(
    'SELECT w::text AS row FROM connect_webview w WHERE connect_webview_id = $1',
    [webview['connect_webview_id']],
  )
  expect(row?.row).not.toMatch(/hunter2|jane@/)
  expect(row?.row).not.toContain(new URL(webview['url']).searchParams.get('auth_token'))
  const done = await open(actionOf(form), { email: 'jane@example.com', password: '1234' })
  expect(isDone(done)).toBe(true)
  const ids = await server.ok('/connect_webviews/get', { connect_webview_id: webview['connect_webview_id'] })
  const { connect_webview_id, connected_account_id } = ids['connect_webview']
  expect(done.text).toContain(
    `0;url=https://example.com/done?x=1&amp;connect_webview_id=${connect_webview_id}&amp;connected_account_id=${connected_account_id}`,
  )
  // Back, reload and a second login through it: it has been used.
  expect(isDone(await open(form.url))).toBe(true)
  expect(isDone(await open(actionOf(form), { email: 'john@example.com', password: '1234' }))).toBe(true)
  const [after] = await server.sql<{ sealed_answers: string | null }>(
    'SELECT sealed_answers FROM connect_webview WHERE connect_webview_id = $1',
    [connect_webview_id],
  )
  expect(after?.sealed_answers).toBeNull()
  expect(logged.join('\n')).not.toMatch(/hunter2|auth_token=/)
})

test('sent several times at once, it connects once', async () => {
  const webview = await newWebview(server, { accepted_providers: ['hotek'] })
  const bridge = await open(hrefOf(await open(webview['url']), 'Continue'))
  const form = await open(actionOf(bridge), hinted(bridge))
  const values = { ...hinted(form), site_name: 'Once' }
  const ends = await Promise.all(Array.from({ length: 8 }, () => open(actionOf(form), values)))
  expect(ends.every(isDone)).toBe(true)
  const { connected_accounts } = await server.ok('/connected_accounts/list', { search: 'hotek' })
  expect(connected_accounts.filter((one: { display_name: string }) => one.display_name === 'Once')).toHaveLength(1)
  const events = types(await eventsAbout(server, { connect_webview_id: webview['connect_webview_id'] }))
  expect(events.filter((type) => type === 'connect_webview.login_succeeded')).toHaveLength(1)
  expect(events.filter((type) => type === 'connected_account.created')).toHaveLength(1)
})

test('a page that comes too early leads to the one before; tabs at different systems keep apart', async () => {
  const webview = await newWebview(server)
  const at = (more: string) => `${webview['url'] as string}&${more}`
  const early = await open(at('at=dormakaba_ambiance&page=3'))
  expect(early.text).toContain('Pair the bridge')
  const ambiance = await open(actionOf(early), hinted(early))
  expect(ambiance.text).toContain('Your Ambiance server')
  const other = await open(at('at=salto_ks'))
  const wrong = await open(actionOf(other), { ...hinted(other), password: 'no' })
  expect(wrong.text).toContain('refuses the login')
  expect((await open(at('at=dormakaba_ambiance&page=2'))).text).not.toContain('role="alert"')
  expect((await open(at('at=nothing'))).text).toContain('Connect your access system')
  expect((await open(at('at=akiles&page=99'))).text).toContain('Sign in')
})

test('giving up fails it', async () => {
  const webview = await newWebview(server, { custom_redirect_url: 'https://example.com/back' })
  const page = await open(webview['url'])
  const [, action = ''] = /action="([^"]*at=cancel[^"]*)"/.exec(page.text) ?? []
  const after = await open(new URL(action.replaceAll('&amp;', '&'), page.url).href, {})
  expect(after.text).toContain('Nothing was connected')
  expect(after.text).toContain(
    `url=https://example.com/back?connect_webview_id=${webview['connect_webview_id'] as string}"`,
  )
  const { connect_webview } = await server.ok('/connect_webviews/get', {
    connect_webview_id: webview['connect_webview_id'],
  })
  expect(connect_webview.status).toBe('failed')
})

describe('who may', () => {
  test('nothing is told of a webview without its token', async () => {
    const webview = await newWebview(server)
    const url = new URL(webview['url'])
    for (const token of ['', 'x', `${url.searchParams.get('auth_token') ?? ''}x`]) {
      url.searchParams.set('auth_token', token)
      expect((await open(url.href)).status).toBe(404)
      expect((await open(url.href, { email: 'a' })).status).toBe(404)
    }
    url.searchParams.set('connect_webview_id', 'nothing')
    expect((await open(url.href)).status).toBe(404)
  })

  test('frames are welcome, scripts and styles of others are not', async () => {
    const page = await open((await newWebview(server))['url'])
    expect(page.headers.get('x-frame-options')).toBeNull()
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|frame-ancestors/)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('a client session sees its own, and gets the account of its webview', async () => {
    const { client_session } = await server.ok('/client_sessions/create', { user_identifier_key: 'ann' })
    const as = (path: string, body: object) => server.post(path, body, client_session.token)
    const other = await newWebview(server)
    const { body } = await as('/connect_webviews/create', { accepted_providers: ['pti'] })
    const own = body['connect_webview']
    expect((await as('/connect_webviews/get', { connect_webview_id: other['connect_webview_id'] })).status).toBe(404)
    const listed = (await as('/connect_webviews/list', {})).body['connect_webviews']
    expect(listed.map((one: { url: string }) => one.url)).toEqual([own.url])
    const byKey = await server.ok('/connect_webviews/list', { user_identifier_key: 'ann' })
    expect(byKey['connect_webviews']).toHaveLength(1)
    await goThrough(own.url)
    const { client_session: after } = await server.ok('/client_sessions/get', { user_identifier_key: 'ann' })
    const { connect_webview } = await server.ok('/connect_webviews/get', { connect_webview_id: own.connect_webview_id })
    expect(after.connected_account_ids).toEqual([connect_webview.connected_account_id])
    expect(after.connect_webview_ids).toEqual([own.connect_webview_id])
    const given = await server.ok('/client_sessions/create', { connect_webview_ids: [other['connect_webview_id']] })
    expect(given['client_session'].connect_webview_ids).toEqual([other['connect_webview_id']])
  })

  test("a customer's session makes those of its customer alone", async () => {
    const { client_session } = await server.ok('/client_sessions/create', { customer_key: 'west' })
    const as = (path: string, body: object) => server.post(path, body, client_session.token)
    expect((await as('/connect_webviews/create', { customer_key: 'east' })).status).toBe(403)
    const { body } = await as('/connect_webviews/create', {})
    expect(body['connect_webview'].customer_key).toBe('west')
    expect((await as('/connect_webviews/list', {})).body['connect_webviews']).toHaveLength(1)
  })
})

test('in production there are real login fields and no hints, and a system that is not there says so', async () => {
  const token = server.personalAccessToken
  const { body } = await server.post('/workspaces/create', { name: 'Real', is_sandbox: false }, token)
  const headers = { 'seam-workspace': body['workspace'].workspace_id }
  const made = await server.post('/connect_webviews/create', {}, token, headers)
  const webview = made.body['connect_webview']
  expect(webview.accepted_providers.sort()).toEqual(['brivo', 'visionline'])
  const form = await open(`${webview.url as string}&at=visionline`)
  expect(form.text).not.toMatch(/Sandbox|<code>/)
  expect(Object.keys(hinted(form))).toEqual([
    'site_name',
    'url',
    'username',
    'password',
    'encoders',
    'time_zone',
    'certificate_sha256',
    'date_header',
    'mobile_access_uuid',
    'system_id',
  ])
  const values = { site_name: 'Hotel', username: 'a', password: 'b', encoders: 'One', time_zone: 'Etc/UTC' }
  const nonsense = await open(actionOf(form), { ...values, url: 'nowhere', time_zone: 'Middle/Earth' })
  expect(nonsense.text).toMatch(/id="field\.url\.error"/)
  expect(nonsense.text).toMatch(/id="field\.time_zone\.error"/)
  const away = await open(actionOf(form), { ...values, url: 'http://127.0.0.1:9' })
  expect(away.text).toMatch(/id="field\.url\.error"/)
  const events = await server.post('/events/list', { since: '2000-01-01T00:00:00Z' }, token, headers)
  expect(types(events.body['events'])).toEqual(['connect_webview.login_failed'])
}, 60_000)

test('the look is that of the workspace when the webview was made; what no page could show is refused', async () => {
  const look = (connect_webview_customization: object) =>
    server.post('/workspaces/update', { connect_webview_customization })
  for (const wrong of [{ primary_button_color: 'red;}body{color:red' }, { inviter_logo_url: 'javascript:alert(1)' }])
    expect((await look(wrong)).body['error'].message).toMatch(/connect_webview_customization/)
  const before = await newWebview(server)
  await look({
    primary_button_color: '#0a5',
    logo_shape: 'circle',
    inviter_logo_url: 'https://example.com/logo.png',
    success_message: '<b>Thanks</b>',
  })
  expect((await open(before['url'])).text).not.toContain('#0a5')
  const after = await open((await newWebview(server))['url'])
  expect(after.text).toMatch(/--button: #0a5;/)
  expect(after.text).toContain('class="logo circle"')
  expect(after.headers.get('content-security-policy')).toMatch(
    /style-src 'self' 'nonce-[\w-]+'; img-src 'self' https:\/\/example\.com;/,
  )
  const done = await goThrough((await newWebview(server, { accepted_providers: ['latch'] }))['url'])
  expect(done.at(-1)?.text).toContain('&lt;b&gt;Thanks&lt;/b&gt;')
})
