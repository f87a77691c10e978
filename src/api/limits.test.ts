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
  const leave = turnstile.enter(0)
  turnstile.enter(0)
  expect(() => turnstile.enter(0)).toThrowError(expect.objectContaining({ status: 503, retryAfterMs: 1000 }))
  leave(1)
  leave(1)
  expect(turnstile.inside).toBe(1)
  turnstile.enter(1)
  expect(() => turnstile.enter(1)).toThrowError()
})

/** Three times what a machine can do is offered; answers how long those who were let in waited, by when they came (ms). */
function overload(turnstile: Turnstile, perSecond: number, seconds: number): { at: number; ms: number }[] {
  const inside: { at: number; leave: (nowMs: number) => void }[] = []
  const waited: { at: number; ms: number }[] = []
  const stepMs = 1000 / perSecond
  for (let now = 0; now < seconds * 1000; now += stepMs) {
    for (let n = 0; n < 3; n++) {
      try {
        inside.push({ at: now, leave: turnstile.enter(now) })
      } catch {
        // Sent away.
      }
    }
    const first = inside.shift()
    if (first === undefined) continue
    first.leave(now + stepMs)
    waited.push({ at: first.at, ms: now + stepMs - first.at })
  }
  for (const { leave } of inside) leave(seconds * 1000)
  return waited
}

test.each([50, 100, 300])('on a machine that can do %i a second nobody who is let in waits long', (perSecond) => {
  const waited = overload(new Turnstile(512), perSecond, 60)
  // The first that are let in may be too many: only when they leave it is known.
  const later = waited.filter(({ at }) => at > 3000).map(({ ms }) => ms)
  expect(later.length).toBeGreaterThan(perSecond * 45)
  expect(Math.max(...later)).toBeLessThan(2500)
})

test('a fast machine lets in as many as it is told to, also after it had been slow', () => {
  const turnstile = new Turnstile(512)
  overload(turnstile, 100, 60)
  const later = new Turnstile(512)
  for (const one of [turnstile, later]) {
    for (let now = 1e6; now < 1e6 + 200_000; now += 100) {
      const leave = Array.from({ length: 60 }, () => one.enter(now))
      for (const out of leave) out(now + 50)
    }
    const left = 512 - one.inside
    for (let n = 0; n < left; n++) one.enter(2e6)
    expect(() => one.enter(2e6)).toThrowError()
  }
})

test('operations that wait for something of their own do not shut the others out', () => {
  const turnstile = new Turnstile(512)
  for (let n = 0; n < 50; n++) turnstile.enter(n)(n + 30_000)
  for (let n = 0; n < 64; n++) turnstile.enter(1e6)
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
