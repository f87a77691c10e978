/** PINs that Lockstitch chooses (core.md 6.4): of the right length, not guessable at first try, free on every door. */
import { DIGITS, type Ids } from '../../ids.ts'
import { fitsRule, type PinRule } from '../../systems/kit/pin.ts'

/** Chosen PINs have four digits unless a system needs more. */
const USUAL_LENGTH = 4
/** So many PINs of one length are looked at: all of those with four digits, and enough of the longer ones. */
const MOST_PER_LENGTH = 20_000
/** Digits of a number that is drawn; what is longer gets its last digits one by one. */
const MOST_DRAWN = 14

/** Nobody should guess it at once: at least three different digits, and no run up or down such as 1234 or 9876. */
export function isTrivial(code: string): boolean {
  if (new Set(code).size < 3) return true
  const steps = [...code].slice(1).map((digit, i) => (Number(digit) - Number(code[i]) + 10) % 10)
  return steps.every((step) => step === 1) || steps.every((step) => step === 9)
}

/** The rule that suits all of the given ones, or null when no length does. */
export function commonRule(rules: readonly PinRule[]): PinRule | null {
  const minLength = Math.max(...rules.map((rule) => rule.minLength))
  const maxLength = Math.min(...rules.map((rule) => rule.maxLength))
  const maxValue = Math.min(...rules.map((rule) => rule.maxValue ?? Infinity))
  if (minLength > maxLength || maxValue < 10 ** (minLength - 1)) return null
  const refused = rules.flatMap((rule) => rule.refused ?? [])
  return {
    minLength,
    maxLength,
    ...(maxValue === Infinity ? {} : { maxValue }),
    ...(refused.length === 0 ? {} : { refused }),
  }
}

/**
 * PINs by the rule, each once, in an order that nobody can foresee: the shortest usual length first, longer ones when
 * those are used up. None begins with 0: some systems keep a PIN as a number, and the person could not have the same one
 * there later.
 */
export function* candidateCodes(rule: PinRule, ids: Ids): Generator<string, void> {
  const shortest = Math.min(Math.max(rule.minLength, USUAL_LENGTH), rule.maxLength)
  for (let length = shortest; length <= rule.maxLength; length++) {
    const drawn = Math.min(length, MOST_DRAWN)
    const lowest = 10 ** (drawn - 1)
    const count = 9 * lowest
    // Steps of a size that has no divisor in common with the count come by every number once before the first again.
    let step = 1 + ids.integer(count - 1)
    while (greatestCommonDivisor(step, count) > 1) step = 1 + ids.integer(count - 1)
    let at = ids.integer(count)
    for (let n = Math.min(count, MOST_PER_LENGTH); n > 0; n--) {
      const code = String(lowest + at) + ids.text(length - drawn, DIGITS)
      if ((length < 3 || !isTrivial(code)) && fitsRule(code, rule)) yield code
      at = (at + step) % count
    }
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
