import { describe, expect, test } from 'vitest'
import { ahead, boundariesOf, jumpsOf, runningNow, settleAt, sliderOf } from './clock.ts'

const at = (text: string): number => Date.parse(text)
const NOW = at('2026-06-01T12:00:00Z')
const DAY = 86_400_000
const HOUR = DAY / 24

const stay = { name: 'Ann', times: { starts_at: '2026-06-02T15:00:00Z', ends_at: '2026-06-04T10:00:00Z' } }
const open = { name: 'Bo', times: { starts_at: '2026-05-01T00:00:00Z', ends_at: null } }

test('what begins or ends ahead is in order, what happens at once is one', () => {
  const twin = { name: 'Cy', times: { ends_at: stay.times.ends_at } }
  expect(ahead(boundariesOf([twin, stay, open]), NOW)).toEqual([
    { at: at('2026-06-02T15:00:00Z'), label: 'Ann begins' },
    { at: at('2026-06-04T10:00:00Z'), label: 'Ann ends and 1 more' },
  ])
  expect(ahead(boundariesOf([stay, stay]), NOW)).toHaveLength(2)
  expect(ahead(boundariesOf([stay]), at(stay.times.ends_at))).toEqual([])
  expect(boundariesOf([{ name: 'x', times: { starts_at: 'soon' } }])).toEqual([])
})

describe('the slider', () => {
  test('begins now, and reaches past the last boundary', () => {
    const slider = sliderOf(boundariesOf([stay, open]), NOW)
    expect(slider.min).toBe(NOW)
    expect(slider.max).toBeGreaterThanOrEqual(at('2026-06-05T10:00:00Z'))
    expect(slider.max).toBeLessThan(at('2026-06-05T11:00:00Z'))
    expect((slider.max - slider.min) % slider.step).toBe(0)
  })

  test('spans a week with nothing ahead, and two months at most', () => {
    expect(sliderOf([], NOW).max - NOW).toBeGreaterThanOrEqual(7 * DAY)
    const far = sliderOf([{ at: NOW + 400 * DAY, label: 'far' }], NOW)
    expect(far.max - NOW).toBeLessThan(61 * DAY)
    expect(far.ahead).toHaveLength(1)
  })

  test('goes to a boundary close by, and never back', () => {
    const slider = sliderOf(boundariesOf([stay]), NOW)
    const checkIn = at(stay.times.starts_at)
    expect(settleAt(slider, checkIn - 10 * 60_000)).toBe(checkIn)
    expect(settleAt(slider, checkIn + 10 * 60_000)).toBe(checkIn)
    expect(settleAt(slider, checkIn - 5 * HOUR)).toBe(checkIn - 5 * HOUR)
    expect(settleAt(slider, NOW - DAY)).toBe(NOW)
    expect(settleAt(slider, NOW + 900 * DAY)).toBe(slider.max)
    for (let position = slider.min; position <= slider.max; position += slider.step * 7)
      expect(settleAt(slider, position)).toBeGreaterThanOrEqual(NOW)
  })
})

test('the jumps are the next check-in, the next check-out, an hour and a day', () => {
  expect(jumpsOf([stay, open], NOW)).toEqual([
    { id: 'check_in', label: 'To check-in', to: at('2026-06-02T15:00:00Z') },
    { id: 'check_out', label: 'To check-out', to: at('2026-06-04T10:00:00Z') },
    { id: 'hour', label: '+1 h', to: NOW + HOUR },
    { id: 'day', label: '+1 d', to: NOW + DAY },
  ])
  expect(
    jumpsOf([stay], at(stay.times.ends_at))
      .slice(0, 2)
      .map(({ to }) => to),
  ).toEqual([null, null])
})

test('a clock that runs is told by the browser’s, a frozen one stands', () => {
  const read = { now: NOW, isFrozen: false, readAt: 5_000 }
  expect(runningNow(read, 8_000)).toBe(NOW + 3_000)
  expect(runningNow(read, 4_000)).toBe(NOW)
  expect(runningNow({ ...read, isFrozen: true }, 8_000)).toBe(NOW)
})
