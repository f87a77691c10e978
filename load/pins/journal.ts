/** Every allocation as its process saw it, small enough to keep a million of them. */
import type { Holding } from './ground.ts'

const FIELDS = 8

export interface Allocation {
  door: number
  code: number
  fromHour: number
  toHour: number
  /** When its caller was told (milliseconds), and when it began to give it up; Infinity = it still stands. */
  heldFrom: number
  heldUntil: number
  /** How long it took; 0 for what was filled in beforehand. */
  ms: number
  process: number
}

export class Journal {
  readonly #rows: Float64Array
  #next = 0

  constructor(capacity: number) {
    this.#rows = new Float64Array(capacity * FIELDS)
  }

  /** Notes that a PIN is held from `at`; answers the entry's number. */
  begin(holding: Holding, at: number, ms: number): number {
    const { door, code, fromHour, toHour } = holding
    this.#rows.set([door, code, fromHour, toHour, at, Infinity, ms, 0], this.#next * FIELDS)
    return this.#next++
  }

  /** Notes that it may be gone from `at` on. */
  end(entry: number, at: number): void {
    this.#rows[entry * FIELDS + 5] = at
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.#rows.buffer, 0, this.#next * FIELDS * 8)
  }
}

/** The allocations of a journal that was written to a file. */
export function* readJournal(bytes: Uint8Array, process: number): Generator<Allocation> {
  const rows = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  for (let at = 0; at < rows.length; at += FIELDS) {
    const [door = 0, code = 0, fromHour = 0, toHour = 0, heldFrom = 0, heldUntil = 0, ms = 0] = rows.subarray(at)
    yield { door, code, fromHour, toHour, heldFrom, heldUntil, ms, process }
  }
}
