// The Instant Key link as a guest meets it: a phone-sized page in a real browser, no app, no login.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let chromium: TestBrowser
beforeAll(async () => {
  chromium = await openBrowser()
})
afterAll(() => chromium[Symbol.asyncDispose]())

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const STAY = { starts_at: '2030-06-01T15:00:00.000Z', ends_at: '2030-06-04T11:00:00.000Z' }

interface Guest {
  doors: string[]
  modes?: object[]
  stay?: object
}

async function grantKey(server: TestServer, { doors, modes, stay = STAY }: Guest) {
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane Doe' },
    acs_entrance_ids: doors,
    requested_access_methods: modes ?? [{ mode: 'mobile_key' }],
    ...stay,
  })
  await server.settle()
  return access_grant as { access_grant_id: string; user_identity_id: string; instant_key_url: string }
}

/** What went wrong in a page, beside refusals that the test provokes. */
function troublesOf(page: Page): string[] {
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d|ERR_INTERNET_DISCONNECTED/.test(message.text()))
      troubles.push(message.text())
  })
  return troubles
}

const status = (page: Page, words: RegExp) => page.getByRole('status').getByText(words).first().waitFor()
const key = (page: Page) => page.getByRole('button', { name: /^Tap to unlock/ })
/** The guest takes the phone out again. */
const look = (page: Page) => page.evaluate("void dispatchEvent(new Event('focus'))")
const attemptsAt = async (server: TestServer, acs_entrance_id: string) =>
  (await server.ok('/sandbox/doors/list_attempts', { acs_entrance_id }))['door_attempts'] as { opened: boolean }[]
const eventsOf = async (server: TestServer, event_type: string) =>
  (await server.ok('/events/list', { since: '2020-01-01', event_type }))['events'] as Record<string, unknown>[]

async function problemsFoundByAxe(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, impact }) => impact + ": " + id))',
  )
}

test(
  'a stay: not yet, ready by itself, unlocked, a longer stay, used up on another phone, over',
  { timeout: 240_000 },
  async () => {
    await using server = await startTestServer({ frozenAt: '2030-06-01T14:58:00.000Z' })
    const [main, room] = [
      await server.entrance('salto_space', 'Main Entrance'),
      await server.entrance('salto_space', 'Room 101'),
    ]
    const grant = await grantKey(server, { doors: [main, room] })
    await server.ok('/workspaces/update', { connect_webview_customization: { primary_button_color: '#7a1f4b' } })
    // The clock runs, so that the page has something to count.
    await server.ok('/sandbox/clock/resume')

    const page = await chromium.phone()
    const troubles = troublesOf(page)
    await page.clock.install()
    await page.goto(grant.instant_key_url)
    await page.getByRole('heading', { name: 'Welcome, Jane Doe' }).waitFor()
    await status(page, /not valid yet/)
    await page
      .getByRole('timer')
      .getByText(/^Starts in 00:0[012]:\d\d$/)
      .waitFor()
    expect(await page.getByRole('button', { name: /^Not yet/ }).isDisabled()).toBe(true)
    await page.getByText('Saturday, June 1').or(page.getByText('Saturday 1 June')).first().waitFor()
    expect(await page.getByText(/^Expires \w+day.* at \d/).textContent()).toMatch(/June/)
    const colour = await page.evaluate('getComputedStyle(document.documentElement).getPropertyValue("--key")')
    expect(colour).toBe('#7a1f4b')
    expect(await problemsFoundByAxe(page)).toEqual([])
    await chromium.screenshot(page, 'instant-key-not-yet')

    // The start comes, and nobody touches the phone.
    await server.advance(STAY.starts_at)
    await server.settle()
    await page.clock.fastForward(180_000)
    await status(page, /Your key is ready/)
    await page.getByRole('radio', { name: /Room 101/ }).check()
    await chromium.screenshot(page, 'instant-key-ready')
    expect(await problemsFoundByAxe(page)).toEqual([])

    // Cancelled in time, no door was asked; by keyboard too.
    await key(page).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await status(page, /Cancelled/)
    await key(page).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Cancel' }).waitFor()
    await chromium.screenshot(page, 'instant-key-searching')
    await page.keyboard.press('Escape')
    await status(page, /Cancelled/)
    expect(await attemptsAt(server, room)).toEqual([])

    await key(page).click()
    await status(page, /talked to the reader of Room 101/)
    await chromium.screenshot(page, 'instant-key-talked')
    expect(await attemptsAt(server, room)).toMatchObject([{ opened: true }])
    expect((await eventsOf(server, 'lock.unlocked')).at(-1)).toMatchObject({
      method: 'remote',
      is_via_bluetooth: true,
      acs_entrance_id: room,
      user_identity_id: grant.user_identity_id,
    })

    // One use was granted: another phone is turned away, and learns whose key it is not.
    const other = await chromium.phone()
    await other.goto(grant.instant_key_url)
    await status(other, /already in use/)
    await other.getByText('Lockstitch').first().waitFor()
    expect(await other.getByText('Jane Doe').count()).toBe(0)
    expect(await key(other).count()).toBe(0)
    await chromium.screenshot(other, 'instant-key-used')
    // This one comes again as often as it likes.
    await page.reload()
    await status(page, /Your key is ready/)

    // A new room and a longer stay, without a new link.
    await server.ok('/access_grants/create', {
      user_identity_id: grant.user_identity_id,
      acs_entrance_ids: [await server.entrance('salto_ks', 'Front Door')],
      requested_access_methods: [{ mode: 'mobile_key' }],
      ends_at: '2030-06-06T11:00:00.000Z',
    })
    await server.settle()
    expect(await page.getByRole('radio').count()).toBe(2)
    await look(page)
    await expect.poll(() => page.getByRole('radio').count()).toBe(3)
    await page
      .getByText(/June 6|6 June/)
      .first()
      .waitFor()

    await server.advance('2030-06-04T11:00:01.000Z')
    await look(page)
    await status(page, /expired/)
    await chromium.screenshot(page, 'instant-key-expired')
    expect(troubles).toEqual([])
  },
)

