// What programs need: keys, webhooks with their deliveries, events, attempts; and the workspace's settings and team.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startReceiver } from '../support/webhook-receiver.ts'
import { openConsole, OWNER, type ConsoleTest } from './support.ts'

let console: ConsoleTest
beforeAll(async () => {
  console = await openConsole()
})
afterAll(() => console[Symbol.asyncDispose]())

test('an API key is shown once, works, and is refused once it is deleted', { timeout: 300_000 }, async () => {
  const { page, server } = console
  await console.go('/developer/api-keys')
  await page.getByRole('button', { name: 'Add API Key' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Front desk')
  await page.getByRole('button', { name: 'Create' }).click()
  const dialog = page.getByRole('dialog')
  const token = await dialog.getByLabel('API key', { exact: true }).inputValue()
  expect(token).toMatch(/^seam_test/)
  // It closes by its own button alone.
  await page.keyboard.press('Escape')
  await dialog.getByRole('button', { name: 'I have it' }).click()
  await page.getByRole('rowheader', { name: 'Front desk' }).waitFor()
  expect((await server.post('/acs/systems/list', {}, token)).status).toBe(200)
  expect(await page.content()).not.toContain(token)
  await console.screenshot('api-keys')
  await console.checkAccessibility()
  await page.getByRole('button', { name: 'Actions of Front desk' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByRole('rowheader', { name: 'Front desk' }).waitFor({ state: 'detached' })
  expect((await server.post('/acs/systems/list', {}, token)).status).toBe(401)
})

test('a webhook, its deliveries, a resend and a test', { timeout: 300_000 }, async () => {
  const { page, server } = console
  await using receiver = await startReceiver()
  await console.go('/developer/webhooks')
  await page.getByRole('button', { name: 'Add Webhook' }).click()
  await page.getByLabel('URL').fill(receiver.url)
  await page.getByLabel('Event types').fill('space.created')
  await page.getByRole('button', { name: 'Create' }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByLabel('Secret').inputValue()).toMatch(/^whsec_/)
  await dialog.getByRole('button', { name: 'I have it' }).click()
  await page.getByRole('link', { name: receiver.url }).click()
  await page.getByText('Nothing was sent yet').waitFor()
  await server.ok('/spaces/create', { name: 'Heard of' })
  await server.settle()
  await page.getByText('Delivered', { exact: true }).last().waitFor()
  await console.screenshot('webhook')
  await console.checkAccessibility()

  await page.getByRole('button', { name: 'Actions of space.created' }).click()
  await page.getByRole('menuitem', { name: 'Details and resend' }).click()
  await dialog.getByText('space.created').first().waitFor()
  await console.checkAccessibility()
  const before = receiver.received.length
  await dialog.getByRole('button', { name: 'Resend' }).click()
  await expect.poll(() => receiver.received.length).toBeGreaterThan(before)
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Send a test' }).click()
  await dialog.getByRole('button', { name: 'Send', exact: true }).click()
  await dialog.getByText('It was taken').waitFor()
})

test('an address that may not be called is refused in the form', { timeout: 300_000 }, async () => {
  const { page, server } = console
  await console.go('/developer/webhooks')
  await page.getByRole('button', { name: 'Add Webhook' }).click()
  await page.getByLabel('URL').fill('http://169.254.169.254/latest')
  await page.getByRole('button', { name: 'Create' }).click()
  await page
    .getByRole('dialog')
    .getByText(/169\.254|private|may not|not allowed/i)
    .first()
    .waitFor()
  expect((await server.ok('/webhooks/list')).webhooks.map((one: { url: string }) => one.url)).not.toContain(
    'http://169.254.169.254/latest',
  )
})

test('events with their payload, and attempts', { timeout: 300_000 }, async () => {
  const { page, server } = console
  await server.ok('/spaces/create', { name: 'Seen in the events' })
  await console.go('/developer/events')
  await page.getByPlaceholder('Filter by type').fill('space.created')
  await page.getByRole('button', { name: 'Actions of space.created' }).first().click()
  await page.getByRole('menuitem', { name: 'Show payload' }).click()
  await page.getByLabel('Payload').getByText('"event_type": "space.created"').waitFor()
  await console.screenshot('event')
  await console.checkAccessibility()
  await console.go('/developer/action-attempts')
  await page.getByText('Nothing was asked for yet').waitFor()
})

test('the workspace is renamed, and the look of its Connect Webviews set', { timeout: 300_000 }, async () => {
  const { page, server } = console
  await console.go('/settings')
  await page.getByRole('textbox', { name: 'Name' }).fill('Hotel Test')
  await page.getByRole('button', { name: 'Save' }).first().click()
  await page.getByText('Workspace saved').waitFor()
  await page.getByLabel('Colour of the main button').fill('#0a7a3c')
  await page.getByRole('button', { name: 'Save' }).nth(1).click()
  await page.getByText('Look saved').waitFor()
  const { workspace } = await server.ok('/workspaces/get')
  expect(workspace.name).toBe('Hotel Test')
  expect(workspace.connect_webview_customization.primary_button_color).toBe('#0a7a3c')
  await console.screenshot('settings')
  await console.checkAccessibility()
})

test('a member is invited by a link, and the last owner stays', { timeout: 300_000 }, async () => {
  const { page, server, browser } = console
  await console.go('/team')
  await page.getByRole('button', { name: 'Add member' }).click()
  await page.getByLabel('E-mail address').fill('new@example.com')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const link = await page.getByRole('dialog').getByLabel('Link').inputValue()
  expect(link).toContain('#invitation=')
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
  await page.getByText('Invited').waitFor()
  await console.screenshot('team')
  await console.checkAccessibility()

  const other = await (await browser.browser.newContext()).newPage()
  await other.goto(link)
  await other.getByLabel('Full name').fill('New Member')
  await other
    .getByLabel(/Password/)
    .first()
    .fill('a long enough pass phrase')
  await other.getByRole('button').last().click()
  await other.getByRole('navigation', { name: 'Main' }).waitFor()
  await other.context().close()

  await page.reload()
  await page.getByRole('rowheader', { name: 'New Member' }).waitFor()
  await page.getByRole('button', { name: 'Actions of Owner' }).click()
  await page.getByRole('menuitem', { name: 'Leave' }).click()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByRole('alert').waitFor()
  const members = await server.sql<{ count: string }>('SELECT count(*) FROM app_user WHERE email_address = $1', [OWNER])
  expect(members[0]?.count).toBe('1')
})

test('the sandbox is reset only by who types its name', { timeout: 300_000 }, async () => {
  const { page, server } = console
  await console.go('/settings')
  await page.getByRole('button', { name: 'Reset Sandbox' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox').fill('Something else')
  await dialog.getByRole('button', { name: 'Reset Sandbox' }).click()
  await dialog
    .getByText(/to confirm/)
    .first()
    .waitFor()
  expect((await server.ok('/spaces/list')).spaces).not.toHaveLength(0)
  await dialog.getByRole('textbox').fill('Hotel Test')
  await dialog.getByRole('button', { name: 'Reset Sandbox' }).click()
  await dialog.getByText('The sandbox is as new').waitFor({ timeout: 300_000 })
  expect((await server.ok('/spaces/list')).spaces).toHaveLength(0)
})
