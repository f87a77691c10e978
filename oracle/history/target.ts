/** The server under test: a process of its own on a temporary data folder, stopped or killed and started again at will. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from './client.ts'

export class Target implements AsyncDisposable {
  readonly client = new Client()
  readonly #script: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'lockstitch-oracle-'))
  #child: ChildProcess | null = null
  #output = ''
  #readers = 0
  #waiting: (() => void)[] = []
  #restart: Promise<void> | null = null

  private constructor(script: string) {
    this.#script = script
  }

  /** Starts `script` (dist/main.js). */
  static async start(script: string): Promise<Target> {
    const target = new Target(script)
    chmodSync(target.#folder, 0o755)
    await target.#start()
    return target
  }

  /** Runs one step of a history; the server is not taken away in the middle of it. */
  async during<T>(step: () => Promise<T>): Promise<T> {
    while (this.#restart !== null) await this.#restart
    this.#readers++
    try {
      return await step()
    } finally {
      this.#readers--
      if (this.#readers === 0) for (const go of this.#waiting.splice(0)) go()
    }
  }

  /** Once every history stands between two steps: stops the server in an orderly way or kills it, and starts it again. */
  async restart(how: 'stop' | 'kill'): Promise<void> {
    while (this.#restart !== null) await this.#restart
    this.#restart = (async () => {
      if (this.#readers > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
      await this.#end(how === 'kill' ? 'SIGKILL' : 'SIGTERM')
      await this.#start()
    })()
    try {
      await this.#restart
    } finally {
      this.#restart = null
    }
  }

  /** What the server wrote, for a failure that is its own. */
  get output(): string {
    return this.#output
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close()
    await this.#end('SIGTERM')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #start(): Promise<void> {
    const dataDir = join(this.#folder, 'data')
    const child = spawn(process.execPath, [this.#script], {
      env: { ...process.env, PORT: '0', LOCKSTITCH_DATA_DIR: dataDir, LOCKSTITCH_LOG_LEVEL: 'error' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#output = ''
    const url = await new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        this.#output = (this.#output + chunk.toString()).slice(-20_000)
        const found = /(http:\/\/127\.0\.0\.1:\d+)\s/.exec(this.#output)
        if (found?.[1] !== undefined) resolve(found[1])
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${this.#output}`)))
    })
    this.client.connectTo(url, readFileSync(join(dataDir, 'personal-access-token'), 'utf8').trim())
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
}
