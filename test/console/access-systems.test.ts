/** A building's systems, from the list to one door: by mouse, by keyboard, and while others change things. */
import { expect, test, vi } from 'vitest'
import { FLOW, PATIENTLY, openConsole, type ConsoleTest } from './support.ts'

vi.setConfig(FLOW)

const heading = (console: ConsoleTest, name: string) => console.page.getByRole('heading', { name, level: 1 })

test('a user is added, put into groups, given a card and suspended', async () => {
  await using console = await openConsole()
  const { page, server } = console
  const system = await server.systemOf('salto_space')
  await console.go(`/access-systems/${system}/users`)
  await page.getByText('No users yet').waitFor()
  await console.checkAccessibility()
  await console.screenshot('system-users-empty')

  await page.getByRole('button', { name: 'Add user' }).click()
  await page.getByLabel('Full name').fill('Ada Lovelace')
  await page.getByLabel('E-mail').fill('no address')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect.poll(() => page.getByLabel('E-mail').getAttribute('aria-invalid'), PATIENTLY).toBe('true')
  await console.checkAccessibility()
  await console.screenshot('add-user')
  expect((await server.ok('/acs/users/list', { acs_system_id: system })).acs_users).toEqual([])

  await page.getByLabel('Phone number').fill('+49301234567')
  await page.getByLabel('E-mail').fill('ada@example.com')
  await page.getByRole('button', { name: 'Continue' }).click()
  await heading(console, 'Ada Lovelace').waitFor()

  await page.getByRole('button', { name: 'Manage Access' }).click()
  await page.getByRole('option', { name: /All Guests/ }).click()
  await page.getByRole('option', { name: /Floor 1/ }).click()
  await console.checkAccessibility()
  await console.screenshot('manage-access')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.getByRole('tab', { name: 'Access Groups' }).click()
  await page.getByRole('row', { name: /Floor 1/ }).waitFor()
  await page.getByRole('tab', { name: 'Entrances' }).click()
  await page.getByRole('row', { name: /Room 101/ }).waitFor()

  await page.getByRole('button', { name: 'Link to user identity' }).click()
  await page.getByRole('radio', { name: 'New user identity' }).click()
  await console.checkAccessibility()
  await page.getByRole('button', { name: 'Create and link' }).click()
  await page.getByRole('link', { name: 'Open the person’s page' }).waitFor()
  await console.checkAccessibility()
  await console.screenshot('user')

  await page.getByRole('button', { name: 'Add Credential' }).click()
  await page.getByText('Key card').click()
  await console.screenshot('add-credential')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('Enter start').waitFor()
  await console.checkAccessibility()
  // What the server finds wrong stands beneath its field, and nothing is made.
  const end = page.getByLabel(/^End/)
  await end.fill('2020-01-01T12:00')
  await page.getByRole('button', { name: 'Done' }).click()
  await expect.poll(() => end.getAttribute('aria-invalid'), PATIENTLY).toBe('true')
  await console.screenshot('add-credential-refused')
  expect((await server.ok('/acs/credentials/list', { acs_system_id: system })).acs_credentials).toEqual([])
  await end.fill('')
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByText('Waiting to be issued', { exact: true }).waitFor()
  await console.checkAccessibility()
  await console.screenshot('credential')

  await page.getByRole('link', { name: 'Open Ada Lovelace' }).click()
  await page.getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitem', { name: 'Suspend' }).click()
  await page.getByText('Suspended', { exact: true }).waitFor()
  await server.settle()
  const { acs_users } = await server.ok('/acs/users/list', { acs_system_id: system })
  expect(acs_users).toMatchObject([{ full_name: 'Ada Lovelace', is_suspended: true, email_address: 'ada@example.com' }])

  await page.getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await console.checkAccessibility()
  await page.getByRole('button', { name: 'Delete user' }).click()
  await page.getByText('No users yet').waitFor()
})

