/** The walk-throughs of /docs/first-steps, run as they stand on the page, and the languages compared call by call. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { callsIn, programOf, SDKS, stepsOnPage, type Sdk, type Step } from './samples.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)
const WALKS = ['quick-start', 'key-cards', 'pin-codes']
const PRINTS: Record<string, RegExp> = {
  'quick-start': /^Send this link to Jane: http:\/\/\S+\/ik\/[A-Z0-9]+\n$/,
  'key-cards': /^Encoding required: true\nCard number: \S+\nOpens: (?!null|undefined)\S.*\nAt the door: granted\n$/,
  'pin-codes': /^PIN: \d{4,9}\n$/,
}

// Each sample is a program of its own, and cURL starts two for each call.
vi.setConfig({ testTimeout: 120_000 })

let server: TestServer
let html: string
let steps: Step[]
/** A folder that looks like the newcomer's: the key lies in data/sandbox-api-key. */
let folder: string
const written: string[] = []

beforeAll(async () => {
  server = await startTestServer()
  html = await (await fetch(`${server.url}/docs/first-steps`)).text()
  steps = stepsOnPage(html)
  folder = mkdtempSync(join(tmpdir(), 'lockstitch-docs-'))
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data/sandbox-api-key'), `${server.apiKey}\n`)
})
afterAll(async () => {
  for (const file of written) rmSync(file, { force: true })
  rmSync(folder, { recursive: true, force: true })
  await server[Symbol.asyncDispose]()
})

/** An environment in which nothing is set that the page does not set. */
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] }
const environment = () => ({ ...env, SEAM_ENDPOINT: server.url, SEAM_API_KEY: server.apiKey })

/** The two lines that say where the server is and who calls. */
function setUp(): string {
  return /(export SEAM_ENDPOINT=.*\nexport SEAM_API_KEY=.*)<\/code>/.exec(html)?.[1] ?? ''
}

test('the page holds every walk-through in every language, and this server is its address', () => {
  const walks = new Map(
    WALKS.map((walk) => [walk, steps.filter((one) => one.walk === walk && one.sdk === 'javascript')]),
  )
  for (const [walk, ofWalk] of walks) expect(ofWalk.length, walk).toBeGreaterThan(1)
  expect(steps.length).toBe([...walks.values()].flat().length * SDKS.length)
  expect(html).not.toContain('{{')
  expect(html).not.toContain('<!-- sample')
  expect(setUp()).toBe(`export SEAM_ENDPOINT=${server.url}\nexport SEAM_API_KEY=$(cat data/sandbox-api-key)`)
})

describe.each(WALKS)('the walk-through %s', (walk) => {
  test('works with cURL as written, in strict mode, and once more typed line by line', async () => {
    const script = `${setUp()}\n${programOf(steps, walk, 'curl')}`
    for (const strict of ['set -euo pipefail\n', '']) {
      const { stdout, stderr } = await run('bash', ['-c', strict + script], { cwd: folder, env })
      expect(stderr).toBe('')
      expect(stdout).toMatch(PRINTS[walk] ?? /^$/)
    }
  })

  test.each(['seam', 'seam-1160'])('works with JavaScript as written, with the package %s', async (packageName) => {
    // Beside the SDKs' node_modules, where `import 'seam'` finds them; 1.160.0 is installed there under another name.
    const file = join(root, `test/clients/docs-${walk}-${packageName}-${process.pid}.mjs`)
    written.push(file)
    const program = programOf(steps, walk, 'javascript')
    expect(program).toContain("import { Seam } from 'seam'\n")
    writeFileSync(file, program.replace("from 'seam'", `from '${packageName}'`))
    const { stdout } = await run(process.execPath, ['--no-warnings', file], { env: environment() })
    expect(stdout).toMatch(PRINTS[walk] ?? /^$/)
  })

  // Python itself is on many machines, its SDK on few.
  const hasPython = spawnSync('python3', ['--version']).status === 0
  test.skipIf(!hasPython)('works with Python as written, where a stand-in speaks for the SDK', async () => {
    const { stdout } = await run('python3', ['-c', programOf(steps, walk, 'python')], {
      env: { ...environment(), PYTHONPATH: join(import.meta.dirname, 'stand-in'), PYTHONDONTWRITEBYTECODE: '1' },
    })
    expect(stdout.replace('required: True', 'required: true')).toMatch(PRINTS[walk] ?? /^$/)
  })
})

