import { expect, test, vi } from 'vitest'
import { FLOW, openConsole } from './support.ts'

vi.setConfig(FLOW)

test('a person is added, changed, given a phone, and deleted', async () => {
  await using console = await openConsole()
  const { page, server } = console
  await console.go('/people')
  await page.getByText('Nobody yet').waitFor()
  await console.checkAccessibility()
  await page.getByRole('button', { name: 'Add person' }).click()
  await page.getByLabel('Full name').fill('Jane Doe')
  await page.getByLabel('Key', { exact: true }).fill('guest-1')
  await console.checkAccessibility()
  await console.screenshot('add-person')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('heading', { name: 'Jane Doe', level: 1 }).waitFor()

  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByLabel('E-mail address').fill('jane@example.com')
  await page.getByLabel('Key', { exact: true }).fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('jane@example.com').waitFor()
  expect((await server.ok('/user_identities/list')).user_identities).toMatchObject([
    { full_name: 'Jane Doe', email_address: 'jane@example.com', user_identity_key: null },
  ])

  for (const tab of ['Credentials', 'Entrances', 'Access Systems', 'Events', 'Phones']) {
    await page.getByRole('tab', { name: tab }).click()
    await page.getByRole('tabpanel', { name: tab }).waitFor()
  }
  await page.getByRole('button', { name: 'Create sandbox phone' }).click()
  await page.getByRole('grid', { name: 'Phones' }).waitFor()
  await console.checkAccessibility()
  await console.screenshot('person-phones')
  await page.getByRole('button', { name: /^Actions of/ }).click()
  await page.getByRole('menuitem', { name: 'Deactivate' }).click()
  await page.getByText('No phones').waitFor()

  await page.getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete person' }).click()
  await page.getByText('Nobody yet').waitFor()
  expect((await server.ok('/user_identities/list')).user_identities).toEqual([])
})

test('of many people the one searched for is found, and the address keeps the search', async () => {
  await using console = await openConsole()
  const { page, server } = console
  for (const name of ['Ann', 'Bert', 'Cleo']) await server.ok('/user_identities/create', { full_name: name })
  await console.go('/people')
  await page.getByRole('row', { name: /Cleo/ }).waitFor()
  await page.getByRole('searchbox').fill('bert')
  await page.getByRole('row', { name: /Ann/ }).waitFor({ state: 'hidden' })
  await page.getByRole('row', { name: /Bert/ }).waitFor()
  expect(page.url()).toContain('q=bert')
  await page.reload()
  await page.getByRole('row', { name: /Bert/ }).waitFor()
  expect(await page.getByRole('searchbox').inputValue()).toBe('bert')
})
