/** How soon the server is there again on data that exists, and what it takes of the memory when nothing happens. */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from '../processes.ts'
import { median, settings, tell, type BenchPaths } from '../server.ts'

const STARTS = 5
/** An idle server has settled by then. */
const IDLE_MS = 20_000

export async function measureStart(paths: BenchPaths): Promise<void> {
  const env = settings(paths, 'start')
  await (await start(paths.server, [], env))[Symbol.asyncDispose]()
  const times: number[] = []
  for (let round = 0; round < STARTS; round++) {
    const startedAt = performance.now()
    await using server = await start(paths.run, ['start'], env)
    const response = await fetch(`http://127.0.0.1:${server.port}/health`)
    if (response.status !== 200) throw new Error(`/health answered ${response.status}`)
    times.push(performance.now() - startedAt)
  }
  tell('npm start again on existing data to first 200', `median ${median(times).toFixed(0)} ms`, '< 1500 ms')
}

export async function measureMemory(paths: BenchPaths): Promise<void> {
  await using server = await start(paths.server, [], settings(paths, 'memory'))
  await sleep(IDLE_MS)
  const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(server.process.pid)], { encoding: 'utf8' })
  tell('idle memory, server without PostgreSQL', `${(Number(kilobytes) / 1000).toFixed(0)} MB`, '< 150 MB')
}
