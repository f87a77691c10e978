/** PINs that Lockstitch chooses (core.md 6.4): of the right length, not guessable at first try, free on every door. */
import { DIGITS, type Ids } from '../../ids.ts'
import { fitsRule, type PinRule } from '../../systems/kit/pin.ts'

/** Chosen PINs have four digits unless a system needs more. */
const USUAL_LENGTH = 4
const TRIES_PER_LENGTH = 200

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
 * A PIN by the rule that `isTaken` does not know: the shortest usual length, longer ones when most of those are
 * taken. It never begins with 0: some systems keep a PIN as a number, and the person could not have the same one there
 * later. Null when none was found.
 */
export function generateCode(rule: PinRule, isTaken: (code: string) => boolean, ids: Ids): string | null {
  const shortest = Math.min(Math.max(rule.minLength, USUAL_LENGTH), rule.maxLength)
  for (let length = shortest; length <= rule.maxLength; length++) {
    for (let i = 0; i < TRIES_PER_LENGTH; i++) {
      const code = ids.text(length, DIGITS)
      if (code.startsWith('0')) continue
      if ((length < 3 || !isTrivial(code)) && fitsRule(code, rule) && !isTaken(code)) return code
    }
  }
  return null
}
