/** The processes a benchmark measures: the server as an operator runs it, and a Fastify hello beside it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fastify from 'fastify'

export interface Started extends AsyncDisposable {
  port: number
  /** Milliseconds from spawn to the line that says it is ready. */
  readyMs: number
  process: ChildProcess
}

/** Starts a script and waits for the first line that names its port. */
export async function start(script: string, args: string[], env: Record<string, string>): Promise<Started> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const port = await new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      const match = /http:\/\/127\.0\.0\.1:(\d+)/.exec(output)
      if (match !== null) resolve(Number(match[1]))
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}: ${output}`)))
  })
  return {
    port,
    readyMs: performance.now() - startedAt,
    process: child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** `bench.js hello`: the least that Fastify does for a POST with a JSON body. */
export async function serveHello(): Promise<void> {
  const app = fastify()
  app.post('/hello', () => ({ hello: 'world', ok: true }))
  console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
}
