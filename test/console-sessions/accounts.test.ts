/** Accounts, teams and keys, as the console's pages change them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { operations } from '../../src/api/operations.ts'
import { until } from '../support/process.ts'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'
import { newBrowser, OWNER, passwordOf, signedIn, type Browser } from './support.ts'

let server: TestServer
/** Another server on the same database. */
let second: TestServer
let owner: Browser
let skipMs = 0
const clock: Clock = { now: () => Date.now() + skipMs }
beforeAll(async () => {
  server = await startTestServer({ clock })
  second = await startTestServer({ clock, env: { ...server.env, LOCKSTITCH_ROLES: 'api' } })
  owner = await signedIn(server)
}, 300_000)
afterAll(async () => {
  await second[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const PASSWORD = 'a window on the sea'
const expectError = (reply: Reply, status: number, type: string): void => {
  expect([reply.status, reply.body['error']?.type], JSON.stringify(reply.body)).toEqual([status, type])
}
const tokenIn = (url: string): string => new URLSearchParams(new URL(url).hash.slice(1)).get('invitation') ?? ''

/** Somebody invited by `by` who has come. */
async function newMember(email_address: string, role: string, by: Browser = owner): Promise<Browser> {
  const { body } = await by.inWorkspace('/console/team/add_member', { email_address, role })
  const browser = newBrowser(server)
  const params = { invitation_token: tokenIn(body['invitation_url']), full_name: 'Jane Doe', password: PASSWORD }
  const reply = await browser.post('/console/users/accept_invitation', params)
  expect(reply.status, JSON.stringify(reply.body)).toBe(200)
  return browser
}
const idOf = async (browser: Browser): Promise<string> => (await browser.ok('/console/users/get')).user.user_id

describe('one’s own account', () => {
  test('has another name at once, and another e-mail address for who knows the password', async () => {
    const jane = await newMember('jane@example.com', 'member')
    expect((await jane.ok('/console/users/update', { full_name: 'Jane Roe' })).user).toMatchObject({
      full_name: 'Jane Roe',
      email_address: 'jane@example.com',
    })
    const email_address = 'jane.roe@example.com'
    const refused = await jane.post('/console/users/update', { email_address })
    expectError(refused, 400, 'invalid_input')
    expect(refused.body['error'].validation_errors).toHaveProperty('current_password')
    const wrong = { email_address, current_password: 'not my password' }
    expectError(await jane.post('/console/users/update', wrong), 400, 'invalid_input')
    await jane.ok('/console/users/update', { email_address, current_password: PASSWORD })
    expect((await newBrowser(server).signIn('JANE.ROE@example.com', PASSWORD)).status).toBe(200)
    expectError(await newBrowser(server).signIn('jane@example.com', PASSWORD), 401, 'invalid_login')
    const taken = { email_address: OWNER.toUpperCase(), current_password: PASSWORD }
    expectError(await jane.post('/console/users/update', taken), 409, 'user_already_exists')
  })

  test('a new password ends all other sessions, in every process', async () => {
    const john = await newMember('john@example.com', 'member')
    const elsewhere = newBrowser(second)
    await elsewhere.signIn('john@example.com', PASSWORD)
    await using stream = await elsewhere.listen()
    const change = { current_password: PASSWORD, new_password: 'another window on the sea' }
    await john.ok('/console/users/change_password', change)
    expectError(await elsewhere.post('/console/users/get'), 401, 'unauthorized')
    await stream.ended
    expect((await john.post('/console/users/get')).status).toBe(200)
    expectError(await newBrowser(server).signIn('john@example.com', PASSWORD), 401, 'invalid_login')
    expectError(await john.post('/console/users/change_password', change), 400, 'invalid_input')
  })

  test.each([
    ['too short', 'short', /at least 12/],
    ['too long', 'long'.repeat(40), /at most 128/],
    ['the e-mail address', 'Peter.Pan@Example.com', /e-mail/],
    ['a common one', 'Password1234', /Many people/],
    ['one key pressed again and again', 'aaaaaaaaaaaaaaaa', /Many people/],
  ])('refuses a password that is %s, with the reason at its field', async (_name, password, reason) => {
    const { body } = await owner.inWorkspace('/console/team/add_member', { email_address: 'peter.pan@example.com' })
    const params = { invitation_token: tokenIn(body['invitation_url']), full_name: 'Peter', password }
    const reply = await newBrowser(server).post('/console/users/accept_invitation', params)
    expectError(reply, 400, 'invalid_input')
    expect(reply.body['error'].validation_errors.password._errors[0]).toMatch(reason)
  })
})

describe('a team', () => {
  test('gets people by invitations that are used once', async () => {
    const added = await owner.inWorkspace('/console/team/add_member', {
      email_address: 'mia@example.com',
      full_name: 'Mia',
    })
    expect(added.body['team_member']).toMatchObject({ role: 'member', is_invitation_pending: true, joined_at: null })
    const url: string = added.body['invitation_url']
    expect(url).toMatch(/\/console#invitation=[\w-]{43}$/)
    const invitation_token = tokenIn(url)
    const rows = JSON.stringify(await server.sql('SELECT * FROM console_invitation'))
    expect(rows).not.toContain(invitation_token)
    const browser = newBrowser(server)
    const { invitation } = await browser.ok('/console/users/get_invitation', { invitation_token })
    expect(invitation).toMatchObject({
      email_address: 'mia@example.com',
      workspace_name: 'Sandbox',
      has_account: false,
    })
    const params = { invitation_token, full_name: 'Mia', password: PASSWORD }
    // Two at once: one has it.
    const replies = await Promise.all([
      browser.post('/console/users/accept_invitation', params),
      newBrowser(second).post('/console/users/accept_invitation', params),
    ])
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expectError(await newBrowser(server).post('/console/users/accept_invitation', params), 404, 'invitation_not_found')
    const { body } = await owner.inWorkspace('/console/team/list')
    const [mia] = body['team_members'].filter(
      (one: { email_address: string }) => one.email_address === 'mia@example.com',
    )
    expect(mia).toMatchObject({ full_name: 'Mia', role: 'member', is_invitation_pending: false })
  })

  test('an invitation is over after seven days, when there is a newer one, and when it is taken back', async () => {
    const invite = async (): Promise<string> => {
      const { body } = await owner.inWorkspace('/console/team/add_member', { email_address: 'late@example.com' })
      return tokenIn(body['invitation_url'])
    }
    const accept = (invitation_token: string): Promise<Reply> =>
      newBrowser(server).post('/console/users/accept_invitation', {
        invitation_token,
        full_name: 'L',
        password: PASSWORD,
      })
    const first = await invite()
    const newer = await invite()
    expectError(await accept(first), 404, 'invitation_not_found')
    skipMs += 7 * 24 * 3_600_000 + 1000
    expectError(await accept(newer), 404, 'invitation_not_found')
    owner = await signedIn(server)
    const newest = await invite()
    const { body } = await owner.inWorkspace('/console/team/list')
    const [pending] = body['team_members'].filter(
      (one: { is_invitation_pending: boolean }) => one.is_invitation_pending,
    )
    await owner.inWorkspace('/console/team/remove_member', { user_id: pending.user_id })
    const [late] = (await owner.inWorkspace('/console/team/list')).body['team_members'].filter(
      (one: { email_address: string }) => one.email_address === 'late@example.com',
    )
    if (late !== undefined) await owner.inWorkspace('/console/team/remove_member', { user_id: late.user_id })
    expectError(await accept(newest), 404, 'invitation_not_found')
  })

  test('who works with an owner already is added at once', async () => {
    await newMember('known@example.com', 'member')
    const { workspace } = await owner.ok('/workspaces/create', { name: 'Annex', is_sandbox: true })
    const annex = { 'seam-workspace': workspace.workspace_id }
    const added = await owner.post('/console/team/add_member', { email_address: 'known@example.com' }, annex)
    expect(added.body['invitation_url']).toBeNull()
    expect(added.body['team_member']).toMatchObject({ is_invitation_pending: false })
    const again = await owner.post('/console/team/add_member', { email_address: 'Known@example.com' }, annex)
    expectError(again, 409, 'team_member_already_exists')
  })

  test('an account that somebody made under another’s address gets into no workspace of others', async () => {
    const mallory = await newMember('mallory@example.com', 'member')
    const own = await mallory.ok('/workspaces/create', { name: 'Trap', is_sandbox: true })
    const trap = { 'seam-workspace': own.workspace.workspace_id }
    const { invitation_url } = await mallory.ok('/console/team/add_member', { email_address: 'ceo@example.com' }, trap)
    const invitation_token = tokenIn(invitation_url)
    const fake = newBrowser(server)
    await fake.ok('/console/users/accept_invitation', { invitation_token, full_name: 'The Boss', password: PASSWORD })
    const added = await owner.inWorkspace('/console/team/add_member', {
      email_address: 'ceo@example.com',
      role: 'owner',
    })
    expect(added.body['invitation_url']).toMatch(/#invitation=/)
    expectError(await fake.inWorkspace('/spaces/list'), 401, 'unauthorized')
    // Nor does the real one's invitation open it for whoever does not know the account's password.
    const real = {
      invitation_token: tokenIn(added.body['invitation_url']),
      full_name: 'Boss',
      password: 'my own password',
    }
    expectError(await newBrowser(server).post('/console/users/accept_invitation', real), 401, 'invalid_login')
  })

  test('is changed by owners; members work in it, and may leave', async () => {
    const member = await newMember('worker@example.com', 'member')
    expect((await member.inWorkspace('/spaces/list')).status).toBe(200)
    expect((await member.inWorkspace('/console/team/list')).status).toBe(200)
    const user_id = await idOf(owner)
    expectError(
      await member.inWorkspace('/console/team/add_member', { email_address: 'x@example.com' }),
      403,
      'forbidden',
    )
    expectError(await member.inWorkspace('/console/team/remove_member', { user_id }), 403, 'forbidden')
    expectError(await member.inWorkspace('/console/api_keys/create', { name: 'mine' }), 403, 'forbidden')
    expect((await member.inWorkspace('/console/team/remove_member', { user_id: await idOf(member) })).status).toBe(200)
    expectError(await member.inWorkspace('/spaces/list'), 401, 'unauthorized')
  })

  test('who is removed is out at once, in every process, with tokens and open pages', async () => {
    const gone = await newMember('gone@example.com', 'member')
    const { personal_access_token } = await gone.ok('/console/personal_access_tokens/create', { name: 'laptop' })
    const elsewhere = newBrowser(second)
    await elsewhere.signIn('gone@example.com', PASSWORD)
    await using stream = await elsewhere.listen()
    await owner.inWorkspace('/console/team/remove_member', { user_id: await idOf(gone) })
    expectError(await elsewhere.inWorkspace('/spaces/list'), 401, 'unauthorized')
    const withToken = { 'seam-workspace': server.workspaceId }
    expectError(await second.post('/spaces/list', {}, personal_access_token.token, withToken), 401, 'unauthorized')
    await stream.ended
  })

  test('keeps an owner, also when two take each other out at once', async () => {
    const { workspace } = await owner.ok('/workspaces/create', { name: 'Two', is_sandbox: true })
    const two = { 'seam-workspace': workspace.workspace_id }
    const other = await newMember('second.owner@example.com', 'member')
    await owner.ok('/console/team/add_member', { email_address: 'second.owner@example.com', role: 'owner' }, two)
    const [a, b] = [await idOf(owner), await idOf(other)]
    const replies = await Promise.all([
      owner.post('/console/team/remove_member', { user_id: b }, two),
      other.post('/console/team/remove_member', { user_id: a }, two),
    ])
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    const [left] = await server.sql<{ user_id: string }>(
      `SELECT user_id FROM workspace_member WHERE workspace_id = $1 AND role = 'owner'`,
      [workspace.workspace_id],
    )
    const last = left?.user_id === a ? owner : other
    expectError(await last.post('/console/team/remove_member', { user_id: left?.user_id }, two), 409, 'last_owner')
  })
})

describe('keys', () => {
  test('an API key is shown once, works at once, tells of its use, and ends in every process', async () => {
    const { api_key } = (await owner.inWorkspace('/console/api_keys/create', { name: 'CI' })).body
    expect(api_key.token).toMatch(/^seam_test/)
    expect(api_key).toMatchObject({ name: 'CI', token_hint: api_key.token.slice(-4), last_used_at: null })
    expect((await second.post('/spaces/list', {}, api_key.token)).status).toBe(200)
    const listed = async (): Promise<Record<string, unknown>> => {
      const { body } = await owner.inWorkspace('/console/api_keys/list')
      expect(JSON.stringify(body)).not.toContain(api_key.token)
      return body['api_keys'].find((one: { api_key_id: string }) => one.api_key_id === api_key.api_key_id)
    }
    await until(async () => (await listed())['last_used_at'] !== null)
    expect(await listed()).toMatchObject({ created_by: await idOf(owner) })
    const { api_key_id } = api_key
    expect((await owner.inWorkspace('/console/api_keys/delete', { api_key_id })).status).toBe(200)
    await until(async () => (await second.post('/spaces/list', {}, api_key.token)).status === 401, 5)
    expectError(await owner.inWorkspace('/console/api_keys/delete', { api_key_id }), 404, 'api_key_not_found')
    expect(await listed()).toBeUndefined()
  })

  test('of another workspace are neither seen nor ended', async () => {
    const { workspace } = await owner.ok('/workspaces/create', { name: 'Other', is_sandbox: false })
    const there = { 'seam-workspace': workspace.workspace_id }
    const { api_key } = await owner.ok('/console/api_keys/create', { name: 'live' }, there)
    expect(api_key.token).not.toMatch(/^seam_test/)
    const { api_key_id } = api_key
    expectError(await owner.inWorkspace('/console/api_keys/delete', { api_key_id }), 404, 'api_key_not_found')
    const { body } = await owner.inWorkspace('/console/api_keys/list')
    expect(JSON.stringify(body)).not.toContain(api_key_id)
    const stranger = await newMember('stranger@example.com', 'member')
    expectError(await stranger.post('/console/api_keys/list', {}, there), 401, 'unauthorized')
    expectError(await stranger.post('/console/team/list', {}, there), 401, 'unauthorized')
  })

  test('a personal access token acts for its user until it is deleted, by its user alone', async () => {
    const jill = await newMember('jill@example.com', 'member')
    const { personal_access_token } = await jill.ok('/console/personal_access_tokens/create', { name: 'laptop' })
    const { token, personal_access_token_id } = personal_access_token
    expect(token).toMatch(/^seam_at1/)
    const { body } = await server.post('/workspaces/list', {}, token)
    expect(body['workspaces']).toHaveLength(1)
    const { personal_access_tokens } = await jill.ok('/console/personal_access_tokens/list')
    expect(personal_access_tokens).toMatchObject([{ name: 'laptop', token_hint: token.slice(-4) }])
    const named = { personal_access_token_id }
    expectError(
      await owner.post('/console/personal_access_tokens/delete', named),
      404,
      'personal_access_token_not_found',
    )
    await jill.ok('/console/personal_access_tokens/delete', named)
    expect((await second.post('/workspaces/list', {}, token)).status).toBe(401)
  })

  test('made twice with one Idempotency-Key are one', async () => {
    const headers = { 'seam-workspace': server.workspaceId, 'idempotency-key': 'one-key' }
    const first = await owner.ok('/console/api_keys/create', { name: 'once' }, headers)
    expect(await owner.ok('/console/api_keys/create', { name: 'once' }, headers)).toEqual(first)
  })
})

describe('what belongs to people', () => {
  test('survives a reset of the sandbox', async () => {
    const before = await server.sql('SELECT user_id, email_address, password_hash FROM app_user ORDER BY 1')
    await server.ok('/workspaces/reset_sandbox')
    await server.settle()
    expect(await server.sql('SELECT user_id, email_address, password_hash FROM app_user ORDER BY 1')).toEqual(before)
    expect((await owner.inWorkspace('/console/team/list')).status).toBe(200)
  })

  test('is in no log', async () => {
    const lines: string[] = []
    await using own = await startTestServer({
      onLog: (_level, fields, text) => lines.push(text + JSON.stringify(fields)),
    })
    const password = await passwordOf(own)
    const browser = await signedIn(own)
    await newBrowser(own).signIn(OWNER, 'my wrong password')
    expect(lines.join('\n')).not.toContain(password)
    expect(lines.join('\n')).not.toContain('my wrong password')
    expect(lines.join('\n')).not.toContain(browser.cookie.split('=')[1])
    expect(lines.join('\n')).toContain('refused')
  })
})

describe('bad input to the console’s own operations', () => {
  const own = operations.filter(({ path }) => path.startsWith('/console/'))
  const NASTY = [
    null,
    7,
    true,
    [],
    {},
    ['x'],
    '',
    '\u0000',
    'x'.repeat(5000),
    'ﷺ',
    "'; DROP TABLE app_user; --",
    '__proto__',
  ]

  test.each(own.map(({ path, contract }) => [path, contract?.request?.['properties'] ?? {}] as const))(
    '%s never fails on it',
    async (path, properties) => {
      const browser = await newMember(`bad${path.replaceAll('/', '.')}@example.com`, 'owner')
      const valid: Record<string, unknown> = {
        email_address: 'nobody@example.com',
        password: PASSWORD,
        invitation_token: 'x',
        current_password: PASSWORD,
        new_password: PASSWORD,
        name: 'x',
        user_id: '00000000-0000-4000-8000-000000000000',
        api_key_id: '00000000-0000-4000-8000-000000000000',
        personal_access_token_id: '00000000-0000-4000-8000-000000000000',
      }
      const wrong: string[] = []
      for (const field of Object.keys(properties)) {
        for (const value of NASTY) {
          const reply = await browser.inWorkspace(path, { ...valid, [field]: value })
          const isRefused = [400, 401, 404, 409, 429].includes(reply.status) && reply.body['error'].message !== ''
          const isText = typeof value === 'string' && value.trim() !== '' && reply.status === 200
          if (!isRefused && !isText) wrong.push(`${field} ${JSON.stringify(value)}: ${String(reply.status)}`)
          if (typeof value !== 'string' && reply.status !== 400)
            wrong.push(`${field} ${JSON.stringify(value)} was taken`)
        }
      }
      expect(wrong).toEqual([])
    },
  )
})
