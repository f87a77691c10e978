/** /docs and /docs/first-steps in a real Chromium: read, searched, switched, by keyboard, on a phone, in light and dark. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import { findings, watch } from '../support/page-checks.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { SDKS, stepsOnPage } from './samples.ts'

vi.setConfig({ testTimeout: 300_000 })
const PATIENTLY = { timeout: 60_000 }

let server: TestServer
let browser: TestBrowser

beforeAll(async () => {
  server = await startTestServer()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

interface Opened extends AsyncDisposable {
  page: Page
  /** Addresses that the page asked for. */
  asked: string[]
}

/** A page of a browser that has been nowhere; it fails the test if it complains, or asks anybody but this server. */
async function open(path: string, isPhone = false): Promise<Opened> {
  const size = isPhone ? { width: 390, height: 844 } : { width: 1280, height: 800 }
  const context = await browser.browser.newContext({ viewport: size, isMobile: isPhone, hasTouch: isPhone })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const complaints: string[] = []
  const asked: string[] = []
  watch(page, complaints)
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(server.url + path)
  return {
    page,
    asked,
    async [Symbol.asyncDispose]() {
      await context.close()
      expect(complaints).toEqual([])
      const foreign = asked.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith('data:'))
      expect(foreign).toEqual([])
    },
  }
}

async function lookAt(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await browser.screenshot(page, `docs-${name}-${colorScheme}`)
    expect(await findings(page), colorScheme).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
}

const widthOverflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

const groups = (page: Page) => page.locator('#reference .opblock-tag-section')
const operation = (page: Page, path: string) =>
  page.locator('#reference .opblock', { has: page.locator(`.opblock-summary-path[data-path="${path}"]`) })

describe('the API reference', () => {
  test('shows an operation with its parameters, found by the keyboard alone', async () => {
    await using opened = await open('/docs')
    const { page } = opened
    await groups(page).first().waitFor()
    expect(await groups(page).count()).toBeGreaterThan(20)
    await lookAt(page, 'reference')

    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByLabel('Find an operation').focus()
    await page.keyboard.type('access_methods encode')
    await expect.poll(() => page.getByRole('status').textContent(), PATIENTLY).toBe('1 operation')
    const encode = operation(page, '/access_methods/encode')
    await encode.waitFor()
    expect(await encode.textContent()).toContain('Encode an Access Method')
    const isThere = "document.activeElement.matches('.opblock-summary-control')"
    for (let presses = 0; presses < 10 && !(await page.evaluate(isThere)); presses += 1)
      await page.keyboard.press('Tab')
    expect(await page.evaluate(isThere)).toBe(true)
    await page.keyboard.press('Enter')
    await encode.locator('.opblock-body').waitFor()
    await encode.getByText('acs_encoder_id').first().waitFor()
    const shown = (await encode.textContent()) ?? ''
    expect(shown).toContain('access_method_id')
    expect(shown).toContain('Called with an API key')
    await lookAt(page, 'reference-operation')
  })

  test('takes no key and keeps nothing', async () => {
    await using opened = await open('/docs')
    const { page } = opened
    await groups(page).first().waitFor()
    await page.getByLabel('Find an operation').fill('acs encoders list')
    const list = operation(page, '/acs/encoders/list')
    await list.locator('button.opblock-summary-control').click()
    await list.locator('.opblock-body').waitFor()
    expect(await page.getByRole('button', { name: /try it out|authorize|execute/i }).count()).toBe(0)
    expect(await page.locator('#reference input, #reference textarea').count()).toBe(0)
    expect(await page.evaluate('localStorage.length + sessionStorage.length + document.cookie.length')).toBe(0)
  })

  test('says of an operation that it is not served, and of one of ours that it is ours', async () => {
    await using opened = await open('/docs')
    const { page } = opened
    await groups(page).first().waitFor()
    await page.getByLabel('Find an operation').fill('thermostats/list')
    const thermostats = operation(page, '/thermostats/list')
    await thermostats.waitFor()
    expect(await thermostats.textContent()).toContain('(not served)')
    await page.getByLabel('Find an operation').fill('present_card')
    const presentCard = operation(page, '/sandbox/doors/present_card')
    await presentCard.locator('button.opblock-summary-control').click()
    await presentCard.getByText('An addition of Lockstitch').waitFor()
    await presentCard.getByText('card_number').first().waitFor()
    await page.getByLabel('Find an operation').fill('')
    await expect.poll(() => groups(page).count(), PATIENTLY).toBeGreaterThan(20)
    await page.getByLabel('Find an operation').fill('nothing is called this')
    await expect.poll(() => page.getByRole('status').textContent(), PATIENTLY).toBe('0 operations')
    expect(await groups(page).count()).toBe(0)
  })

  test('opens at the operation that the address names, as the first steps link to it', async () => {
    await using opened = await open('/docs/first-steps')
    const { page } = opened
    await page.getByRole('link', { name: '/access_methods/assign_card' }).click()
    const assign = operation(page, '/access_methods/assign_card')
    await assign.locator('.opblock-body').waitFor()
    await assign.getByText('card_number').first().waitFor()
  })

  test('fits a phone', async () => {
    await using opened = await open('/docs', true)
    const { page } = opened
    await groups(page).first().waitFor()
    expect(await widthOverflow(page)).toBe(0)
    await page.getByLabel('Find an operation').fill('access_grants/create')
    await expect.poll(() => page.getByRole('status').textContent(), PATIENTLY).toBe('1 operation')
    await operation(page, '/access_grants/create').locator('button.opblock-summary-control').tap()
    await operation(page, '/access_grants/create').locator('.opblock-body').waitFor()
    expect(await widthOverflow(page)).toBe(0)
    await lookAt(page, 'reference-phone')
  })
})

