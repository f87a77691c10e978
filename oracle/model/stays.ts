/** Stays and their numbers: what offline guest doors compare. */

/** The time from check-in to check-out. At a system it gets its number when its first card there is written. */
export class Stay {
  readonly #numbers = new Map<string, number>()

  /** Undefined until something of this stay was written there; NaN when nobody can tell the order. */
  numberAt(provider: string): number | undefined {
    return this.#numbers.get(provider)
  }

  number(provider: string, value: number): void {
    this.#numbers.set(provider, value)
  }
}

/** Hands out numbers, per system, upwards. */
export class StayNumbers {
  readonly #last = new Map<string, number>()

  /** These stays are written for the first time, at one moment: among several, nobody says which came first. */
  give(provider: string, stays: Iterable<Stay>): void {
    const fresh = [...new Set(stays)].filter((stay) => stay.numberAt(provider) === undefined)
    const next = (this.#last.get(provider) ?? 0) + 1
    for (const stay of fresh) stay.number(provider, fresh.length === 1 ? next : NaN)
    this.#last.set(provider, next)
  }
}
