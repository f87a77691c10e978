/**
 * The console in a real Chromium, signed in through its sign-in page, over a started server. The page may log no error
 * and break no rule of its content security policy: `await using console = await openConsole()` fails the test if it did.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { buildConsole, consoleIsStale } from '../../scripts/build-console.mjs'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import { findings, watch } from '../support/page-checks.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts'

export interface ConsoleTest extends AsyncDisposable {
  server: TestServer
  browser: TestBrowser
  page: Page
  /** What the page complained of so far: errors of its console, exceptions, violations of the policy. */
  complaints: string[]
  /** Opens a page of the workspace, `/access-systems`. */
  go(path: string, workspaceId?: string): Promise<void>
  /** Signs in as the first account, from wherever the page is. */
  signIn(): Promise<void>
  /** Screenshots in light and dark, to be looked at: test-artifacts/console-<name>-<theme>.png. */
  screenshot(name: string): Promise<void>
  /** Throws if axe finds anything serious or critical, in light or in dark. */
  checkAccessibility(): Promise<void>
}

export interface ConsoleOptions extends TestServerOptions {
  viewport?: { width: number; height: number }
  /** Stays on the sign-in page. */
  isSignedOut?: boolean
}

/** A step of a flow may take this long on a busy machine; what has to be quick is measured by itself. */
const STEP_MS = 60_000

/** For `vi.setConfig`: a flow is many steps. */
export const FLOW = { testTimeout: 300_000 }

/** For `expect.poll`, which gives up after a second by itself. */
export const PATIENTLY = { timeout: STEP_MS }

export const OWNER = 'owner@lockstitch.local'

/** The password of the first account, as the operator finds it. */
export function ownerPassword(server: TestServer): string {
  return readFileSync(join(server.env['LOCKSTITCH_DATA_DIR'] ?? '', 'console-password'), 'utf8').trim()
}

export async function openConsole(options: ConsoleOptions = {}): Promise<ConsoleTest> {
  if (consoleIsStale()) await buildConsole()
  const server = await startTestServer(options)
  const browser = await openBrowser()
  const context = await browser.browser.newContext({ viewport: options.viewport ?? { width: 1280, height: 800 } })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url })
  const page = await context.newPage()
  page.setDefaultTimeout(STEP_MS)
  const complaints: string[] = []
  watch(page, complaints)

  const opened: ConsoleTest = {
    server,
    browser,
    page,
    complaints,
    async go(path, workspaceId = server.workspaceId) {
      await page.goto(`${server.url}/console/w/${workspaceId}${path}`)
    },
    async signIn() {
      await page.getByLabel('E-mail address').fill(OWNER)
      await page.getByLabel('Password').fill(ownerPassword(server))
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('navigation', { name: 'Main' }).waitFor()
    },
    async screenshot(name) {
      for (const theme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: theme })
        await browser.screenshot(page, `console-${name}-${theme}`)
      }
      await page.emulateMedia({ colorScheme: 'light' })
    },
    async checkAccessibility() {
      for (const theme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
        // A theme that was chosen stays; one that follows the system does so a moment later.
        const kept = await page.evaluate<string | null>("localStorage.getItem('lockstitch.theme')")
        const shown = kept === 'light' || kept === 'dark' ? kept : theme
        await page.locator(`html[data-theme="${shown}"]`).waitFor({ state: 'attached' })
        const found = await findings(page)
        if (found.length > 0) throw new Error(`axe, ${theme}:\n${found.join('\n')}`)
      }
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
    },
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join('\n')}`)
    },
  }
  await page.goto(`${server.url}/console/`)
  if (options.isSignedOut !== true) await opened.signIn()
  return opened
}
