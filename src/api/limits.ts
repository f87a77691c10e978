/**
 * How much is taken on, so that a flood of requests cannot make the server useless or guess its way in. Counted in
 * memory, by each process. Time here is the machine's: what is protected is the machine.
 */
import { ApiError } from './errors.ts'

/** Keys counted at most; the one that was quiet longest is forgotten first. */
const MOST_KEYS = 10_000

/** At most so many in any minute, per key: a bucket that refills evenly. */
export class PerMinute {
  readonly #most: number
  readonly #buckets = new Map<string, { left: number; at: number }>()

  /** `most` per minute; 0 = no limit. */
  constructor(most: number) {
    this.#most = most
  }

  /** Takes one. Answers 0, or after how many milliseconds the next one is free. */
  take(key: string, nowMs: number): number {
    if (this.#most === 0) return 0
    const before = this.#buckets.get(key)
    const perMs = this.#most / 60_000
    // A clock that was set back refills nothing, and takes nothing away.
    const sinceMs = before === undefined ? 0 : Math.max(0, nowMs - before.at)
    const left = before === undefined ? this.#most : Math.min(this.#most, before.left + sinceMs * perMs)
    const isFree = left >= 1
    this.#buckets.delete(key)
    this.#buckets.set(key, { left: isFree ? left - 1 : left, at: nowMs })
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size > MOST_KEYS && oldest !== undefined) this.#buckets.delete(oldest)
    return isFree ? 0 : Math.ceil((1 - left) / perMs)
  }
}

/** Wrong guesses of one address within this time (milliseconds) ... */
const PERIOD_MS = 10 * 60_000

/** ... are counted: whoever has guessed too often waits until the first of them is that long ago. */
export class Guesses {
  readonly #most: number
  readonly #byAddress = new Map<string, { wrong: number; since: number }>()

  constructor(most: number) {
    this.#most = most
  }

  /** Answers 0 when the address may guess, or for how many milliseconds it may not. */
  waitMs(address: string, nowMs: number): number {
    const tally = this.#byAddress.get(address)
    if (tally === undefined) return 0
    const left = tally.since + PERIOD_MS - nowMs
    if (left <= 0 || left > PERIOD_MS) {
      this.#byAddress.delete(address)
      return 0
    }
    return tally.wrong < this.#most ? 0 : left
  }

  /** What was counted as wrong was right. */
  right(address: string): void {
    const tally = this.#byAddress.get(address)
    if (tally === undefined) return
    if (tally.wrong > 1) tally.wrong--
    else this.#byAddress.delete(address)
  }

  /** The address has guessed wrong. */
  wrong(address: string, nowMs: number): void {
    const tally = this.#byAddress.get(address)
    if (tally !== undefined) tally.wrong++
    else {
      const [oldest] = this.#byAddress.keys()
      if (this.#byAddress.size >= MOST_KEYS && oldest !== undefined) this.#byAddress.delete(oldest)
      this.#byAddress.set(address, { wrong: 1, since: nowMs })
    }
  }
}

/** Made once: where it is needed, there is no time to note where it came from. */
const NO_ROOM = new ApiError(
  503,
  'server_overloaded',
  'The server has more requests under way than it can answer in time. Nothing was done: try again shortly.',
  { retryAfterMs: 1000 },
)

/** Whoever was let in and took longer (milliseconds) has waited for too many others. */
const SLOW_MS = 1500
/** So many are let in however slow they are: some operations wait for something, such as a system or a person. */
const LEAST_ROOM = 64
/** One that is slow may have waited for something of its own; so many in a row have waited for each other. */
const SLOW_IN_A_ROW = 3
/** The room is narrowed to somewhat less than what would just be in time. */
const SOME_LESS = 0.8
/** So many more are let in for every full room that was answered in time. */
const WIDENING = 4

/**
 * Requests under way at once: what is more is sent away at once, so that those taken in are answered in time. How many
 * that is depends on the machine and on what else it does, so the room follows what the last ones took: it narrows when
 * they were slow and widens again when they were not.
 */
export class Turnstile {
  readonly #most: number
  readonly #least: number
  #room: number
  #inside = 0
  #slowInARow = 0

  /** `most` at once; 0 = no limit. */
  constructor(most: number) {
    this.#most = most
    this.#least = Math.min(most, LEAST_ROOM)
    this.#room = most
  }

  /** @throws ApiError 503 when there is no room; else answers the way out, to be taken once. */
  enter(nowMs: number): (nowMs: number) => void {
    if (this.#most !== 0 && this.#inside >= Math.floor(this.#room)) throw NO_ROOM
    const ahead = this.#inside++
    let isOut = false
    return (leftMs) => {
      if (isOut) return
      isOut = true
      this.#inside--
      this.#follow(ahead, leftMs - nowMs)
    }
  }

  get inside(): number {
    return this.#inside
  }

  /** `ahead` had been let in before, and all of them were through after `tookMs`: so fast is the machine now. */
  #follow(ahead: number, tookMs: number): void {
    if (tookMs <= SLOW_MS) {
      this.#slowInARow = 0
      // A few more with each turn: how slow they are shows only when they leave.
      this.#room = Math.min(this.#most, this.#room + WIDENING / this.#room)
    } else if (++this.#slowInARow >= SLOW_IN_A_ROW) {
      const fitting = Math.floor((SOME_LESS * ahead * SLOW_MS) / tookMs)
      this.#room = Math.min(this.#room, Math.max(this.#least, fitting))
    }
  }
}

/** @throws ApiError 429 when there is something to wait for */
export function refuseUntil(waitMs: number, message: string): void {
  if (waitMs > 0) throw new ApiError(429, 'rate_limit_exceeded', message, { retryAfterMs: waitMs })
}

const PRIVATE = /^(::ffff:)?(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)|^::1$|^f[cd]/i

/** The caller's address, or the one a proxy on this machine or network speaks for: else one guesser would lock out all. */
export function addressOf(address: string, headers: Record<string, string | string[] | undefined>): string {
  const header = headers['x-forwarded-for']
  const forwarded = (typeof header === 'string' ? header : header?.at(-1))?.split(',').at(-1)?.trim()
  return forwarded !== undefined && forwarded !== '' && PRIVATE.test(address) ? forwarded : address
}

/** JSON nested deeper than this is refused: nothing of the API is. */
const DEEPEST = 32
/** Items of one list at most: a building has fewer doors. */
const LONGEST = 5000

/** Where a body goes beyond what is read: its path, and why. Walks without recursion: the body may be nested a million deep. */
export function excess(body: object): { path: string[]; message: string } | null {
  const open: { value: unknown; path: string[] }[] = [{ value: body, path: [] }]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { value, path } = one
    if (typeof value !== 'object' || value === null) continue
    if (path.length >= DEEPEST) return { path: [], message: `The body is nested more than ${String(DEEPEST)} deep` }
    if (Array.isArray(value) && value.length > LONGEST)
      return { path, message: `At most ${String(LONGEST)} items are taken at once: send the rest in another request` }
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === 'object' && item !== null) open.push({ value: item, path: [...path, key] })
    }
  }
  return null
}
