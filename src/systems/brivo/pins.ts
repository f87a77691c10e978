/** PINs as Brivo takes them (Brivo Support, "Issuing a PIN Code to a User"): 4 to 8 digits, and not these. */

export const SHORTEST = 4
export const LONGEST = 8

const LENGTHS = Array.from({ length: LONGEST - SHORTEST + 1 }, (_, i) => SHORTEST + i)
const DIGITS = '0123456789'

/** One digit all along (1111), a succession (1234, 4567), and 2468. */
export const REFUSED_PINS: readonly string[] = [
  ...LENGTHS.flatMap((length) => [...DIGITS].map((digit) => digit.repeat(length))),
  ...LENGTHS.flatMap((length) =>
    Array.from({ length: DIGITS.length - length + 1 }, (_, i) => DIGITS.slice(i, i + length)),
  ),
  '2468',
]

export function isPin(text: string): boolean {
  return /^\d+$/.test(text) && text.length >= SHORTEST && text.length <= LONGEST && !REFUSED_PINS.includes(text)
}
