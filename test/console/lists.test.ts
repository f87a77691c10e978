/**
 * Every list of the console in its four states: loading, failed (with Retry), empty, and ten thousand rows. The rows are
 * the server's own, many times over; how the server pages is tested with real ones (many-rows.test.ts, devices.test.ts).
 */
import type { Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { LONGEST_MS, tasksDuring, toTheEnd } from './main-thread.ts'
import { FLOW, openConsole, type ConsoleTest } from './support.ts'

vi.setConfig({ ...FLOW, hookTimeout: 300_000 })

const COUNT = 10_000

interface List {
  page: string
  label: string
  /** The operation that lists, and where in its answer the rows are. */
  operation: string
  rows: string
  id: string
  /** Said when there is nothing. */
  empty: string
  /** The rows of one answer at most; whole answers where the contract does not page. */
  perAnswer?: number
}

const paged = { perAnswer: 2500 }
const SYSTEM: readonly List[] = [
  {
    ...{ page: '/users', label: 'Users', operation: '/acs/users/list', rows: 'acs_users', id: 'acs_user_id' },
    ...{ empty: 'No users yet', ...paged },
  },
  {
    ...{ page: '/access-groups', label: 'Access Groups', operation: '/acs/access_groups/list' },
    ...{ rows: 'acs_access_groups', id: 'acs_access_group_id', empty: 'No access groups' },
  },
  {
    ...{ page: '/entrances', label: 'Entrances', operation: '/acs/entrances/list', rows: 'acs_entrances' },
    ...{ id: 'acs_entrance_id', empty: 'No entrances', ...paged },
  },
  {
    ...{ page: '/credentials', label: 'Credentials', operation: '/acs/credentials/list', rows: 'acs_credentials' },
    ...{ id: 'acs_credential_id', empty: 'No credentials yet', ...paged },
  },
  {
    ...{ page: '/encoders', label: 'Encoders', operation: '/acs/encoders/list', rows: 'acs_encoders' },
    ...{ id: 'acs_encoder_id', empty: 'No encoders', ...paged },
  },
]

const WORKSPACE: readonly List[] = [
  {
    ...{ page: '/access-grants', label: 'Access Grants', operation: '/access_grants/list', rows: 'access_grants' },
    ...{ id: 'access_grant_id', empty: 'Nobody has access yet', ...paged },
  },
  {
    ...{ page: '/access-systems', label: 'Access Systems', operation: '/acs/systems/list', rows: 'acs_systems' },
    ...{ id: 'acs_system_id', empty: 'No access system is connected' },
  },
  {
    ...{ page: '/devices/phones', label: 'Phones', operation: '/phones/list', rows: 'phones', id: 'device_id' },
    ...{ empty: 'No phones' },
  },
  {
    ...{ page: '/spaces', label: 'Spaces', operation: '/spaces/list', rows: 'spaces', id: 'space_id' },
    ...{ empty: 'There is no space yet', ...paged },
  },
  {
    ...{ page: '/people', label: 'People', operation: '/user_identities/list', rows: 'user_identities' },
    ...{ id: 'user_identity_id', empty: 'Nobody yet', ...paged },
  },
  {
    ...{ page: '/developer/api-keys', label: 'API keys', operation: '/console/api_keys/list', rows: 'api_keys' },
    ...{ id: 'api_key_id', empty: 'There is no API key' },
  },
  {
    ...{ page: '/developer/webhooks', label: 'Webhooks', operation: '/webhooks/list', rows: 'webhooks' },
    ...{ id: 'webhook_id', empty: 'There is no webhook' },
  },
  {
    ...{ page: '/developer/events', label: 'Events', operation: '/events/list', rows: 'events', id: 'event_id' },
    ...{ empty: 'Nothing has happened yet' },
  },
  {
    ...{ page: '/developer/action-attempts', label: 'Action attempts', operation: '/action_attempts/list' },
    ...{ rows: 'action_attempts', id: 'action_attempt_id', empty: 'Nothing was asked for yet', ...paged },
  },
  {
    ...{ page: '/team', label: 'Team', operation: '/console/team/list', rows: 'team_members', id: 'user_id' },
    ...{ empty: 'Nobody is here' },
  },
]

const NESTED: readonly [keyof typeof nested, List][] = [
  [
    'webhook',
    {
      ...{ page: '', label: 'Deliveries', operation: '/webhooks/deliveries/list', rows: 'webhook_deliveries' },
      ...{ id: 'webhook_delivery_id', empty: 'Nothing was sent yet', ...paged },
    },
  ],
  [
    'space',
    {
      ...{ page: '', label: 'Access grants of this space', operation: '/access_grants/list', rows: 'access_grants' },
      ...{ id: 'access_grant_id', empty: 'Nobody has this space', ...paged },
    },
  ],
  [
    'person',
    {
      ...{ page: '/entrances', label: 'Entrances', operation: '/user_identities/list_accessible_entrances' },
      ...{ rows: 'acs_entrances', id: 'acs_entrance_id', empty: 'Opens no door' },
    },
  ],
  [
    'entrance',
    {
      ...{ page: '', label: 'Credentials that open it', operation: '/acs/entrances/list_credentials_with_access' },
      ...{ rows: 'acs_credentials', id: 'acs_credential_id', empty: 'Nobody has access' },
    },
  ],
]

let console: ConsoleTest
let system: string
/** Pages on which a list stands among other things. */
let nested: Record<'webhook' | 'space' | 'person' | 'entrance', string>
beforeAll(async () => {
  console = await openConsole()
  const { server } = console
  system = await server.systemOf('salto_space')
  // One of everything that a list can show.
  const entrance = await server.entrance('salto_space', 'Room 101')
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane Doe' },
    acs_entrance_ids: [entrance],
    requested_access_methods: [{ mode: 'card' }],
  })
  await server.ok('/phones/simulate/create_sandbox_phone', { user_identity_id: access_grant.user_identity_id })
  const { webhook } = await server.ok('/webhooks/create', { url: 'https://example.com/hook' })
  const { space } = await server.ok('/spaces/create', { name: 'Lobby', acs_entrance_ids: [entrance] })
  await server.ok('/access_grants/create', {
    user_identity_id: access_grant.user_identity_id,
    space_ids: [space.space_id],
    requested_access_methods: [{ mode: 'mobile_key' }],
  })
  nested = {
    webhook: `/developer/webhooks/${webhook.webhook_id as string}`,
    space: `/spaces/${space.space_id as string}`,
    person: `/people/${access_grant.user_identity_id as string}`,
    entrance: `/access-systems/${system}/entrances/${entrance}`,
  }
  await server.settle()
  await server.ok('/acs/encoders/scan_credential', { acs_encoder_id: await server.encoder('salto_space') })
})
afterAll(() => console[Symbol.asyncDispose]())

