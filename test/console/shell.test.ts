/** Signing in and out, and what surrounds the pages. */
import { expect, test, vi } from 'vitest'
import { FLOW, PATIENTLY, openConsole, OWNER, ownerPassword } from './support.ts'

vi.setConfig(FLOW)

test('one signs in by keyboard alone, and out again', async () => {
  await using console = await openConsole({ isSignedOut: true })
  const { page, server } = console
  await page.getByLabel('E-mail address').waitFor()
  await console.checkAccessibility()
  await console.screenshot('sign-in')

  // The first field has the focus already.
  await page.keyboard.type(OWNER)
  await page.keyboard.press('Tab')
  await page.keyboard.type('not the password')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  await console.screenshot('sign-in-refused')

  await page.getByLabel('Password').focus()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type(ownerPassword(server))
  await page.keyboard.press('Enter')
  await page.getByText('Nobody has access yet').waitFor()
  await console.checkAccessibility()
  await console.screenshot('signed-in')

  const menu = page.getByRole('button', { name: /^Account of/ })
  await menu.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Account' }).waitFor()
  await console.screenshot('user-menu')
  await console.checkAccessibility()
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test('no script can read the session, and the policy refuses styles and scripts that are not files', async () => {
  await using console = await openConsole()
  const { page } = console
  const cookies = await page.context().cookies()
  const session = cookies.find(({ name }) => name.endsWith('lockstitch_console_session'))
  expect(session).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
  expect(await page.evaluate('document.cookie')).toBe('')
  const kept = await page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')
  expect(kept).not.toContain(session?.value)
  expect(kept).not.toMatch(/csrf|token/i)

  const refused = await page.evaluate<string[]>(`new Promise((resolve) => {
    const directives = []
    document.addEventListener('securitypolicyviolation', (event) => {
      directives.push(event.effectiveDirective)
      if (directives.length === 2) resolve(directives.sort())
    })
    const style = document.createElement('style')
    style.textContent = 'body { color: red }'
    const script = document.createElement('script')
    script.textContent = 'globalThis.wasRun = true'
    document.head.append(style, script)
  })`)
  expect(refused).toEqual(['script-src-elem', 'style-src-elem'])
  expect(await page.evaluate('globalThis.wasRun')).toBeUndefined()
  // The harness has seen both, which is what makes the other tests' silence mean something.
  expect(console.complaints.filter((line) => line.includes('Content Security Policy'))).toHaveLength(2)
  console.complaints.length = 0
})

test('a theme that was chosen stays, and follows the system until then', async () => {
  await using console = await openConsole()
  const { page } = console
  const theme = (): Promise<string> => page.evaluate('document.documentElement.dataset.theme')
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(theme, PATIENTLY).toBe('dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await expect.poll(theme, PATIENTLY).toBe('light')
  await page.getByRole('button', { name: /^Account of/ }).click()
  await page.getByRole('menuitem', { name: 'Dark' }).click()
  await expect.poll(theme, PATIENTLY).toBe('dark')
  await page.reload()
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
  expect(await theme()).toBe('dark')
})

test('a new workspace is made and worked in; a foreign one is not shown', async () => {
  await using console = await openConsole()
  const { page, server } = console
  await page.getByRole('button', { name: /Sandbox/ }).click()
  await page.getByRole('menuitem', { name: 'New Workspace' }).click()
  await console.checkAccessibility()
  await console.screenshot('new-workspace')
  await page.getByRole('textbox', { name: 'Name' }).fill('Grand Hotel')
  await page.getByLabel('Company').fill('Grand Hotels')
  await page.getByText('Sandbox mode').click()
  await page.getByRole('button', { name: 'Create workspace' }).click()
  await page.getByText('No access system is connected').waitFor()
  await page.getByText('Production').waitFor()
  expect(page.url()).not.toContain(server.workspaceId)
  await console.screenshot('production-workspace')

  await console.go('/access-systems', '00000000-0000-4000-8000-000000000000')
  await page.getByRole('heading', { name: 'No such workspace' }).waitFor()
  await console.checkAccessibility()
})

test('offline is said, and over when it is over', async () => {
  await using console = await openConsole()
  const { page } = console
  // What a page is made of is fetched when it is first opened.
  await page.getByText('Nobody has access yet').waitFor()
  await page.context().setOffline(true)
  await page.getByText('You are offline').waitFor()
  await console.screenshot('offline')
  await page.context().setOffline(false)
  await page.getByText('You are offline').waitFor({ state: 'hidden' })
  // Chromium logs what it could not fetch meanwhile.
  const others = console.complaints.filter((line) => !line.includes('ERR_INTERNET_DISCONNECTED'))
  console.complaints.splice(0, console.complaints.length, ...others)
})

test('the navigation leads to the first steps, and they lead back', async () => {
  await using console = await openConsole()
  const { page, server } = console
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Docs' }).click()
  await page.getByRole('heading', { name: 'First steps', level: 1 }).waitFor()
  expect(page.url()).toBe(`${server.url}/docs/first-steps`)
  await page.getByRole('link', { name: 'Console' }).click()
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
})
