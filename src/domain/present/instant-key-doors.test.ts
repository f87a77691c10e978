import { expect, test } from 'vitest'
import { guestDoors, type MobileKeyOnDoor } from './instant-key-doors.ts'

const NOW = Date.parse('2025-08-02T12:00:00Z')

function key(fields: Partial<MobileKeyOnDoor> = {}): MobileKeyOnDoor {
  return {
    acs_entrance_id: 'a',
    display_name: 'Room 1',
    system_name: 'House',
    time_zone: null,
    starts_at: '2025-08-01T15:00:00.000Z',
    ends_at: '2025-08-03T11:00:00.000Z',
    is_issued: true,
    is_suspended: false,
    ...fields,
  }
}

test.each([
  ['ready', {}],
  ['ready', { starts_at: null, ends_at: null }],
  ['ready', { starts_at: '2025-08-02T12:00:00.000Z' }],
  ['preparing', { is_issued: false }],
  ['not_yet_valid', { starts_at: '2025-08-02T12:00:00.001Z', is_issued: false }],
  ['suspended', { is_suspended: true }],
  ['expired', { ends_at: '2025-08-02T12:00:00.000Z', is_suspended: true }],
] as const)('a key is %s with %o', (status, fields) => {
  expect(guestDoors([key(fields)], NOW)).toMatchObject([{ status }])
})

test('a door with several keys shows the one the guest can use now, and of those the longest', () => {
  const later = key({ starts_at: '2025-08-05T15:00:00.000Z', ends_at: '2025-08-06T11:00:00.000Z' })
  const next = key({ starts_at: '2025-08-04T15:00:00.000Z', ends_at: '2025-08-05T11:00:00.000Z' })
  const over = key({ ends_at: '2025-08-02T11:00:00.000Z' })
  expect(guestDoors([over, later, next], NOW)).toMatchObject([{ status: 'not_yet_valid', starts_at: next.starts_at }])
  const longer = key({ ends_at: '2025-08-09T11:00:00.000Z' })
  expect(guestDoors([later, key(), longer, over], NOW)).toMatchObject([{ status: 'ready', ends_at: longer.ends_at }])
  expect(guestDoors([longer, key({ ends_at: null }), key()], NOW)).toMatchObject([{ ends_at: null }])
})

test('doors stand in the order of their names, numbers by value', () => {
  const names = ['Room 10', 'gym', 'Room 9']
  const doors = guestDoors(
    names.map((display_name) => key({ display_name, acs_entrance_id: display_name })),
    NOW,
  )
  expect(doors.map((door) => door.display_name)).toEqual(['gym', 'Room 9', 'Room 10'])
})
