/** A virtual building's records in memory, and a host to go with them: for tests that need no database. */
import type { DriverHost } from './driver.ts'
import type { VirtualRecords, VirtualTransaction } from './virtual.ts'

interface Entry {
  data: object
  lookup: string | undefined
}

export class MemoryRecords implements VirtualRecords {
  readonly #kinds = new Map<string, Map<string, Entry>>()
  #queue: Promise<unknown> = Promise.resolve()

  async get<T extends object>(kind: string, id: string): Promise<T | undefined> {
    const entry = this.#kinds.get(kind)?.get(id)
    return entry === undefined ? undefined : (structuredClone(entry.data) as T)
  }

  async find<T extends object>(kind: string, lookup: string): Promise<T[]> {
    const entries = [...(this.#kinds.get(kind)?.values() ?? [])]
    return entries.filter((entry) => entry.lookup === lookup).map((entry) => structuredClone(entry.data) as T)
  }

  async list<T extends object>(kind: string): Promise<T[]> {
    return [...(this.#kinds.get(kind)?.values() ?? [])].map((entry) => structuredClone(entry.data) as T)
  }

  /** One change after the other; one that fails leaves nothing. */
  change<R>(change: (records: VirtualTransaction) => Promise<R>): Promise<R> {
    const turn = this.#queue.then(async () => {
      const before = new Map([...this.#kinds].map(([kind, entries]) => [kind, new Map(entries)]))
      try {
        return await change({
          get: (kind, id) => this.get(kind, id),
          find: (kind, lookup) => this.find(kind, lookup),
          list: (kind) => this.list(kind),
          put: (kind, id, data, lookup) => {
            let entries = this.#kinds.get(kind)
            if (entries === undefined) this.#kinds.set(kind, (entries = new Map<string, Entry>()))
            entries.set(id, { data: structuredClone(data), lookup })
          },
          delete: (kind, id) => void this.#kinds.get(kind)?.delete(id),
        })
      } catch (error) {
        this.#kinds.clear()
        for (const [kind, entries] of before) this.#kinds.set(kind, entries)
        throw error
      }
    })
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  /** Everything that is held, for comparisons. */
  dump(): Record<string, Record<string, object>> {
    return Object.fromEntries(
      [...this.#kinds].map(([kind, entries]) => [
        kind,
        Object.fromEntries([...entries].map(([id, entry]) => [id, entry.data])),
      ]),
    )
  }
}

export interface MemoryHost extends DriverHost {
  /** The clock, in milliseconds: set it. */
  time: number
  /** How long was slept, in milliseconds. */
  slept: number
}

/** A host whose clock is set by hand, whose chance repeats from run to run, and whose sleep takes no time. */
export function memoryHost(records: VirtualRecords, startsAt = '2025-06-16T16:00:00.000Z'): MemoryHost {
  let state = 20250616
  let made = 0
  const host: MemoryHost = {
    time: Date.parse(startsAt),
    slept: 0,
    now: () => host.time,
    random(bound) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return Math.floor((state / 2 ** 32) * bound)
    },
    uuid: () => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      host.slept += ms
    },
    log: { info() {}, warn() {} },
    virtual: records,
  }
  return host
}
