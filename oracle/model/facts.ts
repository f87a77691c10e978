/**
 * What the model is told: one fact for each API call that changed something, in the words of the model. People, grants,
 * keys, cards and phones are named by labels that the teller chooses; doors are named `visionline/Room 101`; instants
 * are milliseconds.
 */
import type { Mode } from './systems.ts'

/**
 * `away`: nothing reaches the system until further notice, whether it is silent or refuses, and is told afterwards.
 * `unsure`: some things may, and nobody knows which.
 */
export type Reach = 'ok' | 'away' | 'unsure'

/** One access method as the API answered it. */
export interface MethodFact {
  method: string
  mode: Mode
  provider: string
  /** The one door of a PIN that belongs to one door. */
  door?: string
  code?: string
}

/** The window of a grant or credential, end exclusive; Infinity = no end. */
export interface Window {
  from: number
  to: number
}

/** How a directly created guest credential stands to the stays before it. */
export type StayWish = 'staff' | 'new' | { joins: string }

export type Fact =
  | { fact: 'now'; now: number }
  /** All work that is due has been done: every system that can be reached knows what it should. */
  | { fact: 'settled' }
  | { fact: 'reach'; provider: string; reach: Reach }
  | { fact: 'space'; space: string; doors: readonly string[] }
  | ({
      fact: 'grant'
      grant: string
      person: string
      doors: readonly string[]
      spaces: readonly string[]
      key: string | null
    } & Window)
  | ({ fact: 'grant_window'; grant: string } & Window)
  | { fact: 'grant_doors'; grant: string; doors: readonly string[] }
  | { fact: 'grant_deleted'; grant: string }
  /** All methods that the grant has now; those that are missing are gone. */
  | { fact: 'methods'; grant: string; methods: readonly MethodFact[] }
  | { fact: 'method_deleted'; method: string }
  | { fact: 'user'; user: string; provider: string }
  | { fact: 'user_deleted'; user: string }
  | { fact: 'suspended'; holder: string; provider: string; isSuspended: boolean }
  /** A holder is, or is no longer, in one of the maker's own groups; `doors` are that group's. */
  | { fact: 'membership'; holder: string; provider: string; group: string; doors: readonly string[]; isMember: boolean }
  | ({
      fact: 'credential'
      credential: string
      user: string
      provider: string
      mode: Mode
      doors: readonly string[]
      stay: StayWish
      code?: string
    } & Window)
  | ({ fact: 'credential_window'; credential: string } & Window)
  | { fact: 'credential_deleted'; credential: string }
  /** An encoding of this method or credential ended well; `card` is the plastic it named. */
  | { fact: 'written'; key: string; card: string }
  /** What is on this card, nobody can tell any more. */
  | { fact: 'murky'; card: string }
  /** A blank card was put on an encoder. */
  | { fact: 'blank'; provider: string; card: string }
  | { fact: 'assigned'; key: string; card: string }
  | { fact: 'phone'; phone: string; person: string }
  | { fact: 'phone_gone'; phone: string }

/** Somebody at a door. */
export type Presentation =
  | { by: 'card'; card: string; door: string }
  | { by: 'code'; code: string; door: string }
  | { by: 'phone'; phone: string; door: string }
  | { by: 'remote'; key: string; door: string }

export interface Verdict {
  /** null: the documents, or the history, do not say. */
  opens: boolean | null
  /** The reasons a refusal may give; null = the documents fix none. Empty for an opening. */
  reasons: ReadonlySet<string> | null
}