test('every tab of a system and every page beneath it can be read', async () => {
  await using console = await openConsole()
  const { page, server } = console
  const system = await server.systemOf('visionline')
  const { acs_user } = await server.ok('/acs/users/create', { acs_system_id: system, full_name: 'Grace Hopper' })
  const room = await server.entrance('visionline', 'Room 101')
  await server.ok('/acs/credentials/create', {
    acs_user_id: acs_user.acs_user_id,
    access_method: 'card',
    allowed_acs_entrance_ids: [room],
    visionline_metadata: { card_format: 'rfid48', override: true },
  })
  await server.settle()
  for (const [tab, row] of [
    ['users', /Grace Hopper/],
    ['entrances', /Room 101/],
    ['credentials', /Key card/],
    ['encoders', /acs_encoder_id/],
    ['events', /acs_user\.created/],
  ] as const) {
    await console.go(`/access-systems/${system}/${tab}`)
    await page.getByRole('row', { name: row }).first().waitFor()
    await console.checkAccessibility()
    await console.screenshot(`system-${tab}`)
  }
  await page.getByRole('button', { name: 'acs_user.created', exact: true }).click()
  await page.getByText('"event_type": "acs_user.created"').waitFor()
  await console.checkAccessibility()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })

  await console.go(`/access-systems/${system}/entrances/${room}`)
  await page.getByRole('row', { name: /Grace Hopper/ }).waitFor()
  await console.checkAccessibility()
  await console.screenshot('entrance')

  const space = await server.systemOf('salto_space')
  const { acs_access_groups } = await server.ok('/acs/access_groups/list', { acs_system_id: space })
  await console.go(`/access-systems/${space}/access-groups/${acs_access_groups[0].acs_access_group_id}`)
  await page.getByText('Nobody is in this group').waitFor()
  await console.checkAccessibility()
  await console.screenshot('access-group')

  await console.go(`/access-systems/${system}/users/00000000-0000-4000-8000-000000000000`)
  await page.getByText('This does not exist (any more)').waitFor()
  await page.getByRole('button', { name: 'Retry' }).waitFor()
  await page.getByText(/^Request/).waitFor()
  await console.checkAccessibility()
  await console.screenshot('not-found')
})

test('the list is used by keyboard alone', async () => {
  await using console = await openConsole()
  const { page, server } = console
  await console.go('/access-systems')
  await page.getByRole('row', { name: /Visionline/ }).waitFor()
  // From the search one Tab leads into the table, whichever of its rows has the focus.
  await page.getByRole('searchbox').focus()
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  const focused = (): Promise<string> =>
    page.evaluate('document.activeElement.closest("[role=row]")?.querySelector("a")?.textContent ?? ""')
  const { acs_systems } = await server.ok('/acs/systems/list')
  await expect.poll(focused, PATIENTLY).toBe(acs_systems[2].name)
  await page.keyboard.press('Shift+F10')
  await page.getByRole('menuitem', { name: 'Copy Id' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByText('acs_system_id copied').waitFor()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(acs_systems[2].acs_system_id)

  await page.getByRole('row', { name: new RegExp(acs_systems[2].name) }).focus()
  await page.keyboard.press('End')
  await expect.poll(focused, PATIENTLY).toBe(acs_systems.at(-1).name)
  await page.keyboard.press('Home')
  await expect.poll(focused, PATIENTLY).toBe(acs_systems[0].name)
  await page.keyboard.press('Enter')
  await heading(console, acs_systems[0].name).waitFor()

  await page.getByRole('tab', { name: 'Users' }).focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.getByRole('grid', { name: 'Entrances' }).waitFor()
  expect(page.url()).toContain('/entrances')
  await page.goBack()
  await page.getByRole('grid', { name: 'Access Systems' }).waitFor()
})

test('what others do appears within a second, without a reload', async () => {
  await using console = await openConsole()
  const { page, server } = console
  const system = await server.systemOf('salto_space')
  const stream = page.waitForResponse((response) => response.url().includes('/console/live'))
  await console.go(`/access-systems/${system}/users`)
  await page.getByText('No users yet').waitFor()
  await stream
  const took: number[] = []
  for (const name of ['Ann', 'Bert', 'Cleo']) {
    const startedAt = performance.now()
    await server.ok('/acs/users/create', { acs_system_id: system, full_name: name })
    await page.getByRole('row', { name: new RegExp(name) }).waitFor()
    took.push(Math.round(performance.now() - startedAt))
  }
  globalThis.console.log(`seen after ${took.join(', ')} ms`)
  // The best of three: what else the machine does is not the console's doing.
  expect(Math.min(...took)).toBeLessThan(1000)
})

test('it fits a tablet at a front desk, with targets for fingers', async () => {
  await using console = await openConsole({ viewport: { width: 1024, height: 768 } })
  const { page, server } = console
  await console.go('/access-systems')
  await page.getByRole('row', { name: /Visionline/ }).waitFor()
  await console.screenshot('tablet-access-systems')
  // Nothing of a row lies beside the screen.
  const grid = await page.evaluate<number[]>(`(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(
    document.querySelector('[role=grid]'),
  )`)
  expect(grid[0]).toBe(grid[1])
  await console.go(`/access-systems/${await server.systemOf('salto_space')}/users`)
  await page.getByText('No users yet').waitFor()
  await console.screenshot('tablet-system')
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1024)
  const small = await page.evaluate<string[]>(`[...document.querySelectorAll('button, a, [role=tab], input')]
    .filter((element) => element.checkVisibility() && element.closest('nav[aria-label=Breadcrumbs]') === null)
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 1 && box.height < 32)
    .map(({ element, box }) => element.outerHTML.slice(0, 120) + ' ' + box.height)`)
  expect(small).toEqual([])
})
