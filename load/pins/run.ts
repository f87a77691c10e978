/** The run: a full building, processes that race for the PINs that are left, and an audit of everything they were told. */
import { fork } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { silentLog } from '../../src/log.ts'
import { openEmbeddedDatabase } from '../../src/store/embedded/index.ts'
import { migrate } from '../../src/store/migrate.ts'
import { Random } from '../../storm/random.ts'
import { audit, type Audit } from './auditor.ts'
import { CODE_SPACE, fill } from './ground.ts'
import { readJournal, type Allocation } from './journal.ts'
import type { Done, Task } from './process.ts'

export interface PinsOptions {
  /** dist/load.js, which also is the racing process. */
  script: string
  migrations: string
  allocations: number
  processes?: number
  /** At once, in each process. */
  callers?: number
  doors?: number
  seasons?: number
  /** The part of the PINs that is taken. */
  share?: number
  seed?: number
  /** The constraint is dropped first: what then happens shows that it matters, and that the auditor sees it. */
  isWithoutConstraint?: boolean
  /** No new allocations after so long. */
  minutes?: number | null
  onProgress?: (allocations: number) => void
}

export interface PinsOutcome extends Audit {
  codeSpace: number
  /** PINs that stand at one door on one night. */
  taken: number
  doors: number
  seasons: number
  processes: Done[]
  made: number
  refused: number
  looks: number
  seconds: number
  p50: number
  p99: number
  max: number
}

export async function runPins(options: PinsOptions): Promise<PinsOutcome> {
  const { processes = 2, callers = 8, doors = 4, seasons = 2, share = 0.9, seed = 1, minutes = null } = options
  const folder = mkdtempSync(join(tmpdir(), 'lockstitch-pins-'))
  chmodSync(folder, 0o755)
  const database = await openEmbeddedDatabase({ dataDir: folder, log: silentLog })
  try {
    const connection = database.admin
    await migrate(connection, options.migrations, silentLog)
    if (options.isWithoutConstraint === true)
      await statement(connection, 'ALTER TABLE pin_claim DROP CONSTRAINT pin_claim_once_per_door')
    const random = new Random(seed)
    const { ground, holdings } = await fill(connection, { doors, seasons, share, random })
    // The constraint's index also serves the looks for free PINs; without it they need one that allows everything.
    if (options.isWithoutConstraint === true)
      await statement(connection, 'CREATE INDEX ON pin_claim (workspace_id, acs_entrance_id, code)')
    const startedAt = performance.now()
    const made: number[] = []
    const tasks = Array.from({ length: processes }, (_, n): Task => ({
      ...{ connection, ground, callers },
      holdings: holdings.filter((_, i) => i % processes === n),
      allocations: Math.ceil(options.allocations / processes),
      seed: seed * 1000 + n,
      journal: join(folder, `journal-${n}`),
      until: minutes === null ? null : Date.now() + minutes * 60_000,
    }))
    const done = await Promise.all(
      tasks.map((task, n) =>
        race(options.script, task, (allocations) => {
          made[n] = allocations
          options.onProgress?.(made.reduce((sum, one) => sum + one, 0))
        }),
      ),
    )
    const seconds = (performance.now() - startedAt) / 1000
    const allocations: Allocation[] = []
    for (const [n, task] of tasks.entries())
      for (const one of readJournal(readFileSync(task.journal), n)) allocations.push(one)
    const times = Float64Array.from(allocations.flatMap(({ ms }) => (ms > 0 ? [ms] : []))).sort()
    const at = (part: number): number => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0
    const sum = (of: (one: Done) => number): number => done.reduce((total, one) => total + of(one), 0)
    return {
      ...(await audit(connection, ground, allocations)),
      ...{ codeSpace: CODE_SPACE, taken: Math.floor(CODE_SPACE * share), doors, seasons, processes: done, seconds },
      made: sum((one) => one.allocations),
      refused: sum((one) => one.refused),
      looks: sum((one) => one.looks),
      ...{ p50: at(0.5), p99: at(0.99), max: at(1) },
    }
  } finally {
    await database.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs one process to its end. */
function race(script: string, task: Task, onProgress: (allocations: number) => void): Promise<Done> {
  return new Promise((resolve, reject) => {
    const child = fork(script, ['pins-process'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    child.on('message', (message: { allocations: number } | { done: Done }) => {
      if ('done' in message) resolve(message.done)
      else onProgress(message.allocations)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`a racing process ended with ${code}`)))
    child.send(task)
  })
}

async function statement(connection: pg.ClientConfig, text: string): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
