import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemIds } from '../../system-clock.ts'
import { fitsRule, type PinRule } from '../../systems/kit/pin.ts'
import { candidateCodes, commonRule, isTrivial } from './choose.ts'

test.each(['0000', '1212', '1123', '1234', '9876', '7890', '3210'])('%s is guessed at once', (code) => {
  expect(isTrivial(code) || new Set(code).size >= 3).toBe(true)
  if (code !== '1123') expect(isTrivial(code)).toBe(true)
})

/** The first candidate that is not taken. */
function choose(rule: PinRule, isTaken: (code: string) => boolean): string | null {
  for (const code of candidateCodes(rule, systemIds)) if (!isTaken(code)) return code
  return null
}

test('a PIN that is chosen fits, is free, and is not trivial', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 4 }),
      fc.array(fc.stringMatching(/^\d{4}$/)),
      (minLength, more, taken) => {
        const rule = { minLength, maxLength: minLength + more }
        const code = choose(rule, (wanted) => taken.includes(wanted))
        if (code === null) throw new Error('nearly all are free')
        expect(fitsRule(code, rule)).toBe(true)
        expect(taken).not.toContain(code)
        if (code.length >= 3) expect(isTrivial(code)).toBe(false)
        // It can go along to a system that keeps PINs as numbers.
        expect(fitsRule(code, { minLength: 1, maxLength: 10, maxValue: 10 ** 10 })).toBe(code.length <= 10)
        // Four digits unless the system needs more, or takes fewer.
        if (taken.length === 0) expect(code).toHaveLength(Math.min(Math.max(minLength, 4), rule.maxLength))
      },
    ),
  )
})

test('when all short PINs are taken, a longer one is chosen; when none is left, none', () => {
  expect(choose({ minLength: 4, maxLength: 5 }, (code) => code.length === 4)).toMatch(/^\d{5}$/)
  expect(choose({ minLength: 4, maxLength: 4 }, () => true)).toBeNull()
})

test('every PIN of four digits comes once, in another order each time', () => {
  const rule = { minLength: 4, maxLength: 4 }
  const all = [...candidateCodes(rule, systemIds)]
  const numbers = Array.from({ length: 9000 }, (_, n) => String(1000 + n))
  expect([...all].sort()).toEqual(numbers.filter((code) => !isTrivial(code)))
  expect([...candidateCodes(rule, systemIds)].slice(0, 20)).not.toEqual(all.slice(0, 20))
})

test('the last free PIN is found', () => {
  const [last] = candidateCodes({ minLength: 4, maxLength: 4 }, systemIds)
  expect(choose({ minLength: 4, maxLength: 8 }, (code) => code !== last && code.length === 4)).toBe(last)
})

test.each([1, 2, 15, 20])('PINs of %i digits are found too', (length) => {
  const rule = { minLength: length, maxLength: length }
  expect(fitsRule(choose(rule, () => false) ?? '', rule)).toBe(true)
})

test('a PIN for several systems has a length that all of them take, if there is one', () => {
  expect(
    commonRule([
      { minLength: 4, maxLength: 6 },
      { minLength: 5, maxLength: 9 },
    ]),
  ).toEqual({ minLength: 5, maxLength: 6 })
  expect(
    commonRule([
      { minLength: 4, maxLength: 4 },
      { minLength: 6, maxLength: 9 },
    ]),
  ).toBeNull()
})
