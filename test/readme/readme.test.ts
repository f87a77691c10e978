/** The README's examples are run as they stand there: bash with curl and jq, and JavaScript through the official SDKs. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const run = promisify(execFile)

/** The fenced blocks whose first line says `readme-test=<name>`. */
function block(name: string): string {
  const found = [...readme.matchAll(new RegExp(`^\`\`\`\\w+ readme-test=${name}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))]
  if (found.length !== 1) throw new Error(`README.md has ${found.length} blocks marked readme-test=${name}`)
  return found[0]?.[1] ?? ''
}

let server: TestServer
/** A folder that looks like the newcomer's: the key lies in data/sandbox-api-key. */
let folder: string

beforeAll(async () => {
  server = await startTestServer()
  folder = mkdtempSync(join(tmpdir(), 'lockstitch-readme-'))
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data/sandbox-api-key'), `${server.apiKey}\n`)
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server[Symbol.asyncDispose]()
})

/** The two lines that say where the server is and who calls; only the address is another one here. */
function setUp(): string {
  const [, lines = ''] = /^```bash\n(export SEAM_ENDPOINT=\S+\nexport SEAM_API_KEY=.*\n)```$/m.exec(readme) ?? []
  expect(lines).toContain('export SEAM_ENDPOINT=http://127.0.0.1:3000\n')
  return lines.replace('http://127.0.0.1:3000', server.url)
}

/** An environment in which nothing is set that the README does not set. */
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] }

test('curl: the card opens the granted doors and not the one next door', async () => {
  const script = `set -euo pipefail\n${setUp()}${block('curl')}`
  const { stdout, stderr } = await run('bash', ['-c', script], { cwd: folder, env })
  expect(stderr).toBe('')
  expect(stdout).toBe(block('output'))
  const door = await server.entrance('salto_space', 'Room 101')
  const { door_attempts } = await server.ok('/sandbox/doors/list_attempts', { acs_entrance_id: door })
  expect(door_attempts[0]).toMatchObject({ opened: true, reason: 'granted' })
})

test('curl: it may be typed line by line, without strict mode, a second time', async () => {
  const { stdout } = await run('bash', ['-c', `${setUp()}${block('curl')}`], { cwd: folder, env })
  expect(stdout).toBe(block('output'))
})

describe.each(['seam', 'seam-1160'])('JavaScript, with the package %s', (packageName) => {
  // Beside the SDKs' node_modules, where `import 'seam'` finds them; 1.160.0 is installed there under another name.
  const file = join(root, `test/clients/readme-${packageName}-${process.pid}.mjs`)
  afterAll(() => rmSync(file, { force: true }))

  test('opens the granted doors and not the one next door', async () => {
    writeFileSync(file, block('javascript').replace("from 'seam'", `from '${packageName}'`))
    const { stdout } = await run(process.execPath, ['--no-warnings', file], {
      env: { ...env, SEAM_ENDPOINT: server.url, SEAM_API_KEY: server.apiKey },
    })
    expect(stdout).toBe(
      'Main Entrance opens (granted)\nRoom 102 opens (granted)\nRoom 103 stays shut (no_access_to_entrance)\n',
    )
  })
})

test('it names every setting there is, and no other', () => {
  const source = readFileSync(join(root, 'src/config.ts'), 'utf8')
  const known = [...new Set(source.match(/(?<=(?:value|count)\(')[A-Z_]+(?=')/g))].sort()
  const table = readme.slice(readme.indexOf('## Settings'), readme.indexOf('## Where your data lies'))
  const named = [...table.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name).sort()
  expect(known.length).toBeGreaterThan(8)
  expect(named).toEqual(known)
})

test('its defaults are those of the code', () => {
  const config = readConfig({})
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    dataDir: join(process.cwd(), 'data'),
    logLevel: 'info',
  })
  expect([...config.roles].join(',')).toBe('api,worker,console')
  expect(() => readConfig({ LOCKSTITCH_SANDBOX_API_KEY: 'seam_test1_localdevelopment' })).not.toThrow()
  expect(() => readConfig({ DATABASE_URL: 'postgres://x' })).toThrow(/LOCKSTITCH_SECRET_KEY is required/)
})

test('what it says start prints is what start prints', () => {
  const main = readFileSync(join(root, 'src/main.ts'), 'utf8')
  for (const words of [
    'Lockstitch is ready after',
    '  Base URL   ',
    '  API key    ',
    '(sandbox; kept in ',
    '  Docs       ',
    '  Contract   ',
    '  Stop with Ctrl-C.',
  ]) {
    expect(main).toContain(words)
    expect(readme).toContain(words)
  }
})

test('every page it links to is there', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link ?? '')
  expect(links.length).toBeGreaterThan(5)
  for (const link of links) expect(() => readFileSync(join(root, link)), link).not.toThrow(/ENOENT/)
})
