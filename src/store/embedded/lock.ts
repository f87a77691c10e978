import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errnoOf, unlessErrno } from './errors.ts'
import { isOfThisMachine, isRunning, thisProcess, type ProcessMark } from './processes.ts'

/**
 * Files that say "this process is here": the lock around starting and stopping, and one entry for each
 * server process that uses the database.
 *
 * On one machine an entry lives as long as its process, which is told by process id and start time. Process
 * ids of another container or machine that shares the folder mean nothing here, so every entry is also
 * touched every two seconds, and a foreign one that stays untouched for ten is taken for dead.
 */
export interface Entry extends ProcessMark {
  token: string
}

const beatEvery = 2_000
const silentFor = 10_000
/** So old that watching it is a waste of time, and far more than clocks of machines sharing a folder differ. */
const longAgo = 60_000

const watched = new Map<string, { touched: number; since: number }>()

export type Life = 'alive' | 'dead' | 'watching'

function newEntry(): Entry {
  return { ...thisProcess(), token: randomBytes(8).toString('hex') }
}

function parseEntry(text: string): Entry | undefined {
  try {
    const entry = JSON.parse(text) as Partial<Entry>
    if (typeof entry.pid === 'number' && typeof entry.token === 'string' && typeof entry.machine === 'string') {
      return {
        machine: entry.machine,
        host: entry.host ?? '',
        pid: entry.pid,
        started: entry.started ?? '',
        token: entry.token,
      }
    }
  } catch {
    // cut short by a crash
  }
  return undefined
}

/** Undefined when there is no file, 'damaged' when it holds no entry. */
async function readEntry(path: string): Promise<Entry | 'damaged' | undefined> {
  const text = await unlessErrno(['ENOENT'], readFile(path, 'utf8'))
  return text === undefined ? undefined : (parseEntry(text) ?? 'damaged')
}

function same(a: Entry | 'damaged', b: Entry | 'damaged' | undefined): boolean {
  return a === 'damaged' || b === 'damaged' ? a === b : a.token === b?.token
}

async function lifeOf(path: string, entry: Entry): Promise<Life> {
  if (isOfThisMachine(entry)) return isRunning(entry.pid, entry.started) ? 'alive' : 'dead'
  const info = await unlessErrno(['ENOENT'], stat(path))
  // eslint-disable-next-line no-restricted-syntax -- compared with times of files, which only the system clock gives
  if (!info || Date.now() - info.mtimeMs > longAgo) return 'dead'
  const key = `${path} ${entry.token}`
  const before = watched.get(key)
  const now = performance.now()
  if (!before) {
    watched.set(key, { touched: info.mtimeMs, since: now })
    return 'watching'
  }
  if (before.touched !== info.mtimeMs) return 'alive'
  return now - before.since > silentFor ? 'dead' : 'watching'
}

function beat(path: string, onMissing?: () => Promise<void>): NodeJS.Timeout {
  const timer = setInterval(() => {
    // eslint-disable-next-line no-restricted-syntax -- the time of a file, which only the system clock gives
    const now = new Date()
    utimes(path, now, now).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') onMissing?.().catch(() => undefined)
    })
  }, beatEvery)
  timer.unref()
  return timer
}

export interface Lock {
  release(): Promise<void>
}

/**
 * Takes a lock file, waiting for a living holder and clearing away a dead one.
 *
 * The file appears complete (written aside, then linked), so whoever reads it knows the holder. A dead lock
 * is removed only by the process that holds the lock for doing so, after looking again: otherwise two that
 * saw the same dead lock could remove each other's new one.
 */
export async function acquireLock(path: string, onWait: (holder: Entry) => void): Promise<Lock> {
  const entry = newEntry()
  const aside = `${path}.${entry.token}`
  let reported = performance.now()
  for (;;) {
    await writeFile(aside, JSON.stringify(entry), { mode: 0o600 })
    try {
      linkSync(aside, path)
      break
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
    } finally {
      unlinkSync(aside)
    }
    const holder = await readEntry(path)
    // released meanwhile; removing it now would hit the next holder
    if (holder === undefined) continue
    const life = holder === 'damaged' ? 'dead' : await lifeOf(path, holder)
    if (life === 'dead') {
      const breaking = await acquireLock(`${path}.break`, onWait)
      try {
        if (same(holder, await readEntry(path))) await unlessErrno(['ENOENT'], unlink(path))
      } finally {
        await breaking.release()
      }
      continue
    }
    if (holder !== 'damaged' && performance.now() - reported > 2_000) {
      reported = performance.now()
      onWait(holder)
    }
    await sleep(15)
  }
  const timer = beat(path)
  return {
    async release() {
      clearInterval(timer)
      if (same(entry, await readEntry(path))) await unlessErrno(['ENOENT'], unlink(path))
    },
  }
}

/** For the last moments of a process, when nothing can be awaited. Says whether the work was done. */
export function withLockIfFree(path: string, work: () => void): boolean {
  const entry = newEntry()
  const aside = `${path}.${entry.token}`
  try {
    writeFileSync(aside, JSON.stringify(entry), { mode: 0o600 })
    try {
      linkSync(aside, path)
    } finally {
      unlinkSync(aside)
    }
  } catch {
    return false
  }
  try {
    work()
  } finally {
    unlinkSync(path)
  }
  return true
}

/** The server processes that use one database: one file each in a folder. */
export class Servers {
  readonly #folder: string
  readonly #entry = newEntry()
  readonly #path: string
  #timer: NodeJS.Timeout | undefined

  constructor(folder: string) {
    this.#folder = folder
    this.#path = join(folder, `${this.#entry.pid}-${this.#entry.token}`)
  }

  get ownFile(): string {
    return this.#path
  }

  async register(): Promise<void> {
    const write = () => writeFile(this.#path, JSON.stringify(this.#entry), { mode: 0o600 })
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await write()
    this.#timer = beat(this.#path, async () => {
      if (this.#timer) await write()
    })
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await unlessErrno(['ENOENT'], unlink(this.#path))
  }

  /** The others, the dead ones cleared away. Only for the holder of the lock. */
  async others(): Promise<{ entry: Entry; life: Life; foreign: boolean }[]> {
    const names = (await unlessErrno(['ENOENT'], readdir(this.#folder))) ?? []
    const found: { entry: Entry; life: Life; foreign: boolean }[] = []
    for (const name of names) {
      if (name === basename(this.#path)) continue
      const path = join(this.#folder, name)
      const entry = await readEntry(path)
      const life = entry && entry !== 'damaged' ? await lifeOf(path, entry) : 'dead'
      if (entry && entry !== 'damaged' && life !== 'dead') found.push({ entry, life, foreign: !isOfThisMachine(entry) })
      else await unlessErrno(['ENOENT'], unlink(path))
    }
    return found
  }
}

/** Reads an entry without waiting, for the last moments of a process. */
export function isDeadNow(path: string): boolean {
  try {
    const entry = parseEntry(readFileSync(path, 'utf8'))
    return entry !== undefined && isOfThisMachine(entry) && !isRunning(entry.pid, entry.started)
  } catch {
    return false
  }
}
