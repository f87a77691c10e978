/**
 * A started server for a test: real PostgreSQL, a sandbox workspace with its virtual systems, every answer checked
 * against the published contract. `await using server = await startTestServer()`.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import type { Ids } from '../../src/ids.ts'
import { startServer, type Server } from '../../src/server.ts'
import { systemClock, systemIds } from '../../src/system-clock.ts'
import { sdkGenerations, type SdkGeneration, type SeamClient } from '../clients/sdks.ts'
import { checkAnswer } from './contract.ts'
import { TEMPLATE } from './global-setup.ts'

export interface TestServerOptions {
  clock?: Clock
  ids?: Ids
  env?: Record<string, string>
  /** Freezes the workspace's clock at this instant right after the start. */
  frozenAt?: string
  /** Log lines of level error that the test expects; any other fails it. */
  expectErrors?: boolean
  /** Hears every line of the log. */
  onLog?: (level: string, fields: object, message: string) => void
}

/** The parts of an answer that tests look at. */
export interface Reply {
  status: number
  headers: Headers
  // Answers are read by tests field by field.
  body: Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any
}

export interface TestServer extends AsyncDisposable {
  server: Server
  url: string
  apiKey: string
  personalAccessToken: string
  workspaceId: string
  /** A connection to the test's database as superuser, to look at what is stored. */
  sql<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]>
  /** An official client; the newest generation unless another is given. */
  seam(generation?: SdkGeneration): SeamClient
  /** POST with the sandbox key (or another bearer token; null = none). */
  post(path: string, body?: object, bearer?: string | null, headers?: Record<string, string>): Promise<Reply>
  /** POST that must answer 200; gives the body. */
  ok(path: string, body?: object): Promise<Reply['body']>
  settle(): Promise<void>
  freeze(now?: string): Promise<void>
  advance(to: string): Promise<void>
  /** The system of this provider in the sandbox workspace. */
  systemOf(provider: string): Promise<string>
  /** The id of an entrance by its name, in the system of this provider. */
  entrance(provider: string, name: string): Promise<string>
  encoder(provider: string, name?: string): Promise<string>
  /** The environment it was started with, for commands beside it. */
  env: Record<string, string>
  /** What was logged as an error so far. */
  errors: string[]
  stop(): Promise<void>
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const admin = inject('postgres')
  const database = `test_${randomBytes(6).toString('hex')}`
  await administer(admin, `CREATE DATABASE ${database} TEMPLATE ${TEMPLATE}`)
  const dataDir = mkdtempSync(join(tmpdir(), 'lockstitch-data-'))
  chmodSync(dataDir, 0o755)
  const errors: string[] = []
  const note = (level: string) => (fields: object, message: string) => {
    options.onLog?.(level, fields, message)
    if (level === 'error') errors.push(`${message} ${JSON.stringify(fields)}`)
    if (process.env['LOCKSTITCH_TEST_LOG'] !== undefined) console.log(level, message, fields)
  }
  const auth = `${admin.user}:${encodeURIComponent(admin.password)}`
  const env: Record<string, string> = {
    PORT: '0',
    LOCKSTITCH_DATA_DIR: dataDir,
    DATABASE_URL: `postgresql://${auth}@/${database}?host=${encodeURIComponent(admin.host)}&port=${admin.port}`,
    LOCKSTITCH_SECRET_KEY: randomBytes(32).toString('base64'),
    ...options.env,
  }
  const config = readConfig(env)
  const server = await startServer({
    config,
    clock: options.clock ?? systemClock,
    ids: options.ids ?? systemIds,
    log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
    onAnswer: checkAnswer,
  })
  const apiKey = server.sandboxApiKey ?? ''
  const sqlClient = new pg.Pool({ ...admin, database, max: 1 })
  // Its connection ends with the database that the test drops.
  sqlClient.on('error', () => undefined)

  const post = async (
    path: string,
    body: object = {},
    bearer: string | null = apiKey,
    headers: Record<string, string> = {},
  ): Promise<Reply> => {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...headers,
      },
      body: JSON.stringify(body),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Reply['body'] }
  }
  const ok = async (path: string, body: object = {}): Promise<Reply['body']> => {
    const reply = await post(path, body)
    if (reply.status !== 200)
      throw new Error(`${path} answered ${reply.status}: ${JSON.stringify(reply.body)}\n${errors.join('\n')}`)
    return reply.body
  }
  const one = async (text: string, values: unknown[]): Promise<string> => {
    const { rows } = await sqlClient.query<{ id: string }>(text, [server.sandboxWorkspaceId, ...values])
    if (rows[0] === undefined) throw new Error(`nothing found for ${values.join(', ')}`)
    return rows[0].id
  }
  let isStopped = false
  const stop = async (): Promise<void> => {
    if (isStopped) return
    isStopped = true
    await sqlClient.end()
    await server.stop()
    await administer(admin, `DROP DATABASE ${database} WITH (FORCE)`)
    rmSync(dataDir, { recursive: true, force: true })
  }
  const test: TestServer = {
    server,
    url: server.url,
    env,
    apiKey,
    personalAccessToken: server.personalAccessToken ?? '',
    workspaceId: server.sandboxWorkspaceId,
    errors,
    sql: async <R extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await sqlClient.query<R>(text, values)).rows,
    seam(generation = sdkGenerations[0]) {
      if (generation === undefined) throw new Error('no SDK is installed')
      return new generation.Seam({ apiKey, endpoint: server.url })
    },
    post,
    ok,
    settle: async () => void (await ok('/sandbox/settle')),
    freeze: async (now) => void (await ok('/sandbox/clock/freeze', now === undefined ? {} : { now })),
    advance: async (to) => void (await ok('/sandbox/clock/advance', { to })),
    systemOf: (provider) =>
      one('SELECT acs_system_id AS id FROM acs_system WHERE workspace_id = $1 AND provider = $2', [provider]),
    entrance: (provider, name) =>
      one(
        'SELECT e.acs_entrance_id AS id FROM acs_entrance e JOIN acs_system s USING (workspace_id, acs_system_id) WHERE e.workspace_id = $1 AND s.provider = $2 AND e.display_name = $3',
        [provider, name],
      ),
    encoder: (provider, name) =>
      one(
        'SELECT e.acs_encoder_id AS id FROM acs_encoder e JOIN acs_system s USING (workspace_id, acs_system_id) WHERE e.workspace_id = $1 AND s.provider = $2 AND ($3::text IS NULL OR e.display_name = $3) ORDER BY e.created_at LIMIT 1',
        [provider, name ?? null],
      ),
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      if (errors.length > 0 && options.expectErrors !== true)
        throw new Error(`the server logged errors:\n${errors.join('\n')}`)
    },
  }
  if (options.frozenAt !== undefined) await test.freeze(options.frozenAt)
  return test
}

async function administer(
  admin: { host: string; port: number; user: string; password: string },
  statement: string,
): Promise<void> {
  const client = new pg.Client({ ...admin, database: 'postgres' })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