describe('the first steps', () => {
  const shownSdks = async (page: Page): Promise<string[]> => {
    const shown = await page.evaluate<string[]>(
      "[...document.querySelectorAll('.sample')].filter((one) => one.checkVisibility()).map((one) => one.dataset.sdk)",
    )
    return [...new Set(shown)]
  }

  test('show one language at a time, chosen by keyboard and remembered', async () => {
    await using opened = await open('/docs/first-steps')
    const { page } = opened
    await page.getByRole('group', { name: 'Show the code in' }).waitFor()
    expect(await page.getByRole('radio').count()).toBe(SDKS.length)
    expect(await shownSdks(page)).toEqual(['javascript'])
    await lookAt(page, 'first-steps')

    await page.getByRole('radio', { name: 'JavaScript' }).focus()
    await page.keyboard.press('ArrowRight')
    expect(await shownSdks(page)).toEqual(['python'])
    await page.keyboard.press('ArrowRight')
    expect(await shownSdks(page)).toEqual(['ruby'])
    expect(new URL(page.url()).search).toBe('?sdk=ruby')

    await page.goto(`${server.url}/docs/first-steps`)
    expect(await shownSdks(page)).toEqual(['ruby'])
    expect(await page.getByRole('radio', { name: 'Ruby' }).isChecked()).toBe(true)
    expect(await page.evaluate('Object.entries(localStorage).join()')).toBe('lockstitch.docs.sdk,ruby')
  })

  test('open at the step and in the language that the address names, whatever was chosen before', async () => {
    await using opened = await open('/docs/first-steps?sdk=php#key-cards-encode')
    const { page } = opened
    expect(await shownSdks(page)).toEqual(['php'])
    const top = (): Promise<number> =>
      page.evaluate("document.getElementById('key-cards-encode').getBoundingClientRect().top")
    await expect.poll(top, PATIENTLY).toBeLessThan(200)
    expect(await top()).toBeGreaterThanOrEqual(0)
    // Another language leaves the step where it is.
    const before = await top()
    await page.getByRole('radio', { name: 'C#' }).check()
    expect(Math.abs((await top()) - before)).toBeLessThan(3)
    expect(page.url()).toBe(`${server.url}/docs/first-steps?sdk=csharp#key-cards-encode`)

    await page.goto(`${server.url}/docs/first-steps?sdk=cobol`)
    expect(await shownSdks(page)).toEqual(['csharp'])
  })

  test('copy a sample as it stands', async () => {
    await using opened = await open('/docs/first-steps')
    const { page } = opened
    const html = await (await fetch(`${server.url}/docs/first-steps`)).text()
    const wanted = stepsOnPage(html).find(({ step, sdk }) => step === 'related' && sdk === 'javascript')
    const sample = page.locator('.sample[data-step="related"][data-sdk="javascript"]')
    await sample.getByRole('button', { name: 'Copy' }).click()
    await expect.poll(() => page.getByRole('status').textContent(), PATIENTLY).toBe('Copied.')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(wanted?.code)
  })

  test('fit a phone', async () => {
    await using opened = await open('/docs/first-steps?sdk=curl', true)
    const { page } = opened
    expect(await widthOverflow(page)).toBe(0)
    expect(await shownSdks(page)).toEqual(['curl'])
    await lookAt(page, 'first-steps-phone')
  })

  test('show every language to whoever runs no scripts', async () => {
    const context = await browser.browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${server.url}/docs/first-steps`)
    expect(await page.locator('.sample[data-sdk="java"]').first().isVisible()).toBe(true)
    expect(await page.locator('#sdks').isVisible()).toBe(false)
    await context.close()
  })
})

describe('on the wire', () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(server.url + path, { headers, redirect: 'manual' })

  test.each(['/docs', '/docs/first-steps'])('%s lets nothing in from elsewhere, and nothing inline', async (path) => {
    const response = await get(path)
    expect(response.status).toBe(200)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    expect(response.headers.get('x-frame-options')).toBe('DENY')
    const html = await response.text()
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|(?:src|href)="(?:https?:)?\/\//)
    expect(html).not.toContain(server.apiKey)
  })

  test.each([
    ['/docs/', 308, '../docs'],
    ['/docs/first-steps/', 308, '../first-steps'],
    ['/reference', 308, 'docs'],
  ])('%s leads to the page', async (path, status, location) => {
    const response = await get(path)
    expect(response.status).toBe(status)
    expect(response.headers.get('location')).toBe(location)
  })

  test.each([
    '/docs/index.html',
    '/docs/first-steps.html',
    '/docs/operations.json',
    '/docs/nothing',
    '/docs/../package.json',
  ])('%s is no page', async (path) => {
    expect((await get(path)).status).toBe(404)
  })

  test('only GET and HEAD are answered, and the files are packed', async () => {
    expect((await fetch(`${server.url}/docs`, { method: 'POST' })).status).toBe(405)
    const script = await get('/docs/swagger-ui-bundle.js', { 'accept-encoding': 'br' })
    expect(script.headers.get('content-encoding')).toBe('br')
    expect((await script.text()).length).toBeGreaterThan(1_000_000)
  })
})
