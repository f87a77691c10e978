/** One of the racing processes: gives the PINs of its holders anew, one after the other, by the server's own allocation. */
import { writeFileSync } from 'node:fs'
import type pg from 'pg'
import { ChangeSet } from '../../src/domain/changes.ts'
import { during, settleClaims } from '../../src/domain/credentials/pins.ts'
import { silentLog } from '../../src/log.ts'
import { freeCodes } from '../../src/store/pins.ts'
import { ConstraintViolation, Stale, Store } from '../../src/store/store.ts'
import { systemClock, systemIds } from '../../src/system-clock.ts'
import { Random } from '../../storm/random.ts'
import { instantOf, RULE, stayIn, type Ground, type Holding } from './ground.ts'
import { Journal } from './journal.ts'

/** What a process is sent when it starts. */
export interface Task {
  connection: pg.ClientConfig
  ground: Ground
  holdings: Holding[]
  allocations: number
  callers: number
  seed: number
  /** Where it leaves its journal. */
  journal: string
  /** Ends early when this instant has come (milliseconds since the epoch). */
  until: number | null
}

/** What it answers with. */
export interface Done {
  allocations: number
  /** Decisions that a constraint refused, so that they were made again. */
  refused: number
  /** Looks at the database for a free PIN. */
  looks: number
  rssMb: number
}

/** Works off the task; its journal tells of every allocation, when it was known and until when it held. */
export async function allocate(task: Task, onProgress: (allocations: number) => void): Promise<Done> {
  const { ground, holdings, callers } = task
  const { workspace_id, doorIds } = ground
  const store = await Store.open({
    ...{ connection: task.connection, clock: systemClock, ids: systemIds, log: silentLog },
    eventDescriptions: new Map(),
  })
  const random = new Random(task.seed)
  const journal = new Journal(holdings.length + task.allocations)
  // What was filled in beforehand is held from the beginning.
  const entries = holdings.map((holding) => journal.begin(holding, 0, 0))
  const free = new Set(holdings.keys())
  const done: Done = { allocations: 0, refused: 0, looks: 0, rssMb: 0 }
  const reader: Pick<Store, 'read'> = {
    read(...args) {
      done.looks++
      return store.read(...args)
    },
  }
  let begun = 0

  const one = async (index: number): Promise<void> => {
    const holding = holdings[index]
    const entry = entries[index]
    if (holding === undefined || entry === undefined) throw new Error('no such holder')
    const { acs_credential_id, version, door, season } = holding
    const acs_entrance_id = doorIds[door] ?? ''
    const stay = stayIn(season, random)
    const window = { starts_at: instantOf(stay.fromHour), ends_at: instantOf(stay.toHour) }
    const now = new Date().toISOString()
    const startedAt = performance.now()
    let attempts = 0
    // From here on nobody may rely on the old PIN.
    journal.end(entry, instant())
    const code = await store.decide(
      workspace_id,
      () => now,
      async () => {
        if (++attempts > 1) done.refused++
        const place = { acs_entrance_ids: [acs_entrance_id], personal_system_ids: [], rule: RULE }
        const [chosen] = await freeCodes(reader, workspace_id, place, during(window), 1, systemIds)
        if (chosen === undefined) throw new Error('no PIN is free where one of ten must be')
        const changes = new ChangeSet()
        changes.update('acs_credential', 'acs_credential_id', { acs_credential_id, version, code: chosen, ...window })
        const claimant = { acs_credential_id, code: chosen, ...window }
        settleClaims(changes, claimant, [acs_entrance_id], [{ acs_credential_id, acs_entrance_id }])
        return { changes, result: chosen }
      },
    )
    Object.assign(holding, { code: Number(code), version: version + 1, ...stay })
    entries[index] = journal.begin(holding, instant(), performance.now() - startedAt)
    done.allocations++
    if (done.allocations % 1000 === 0) onProgress(done.allocations)
  }

  const caller = async (): Promise<void> => {
    while (begun < task.allocations && (task.until === null || Date.now() < task.until)) {
      begun++
      // Nobody's PIN is given anew twice at once.
      let index = random.between(0, holdings.length - 1)
      while (!free.delete(index)) index = (index + 1) % holdings.length
      await one(index)
      free.add(index)
    }
  }
  try {
    await Promise.all(Array.from({ length: callers }, caller))
  } catch (error) {
    if (error instanceof ConstraintViolation || error instanceof Stale)
      throw new Error('an allocation was refused again and again', { cause: error })
    throw error
  } finally {
    await store[Symbol.asyncDispose]()
  }
  done.rssMb = process.memoryUsage().rss / 1e6
  writeFileSync(task.journal, journal.bytes())
  return done
}

/** Milliseconds by a clock that all processes of the machine share and nobody sets. */
function instant(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** The process as the run forks it: a task comes in, progress and the outcome go out. */
export function serveTask(): void {
  process.once('message', (task: Task) => {
    allocate(task, (allocations) => process.send?.({ allocations })).then(
      (done) => process.send?.({ done }, () => process.exit(0)),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
}
