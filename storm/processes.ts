/** One PostgreSQL and several API and worker processes on it, which the storm kills, freezes and starts again. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../src/store/embedded/index.ts'

export const KEY = 'seam_testS_killstormkillstormkills'

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined }

export type Role = 'api' | 'worker'

/** A place for one process: when the process in it dies, the next one is started. */
export class Member {
  readonly name: string
  readonly role: Role
  readonly #start: () => ChildProcess
  #child: ChildProcess | null = null
  #output = ''
  #isWanted = true
  /** Base URL while an API process is ready. */
  url: string | null = null
  isReady = false
  /** Set by whoever ends the process, so that an end of its own is told apart. */
  isExpectedToEnd = false
  /** Ends that nobody caused, with the last lines the process wrote. */
  readonly ownEnds: string[] = []

  constructor(name: string, role: Role, start: () => ChildProcess) {
    this.name = name
    this.role = role
    this.#start = start
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** What the processes in this place wrote, the latest 200,000 characters of it. */
  get output(): string {
    return this.#output
  }

  run(): void {
    this.isExpectedToEnd = false
    const child = this.#start()
    this.#child = child
    let text = ''
    const read = (chunk: Buffer): void => {
      text += chunk.toString()
      this.#output = (this.#output + chunk.toString()).slice(-200_000)
      if (this.isReady || this.#child !== child) return
      const url = /Base URL\s+(http:\S+)/.exec(text)?.[1]
      if (url === undefined && !text.includes('Lockstitch works as')) return
      this.url = url ?? null
      this.isReady = true
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', (code, signal) => {
      const wasReady = this.isReady
      this.isReady = false
      this.url = null
      // Who cannot start since the database is away says so and ends; a supervisor starts it again.
      if (wasReady && !this.isExpectedToEnd)
        this.ownEnds.push(`${this.name} ended by itself with ${String(code ?? signal)}: ${text.slice(-2000)}`)
      if (this.#isWanted) setTimeout(() => this.#isWanted && this.run(), wasReady ? 0 : 200)
    })
  }

  signal(name: NodeJS.Signals): void {
    if (name === 'SIGKILL') this.isExpectedToEnd = true
    this.#child?.kill(name)
  }

  /** Starts a process again in a place that was told to stop. */
  resume(): void {
    this.#isWanted = true
    this.run()
  }

  /** Asks it to stop and waits; answers its exit code. */
  async stop(): Promise<number | null> {
    this.#isWanted = false
    this.isExpectedToEnd = true
    const child = this.#child
    if (child === null) return null
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exited = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await exited
    clearTimeout(timer)
    return child.exitCode
  }
}

export class Cluster implements AsyncDisposable {
  readonly members: Member[] = []
  readonly #script: string
  readonly #folder: string
  readonly #env: Record<string, string>
  readonly #secret = randomBytes(32).toString('base64')
  #database: EmbeddedDatabase | null = null
  #databaseIsUp = false
  /** Milliseconds that PostgreSQL took to be back, each time. */
  readonly recoveries: number[] = []

  private constructor(script: string, folder: string, env: Record<string, string>) {
    this.#script = script
    this.#folder = folder
    this.#env = env
  }

  /** Starts PostgreSQL and `counts` processes of `script` (dist/main.js), with `env` besides what the cluster sets. */
  static async start(script: string, counts: Record<Role, number>, env: Record<string, string> = {}): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'lockstitch-storm-'))
    chmodSync(folder, 0o755)
    const cluster = new Cluster(script, folder, env)
    try {
      await cluster.#openDatabase()
      for (const role of ['api', 'worker'] as const) for (let n = 1; n <= counts[role]; n++) cluster.#place(role)
      for (const member of cluster.members) member.run()
      await cluster.healed()
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
    return cluster
  }

  /** One more process. */
  async add(role: Role): Promise<Member> {
    const member = this.#place(role)
    member.run()
    while (!member.isReady) await sleep(20)
    return member
  }

  #place(role: Role): Member {
    const name = `${role}-${this.members.filter((member) => member.role === role).length + 1}`
    const start = (): ChildProcess =>
      spawn(process.execPath, [this.#script], {
        env: {
          ...process.env,
          PORT: '0',
          DATABASE_URL: this.#database?.connectionString,
          LOCKSTITCH_SECRET_KEY: this.#secret,
          LOCKSTITCH_SANDBOX_API_KEY: KEY,
          LOCKSTITCH_ROLES: role,
          LOCKSTITCH_DATA_DIR: join(this.#folder, name),
          LOCKSTITCH_LOG_LEVEL: 'warn',
          ...this.#env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    const member = new Member(name, role, start)
    this.members.push(member)
    return member
  }

  urls(): string[] {
    return this.members.flatMap(({ url }) => url ?? [])
  }

  get databaseIsUp(): boolean {
    return this.#databaseIsUp
  }

  /** Waits until every process runs and PostgreSQL answers. @throws when they do not within `seconds` */
  async healed(seconds = 180): Promise<void> {
    const deadline = performance.now() + seconds * 1000
    while (!this.#databaseIsUp || this.members.some((member) => !member.isReady)) {
      if (performance.now() > deadline) {
        const away = this.members.filter((member) => !member.isReady)
        throw new Error(
          `not running again after ${seconds} s: ${away.map(({ name, output }) => `${name}: ${output.slice(-1500)}`).join('\n')}`,
        )
      }
      await sleep(20)
    }
  }

  /** Rows straight from the database, as its owner. */
  async sql<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    if (this.#database === null) throw new Error('there is no database')
    const client = new pg.Client({ ...this.#database.admin, connectionTimeoutMillis: 5000 })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query<R>(text, values)).rows
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  /** Kills PostgreSQL itself; it is started again at once. */
  killPostmaster(): void {
    this.#databaseIsUp = false
    const pid = this.#database?.pid
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  }

  /** Kills one backend of the server's: PostgreSQL then ends all the others and recovers. Answers whether there was one. */
  async killBackend(nth: number): Promise<boolean> {
    const rows = await this.sql<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid`,
    ).catch(() => [])
    const pid = rows[nth % Math.max(1, rows.length)]?.pid
    if (pid === undefined) return false
    process.kill(pid, 'SIGKILL')
    return true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()))
    const database = this.#database
    this.#database = null
    await database?.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #openDatabase(): Promise<void> {
    const startedAt = performance.now()
    this.#database = await openEmbeddedDatabase({
      dataDir: this.#folder,
      log: quiet,
      onCrash: () => void this.#reopen(),
    })
    this.#databaseIsUp = true
    if (this.members.length > 0) this.recoveries.push(performance.now() - startedAt)
  }

  async #reopen(): Promise<void> {
    this.#databaseIsUp = false
    await this.#database?.stop()
    for (let tries = 1; this.#database !== null; tries++) {
      try {
        await this.#openDatabase()
        return
      } catch (error) {
        if (tries === 20) throw error
        await sleep(200)
      }
    }
  }
}
