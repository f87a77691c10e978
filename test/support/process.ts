/** The server as an operator runs it: a process of its own on a data folder of its own, which a test can kill. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Reply } from './server.ts'

const root = join(import.meta.dirname, '../..')

export interface ServerProcess {
  url: string
  pid: number
  exited: Promise<unknown>
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>
  /** Asks it to stop and waits. Answers its exit code. */
  stop(): Promise<number | null>
  post(path: string, body?: object): Promise<Reply>
  ok(path: string, body?: object): Promise<Reply['body']>
}

export interface Installation extends AsyncDisposable {
  folder: string
  /** `node` names another Node.js than the one that runs the tests. */
  start(env?: Record<string, string>, node?: string): Promise<ServerProcess>
  /** Rows straight from the database of the running installation. */
  sql<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]>
}

export const KEY = 'seam_testD_durabilitydurabilitydur1'

/** An empty data folder; everything started on it is gone when the test ends. */
export function makeInstallation(): Installation {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'ignore' })
  const folder = mkdtempSync(join(tmpdir(), 'lockstitch-durable-'))
  chmodSync(folder, 0o755)
  const running = new Set<ServerProcess>()
  return {
    folder,
    async start(env = {}, node = process.execPath) {
      const child = spawn(node, [join(root, 'dist/main.js')], {
        env: {
          ...process.env,
          PORT: '0',
          LOCKSTITCH_DATA_DIR: folder,
          LOCKSTITCH_SANDBOX_API_KEY: KEY,
          LOCKSTITCH_LOG_LEVEL: 'warn',
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const server = await ready(child)
      running.add(server)
      void server.exited.then(() => running.delete(server))
      return server
    },
    async sql<R extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      const [, , , port = '', host = ''] = readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n')
      const password = readFileSync(join(folder, 'postgres-password'), 'utf8').trim()
      const client = new pg.Client({ host, port: Number(port), user: 'postgres', password, database: 'lockstitch' })
      await client.connect()
      try {
        return (await client.query<R>(text, values)).rows
      } finally {
        await client.end()
      }
    },
    async [Symbol.asyncDispose]() {
      // PostgreSQL outlives a killed server until the next one takes it over and stops it.
      if (running.size === 0) await this.start().catch(() => undefined)
      for (const server of [...running]) await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ready(child: ChildProcess): Promise<ServerProcess> {
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      const match = /Base URL\s+(http:\S+)/.exec(output)
      if (match?.[1] !== undefined) resolve(match[1])
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${output}`)))
  })
  const exited = child.exitCode === null ? once(child, 'exit') : Promise.resolve()
  const post = async (path: string, body: object = {}): Promise<Reply> => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify(body),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Reply['body'] }
  }
  return {
    url,
    pid: child.pid ?? 0,
    exited,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
      return child.exitCode
    },
    post,
    async ok(path, body = {}) {
      const reply = await post(path, body)
      if (reply.status !== 200)
        throw new Error(`${path} answered ${reply.status}: ${JSON.stringify(reply.body)}\n${output.slice(-2000)}`)
      return reply.body
    },
  }
}

/** Asks until the answer is there; the deadline is generous, since it only ends a test that has failed. */
export async function until<T>(question: () => Promise<T | null | undefined | false>, seconds = 60): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const answer = await question()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (performance.now() > deadline) throw new Error(`nothing came of ${question.toString()} in ${seconds} s`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