test(
  'doors that refuse say why; a paused guest, a withdrawn key and an unknown link are told apart',
  { timeout: 240_000 },
  async () => {
    await using server = await startTestServer({ frozenAt: '2030-06-02T09:00:00.000Z' })
    const { acs_entrances } = await server.ok('/acs/entrances/list', {
      acs_system_id: await server.systemOf('salto_ks'),
    })
    const door = acs_entrances.find((one: { can_unlock_with_mobile_key: boolean }) => one.can_unlock_with_mobile_key)
    const { acs_entrance_id } = door as { acs_entrance_id: string }
    const grant = await grantKey(server, { doors: [acs_entrance_id], stay: { ends_at: STAY.ends_at } })
    const page = await chromium.phone()
    const troubles = troublesOf(page)
    await page.goto(grant.instant_key_url)
    await status(page, /Your key is ready/)

    await server.ok('/sandbox/doors/set_state', { acs_entrance_id, privacy_mode: true })
    await key(page).click()
    await status(page, /Somebody inside has locked the door for privacy/)
    await chromium.screenshot(page, 'instant-key-refused')
    expect((await eventsOf(server, 'lock.access_denied')).at(-1)).toMatchObject({
      acs_entrance_id,
      user_identity_id: grant.user_identity_id,
      reason: { reason_code: 'blocked_by_privacy_mode' },
    })
    await server.ok('/sandbox/doors/set_state', { acs_entrance_id, privacy_mode: false })

    const { acs_users } = await server.ok('/acs/users/list', { user_identity_id: grant.user_identity_id })
    const { acs_user_id } = acs_users[0]
    await server.ok('/acs/users/suspend', { acs_user_id })
    await server.settle()
    await look(page)
    await status(page, /Your access is paused/)
    expect(await page.getByRole('button', { name: /^Paused/ }).isDisabled()).toBe(true)
    await server.ok('/acs/users/unsuspend', { acs_user_id })
    await server.settle()
    await look(page)
    await status(page, /Your key is ready/)

    // A real lock that speaks Bluetooth: the page says that it cannot.
    await page.route('**/doors/list', async (route) => {
      const response = await route.fetch()
      const body = await response.json()
      for (const one of body.doors) one.opens_with = 'app'
      await route.fulfill({ response, json: body })
    })
    await look(page)
    await status(page, /Use the app/)
    expect(await page.getByRole('button', { name: /^Use the app/ }).isDisabled()).toBe(true)
    await chromium.screenshot(page, 'instant-key-app')
    await page.unroute('**/doors/list')

    await server.ok('/access_grants/delete', { access_grant_id: grant.access_grant_id })
    await look(page)
    await status(page, /withdrawn/)
    await chromium.screenshot(page, 'instant-key-withdrawn')
    await page.reload()
    await status(page, /not valid|withdrawn/)
    expect(await page.evaluate('Object.keys(localStorage)')).toEqual(['instant-key-device'])

    const stranger = await chromium.phone()
    await stranger.goto(`${server.url}/ik/ABCDEFGHJK`)
    await status(stranger, /This link is not valid/)
    await chromium.screenshot(stranger, 'instant-key-unknown')

    const { user_identity } = await server.ok('/user_identities/create', { full_name: 'No Doors' })
    const { user_identity_id } = user_identity
    const { instant_key } = await server.ok('/user_identities/generate_instant_key', { user_identity_id })
    await stranger.goto(instant_key.instant_key_url)
    await status(stranger, /opens no doors at the moment/)
    await chromium.screenshot(stranger, 'instant-key-no-doors')
    expect(troubles).toEqual([])
  },
)

