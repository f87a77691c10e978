/** `npm run lockstitch -- console-user`: accounts beside a running server; and accounts in a backup. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { newBrowser, OWNER, passwordOf, signedIn } from './support.ts'

let server: TestServer
const folder = mkdtempSync(join(tmpdir(), 'lockstitch-command-'))
beforeAll(async () => {
  server = await startTestServer()
}, 120_000)
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** Runs the command; answers its exit code and what it said. */
async function consoleUser(...args: string[]): Promise<{ code: number; out: string; told: string }> {
  let [out, told] = ['', '']
  const io = {
    env: server.env,
    out: (line: string) => void (out += `${line}\n`),
    tell: (line: string) => void (told += `${line}\n`),
  }
  return { code: await run(['console-user', ...args], io), out, told }
}

test('makes an account that can sign in, in the workspace it names', async () => {
  const { code, out } = await consoleUser(
    ...['--email-address', 'jane@example.com', '--full-name', 'Jane Doe', '--workspace', server.workspaceId],
    ...['--role', 'member'],
  )
  expect(code).toBe(0)
  expect(out).toContain('a member of the workspace')
  const password = /Password: (\w{20})/.exec(out)?.[1] ?? ''
  const browser = newBrowser(server)
  expect((await browser.signIn('jane@example.com', password)).body['console_session'].user.full_name).toBe('Jane Doe')
  expect((await browser.inWorkspace('/spaces/list')).status).toBe(200)
})

test('sets a new password, by which all sessions end and the one in the data folder is none', async () => {
  const before = await signedIn(server)
  const file = join(folder, 'password')
  writeFileSync(file, 'a window on the sea\n')
  const { code, out } = await consoleUser('--email-address', OWNER, '--password-file', file)
  expect(code).toBe(0)
  expect(out).not.toContain('window')
  expect((await before.post('/console/users/get')).status).toBe(401)
  expect((await newBrowser(server).signIn(OWNER, await passwordOf(server))).status).toBe(401)
  expect((await newBrowser(server).signIn(OWNER, 'a window on the sea')).status).toBe(200)
  await using again = await startTestServer({ env: server.env })
  expect(again.server.consolePassword).toBeNull()
})

test.each([
  [['--role', 'owner'], /--email-address is required/],
  [['--email-address', 'nonsense'], /--email-address/],
  [['--email-address', 'x@example.com', '--role', 'king'], /owner or member/],
  [['--email-address', 'x@example.com', '--workspace', '00000000-0000-4000-8000-000000000000'], /no workspace/],
  [['--email-address', 'x@example.com', '--password-file', '/nothing/there'], /cannot be read/],
])('called wrongly (%j), it says what would be right and makes nothing', async (args, message) => {
  const { code, told } = await consoleUser(...args)
  expect([code, told]).toEqual([2, expect.stringMatching(message)])
  expect(await server.sql("SELECT 1 FROM app_user WHERE email_address = 'x@example.com'")).toEqual([])
})
