import { describe, expect, test } from 'vitest'
import { checkReservation, type ReservationRequest } from './rules.ts'

const request: ReservationRequest = {
  reservation_key: 'r1',
  reservable_door_ids: ['a', 'b'],
  isReservationRequired: false,
  starts_at: '2040-01-01T15:00:00.000Z',
  ends_at: '2040-01-04T11:00:00.000Z',
}
const first = {
  access_grant_id: 'g1',
  reservable_door_ids: ['a', 'b'],
  starts_at: request.starts_at,
  ends_at: request.ends_at,
}

describe('words are the documented ones', () => {
  test.each([
    [
      '1',
      { reservable_door_ids: [] },
      'reservation_key not supported.',
      'No targeted entrances support reservation behavior. Remove reservation_key or include at least one reservation-capable entrance.',
    ],
    [
      'R',
      { reservation_key: null, isReservationRequired: true },
      'reservation_key required for guest cards.',
      'The targeted provider requires a reservation for guest credentials. Add a reservation_key when issuing guest credentials for these entrances.',
    ],
    [
      '2',
      { reservable_door_ids: ['a', 'c'] },
      'Reservation entrance change requires cleanup.',
      'To change the doors for this reservation, delete the existing access grants first.',
    ],
    [
      '3',
      { reservable_door_ids: ['a', 'b', 'c'] },
      'Reservation joiner entrance set conflict.',
      'Joiner access grants must use the same or a subset of the reservation-capable doors.',
    ],
    [
      '4',
      { starts_at: '2040-01-04T11:00:00.000Z', ends_at: null },
      'Reservation time frames must overlap.',
      'Access grants in the same reservation must have overlapping time frames.',
    ],
  ])('rule %s', (rule, change, title, message) => {
    expect(checkReservation({ ...request, ...change }, [first])).toMatchObject({
      rule,
      title,
      message,
      status: rule === '1' || rule === 'R' ? 400 : 409,
    })
  })
})

describe('who may join', () => {
  test('the same doors, and fewer', () => {
    expect(checkReservation(request, [first])).toBeNull()
    expect(checkReservation({ ...request, reservable_door_ids: ['b'] }, [first])).toBeNull()
  })

  test('the first grant takes any doors', () => {
    expect(checkReservation({ ...request, reservable_door_ids: ['x'] }, [])).toBeNull()
  })

  test('once the first is gone, joiners leave only their own doors open', () => {
    const joiner = { ...first, access_grant_id: 'g2', reservable_door_ids: ['a'] }
    expect(checkReservation(request, [joiner])).toMatchObject({ rule: '3' })
    expect(checkReservation({ ...request, reservable_door_ids: ['a'] }, [joiner])).toBeNull()
  })

  test('who overlaps every live grant; touching is not overlapping, an open end reaches everything later', () => {
    const other = { ...first, access_grant_id: 'g2', starts_at: '2040-01-03T00:00:00.000Z', ends_at: null }
    expect(checkReservation(request, [first, other])).toBeNull()
    const late = { ...request, starts_at: '2040-01-04T11:00:00.000Z', ends_at: '2040-01-09T00:00:00.000Z' }
    expect(checkReservation(late, [first, other])).toMatchObject({ rule: '4', conflicting_access_grant_ids: ['g1'] })
  })

  test('a change of times is not held against the doors', () => {
    const joiner = { ...first, access_grant_id: 'g2', reservable_door_ids: ['a'] }
    expect(checkReservation({ ...request, checks: { doors: false, times: true } }, [joiner])).toBeNull()
  })
})

test('without a key nothing is asked where none is required', () => {
  expect(checkReservation({ ...request, reservation_key: null }, [first])).toBeNull()
})
