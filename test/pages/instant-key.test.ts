// The Instant Key link as a guest meets it: a phone-sized page in a real browser, no app, no login.
import { expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { startTestServer } from '../support/server.ts'

test(
  'a guest opens the link, waits for the start, unlocks a door, and is told when the key is used up or withdrawn',
  { timeout: 120_000 },
  async () => {
    await using server = await startTestServer({ frozenAt: '2030-06-01T09:00:00.000Z' })
    await using chromium = await openBrowser()
    const doors = [
      await server.entrance('salto_space', 'Main Entrance'),
      await server.entrance('salto_space', 'Room 101'),
    ]
    const { access_grant } = await server.ok('/access_grants/create', {
      user_identity: { full_name: 'Jane Doe' },
      acs_entrance_ids: doors,
      requested_access_methods: [{ mode: 'mobile_key' }],
      starts_at: '2030-06-01T15:00:00.000Z',
      ends_at: '2030-06-04T11:00:00.000Z',
    })
    await server.settle()

    const page = await chromium.phone()
    const troubles: string[] = []
    page.on('pageerror', (error) => troubles.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text())
    })
    await page.goto(access_grant.instant_key_url)
    await page.getByRole('heading', { name: /Jane Doe/ }).waitFor()
    await page.getByRole('heading', { name: 'Your doors' }).waitFor()
    await chromium.screenshot(page, 'instant-key-not-yet')
    const unlock = page.getByRole('button', { name: 'Unlock Room 101' })
    // Before the start the button is not offered, or its use is refused.
    if ((await unlock.count()) > 0 && (await unlock.isEnabled())) await unlock.click()
    const before = await server.ok('/sandbox/doors/list_attempts', { acs_entrance_id: doors[1] })
    expect(before['door_attempts'].every((one: { opened: boolean }) => !one.opened)).toBe(true)

    await server.advance('2030-06-01T15:00:00.000Z')
    await page.reload()
    await page.getByRole('button', { name: 'Unlock Room 101' }).click()
    await page.getByText(/open/i).first().waitFor()
    await expect
      .poll(
        async () =>
          (await server.ok('/sandbox/doors/list_attempts', { acs_entrance_id: doors[1] }))['door_attempts'][0]?.opened,
      )
      .toBe(true)
    await chromium.screenshot(page, 'instant-key-opened')
    expect(page.url()).toBe(access_grant.instant_key_url)
    const { events } = await server.ok('/events/list', { since: '2020-01-01', event_type: 'lock.unlocked' })
    expect(events.at(-1)).toMatchObject({ method: 'remote', is_via_bluetooth: true, acs_entrance_id: doors[1] })

    // One use was granted: another phone is turned away.
    const other = await chromium.phone()
    await other.goto(access_grant.instant_key_url)
    await other
      .getByRole('status')
      .getByText(/already in use/)
      .waitFor()
    await chromium.screenshot(other, 'instant-key-used')
    expect(await other.getByRole('button', { name: /^Unlock/ }).count()).toBe(0)

    await server.ok('/access_grants/delete', { access_grant_id: access_grant.access_grant_id })
    await page.reload()
    await page
      .getByRole('status')
      .getByText(/withdrawn|no longer|not valid/i)
      .waitFor()
    await chromium.screenshot(page, 'instant-key-withdrawn')
    expect(troubles.filter((text) => !/40\d|410/.test(text))).toEqual([])
  },
)

test('the page gives nothing away: strict policy, no index, no token in its source', async () => {
  await using server = await startTestServer()
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane Doe' },
    acs_entrance_ids: [await server.entrance('salto_space', 'Main Entrance')],
    requested_access_methods: [{ mode: 'mobile_key' }],
  })
  const response = await fetch(access_grant.instant_key_url)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/html')
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toContain('default-src')
  expect(policy).not.toContain('unsafe-inline')
  const html = await response.text()
  expect(html).not.toMatch(/seam_cst|Jane Doe/)
  expect(html).toContain('noindex')
})
