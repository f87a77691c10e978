/** What a row of the catalogue says: who got what wrong, and where the caller or operator sees it. */
import type { Reply } from '../support/server.ts'
import type { Ground, System, Wire } from './ground.ts'

export interface Context {
  ground: Ground
  /** The system the row runs on; for rows that name none, the first of the sandbox. */
  system: System
}

/** Context, what was set up, and the answer to the call. */
export type Scene<G> = Context & G & { reply: Reply }

/** The call is refused, and nothing has changed. `field`: the path that `validation_errors` names. */
export interface Refusal {
  at: 'refusal'
  status: number
  type: string
  field?: string
}

/** The one place where the mistake shows. */
export type Shown<G> =
  | Refusal
  /** It stands on a resource; `event`: what is announced besides. */
  | {
      at: 'errors' | 'warnings'
      code: string
      of: (scene: Scene<G>) => Promise<Wire>
      event?: { type: string; about: (scene: Scene<G>) => object }
    }
  /** The action attempt that the call answered with ends as an error. */
  | { at: 'attempt'; type: string }
  /** The scan that the call answered with ends well, with a warning about the card. */
  | { at: 'scan'; code: string }
  /** The call did what it could, and its answer says what it passed over. */
  | { at: 'answer'; code: string; parameter: string }
  /** A virtual door stays shut and says why. */
  | { at: 'door'; reason: string }

type Word<G> = string | RegExp | ((scene: Scene<G>) => string | RegExp)

export interface Row<G extends object = object> {
  /** What somebody does wrong, as a sentence without full stop. */
  name: string
  /** Systems it can happen on; the row runs on every one of the sandbox. Left out: it does not depend on the system. */
  on?: (system: System) => boolean
  given?: (context: Context) => Promise<G>
  when: (context: Context & G) => Promise<Reply>
  /** A system stands in the way of its work, so there is nothing to wait for. */
  isStuck?: boolean
  then: Shown<NoInfer<G>>
  /** What the message names: the door, the mode, the field, the system. */
  fault: Word<NoInfer<G>> | Word<NoInfer<G>>[]
  /** What the message says to do about it. */
  remedy: RegExp
}

/** A row as the catalogue keeps it. */
export type AnyRow = Row<never>

export function row<G extends object>(definition: Row<G>): AnyRow {
  return definition as unknown as AnyRow
}

export const refused = (status: number, type: string, field?: string): Refusal => ({
  at: 'refusal',
  status,
  type,
  ...(field === undefined ? {} : { field }),
})
export const invalid = (field?: string): Refusal => refused(400, 'invalid_input', field)
export const notFound = (resource: string): Refusal => refused(404, `${resource}_not_found`)

/** An id that nothing has. */
export const NOTHING = '00000000-0000-4000-8000-000000000000'

export const opens = (system: System): boolean => system.can.modes.length > 0
export const encodes = (system: System): boolean => system.can.card === 'encode' && system.can.hasEncoders
export const assigns = (system: System): boolean => system.can.card === 'assign'
