import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expireTime, readingsOf, startTime, textOf } from './server-time.ts'

const at = (text: string): number => Date.parse(text)

describe('an instant as the server reads it', () => {
  test.each([
    // zone, instant, as a start, as an end
    ['Etc/UTC', '2026-06-01T15:00:00.000Z', '20260601T1500', '20260601T1500'],
    ['Etc/UTC', '2026-06-01T15:00:00.001Z', '20260601T1501', '20260601T1500'],
    ['Etc/UTC', '2026-06-01T15:00:59.999Z', '20260601T1501', '20260601T1500'],
    ['Etc/UTC', '2026-12-31T23:59:30.000Z', '20270101T0000', '20261231T2359'],
    ['Europe/Stockholm', '2026-06-01T13:00:00.000Z', '20260601T1500', '20260601T1500'],
    ['Europe/Stockholm', '2026-01-10T13:00:30.000Z', '20260110T1401', '20260110T1400'],
    ['America/New_York', '2026-07-01T02:15:00.000Z', '20260630T2215', '20260630T2215'],
    ['Asia/Kolkata', '2026-07-01T18:30:00.000Z', '20260702T0000', '20260702T0000'],
    ['Australia/Lord_Howe', '2026-07-01T13:30:00.000Z', '20260702T0000', '20260702T0000'],
    // Clocks go forward: 02:00 to 03:00 is left out.
    ['Europe/Stockholm', '2026-03-29T00:59:00.000Z', '20260329T0159', '20260329T0159'],
    ['Europe/Stockholm', '2026-03-29T00:59:30.000Z', '20260329T0300', '20260329T0159'],
    ['Europe/Stockholm', '2026-03-29T01:00:00.000Z', '20260329T0300', '20260329T0300'],
    // Clocks go back: 02:00 to 03:00 comes twice, and the server may mean either.
    ['Europe/Stockholm', '2026-10-24T23:59:00.000Z', '20261025T0159', '20261025T0159'],
    ['Europe/Stockholm', '2026-10-25T00:00:00.000Z', '20261025T0200', '20261025T0159'],
    ['Europe/Stockholm', '2026-10-25T00:30:00.000Z', '20261025T0230', '20261025T0159'],
    ['Europe/Stockholm', '2026-10-25T01:00:00.000Z', '20261025T0300', '20261025T0200'],
    ['Europe/Stockholm', '2026-10-25T01:30:00.000Z', '20261025T0300', '20261025T0230'],
    ['Europe/Stockholm', '2026-10-25T02:00:00.000Z', '20261025T0300', '20261025T0300'],
    ['America/New_York', '2026-11-01T06:30:00.000Z', '20261101T0200', '20261101T0130'],
    // Half an hour twice.
    ['Australia/Lord_Howe', '2026-04-04T15:10:00.000Z', '20260405T0200', '20260405T0140'],
  ])('%s %s: starts %s, ends %s', (zone, instant, start, end) => {
    expect(startTime(zone, at(instant)).text).toBe(start)
    expect(expireTime(zone, at(instant)).text).toBe(end)
  })

  test('what was meant is told with it', () => {
    expect(startTime('Europe/Stockholm', at('2026-10-25T01:30:10.000Z')).at).toBe(at('2026-10-25T02:00:00.000Z'))
    expect(expireTime('Europe/Stockholm', at('2026-06-01T13:00:30.000Z')).at).toBe(at('2026-06-01T13:00:00.000Z'))
  })
})

test('a local time means one instant, two, or none', () => {
  const readings = (text: string) => readingsOf('Europe/Stockholm', text).map((ms) => new Date(ms).toISOString())
  expect(readings('20260601T1500')).toEqual(['2026-06-01T13:00:00.000Z'])
  expect(readings('20261025T0230')).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'])
  expect(readings('20260329T0230')).toEqual([])
  for (const nonsense of ['', '2026-06-01', '20260231T9999', '20260601T15000']) expect(readings(nonsense)).toEqual([])
})

const ZONES = [
  'Etc/UTC',
  'Europe/Stockholm',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
]
const instants = fc.integer({ min: at('2011-01-01T00:00:00Z'), max: at('2040-01-01T00:00:00Z') })
/** Around the nights when the clocks are set. */
const turns = fc
  .tuple(
    fc.constantFrom('2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z', '2026-11-01T06:00:00Z', '2026-04-04T15:00:00Z'),
    fc.integer({ min: -10_800_000, max: 10_800_000 }),
  )
  .map(([turn, offset]) => at(turn) + offset)

test('no window becomes larger on its way to the server, whichever of two hours it means', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.oneof(instants, turns), (zone, ms) => {
      const start = startTime(zone, ms)
      const end = expireTime(zone, ms)
      for (const reading of readingsOf(zone, start.text)) expect(reading).toBeGreaterThanOrEqual(ms)
      for (const reading of readingsOf(zone, end.text)) expect(reading).toBeLessThanOrEqual(ms)
      expect(readingsOf(zone, start.text)).toContain(start.at)
      expect(readingsOf(zone, end.text)).toContain(end.at)
      // And not smaller than it has to be, away from the hours that come twice.
      if (readingsOf(zone, textOf(zone, ms)).length === 1 && readingsOf(zone, textOf(zone, ms + 60_000)).length === 1) {
        expect(start.at - ms).toBeLessThan(60_000)
      }
    }),
    { numRuns: 2000 },
  )
})
