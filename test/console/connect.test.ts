/** A system is connected from the console: the hosted pages of a Connect Webview, framed under the console's policy. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openConsole, type ConsoleTest } from './support.ts'

let console: ConsoleTest
beforeAll(async () => {
  console = await openConsole()
}, 120_000)
afterAll(() => console[Symbol.asyncDispose]())

test('New Access System: a refused login is said, the right one ends the dialog, and the list has one more', async () => {
  const { page, server } = console
  const { acs_system } = await server.ok('/acs/systems/get', { acs_system_id: await server.systemOf('akiles') })
  await server.ok('/connected_accounts/delete', { connected_account_id: acs_system.connected_account_id })
  const before = (await server.ok('/acs/systems/list'))['acs_systems'].length as number
  await console.go('/access-systems')
  await page.getByRole('button', { name: 'New Access System' }).click()
  const dialog = page.getByRole('dialog')
  const frame = page.frameLocator('iframe')
  await frame.getByRole('link', { name: 'Continue' }).click()
  await frame.getByRole('link', { name: 'Akiles' }).click()
  await frame.getByLabel('E-mail address').fill('jane@example.com')
  await frame.getByLabel('Password').fill('wrong')
  await frame.getByRole('button', { name: 'Continue' }).click()
  await dialog.getByText('The login did not work').waitFor()
  await frame.getByText('Akiles does not take this').waitFor()
  await console.screenshot('connect-refused')
  await console.checkAccessibility()

  await frame.getByLabel('Password').fill('1234')
  await frame.getByRole('button', { name: 'Continue' }).click()
  await frame.getByRole('heading', { name: 'Akiles is connected' }).waitFor()
  await dialog.getByRole('button', { name: 'Done' }).waitFor()
  expect(await dialog.getByText('The login did not work').isVisible()).toBe(false)
  await console.screenshot('connect-done')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('row').filter({ hasText: 'Akiles' }).waitFor()
  expect((await server.ok('/acs/systems/list'))['acs_systems']).toHaveLength(before + 1)
}, 120_000)
