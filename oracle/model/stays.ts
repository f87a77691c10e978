/** Stays and their numbers: what offline guest doors compare. */

/**
 * A number that is known to lie between two: the documents give a stay one number, when its first card is written, and
 * leave open whether it gets a newer one at a door it comes to later, or at one where all its cards were taken back or
 * had ended before.
 */
export interface StayNumber {
  low: number
  high: number
  /** What the stay had at this door before: never more. */
  before?: StayNumber
}

/** Is a number surely not less than the other? A stay's own are the same, or come one after the other. */
export function isAtLeast(number: StayNumber, other: StayNumber): boolean {
  if (number.low >= other.high) return true
  for (let one: StayNumber | undefined = number; one !== undefined; one = one.before) if (one === other) return true
  return false
}

/** The time from check-in to check-out. */
export class Stay {
  readonly #bySystem = new Map<string, number>()
  readonly #byDoor = new Map<string, StayNumber>()
  readonly #carriers = new Map<string, Map<string, number>>()

  /** Null until something of this stay was written for this door. */
  at(door: string): StayNumber | null {
    return this.#byDoor.get(door) ?? null
  }

  /** Something is written for these doors of one system, at each of which no live card or key carries the stay. */
  write(provider: string, doors: Iterable<string>, fresh: StayNumber): void {
    const low = this.#bySystem.get(provider) ?? fresh.low
    this.#bySystem.set(provider, low)
    for (const door of doors) {
      const before = this.#byDoor.get(door)
      this.#byDoor.set(door, { low, high: fresh.high, ...(before === undefined ? {} : { before }) })
    }
  }

  /** What was ever written of this stay for the door: keys, and how often each had ended before. */
  carriersAt(door: string): ReadonlyMap<string, number> {
    return this.#carriers.get(door) ?? new Map()
  }

  carry(door: string, { key, ends }: { key: string; ends: number }): void {
    this.#carriers.set(door, new Map(this.carriersAt(door)).set(key, ends))
  }
}

/** Hands out numbers, per system, upwards. */
export class StayNumbers {
  readonly #last = new Map<string, number>()

  /** `count` stays are written at one moment: nobody says which of them came first. */
  next(provider: string, count: number): StayNumber {
    const last = this.#last.get(provider) ?? 0
    this.#last.set(provider, last + count)
    return { low: last + 1, high: last + count }
  }
}
