/**
 * A history is a list of plain operations. They name what they make (`as`) and refer to earlier things by such names, so
 * that any part of a history can be replayed: an operation whose referents are gone is skipped.
 */
import type { Mode } from '../model/systems.ts'

/** The n-th method of this mode that a grant ever had on a system. */
export interface MethodRef {
  grant: string
  mode: Mode
  provider: string
  nth: number
}

/** A card: the one an encoding wrote on, the one that was placed, or the n-th registered card of a system's pool. */
export type CardRef = { made: string } | { pool: string; nth: number }

export type FaultName = 'none' | 'offline' | 'slow' | 'answer_lost' | 'busy' | 'refuse'

/** Instants are milliseconds since the history began; null = no end. */
export type Operation =
  | { do: 'person'; as: string }
  | { do: 'space'; as: string; doors: string[] }
  | { do: 'space_add' | 'space_remove'; space: string; doors: string[] }
  | {
      do: 'grant'
      as: string
      person: string
      doors: string[]
      spaces: string[]
      modes: Mode[]
      code?: string
      key: string | null
      /** null = not said: from now on. */
      from: number | null
      to: number | null
    }
  | { do: 'retime'; grant: string; from?: number; to?: number | null }
  | { do: 'redoor'; grant: string; doors: string[] }
  | { do: 'delete_grant'; grant: string }
  | { do: 'request'; grant: string; modes: Mode[] }
  | { do: 'delete_method'; method: MethodRef }
  | { do: 'encode'; as: string; what: MethodRef | { credential: string }; encoder: string }
  | { do: 'place'; as: string; encoder: string; card: CardRef | { blank: string } }
  | { do: 'unplace'; encoder: string }
  | { do: 'assign'; method: MethodRef; card: CardRef }
  | { do: 'suspend' | 'unsuspend'; who: string; provider: string }
  | { do: 'user'; as: string; provider: string }
  | { do: 'delete_user'; user: string }
  | { do: 'join_group' | 'leave_group'; who: string; group: string }
  | {
      do: 'credential'
      as: string
      user: string
      provider: string
      mode: Mode
      doors: string[]
      from: number | null
      to: number | null
      guest: 'staff' | 'override' | { joins: string }
      code?: string
    }
  | { do: 'end_credential'; credential: string; to: number }
  | { do: 'delete_credential'; credential: string }
  | { do: 'phone'; as: string; person: string }
  | { do: 'drop_phone'; phone: string }
  | { do: 'clock'; to: number }
  | { do: 'fault'; provider: string; fault: FaultName; times?: number; encoder?: string }
  | { do: 'restart'; how: 'stop' | 'kill' }
  | { do: 'show_card'; card: CardRef; door: string }
  | { do: 'enter_code'; method: MethodRef | { credential: string } | { digits: string }; door: string }
  | { do: 'show_phone'; phone: string; door: string }
  | { do: 'unlock'; method: MethodRef; door: string }

export type History = readonly Operation[]

/** Somebody stands at a door; everything else changes something. */
export function isPresentation(operation: Operation): boolean {
  return (
    operation.do === 'show_card' ||
    operation.do === 'enter_code' ||
    operation.do === 'show_phone' ||
    operation.do === 'unlock'
  )
}