test('a cloud key is opened by the access system itself', { timeout: 120_000 }, async () => {
  await using server = await startTestServer({ frozenAt: '2030-06-02T09:00:00.000Z' })
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id: await server.systemOf('brivo') })
  const door = acs_entrances.find((one: { can_unlock_with_cloud_key: boolean }) => one.can_unlock_with_cloud_key)
  const { acs_entrance_id } = door as { acs_entrance_id: string }
  const modes = [{ mode: 'cloud_key' }]
  const grant = await grantKey(server, { doors: [acs_entrance_id], modes, stay: { ends_at: STAY.ends_at } })
  const { user_identity_id } = grant
  const { instant_key } = await server.ok('/user_identities/generate_instant_key', { user_identity_id })
  const page = await chromium.phone()
  const troubles = troublesOf(page)
  await page.goto(instant_key.instant_key_url)
  await key(page).click()
  await status(page, /was unlocked|was asked to unlock/)
  await chromium.screenshot(page, 'instant-key-cloud')
  const [event] = (await eventsOf(server, 'lock.unlocked')).slice(-1)
  expect(event).toMatchObject({
    method: 'remote',
    acs_entrance_id,
    user_identity_id,
    action_attempt_id: expect.any(String),
  })
  // Over meanwhile: the tap that comes too late is refused, and written down.
  await server.ok('/access_grants/update', {
    access_grant_id: grant.access_grant_id,
    starts_at: '2030-06-02T08:00:00Z',
    ends_at: '2030-06-02T10:00:00Z',
  })
  await server.settle()
  await server.advance('2030-06-02T10:00:00.000Z')
  await key(page).click()
  await status(page, /expired|does not open this door/)
  expect(troubles).toEqual([])
})

test(
  'without a connection the key is still shown, and nothing secret lies on the phone or in an address',
  { timeout: 120_000 },
  async () => {
    await using server = await startTestServer({ frozenAt: '2030-06-02T09:00:00.000Z' })
    const room = await server.entrance('salto_space', 'Room 101')
    await server.sql("UPDATE acs_system SET time_zone = 'America/New_York' WHERE provider = 'salto_space'")
    const grant = await grantKey(server, { doors: [room], stay: { ends_at: STAY.ends_at } })
    const page = await chromium.phone()
    const troubles = troublesOf(page)
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    // A slow phone on a slow network.
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 400,
      downloadThroughput: 50_000,
      uploadThroughput: 25_000,
    })
    await page.goto(grant.instant_key_url)
    await status(page, /Your key is ready/)
    // 11:00 UTC is 07:00 in New York, where the property is.
    await page.getByText(/^Expires .* at 07:00/).waitFor()
    await page.getByText(/America\/New_York/).waitFor()
    await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)')
    await devtools.detach()

    await page.context().setOffline(true)
    await page.reload()
    await page.getByRole('heading', { name: 'Welcome, Jane Doe' }).waitFor()
    await page.getByText(/You are offline/).waitFor()
    await page.getByText('Room 101').first().waitFor()
    expect(await page.getByRole('button', { name: /^No connection/ }).isDisabled()).toBe(true)
    await chromium.screenshot(page, 'instant-key-offline')
    await page.context().setOffline(false)
    await look(page)
    await status(page, /Your key is ready/)
    await key(page).click()
    await status(page, /talked to the reader/)

    const [session] = await server.sql<{ token_short: string }>('SELECT token_short FROM client_session')
    const kept = await page.evaluate<{ storage: string; urls: string[] }>(`(async () => {
    const stores = await Promise.all((await caches.keys()).map((name) => caches.open(name)))
    const requests = await Promise.all(stores.map((store) => store.keys()))
    const urls = requests.flat().map((request) => request.url)
    return { storage: JSON.stringify({ ...localStorage, ...sessionStorage }), urls }
  })()`)
    expect(kept.storage).toContain('Room 101')
    for (const secret of ['seam_cst', session?.token_short ?? '?']) {
      expect(kept.storage).not.toContain(secret)
      expect(kept.urls.concat(requests, page.url()).filter((url) => url.includes(secret))).toEqual([])
    }
    const code = grant.instant_key_url.split('/').pop() ?? ''
    expect(kept.urls.length).toBeGreaterThan(3)
    expect(kept.urls.filter((url) => url.includes(code))).toEqual([])
    expect(requests.filter((url) => !url.startsWith(server.url))).toEqual([])
    expect(page.url()).toBe(grant.instant_key_url)
    expect(troubles).toEqual([])
  },
)

