// The hosted flow in Chromium, for every system: by its hints, with axe looking at each page; in a frame; and how it looks.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newWebview, providersOf } from '../connect/people.ts'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let server: TestServer
let chromium: TestBrowser
beforeAll(async () => {
  ;[server, chromium] = await Promise.all([startTestServer(), openBrowser()])
  // What a sandbox starts with has the very logins that the hints say: here they are connected for the first time.
  await server.sql('DELETE FROM connected_account')
}, 120_000)
afterAll(async () => {
  await chromium[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** What axe finds serious on the page. Playwright evaluates beside the page's policy. */
async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> }
    }
    return (await axe.run()).violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes[0]?.html ?? '' }))
  })
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, html }) => `${id}: ${html}`)
}

/** Fills in what the hints beside the fields say. */
async function fillIn(page: Page): Promise<void> {
  for (const field of await page.locator('.field:visible').all()) {
    const hint = field.locator('code')
    if ((await hint.count()) > 0) await field.locator('input').fill((await hint.textContent()) ?? '')
  }
}

const isDone = (page: Page): Promise<boolean> => page.getByRole('heading', { name: /is connected$/ }).isVisible()

test('every system is connected by a person who follows the hints', async () => {
  const providers = await providersOf(server)
  const page = await chromium.phone()
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  let pages = 0
  for (const provider of providers) {
    const webview = await newWebview(server, { accepted_providers: [provider] })
    await page.goto(webview['url'])
    await page.getByRole('link', { name: 'Continue' }).click()
    let step = 0
    while (!(await isDone(page))) {
      pages++
      step++
      expect(step, `${provider} comes to an end`).toBeLessThan(8)
      expect(await serious(page), provider).toEqual([])
      for (const box of await page.getByRole('checkbox').all()) await box.check()
      await fillIn(page)
      await chromium.screenshot(page, `connect-${provider}-${String(step)}`)
      const before = page.url()
      await page.locator('main form:not(.search) button.button').click()
      await page.waitForURL((url) => url.href !== before)
    }
    const { connect_webview } = await server.ok('/connect_webviews/get', {
      connect_webview_id: webview['connect_webview_id'],
    })
    expect(connect_webview).toMatchObject({ status: 'authorized', selected_provider: provider })
    const { acs_systems } = await server.ok('/acs/systems/list', {
      connected_account_id: connect_webview.connected_account_id,
    })
    expect(acs_systems, provider).toHaveLength(1)
    expect(acs_systems[0].errors, provider).toEqual([])
  }
  expect(complaints).toEqual([])
  console.info(`${String(providers.length)} systems connected over ${String(pages)} pages`)
  expect(providers.length).toBeGreaterThanOrEqual(15)
  expect(pages).toBeGreaterThan(20)
}, 300_000)

test('introduction, search, other transport, wrong value, back, success: by keyboard, light and dark', async () => {
  await server.ok('/workspaces/update', {
    connect_partner_name: 'Seaside Stays',
    connect_webview_customization: {
      primary_button_color: '#7a1f5c',
      primary_button_text_color: '#ffffff',
      success_message: 'Thank you. Seaside Stays can hand out keys now.',
    },
  })
  const webview = await newWebview(server)
  const context = await chromium.browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'dark',
  })
  const page = await context.newPage()
  await page.goto(webview['url'])
  await page.getByText('Seaside Stays asks to work with your access system').waitFor()
  const button = page.getByRole('link', { name: 'Continue' })
  const colour = await button.evaluate((one) => {
    const { getComputedStyle } = globalThis as unknown as {
      getComputedStyle: (of: unknown) => { backgroundColor: string }
    }
    return getComputedStyle(one).backgroundColor
  })
  expect(colour).toBe('rgb(122, 31, 92)')
  expect(await serious(page)).toEqual([])
  await chromium.screenshot(page, 'connect-introduction-dark')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Choose your system' }).waitFor()
  expect(await page.locator('.brands li').count()).toBeGreaterThanOrEqual(15)
  expect(await serious(page)).toEqual([])
  await chromium.screenshot(page, 'connect-brands-dark')
  await page.getByRole('searchbox').fill('space')
  await page.keyboard.press('Enter')
  await page.waitForURL(/search=space/)
  expect(await page.locator('.brands li').count()).toBe(1)
  await page.locator('.brands a').press('Enter')
  await fillIn(page)
  await page.getByRole('button', { name: 'Continue' }).press('Enter')
  await page.getByLabel('System name').fill('Dark Tower')
  await page.getByLabel('Transport of SHIP').selectOption('STP')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'Connection over STP' }).waitFor()
  await page.goBack()
  expect(await page.getByLabel('System name').inputValue()).toBe('Dark Tower')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel(/^Host/).fill('192.168.1.101')
  await page.getByLabel(/^TCP port/).fill('eighty')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('Must be a whole number').waitFor()
  expect(await page.locator(':focus').getAttribute('id')).toBe(await page.getByLabel(/^TCP port/).getAttribute('id'))
  expect(await serious(page)).toEqual([])
  await chromium.screenshot(page, 'connect-wrong-dark')
  await page.reload()
  await page.getByLabel(/^TCP port/).fill('8100')
  await page.getByRole('button', { name: 'Continue' }).dblclick()
  await page.getByText('Seaside Stays can hand out keys now').waitFor()
  expect(await page.getByRole('button', { name: 'Close' }).isVisible()).toBe(true)
  expect(await serious(page)).toEqual([])
  await chromium.screenshot(page, 'connect-success-dark')
  await page.goBack()
  await page.getByText('Seaside Stays can hand out keys now').waitFor()
  await context.close()
}, 120_000)

