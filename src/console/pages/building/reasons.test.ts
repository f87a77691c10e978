import { expect, test } from 'vitest'
import { MESSAGES } from '../../../sandbox/reasons.ts'
import { announce, reasonOf, type Attempt } from './reasons.ts'

const attempt = (more: Partial<Attempt>): Attempt => ({
  door_attempt_id: '1',
  acs_entrance_id: '2',
  opened: false,
  reason: 'expired',
  message: '',
  occurred_at: '2026-06-01T12:00:00.000Z',
  ...more,
})

test('every reason that a door can give has words of its own, and a remedy when it stayed shut', () => {
  const reasons = Object.keys(MESSAGES)
  expect(reasons.length).toBeGreaterThanOrEqual(15)
  for (const reason of reasons) {
    const { short, why, remedy } = reasonOf(reason, 'the server’s words')
    expect(short.length, reason).toBeGreaterThan(3)
    expect(short.length, reason).toBeLessThan(17)
    expect(why, reason).not.toBe('the server’s words')
    expect(remedy === '', reason).toBe(reason === 'granted')
  }
  expect(new Set(reasons.map((reason) => reasonOf(reason).short)).size).toBe(reasons.length)
})

test('a reason from a newer server is told in its own words', () => {
  expect(reasonOf('door_on_fire', 'Leave the building.')).toEqual({
    short: 'door on fire',
    why: 'Leave the building.',
    remedy: '',
  })
  expect(reasonOf('constructor', 'x').why).toBe('x')
})

test('what happened is said in a sentence', () => {
  expect(announce('Room 101', attempt({ opened: true, reason: 'granted' }))).toBe('Room 101 opened.')
  expect(announce('Gym', attempt({}))).toBe(
    'Gym stayed shut. The access is over. Extend the grant, and encode the card again: what is written on plastic does not change by itself.',
  )
})
