import { expect, test } from 'vitest'
import { Guesses } from './guesses.ts'

const TEN_MINUTES = 10 * 60 * 1000

test('after twenty wrong codes an address waits ten minutes; others do not', () => {
  const guesses = new Guesses()
  for (let i = 0; i < 20; i++) {
    expect(guesses.allows('thief', i)).toBe(true)
    guesses.wrong('thief', i)
  }
  expect(guesses.allows('thief', 20)).toBe(false)
  expect(guesses.allows('guest', 20)).toBe(true)
  expect(guesses.allows('thief', TEN_MINUTES - 1)).toBe(false)
  expect(guesses.allows('thief', TEN_MINUTES)).toBe(true)
})
