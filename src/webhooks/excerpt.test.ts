import { expect, test } from 'vitest'
import { excerptOf } from './excerpt.ts'

const key = 'AAAA/BBBB+CCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKK='
const secret = `whsec_${key}`

test('an answer is cut after 500 characters, never within one', () => {
  expect(excerptOf('x'.repeat(600), [])).toBe('x'.repeat(500))
  expect(excerptOf('\u{1f511}'.repeat(600), [])).toBe('\u{1f511}'.repeat(500))
  expect(excerptOf('a\u0000b', [])).toBe('a\ufffdb')
})

test.each([
  ['as it is', `wrong secret ${secret}!`, 'wrong secret whsec_[secret]!'],
  ['its key alone', `wrong key ${key}!`, 'wrong key [secret]!'],
  ['in JSON of PHP', `"whsec_${key.replaceAll('/', '\\/')}"`, '"whsec_[secret]"'],
  ['in a URL', `?s=${encodeURIComponent(key)}&`, '?s=[secret]&'],
])('a secret of ours is never kept: %s', (_how, text, kept) => expect(excerptOf(text, [secret])).toBe(kept))

test('a secret at the cut is not kept in half', () => {
  expect(excerptOf('x'.repeat(480) + secret + 'rest', [secret])).toBe(`${'x'.repeat(480)}whsec_[secret]rest`)
})
