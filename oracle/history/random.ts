/** Seeded chance: the same seed and history number give the same history on every machine. */
export class Random {
  #state: number

  constructor(...seeds: number[]) {
    let state = 0x9e3779b9
    for (const seed of seeds) {
      for (const part of [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0]) {
        state = Math.imul(state ^ part, 0x85ebca6b)
        state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
        state ^= state >>> 16
      }
    }
    this.#state = state >>> 0
  }

  /** From 0 up to, but not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** From `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** @throws Error when there is nothing to pick from */
  pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.next() * from.length)]
    if (one === undefined) throw new Error('nothing to pick from')
    return one
  }

  /** `count` different ones, or all. */
  some<T>(from: readonly T[], count: number): T[] {
    const rest = [...from]
    const taken: T[] = []
    while (taken.length < count && rest.length > 0) taken.push(...rest.splice(this.int(0, rest.length - 1), 1))
    return taken
  }

  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const entries = Object.entries(weights) as [T, number][]
    let at = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of entries) {
      at -= weight
      if (at < 0 && weight > 0) return name
    }
    return entries[0]?.[0] as T
  }
}
