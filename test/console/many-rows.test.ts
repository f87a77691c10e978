/** Ten thousand users: the table scrolls, searches and is gone through by keys without freezing. */
import { expect, test, vi } from 'vitest'
import { LONGEST_MS, tasksDuring, toTheEnd } from './main-thread.ts'
import { FLOW, PATIENTLY, openConsole } from './support.ts'

vi.setConfig(FLOW)

const COUNT = 10_000

test('a list of 10,000 users scrolls and searches without freezing', async () => {
  await using console = await openConsole()
  const { page, server } = console
  const system = await server.systemOf('salto_space')
  await server.sql(
    `INSERT INTO acs_user (workspace_id, acs_user_id, acs_system_id, connected_account_id, full_name, email_address,
                           is_managed, reported, created_at)
     SELECT s.workspace_id, gen_random_uuid(), s.acs_system_id, s.connected_account_id, 'User ' || lpad(n::text, 5, '0'),
            'user' || n || '@example.com', true, '{}', now() - n * interval '1 second'
       FROM acs_system s, generate_series(1, ${String(COUNT)}) n
      WHERE s.acs_system_id = $1`,
    [system],
  )
  await console.go(`/access-systems/${system}/users`)
  const grid = page.getByRole('grid', { name: 'Users' })
  await page.getByRole('row', { name: /User 00001/ }).waitFor()
  let scrolledMs = 0
  let inDocument = 0
  const { longestMs, over50Ms } = await tasksDuring(console, async () => {
    // Down to the last row, page by page, as fast as they come.
    const startedAt = performance.now()
    while ((await grid.getAttribute('aria-rowcount')) === '-1') {
      await toTheEnd(console)
    }
    expect(await grid.getAttribute('aria-rowcount')).toBe(String(COUNT + 1))
    await toTheEnd(console)
    await page.getByRole('row', { name: /User 10000/ }).waitFor()
    scrolledMs = Math.round(performance.now() - startedAt)
    inDocument = await page.getByRole('row').count()
    expect(inDocument).toBeLessThan(60)

    // Up and down by keys.
    await page.getByRole('row', { name: /User 10000/ }).focus()
    await page.keyboard.press('Home')
    await page.getByRole('row', { name: /User 00001/ }).waitFor()
    await page.keyboard.press('End')
    await page.getByRole('row', { name: /User 10000/ }).waitFor()

    // A search by the server, typed letter by letter.
    await page.getByRole('searchbox').pressSequentially('User 07777', { delay: 20 })
    await expect.poll(() => grid.getAttribute('aria-rowcount'), PATIENTLY).toBe('2')
    await page.getByRole('row', { name: /User 07777/ }).waitFor()
    await page.getByRole('searchbox').fill('nobody at all')
    await page.getByText('Nothing found').waitFor()
  })
  globalThis.console.log(
    `scrolled through ${COUNT} in ${scrolledMs} ms, ${inDocument} rows in the document, ` +
      `${over50Ms} tasks over 50 ms of processor time, the longest ${longestMs} ms`,
  )
  expect(longestMs).toBeLessThan(LONGEST_MS)
})