for (const list of WORKSPACE) test(`${list.label}: four states`, () => fourStates(list, list.page))
for (const list of SYSTEM) {
  test(`${list.label} of a system: four states`, () => fourStates(list, `/access-systems/${system}${list.page}`))
}
for (const [place, list] of NESTED) {
  test(`${list.label}, of one ${place}: four states`, () => fourStates(list, nested[place] + list.page))
}

async function fourStates({ label, operation, rows, id, empty, perAnswer = COUNT }: List, path: string): Promise<void> {
  const { page, browser } = console
  const url = `**${operation}`
  let answer: (route: Route) => Promise<void> = (route) => route.fallback()
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  await page.route(url, (route) => answer(route))
  try {
    // Loading: the page says so until there is an answer. The answer is kept, for its rows.
    let real: Record<string, unknown> = {}
    answer = async (route) => {
      await held
      const response = await route.fetch()
      real = (await response.json()) as Record<string, unknown>
      await route.fulfill({ response })
    }
    await console.go(path)
    await page.getByText(`Loading ${label}`).waitFor({ state: 'attached' })
    release()
    const grid = page.getByRole('grid', { name: label, exact: true })
    await grid.waitFor()
    const [row] = real[rows] as Record<string, unknown>[]
    expect(row, `${operation} answers ${Object.keys(real).join()}`).toBeDefined()

    // Failed: in the server's words, and tried again by a button. Then empty.
    answer = (route) =>
      route.fulfill({
        status: 400,
        json: { ok: false, error: { type: 'invalid_input', message: 'Not today.', request_id: 'r-1' } },
      })
    await page.reload()
    await page.getByText('Not today.').first().waitFor()
    await console.checkAccessibility()
    answer = (route) => route.fulfill({ json: { ok: true, [rows]: [], ...pagination(null) } })
    await page.getByRole('button', { name: 'Retry' }).first().click()
    await page.getByText(empty).first().waitFor()
    await console.checkAccessibility()
    await browser.screenshot(page, `console-empty-${label.toLowerCase().replaceAll(' ', '-')}`)

    // Ten thousand, as many pages as it takes.
    answer = (route) => {
      const { page_cursor: cursor } = route.request().postDataJSON() as { page_cursor?: string }
      const from = Number(cursor ?? 0)
      const to = Math.min(COUNT, from + perAnswer)
      const many = Array.from({ length: to - from }, (_, index) => numbered(row ?? {}, id, from + index + 1))
      return route.fulfill({ json: { ok: true, [rows]: many, ...pagination(to < COUNT ? String(to) : null) } })
    }
    await page.reload()
    await grid.waitFor()
    const { longestMs } = await tasksDuring(console, async () => {
      while ((await grid.getAttribute('aria-rowcount')) === '-1') await toTheEnd(console)
      expect(await grid.getAttribute('aria-rowcount')).toBe(String(COUNT + 1))
      await toTheEnd(console)
      await page.locator(`[role=grid] [aria-rowindex="${String(COUNT + 1)}"]`).focus()
      await page.keyboard.press('Home')
      await page.locator('[role=grid] [aria-rowindex="2"]:focus').waitFor()
      await page.keyboard.press('End')
      await page.locator(`[role=grid] [aria-rowindex="${String(COUNT + 1)}"]:focus`).waitFor()
    })
    expect(await page.getByRole('row').count()).toBeLessThan(60)
    globalThis.console.log(`${label}: the longest task took ${String(longestMs)} ms`)
    expect(longestMs).toBeLessThan(LONGEST_MS)
    await browser.screenshot(page, `console-many-${label.toLowerCase().replaceAll(' ', '-')}`)
  } finally {
    release()
    await page.unroute(url)
  }
}

function pagination(next: string | null): object {
  return { pagination: { has_next_page: next !== null, next_page_cursor: next, next_page_url: null } }
}

/** The row again, as the n-th of its kind. */
function numbered(row: Record<string, unknown>, id: string, n: number): Record<string, unknown> {
  const number = String(n).padStart(5, '0')
  const names = ['display_name', 'name', 'full_name'].flatMap((field) =>
    typeof row[field] === 'string' ? [[field, `${row[field]} ${number}`] as const] : [],
  )
  return { ...row, ...Object.fromEntries(names), [id]: `00000000-0000-4000-8000-0000000${number}` }
}
