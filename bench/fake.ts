/**
 * The vendor's in-memory fake (npm `@seamapi/fake-seam-connect`), to compare reads with. It is no dependency: the bench
 * installs it into a folder of its own, and goes without it where that fails.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { start } from './processes.ts'
import { caller, type BenchPaths } from './server.ts'

const PACKAGE = '@seamapi/fake-seam-connect'
const VERSION = '1.86.0'

export interface RunningFake extends AsyncDisposable {
  port: number
  key: string
  /** The body of `/acs/users/get` for a user that it has. */
  readBody: string
}

/** The fake in a process of its own; null where it cannot be installed. */
export async function installFake(paths: BenchPaths): Promise<RunningFake | null> {
  const folder = join(paths.folder, 'fake')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  const options = { cwd: folder, encoding: 'utf8' } as const
  const installed = spawnSync('npm', ['install', '--no-audit', '--no-fund', `${PACKAGE}@${VERSION}`], options)
  if (installed.status !== 0) return null
  const fake = await start(paths.bench, ['fake', folder], {})
  const key = 'seam_apikey1_token'
  const call = caller(fake, key)
  const { acs_systems } = await call<{ acs_systems: { acs_system_id: string }[] }>('/acs/systems/list')
  const { acs_user } = await call<{ acs_user: { acs_user_id: string } }>('/acs/users/create', {
    acs_system_id: acs_systems[0]?.acs_system_id,
    full_name: 'Bench Reader',
  })
  return {
    ...{ port: fake.port, key, readBody: JSON.stringify({ acs_user_id: acs_user.acs_user_id }) },
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  }
}

interface FakeModule {
  createFake: (this: void) => Promise<{
    seed(): Promise<unknown>
    startServer(options: { port: number }): Promise<unknown>
  }>
}

/** `bench.js fake <folder>`: serves the fake that is installed there, seeded as it comes. */
export async function serveFake(folder: string): Promise<void> {
  const module = pathToFileURL(join(folder, 'node_modules', PACKAGE, 'dist/index.js')).href
  const { createFake } = (await import(module)) as FakeModule
  const fake = await createFake()
  await fake.seed()
  const port = await freePort()
  await fake.startServer({ port })
  console.log(`http://127.0.0.1:${port}`)
}

/** It takes a port and does not say which one it was given. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
