/** What the tests of the audit log share. */
import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

export const SECRET_KEY = randomBytes(32).toString('base64')

export const WINDOW = { starts_at: '2040-06-01T15:00:00.000Z', ends_at: '2040-06-04T11:00:00.000Z' }

/** The environment of another process on the same database. */
export async function environmentOf(server: TestServer): Promise<Record<string, string>> {
  const { host, port, user, password } = inject('postgres')
  const [row] = await server.sql<{ name: string }>('SELECT current_database() AS name')
  const url = `postgresql://${user}:${encodeURIComponent(password)}@/${row?.name ?? ''}?host=${encodeURIComponent(host)}&port=${String(port)}`
  return { DATABASE_URL: url, LOCKSTITCH_SECRET_KEY: SECRET_KEY }
}

export function startAudited(): Promise<TestServer> {
  return startTestServer({ env: { LOCKSTITCH_SECRET_KEY: SECRET_KEY } })
}

/** Runs a command of the CLI in this process. */
export async function cli(env: Record<string, string>, ...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = []
  const note = (line: string): void => void lines.push(line)
  const code = await run(args, { env, out: note, tell: note })
  return { code, text: lines.join('\n') }
}

/** Waits until nothing waits to be chained. */
export async function chained(server: TestServer): Promise<void> {
  for (let i = 0; i < 400; i++) {
    const [row] = await server.sql<{ waiting: boolean }>('SELECT EXISTS (SELECT 1 FROM audit_pending) AS waiting')
    if (row?.waiting === false) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('entries are still unchained after 10 s')
}