test('phones set to German, French and Spanish are spoken to so; others in English', { timeout: 180_000 }, async () => {
  await using server = await startTestServer()
  const modes = [{ mode: 'mobile_key', instant_key_max_use_count: 4 }]
  const grant = await grantKey(server, { doors: [await server.entrance('salto_space', 'Room 101')], modes, stay: {} })
  for (const [locale, language, welcome, tap] of [
    ['de-DE', 'de', 'Willkommen, Jane Doe', 'Zum Öffnen tippen'],
    ['fr-FR', 'fr', 'Bienvenue, Jane Doe', 'Toucher pour ouvrir'],
    ['es-ES', 'es', 'Le damos la bienvenida, Jane Doe', 'Toque para abrir'],
    ['ja-JP', 'en', 'Welcome, Jane Doe', 'Tap to unlock'],
  ] as const) {
    const context = await chromium.browser.newContext({
      viewport: { width: 360, height: 740 },
      locale,
      colorScheme: 'dark',
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    await page.goto(grant.instant_key_url)
    await page.getByRole('heading', { name: welcome }).waitFor()
    await page.getByRole('button', { name: tap }).waitFor()
    expect(await page.evaluate('document.documentElement.lang')).toBe(language)
    expect(await problemsFoundByAxe(page)).toEqual([])
    await chromium.screenshot(page, `instant-key-${locale}`)
    await context.close()
  }
})

test('the page gives nothing away: strict policy, no index, no token in its source', { timeout: 60_000 }, async () => {
  await using server = await startTestServer()
  const grant = await grantKey(server, { doors: [await server.entrance('salto_space', 'Main Entrance')], stay: {} })
  const response = await fetch(grant.instant_key_url)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(response.headers.get('x-robots-tag')).toContain('noindex')
  expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe-inline')
  const html = await response.text()
  expect(html).not.toMatch(/seam_cst|Jane Doe/)
  expect(html).toContain('noindex')
  expect(await (await fetch(`${server.url}/robots.txt`)).text()).toContain('Disallow: /')

  const code = grant.instant_key_url.split('/').pop() ?? ''
  const manifest = await fetch(`${grant.instant_key_url}.webmanifest`)
  expect(manifest.headers.get('content-type')).toContain('application/manifest+json')
  const { start_url, icons, scope } = (await manifest.json()) as {
    start_url: string
    scope: string
    icons: { src: string; sizes: string }[]
  }
  expect([start_url, scope]).toEqual([code, './'])
  for (const { src } of icons)
    expect((await fetch(`${server.url}/ik/${src}`)).headers.get('content-type')).toBe('image/png')
})

test('all scripts together are small enough for a slow phone', () => {
  const built = (name: string) => readFileSync(join(import.meta.dirname, '../../dist/instant-key', name))
  const scripts = ['app.js', 'worker.js'].map(built)
  const raw = scripts.reduce((sum, one) => sum + one.length, 0)
  const zipped = scripts.reduce((sum, one) => sum + gzipSync(one).length, 0)
  console.log(`scripts of the Instant Key page: ${String(raw)} bytes, ${String(zipped)} gzipped`)
  expect(raw).toBeGreaterThan(5000)
  expect(raw).toBeLessThan(40_000)
  expect(zipped).toBeLessThan(16_000)
})
