/** Where ids and secrets come from. Tests pass a seeded source; production a cryptographic one. */
export interface Ids {
  /** A lower-case UUID v4. */
  uuid(): string
  /** `length` characters drawn evenly from `alphabet`. */
  text(length: number, alphabet: string): string
  /** An integer in [0, bound). */
  integer(bound: number): number
  /** `length` random bytes, for keys. */
  bytes(length: number): Buffer
}

/** Base58: no 0, O, I or l, so that a key can be read aloud. */
export const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
/** Upper case without I, O, 0 and 1: for codes that people type. */
export const UNAMBIGUOUS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
export const DIGITS = '0123456789'
