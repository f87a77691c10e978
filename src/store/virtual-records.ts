/**
 * The records of a virtual building, in the table virtual_record. This layer knows no systems: what is here fits the
 * interfaces `VirtualRecords` and `DriverHost` of systems/kit by shape.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { toIso } from '../clock.ts'
import { ChangeSet } from '../domain/changes.ts'
import type { Json, VirtualRecord } from '../domain/records.ts'
import type { Log } from '../log.ts'
import { ConstraintViolation, Stale, type Store } from './store.ts'
import type { Workspaces } from './workspaces.ts'

/** How often a change is made again when another process came between: a building's busiest records see dozens at once. */
const CHANGE_TRIES = 50

type Row = Pick<VirtualRecord, 'id' | 'data' | 'lookup' | 'version'>

const OF_BUILDING = 'SELECT id, data, lookup, version FROM virtual_record WHERE workspace_id = $1 AND building_id = $2'

export class StoredVirtualRecords {
  readonly #store: Store
  readonly #workspaceId: string
  readonly #buildingId: string

  constructor(store: Store, workspaceId: string, buildingId: string) {
    this.#store = store
    this.#workspaceId = workspaceId
    this.#buildingId = buildingId
  }

  async get<T extends object>(kind: string, id: string): Promise<T | undefined> {
    return (await this.row(kind, id))?.data as T | undefined
  }

  async find<T extends object>(kind: string, lookup: string): Promise<T[]> {
    return (await this.rowsOf(kind, lookup)).map((row) => row.data as T)
  }

  async list<T extends object>(kind: string): Promise<T[]> {
    return (await this.rows(kind)).map((row) => row.data as T)
  }

  async row(kind: string, id: string): Promise<Row | undefined> {
    const rows = await this.#read(`${OF_BUILDING} AND kind = $3 AND id = $4`, [kind, id])
    return rows[0]
  }

  rowsOf(kind: string, lookup: string): Promise<Row[]> {
    return this.#read(`${OF_BUILDING} AND kind = $3 AND lookup = $4 ORDER BY id`, [kind, lookup])
  }

  rows(kind: string): Promise<Row[]> {
    return this.#read(`${OF_BUILDING} AND kind = $3 ORDER BY id`, [kind])
  }

  #read(text: string, values: unknown[]): Promise<Row[]> {
    return this.#store.read<Row>(this.#workspaceId, text, [this.#buildingId, ...values])
  }

  /**
   * Reads, changes and writes as one command. Every record that is written must be as it was read: when another
   * change came between, this one is made again.
   */
  async change<R>(change: (records: OpenChange) => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      const open = new OpenChange(this)
      const result = await change(open)
      try {
        await this.#store.write(this.#workspaceId, toIso(this.#store.clock.now()), await open.collect(this.#buildingId))
        return result
      } catch (error) {
        if (!isOvertaken(error) || attempt >= CHANGE_TRIES) throw error
      }
    }
  }
}

function isOvertaken(error: unknown): boolean {
  return error instanceof Stale || (error instanceof ConstraintViolation && error.constraint === 'virtual_record_pkey')
}

interface Written {
  kind: string
  id: string
  /** Null = deleted. */
  data: Json | null
  lookup: string | null
}

/** One change under way: reads see what it has put so far. */
export class OpenChange {
  readonly #records: StoredVirtualRecords
  /** What was read first, by kind and id; null = there was none. */
  readonly #read = new Map<string, Promise<Row | null>>()
  readonly #written = new Map<string, Written>()
  /** What was found in the records, by kind and lookup: a change sees one state of them. */
  readonly #found = new Map<string, Promise<Row[]>>()

  constructor(records: StoredVirtualRecords) {
    this.#records = records
  }

  async get<T extends object>(kind: string, id: string): Promise<T | undefined> {
    const written = this.#written.get(keyOf(kind, id))
    if (written !== undefined) return (written.data ?? undefined) as T | undefined
    return (await this.#readOnce(kind, id))?.data as T | undefined
  }

  async find<T extends object>(kind: string, lookup: string): Promise<T[]> {
    const key = keyOf(kind, lookup)
    let found = this.#found.get(key)
    if (found === undefined) this.#found.set(key, (found = this.#records.rowsOf(kind, lookup)))
    return this.#overlay<T>(kind, await found, (written) => written.lookup === lookup)
  }

  async list<T extends object>(kind: string): Promise<T[]> {
    return this.#overlay<T>(kind, await this.#records.rows(kind), () => true)
  }

  put(kind: string, id: string, data: object, lookup?: string): void {
    this.#written.set(keyOf(kind, id), { kind, id, data: data as Json, lookup: lookup ?? null })
  }

  delete(kind: string, id: string): void {
    this.#written.set(keyOf(kind, id), { kind, id, data: null, lookup: null })
  }

  /** What the change writes, resting on the versions it has read. */
  async collect(building_id: string): Promise<ChangeSet> {
    const changes = new ChangeSet()
    const written = [...this.#written.values()]
    // A record that was written without being read is read now: the last one to write it wins.
    const before = await Promise.all(written.map(({ kind, id }) => this.#readOnce(kind, id)))
    // Set directly: ChangeSet.update would merge records of different kinds that share an id.
    const updates: Partial<VirtualRecord>[] = []
    written.forEach(({ kind, id, data, lookup }, i) => {
      const version = before[i]?.version
      if (data === null) {
        if (version !== undefined) changes.delete('virtual_record', { building_id, kind, id, version })
      } else if (version === undefined) {
        changes.insert('virtual_record', { building_id, kind, id, lookup, data })
      } else {
        updates.push({ building_id, kind, id, lookup, data, version })
      }
    })
    if (updates.length > 0) changes.updates.virtual_record = updates
    return changes
  }

  #readOnce(kind: string, id: string): Promise<Row | null> {
    const key = keyOf(kind, id)
    let row = this.#read.get(key)
    if (row === undefined) {
      row = this.#records.row(kind, id).then((found) => found ?? null)
      this.#read.set(key, row)
    }
    return row
  }

  #overlay<T extends object>(kind: string, rows: Row[], isWanted: (written: Written) => boolean): T[] {
    const found: T[] = []
    for (const row of rows) {
      const key = keyOf(kind, row.id)
      if (!this.#read.has(key)) this.#read.set(key, Promise.resolve(row))
      if (!this.#written.has(key)) found.push(row.data as T)
    }
    for (const written of this.#written.values()) {
      if (written.kind === kind && written.data !== null && isWanted(written)) found.push(written.data as T)
    }
    return found
  }
}

function keyOf(kind: string, id: string): string {
  return `${kind}\n${id}`
}

/** What the drivers of a virtual building may use: `DriverHost` by shape. */
export interface VirtualHost {
  now(): number
  random(bound: number): number
  uuid(): string
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  log: Log
  virtual: StoredVirtualRecords
}

/** The host of one building. Its clock is the workspace's, as it was last looked at: every piece of work begins with that. */
export async function virtualHost(
  services: { store: Store; workspaces: Workspaces; log: Log },
  workspaceId: string,
  buildingId: string,
): Promise<VirtualHost> {
  const { store, workspaces, log } = services
  await workspaces.get(workspaceId)
  return {
    now: () => workspaces.lastKnownNow(workspaceId),
    random: (bound) => store.ids.integer(bound),
    uuid: () => store.ids.uuid(),
    sleep: async (ms, signal) => {
      await wait(ms, undefined, { signal })
    },
    log,
    virtual: new StoredVirtualRecords(store, workspaceId, buildingId),
  }
}
