/** Stays and their numbers: what offline guest doors compare. */

/**
 * A number that is known to lie between two: the documents give a stay one number, when its first card is written, and
 * leave open whether it gets a newer one at a door it comes to later, or when all its cards were taken back before.
 */
export interface StayNumber {
  low: number
  high: number
}

/** The time from check-in to check-out. */
export class Stay {
  readonly #bySystem = new Map<string, number>()
  readonly #byDoor = new Map<string, StayNumber>()

  /** Null until something of this stay was written for this door. */
  at(door: string): StayNumber | null {
    return this.#byDoor.get(door) ?? null
  }

  /** Something is written for these doors of one system; `isAnew` when no live card or key carries the stay there. */
  write(provider: string, doors: Iterable<string>, fresh: StayNumber, isAnew: boolean): void {
    const low = this.#bySystem.get(provider) ?? fresh.low
    this.#bySystem.set(provider, low)
    for (const door of doors) {
      if (isAnew || !this.#byDoor.has(door)) this.#byDoor.set(door, { low, high: fresh.high })
    }
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