describe('call by call', () => {
  let requests: Record<string, { isServed: boolean; params: string[]; required: string[] }>

  beforeAll(async () => {
    interface Schema {
      properties?: Record<string, unknown>
      required?: string[]
      allOf?: Schema[]
      anyOf?: Schema[]
      oneOf?: Schema[]
    }
    interface Method {
      'x-not-served'?: boolean
      requestBody?: { content: { 'application/json': { schema: Schema } } }
    }
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, { post: Method }>
    }
    const namesIn = (schema: Schema): string[] => [
      ...Object.keys(schema.properties ?? {}),
      ...[schema.allOf, schema.anyOf, schema.oneOf].flatMap((parts) => (parts ?? []).flatMap(namesIn)),
    ]
    requests = Object.fromEntries(
      Object.entries(paths).map(([path, { post }]) => {
        const schema = post.requestBody?.content['application/json'].schema ?? {}
        const isServed = post['x-not-served'] !== true
        return [path, { isServed, params: namesIn(schema), required: schema.required ?? [] }]
      }),
    )
  })

  const callsOf = (walk: string, sdk: Sdk) =>
    steps
      .filter((one) => one.walk === walk && one.sdk === sdk)
      .map(({ step, code }) => ({
        step,
        // An SDK waits for an action attempt by itself.
        calls: callsIn(code, sdk).filter(({ path }) => path !== '/action_attempts/get'),
      }))

  test.each(SDKS)('%s calls operations that are served, by parameters that they have', (sdk) => {
    const calls = WALKS.flatMap((walk) => callsOf(walk, sdk)).flatMap((one) => one.calls)
    expect(calls.length).toBe(17)
    for (const { path, params } of calls) {
      expect(requests[path]?.isServed, path).toBe(true)
      expect(requests[path]?.params, path).toEqual(expect.arrayContaining(params))
      expect(params, path).toEqual(expect.arrayContaining(requests[path]?.required ?? []))
    }
  })

  test.each(SDKS)('%s makes the calls of JavaScript, in its order, for the same people and methods', (sdk) => {
    for (const walk of WALKS) {
      expect(callsOf(walk, sdk), walk).toEqual(callsOf(walk, 'javascript'))
      const program = programOf(steps, walk, sdk)
      const reference = programOf(steps, walk, 'javascript')
      const modes = (code: string) =>
        [...code.matchAll(/\bmode"?(?: = |: | => |\()['"](\w+)['"]/gi)].map(([, mode]) => mode)
      expect(modes(program), walk).toEqual(modes(reference))
      expect(modes(program).length, walk).toBeGreaterThan(0)
      for (const word of ['Jane Doe', 'salto_space_system', 'salto_ks_site', '/sandbox/doors/present_card'])
        expect(program.includes(word), `${walk}: ${word}`).toBe(reference.includes(word))
    }
  })

  test('a misspelt parameter, another order and an unknown operation are noticed', () => {
    expect(
      callsIn('seam.AccessGrants.Create(userIdentityID: x, acsEntranceIds: new List<string> { a, b })', 'csharp'),
    ).toEqual([{ path: '/access_grants/create', params: ['user_identity_id', 'acs_entrance_ids'] }])
    expect(
      callsIn("seam.acs.encoders.list({ acs_system_ids: [a, b], limit })\nseam.client.post('/x', {})", 'javascript'),
    ).toEqual([{ path: '/acs/encoders/list', params: ['acs_system_ids', 'limit'] }])
    expect(
      callsIn('$seam->acs->systems->list();\n$seam->user_identities->create(full_name: "Jane") // list()', 'php'),
    ).toEqual([
      { path: '/acs/systems/list', params: [] },
      { path: '/user_identities/create', params: ['full_name'] },
    ])
    expect(() => callsIn('seam.accessMethods().get(AccessMethodsListRequest.builder().build())', 'java')).toThrow(
      'is given to',
    )
  })
})
