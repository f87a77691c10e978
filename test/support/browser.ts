/** Debian's Chromium, headless, for tests of pages; screenshots go to test-artifacts/ to be looked at. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'

const artefacts = join(import.meta.dirname, '../../test-artifacts')

export interface TestBrowser extends AsyncDisposable {
  browser: Browser
  /** A page the size of a phone, with a storage of its own: another phone each time. */
  phone(): Promise<Page>
  screenshot(page: Page, name: string): Promise<void>
}

export async function openBrowser(): Promise<TestBrowser> {
  const executablePath = execFileSync('sh', [
    '-c',
    'command -v chromium || command -v chromium-browser || command -v google-chrome',
  ])
    .toString()
    .trim()
  const browser = await chromium.launch({
    executablePath,
    // The tests may run as root, and reach this machine alone.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  return {
    browser,
    async phone() {
      const context = await browser.newContext({
        viewport: { width: 390, height: 844 },
        deviceScaleFactor: 2,
        isMobile: true,
        hasTouch: true,
      })
      return context.newPage()
    },
    async screenshot(page, name) {
      mkdirSync(artefacts, { recursive: true })
      await page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true })
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
    },
  }
}