test('without scripts, on a desktop in the light', async () => {
  const context = await chromium.browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 1280, height: 800 },
  })
  const page = await context.newPage()
  const webview = await newWebview(server, { accepted_providers: ['visionline'] })
  await page.goto(webview['url'])
  await page.getByRole('link', { name: 'Continue' }).click()
  await fillIn(page)
  await page.getByRole('button', { name: 'Continue' }).click()
  expect(await page.getByLabel('Mobile access UUID').isVisible()).toBe(false)
  await page.getByLabel('Mobile keys are issued in this system').check()
  expect(await page.getByLabel('Mobile access UUID').isVisible()).toBe(true)
  await fillIn(page)
  await page.getByLabel('Site name').fill('No Script Inn')
  await chromium.screenshot(page, 'connect-form-light')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: /is connected$/ }).waitFor()
  await chromium.screenshot(page, 'connect-success-light')
  await context.close()
}, 60_000)

test('in a frame, the page around hears of a refusal and of the login; then it goes on', async () => {
  const around = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
    response.setHeader('content-type', 'text/html')
    response.end(
      pathname === '/done'
        ? '<h1>Back in the app</h1>'
        : `<script>window.heard=[];addEventListener('message',(m)=>heard.push(m.data))</script>
           <iframe width="500" height="900" src="${(searchParams.get('url') ?? '').replaceAll('&', '&amp;')}"></iframe>`,
    )
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => around.once('listening', resolve))
  const origin = `http://localhost:${String((around.address() as AddressInfo).port)}`
  const webview = await newWebview(server, { accepted_providers: ['kisi'], custom_redirect_url: `${origin}/done` })
  const page = await (await chromium.browser.newContext()).newPage()
  await page.goto(`${origin}/?${new URLSearchParams({ url: webview['url'] }).toString()}`)
  const frame = page.frameLocator('iframe')
  await frame.getByRole('link', { name: 'Continue' }).click()
  await frame.getByLabel('E-mail address').fill('jane@example.com')
  await frame.getByLabel('Password').fill('wrong')
  await frame.getByRole('button', { name: 'Continue' }).click()
  await frame.getByText('does not take this').waitFor()
  await frame.getByLabel('Password').fill('1234')
  await frame.getByRole('button', { name: 'Continue' }).click()
  await frame.getByRole('heading', { name: 'Back in the app' }).waitFor()
  const heard = await page.evaluate(
    () => (globalThis as unknown as { heard: { event: Record<string, string> }[] }).heard,
  )
  const { connect_webview } = await server.ok('/connect_webviews/get', {
    connect_webview_id: webview['connect_webview_id'],
  })
  const { connect_webview_id, connected_account_id } = connect_webview
  expect(heard.map(({ event }) => event)).toEqual([
    expect.objectContaining({ event_type: 'connect_webview.login_failed', connect_webview_id }),
    expect.objectContaining({
      event_type: 'connect_webview.login_succeeded',
      connect_webview_id,
      connected_account_id,
    }),
  ])
  const end = new URL(
    page
      .frames()
      .find((one) => one.url().includes('/done'))
      ?.url() ?? 'http://x',
  )
  expect(Object.fromEntries(end.searchParams)).toEqual({ connect_webview_id, connected_account_id })
  around.closeAllConnections()
  around.close()
}, 60_000)
