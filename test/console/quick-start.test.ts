/**
 * The whole of it as a newcomer does it, by mouse and keyboard: a Salto Space is connected, a guest gets a card and a
 * key on the phone, the card is encoded, read and carried to the door, the phone opens it, and a program hears of it all.
 */
import type { Page } from 'playwright-core'
import { expect, test, vi } from 'vitest'
import { startReceiver } from '../support/webhook-receiver.ts'
import { FLOW, openConsole, OWNER, ownerPassword, PATIENTLY } from './support.ts'

vi.setConfig(FLOW)

const inDays = (days: number): string => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T11:00`

test('the quick start', async () => {
  await using receiver = await startReceiver()
  await using console = await openConsole({ isSignedOut: true, viewport: { width: 1440, height: 1400 } })
  const { page, server, browser } = console
  // A sandbox begins with every system: here the first of them is connected by hand.
  const { acs_system } = await server.ok('/acs/systems/get', { acs_system_id: await server.systemOf('salto_space') })
  await server.ok('/connected_accounts/delete', { connected_account_id: acs_system.connected_account_id })
  const menu = (name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true })
  const dialog = page.getByRole('dialog')

  // Sign in, by keyboard: the first field has the focus.
  await page.getByLabel('E-mail address').waitFor()
  await page.keyboard.type(OWNER)
  await page.keyboard.press('Tab')
  await page.keyboard.type(ownerPassword(server))
  await page.keyboard.press('Enter')

  // A program that wants to hear.
  await menu('Developer').click()
  await page.getByRole('tab', { name: 'Webhooks' }).click()
  await page.getByRole('button', { name: 'Add Webhook' }).click()
  await page.getByLabel('URL').fill(receiver.url)
  await page.keyboard.press('Enter')
  const secret = await dialog.getByLabel('Secret').inputValue()
  await dialog.getByRole('button', { name: 'I have it' }).click()

  // Connect the system.
  await menu('Access Systems').click()
  await page.getByRole('button', { name: 'New Access System' }).click()
  const frame = page.frameLocator('iframe')
  await frame.getByRole('link', { name: 'Continue' }).click()
  await frame.getByRole('link', { name: 'Salto Space', exact: true }).click()
  const connected = frame.getByRole('heading', { name: 'Salto Space is connected' })
  const next = frame.locator('main form:not(.search) button.button')
  for (let step = 0; step < 6 && !(await connected.isVisible()); step += 1) {
    for (const field of await frame.locator('.field:visible').all()) {
      const hint = field.locator('code')
      if ((await hint.count()) > 0) await field.locator('input').fill((await hint.textContent()) ?? '')
    }
    const before = await frame.locator('h1').innerText()
    await console.screenshot(`quick-start-connect-${String(step)}`)
    await next.click()
    await expect.poll(() => frame.locator('h1').innerText(), PATIENTLY).not.toBe(before)
  }
  await connected.waitFor()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('row', { name: /Salto Space/ }).waitFor()
  await console.screenshot('quick-start-systems')

  // Who, where, when, how.
  await menu('Access Grants').click()
  await page.getByRole('link', { name: 'New Access Grant' }).first().click()
  await page.getByLabel('Full name').fill('Jane Doe')
  await page.getByRole('button', { name: /Access system/ }).click()
  await page.getByRole('option', { name: 'Salto Space', exact: true }).click()
  await page.getByRole('option', { name: 'Room 101' }).click()
  await page.getByLabel('Ends').fill(inDays(3))
  await page.getByText('Key card').click()
  await page.getByText('Mobile key').click()
  await console.screenshot('quick-start-grant')
  await page.getByRole('button', { name: 'Grant access' }).click()
  await page.getByRole('heading', { name: 'Jane Doe – Room 101' }).waitFor()

  // Encode, and see it issued.
  await page.getByRole('button', { name: 'Encode' }).click()
  await dialog.getByRole('button', { name: /Front Desk/ }).waitFor()
  await dialog.getByRole('button', { name: 'Encode', exact: true }).click()
  await dialog.getByText('The card is written').waitFor()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.getByText('Issued', { exact: true }).first().waitFor()
  await console.checkAccessibility()
  await console.screenshot('quick-start-issued')
  await page.getByRole('button', { name: 'Instant Key' }).click()
  const link = await dialog.getByLabel('Link').inputValue()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })

  // The card is read on the encoder, and carried to two doors.
  await menu('Building').click()
  await page.getByRole('button', { name: /Access system/ }).click()
  await page.getByRole('option', { name: /^Salto Space/ }).click()
  const card = page.locator('[data-thing="card"]', { hasText: 'Jane Doe' }).first()
  const door = (name: string) => page.getByRole('button', { name: new RegExp(`^(Present to )?${name}\\b`) })
  const said = (text: string | RegExp) => page.getByRole('status').filter({ hasText: text }).first().waitFor()
  await card.dragTo(page.locator('[data-encoder]').first())
  await said(/Jane Doe’s card .* lies on /)
  await page.getByRole('button', { name: 'Scan' }).first().click()
  await page.getByText(/Scanning at .*: done/).waitFor()
  await console.screenshot('quick-start-scanned')
  await card.dragTo(door('Room 101'))
  await said('Room 101 opened.')
  await card.dragTo(door('Room 102'))
  await said(/Room 102 stayed shut/)
  await console.checkAccessibility()
  await console.screenshot('quick-start-doors')

  // The link in the guest's hand.
  const phone = await browser.phone()
  phone.setDefaultTimeout(60_000)
  await phone.goto(link)
  await phone.getByRole('button', { name: /^Tap to / }).click()
  await told(phone, /Your phone talked to the reader of Room 101/)
  const room = await server.entrance('salto_space', 'Room 101')
  const seen = (await server.ok('/sandbox/doors/list_attempts', { acs_entrance_id: room, limit: 1 }))[
    'door_attempts'
  ][0]
  expect(seen).toMatchObject({ opened: true })
  const { access_method } = await server.ok('/access_methods/get', { access_method_id: seen.access_method_id })
  expect(access_method.mode).toBe('mobile_key')
  await browser.screenshot(phone, 'quick-start-phone')

  // What happened, for people and for programs.
  await menu('Developer').click()
  await page.getByRole('tab', { name: 'Events' }).click()
  const types = ['access_grant.created', 'access_method.issued', 'instant_key.created']
  for (const type of ['access_grant.created', 'access_method.issued']) {
    await page.getByPlaceholder('Filter by type').fill(type)
    await page
      .getByRole('button', { name: `Actions of ${type}` })
      .first()
      .waitFor()
  }
  await console.screenshot('quick-start-events')
  await page.getByRole('tab', { name: 'Webhooks' }).click()
  await page.getByRole('link', { name: receiver.url }).click()
  await page.getByText('Delivered', { exact: true }).first().waitFor()
  await console.screenshot('quick-start-deliveries')
  for (const type of types.slice(0, 2)) {
    const [received] = await receiver.waitFor(1, type)
    if (received === undefined) throw new Error(`${type} did not come`)
    expect(receiver.verify(received, secret)).toMatchObject({ event_type: type })
  }
})

const told = (page: Page, words: RegExp) => page.getByRole('status').getByText(words).first().waitFor()
