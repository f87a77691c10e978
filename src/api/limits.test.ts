import { expect, test } from 'vitest'
import { addressOf, excess, Guesses, PerMinute, Turnstile } from './limits.ts'

const TEN_MINUTES = 600_000

test('so many a minute, evenly refilled, for each key', () => {
  const limit = new PerMinute(15)
  for (let i = 0; i < 15; i++) expect(limit.take('door', 0)).toBe(0)
  expect(limit.take('door', 0)).toBe(4000)
  expect(limit.take('another door', 0)).toBe(0)
  expect(limit.take('door', 3999)).toBe(1)
  expect(limit.take('door', 4000)).toBe(0)
  expect(limit.take('door', 4000)).toBe(4000)
  // Never more than a minute's worth.
  for (let i = 0; i < 15; i++) expect(limit.take('door', 10_000_000)).toBe(0)
  expect(limit.take('door', 10_000_000)).toBe(4000)
  // A clock that was set back gives nothing away.
  expect(limit.take('door', 0)).toBe(4000)
})

test('no limit is no limit', () => {
  const limit = new PerMinute(0)
  for (let i = 0; i < 1000; i++) expect(limit.take('door', 0)).toBe(0)
})

test('after twenty wrong guesses an address waits ten minutes; others do not', () => {
  const guesses = new Guesses(20)
  for (let i = 0; i < 20; i++) {
    expect(guesses.waitMs('thief', i)).toBe(0)
    guesses.wrong('thief', i)
  }
  expect(guesses.waitMs('thief', 20)).toBe(TEN_MINUTES - 20)
  expect(guesses.waitMs('guest', 20)).toBe(0)
  expect(guesses.waitMs('thief', TEN_MINUTES - 1)).toBe(1)
  expect(guesses.waitMs('thief', TEN_MINUTES)).toBe(0)
})

test('a clock that is set back locks nobody out for good', () => {
  const guesses = new Guesses(1)
  guesses.wrong('thief', 1_000_000_000)
  expect(guesses.waitMs('thief', 1_000_000_000)).toBe(TEN_MINUTES)
  expect(guesses.waitMs('thief', 0)).toBe(0)
})

test('who is one too many is sent away; whoever leaves makes room, once', () => {
  const turnstile = new Turnstile(2)
  const leave = turnstile.enter()
  turnstile.enter()
  expect(() => turnstile.enter()).toThrowError(expect.objectContaining({ status: 503, retryAfterMs: 1000 }))
  leave()
  leave()
  expect(turnstile.inside).toBe(1)
  turnstile.enter()
  expect(() => turnstile.enter()).toThrowError()
})

test('a proxy on the own network speaks for its callers, and nobody else does', () => {
  const headers = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' }
  expect(addressOf('10.0.0.1', headers)).toBe('198.51.100.7')
  expect(addressOf('::ffff:127.0.0.1', headers)).toBe('198.51.100.7')
  expect(addressOf('203.0.113.1', headers)).toBe('203.0.113.1')
  expect(addressOf('10.0.0.1', {})).toBe('10.0.0.1')
})

test('what is too deep or too long is named', () => {
  const nested = (depth: number): object => {
    let value: object = {}
    for (let i = 0; i < depth; i++) value = { more: value }
    return value
  }
  expect(excess(nested(31))).toBeNull()
  expect(excess(nested(32))).toMatchObject({ path: [], message: expect.stringContaining('32 deep') as string })
  expect(excess(nested(100_000))).not.toBeNull()
  const ids = (n: number) => ({ filter: { ids: Array<string>(n).fill('id') } })
  expect(excess(ids(5000))).toBeNull()
  expect(excess(ids(5001))).toMatchObject({ path: ['filter', 'ids'] })
})
