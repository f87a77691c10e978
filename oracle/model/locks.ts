/** What an offline lock remembers, and how it judges what is written on a card or lies on a phone. */
import { isAtLeast, type StayNumber } from './stays.ts'
import type { Verdict, Window } from './facts.ts'

/** One door a holder may open, and when. */
export interface Entry {
  door: string
  from: number
  to: number
  /** By a group where credentials carry doors themselves: it brings no stay with it. */
  isStaff?: true
}

/** What is written on a card, or lies on a phone. */
export interface Written {
  key: string
  holder: string
  entries: readonly Entry[]
  /** Guest door -> the number of the stay there. */
  stays: ReadonlyMap<string, StayNumber>
  /** The windows of the credential itself: outside them it opens nothing, whatever else its holder may open. */
  windows: readonly Window[]
  /** How often the credential had ended when this was written. */
  ends: number
  /** Counts the cards of one user on systems with user lineage; null elsewhere and on phones. */
  serial: number | null
  /** Set by an online door that found the credential ended. */
  ended: 'revoked' | 'suspended' | null
}

interface Memory {
  /** Surely seen; a lower stay number is refused. */
  stay: number
  /** Perhaps seen, each of them; what may be less than one of these is open. */
  perhaps: Set<StayNumber>
  serials: Map<string, number>
}

export class Locks {
  readonly #memories = new Map<string, Memory>()

  judge(written: Written, door: string, now: number): Verdict {
    if (written.ended !== null) return refusal(written.ended)
    const here = written.entries.filter((entry) => entry.door === door)
    if (here.length === 0) return refusal('no_access_to_entrance')
    const reasons = new Set<string>()
    let isUndecided = false
    const asCredential = outsideAll(written.windows, now)
    if (asCredential !== null) reasons.add(asCredential)
    // Where the door and the credential have no time in common, the card carries nothing of the door.
    const haveCommonTime = here.some((entry) =>
      written.windows.some((window) => window.from < entry.to && entry.from < window.to),
    )
    if (!haveCommonTime) reasons.add('no_access_to_entrance')
    for (const entry of here) {
      const outside = outsideWindow(entry, now) ?? asCredential
      if (outside !== null) reasons.add(outside)
      const standing = this.#standing(written, entry)
      if (standing !== 'opens') reasons.add('overridden')
      if (outside !== null || standing === 'overridden') continue
      if (standing === 'opens') return OPENS
      isUndecided = true
    }
    return isUndecided ? UNDETERMINED : { opens: false, reasons }
  }

  /** The door opened for what was shown there (a phone shows all its keys): the lock remembers. */
  use(shown: readonly Written[], door: string, now: number): void {
    const memory = this.#memory(door)
    const numbers: StayNumber[] = []
    for (const written of shown) {
      if (written.ended !== null || outsideAll(written.windows, now) !== null) continue
      for (const entry of written.entries) {
        if (entry.door !== door || outsideWindow(entry, now) !== null) continue
        if (this.#standing(written, entry) === 'overridden') continue
        if (written.serial !== null)
          memory.serials.set(written.holder, Math.max(written.serial, memory.serials.get(written.holder) ?? 0))
        numbers.push(numberOf(written, entry) ?? NO_STAY)
      }
    }
    // Shown several keys at once, the lock took one of them, and nobody says which.
    memory.stay = Math.max(memory.stay, Math.min(...numbers.map(({ low }) => low)))
    for (const number of numbers) memory.perhaps.add(number)
  }

  #standing(written: Written, entry: Entry): 'opens' | 'overridden' | 'undecided' {
    const memory = this.#memory(entry.door)
    if (written.serial !== null && written.serial < (memory.serials.get(written.holder) ?? 0)) return 'overridden'
    const number = numberOf(written, entry)
    if (number === null || [...memory.perhaps].every((seen) => isAtLeast(number, seen))) return 'opens'
    return number.high < memory.stay ? 'overridden' : 'undecided'
  }

  #memory(door: string): Memory {
    let memory = this.#memories.get(door)
    if (memory === undefined) this.#memories.set(door, (memory = { stay: 0, perhaps: new Set(), serials: new Map() }))
    return memory
  }
}

const NO_STAY: StayNumber = { low: 0, high: 0 }
const OPENS: Verdict = { opens: true, reasons: new Set() }
export const UNDETERMINED: Verdict = { opens: null, reasons: null }

export function refusal(...reasons: string[]): Verdict {
  return { opens: false, reasons: new Set(reasons) }
}

/** Null inside any of them. */
export function outsideAll(windows: readonly Window[], now: number): 'not_yet_valid' | 'expired' | null {
  const outside = windows.map((window) => outsideWindow(window, now))
  return outside.includes(null) ? null : (outside[0] ?? null)
}

export function outsideWindow({ from, to }: Window, now: number): 'not_yet_valid' | 'expired' | null {
  if (now < from) return 'not_yet_valid'
  return now >= to ? 'expired' : null
}

/** The number stands on the card, for the door: whatever else opens the door to its holder, it is compared. */
function numberOf({ stays }: Written, { door }: Entry): StayNumber | null {
  return stays.get(door) ?? null
}
