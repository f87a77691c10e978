// Devices: found among many, read in words, and what is wrong with one is said.
import { expect, test, vi } from 'vitest'
import { toTheEnd } from './main-thread.ts'
import { FLOW, PATIENTLY, openConsole } from './support.ts'

vi.setConfig(FLOW)

test('a device is found and read; one that is away says so; phones have a tab', async () => {
  await using console = await openConsole()
  const { page, server } = console
  const { devices } = await server.ok('/devices/list')
  await page.getByRole('link', { name: 'Devices', exact: true }).click()
  await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor()
  const rows = page.getByRole('rowheader')
  await expect.poll(() => rows.count(), PATIENTLY).toBe(devices.length)
  await console.checkAccessibility()
  await console.screenshot('devices')

  await page.getByRole('button', { name: /All access systems/ }).click()
  await page.getByRole('option', { name: 'Salto KS' }).click()
  const locks = devices.filter(({ device_type }: { device_type: string }) => device_type === 'salto_lock')
  await expect.poll(() => rows.count(), PATIENTLY).toBe(locks.length)
  expect(page.url()).toContain('type=salto_lock')
  await page.getByRole('searchbox').fill('offi')
  await expect.poll(() => rows.allInnerTexts(), PATIENTLY).toEqual(['Office'])
  await page.getByRole('searchbox').fill('no such door')
  await page.getByText('Nothing found for').waitFor()
  await page.getByRole('searchbox').fill('offi')
  await page.getByRole('row', { name: /Office/ }).click()

  await page.getByRole('heading', { name: 'Office', level: 1 }).waitFor()
  await page.getByText('Online', { exact: true }).first().waitFor()
  await page.getByText('iq_online_lock').waitFor()
  await console.checkAccessibility()
  await console.screenshot('device')
  await page.getByRole('link', { name: 'Open the entrance' }).waitFor()

  // Its account is cut off by somebody else: the open page says so without a reload.
  const { connected_account_id } = locks[0]
  await server.ok('/connected_accounts/simulate/disconnect', { connected_account_id })
  await page.getByText('Account disconnected', { exact: true }).waitFor()
  await page.getByText('Offline', { exact: true }).first().waitFor()
  await console.checkAccessibility()
  await console.screenshot('device-away')
  await page.getByRole('link', { name: 'Open the entrance' }).click()
  await page.getByRole('heading', { name: 'Office', level: 1 }).waitFor()
  expect(page.url()).toContain('/entrances/')

  await console.go('/devices/phones')
  await page.getByText('No phones').waitFor()
  const { user_identity } = await server.ok('/user_identities/create', { full_name: 'Jane Doe' })
  const { user_identity_id } = user_identity
  await server.ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
  await page.getByRole('grid', { name: 'Phones' }).waitFor()
  await console.screenshot('devices-phones')

  await console.go('/devices/locks/00000000-0000-4000-8000-000000000000')
  await page.getByText('This does not exist (any more)').waitFor()
  await page.getByRole('button', { name: 'Retry' }).waitFor()
})

test('none, one that fails to load, and ten thousand', async () => {
  await using console = await openConsole()
  const { page, server } = console
  await page.route('**/devices/list', (route) =>
    route.fulfill({
      status: 400,
      contentType: 'application/json',
      body: JSON.stringify({ ok: false, error: { type: 'invalid_input', message: 'Not today.', request_id: 'r-1' } }),
    }),
  )
  await console.go('/devices')
  await page.getByText('Not today.').waitFor()
  await console.checkAccessibility()
  await console.screenshot('devices-error')
  await page.unroute('**/devices/list')
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.getByRole('grid', { name: 'Locks' }).waitFor()

  const system = await server.systemOf('salto_ks')
  await server.sql(
    `INSERT INTO acs_entrance (workspace_id, acs_entrance_id, acs_system_id, connected_account_id, external_id, display_name,
                               can_unlock_with_code, can_unlock_with_card, can_unlock_with_mobile_key,
                               can_unlock_with_cloud_key, can_belong_to_reservation, created_at)
     SELECT s.workspace_id, gen_random_uuid(), s.acs_system_id, s.connected_account_id, 'many-' || n,
            'Lock ' || lpad(n::text, 5, '0'), true, false, false, false, false, now() + n * interval '1 millisecond'
       FROM acs_system s, generate_series(1, 10000) n WHERE s.acs_system_id = $1`,
    [system],
  )
  await console.go('/devices/locks')
  const grid = page.getByRole('grid', { name: 'Locks' })
  await grid.waitFor()
  while ((await grid.getAttribute('aria-rowcount')) === '-1') {
    await toTheEnd(console)
  }
  expect(Number(await grid.getAttribute('aria-rowcount'))).toBeGreaterThan(10_000)
  // Only rows in sight and some beside them are in the document.
  expect(await page.getByRole('row').count()).toBeLessThan(200)
  await page.getByRole('searchbox').fill('Lock 09999')
  await page.getByRole('row', { name: /Lock 09999/ }).waitFor()

  const { body } = await server.post(
    '/workspaces/create',
    { name: 'Live building', is_sandbox: false },
    server.personalAccessToken,
  )
  await console.go('/devices', body['workspace'].workspace_id as string)
  await page.getByText('No devices').waitFor()
  await console.checkAccessibility()
  await console.screenshot('devices-empty')
})
