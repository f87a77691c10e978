import { expect, test } from 'vitest'
import { toInstant, toLocal } from './times.ts'

test.each([
  ['2030-05-01T15:00', 'Europe/Berlin', '2030-05-01T13:00:00.000Z'],
  ['2030-01-01T15:00', 'America/New_York', '2030-01-01T20:00:00.000Z'],
  ['2030-05-01T15:00', 'UTC', '2030-05-01T15:00:00.000Z'],
  ['2030-05-01T15:00', 'Pacific/Kiritimati', '2030-05-01T01:00:00.000Z'],
  // The hour that comes twice in autumn is the first, the one left out in spring the one after.
  ['2030-10-27T02:30', 'Europe/Berlin', '2030-10-27T00:30:00.000Z'],
  ['2030-03-31T02:30', 'Europe/Berlin', '2030-03-31T01:30:00.000Z'],
])('%s in %s is %s', (local, zone, instant) => {
  expect(toInstant(local, zone)).toBe(instant)
})

test.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'])(
  'what a field shows in %s is read back as the same instant, through every change of the clocks',
  (zone) => {
    for (let hour = 0; hour < 24 * 366; hour += 1) {
      const instant = new Date(Date.UTC(2030, 0, 1, hour)).toISOString()
      const back = toInstant(toLocal(instant, zone), zone)
      // Of an hour that comes twice the field cannot say which it means.
      if (back !== instant) expect(toLocal(back, zone)).toBe(toLocal(instant, zone))
      expect(Math.abs(Date.parse(back) - Date.parse(instant))).toBeLessThanOrEqual(3_600_000)
    }
  },
)

test('what is no date is left to the server to refuse', () => {
  expect(toInstant('soon', 'UTC')).toBe('soon')
})
