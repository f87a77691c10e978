import { expect, test } from 'vitest'
import { guestDoors, stayOf, type KeyOnDoor } from './instant-key-doors.ts'

const NOW = Date.parse('2025-08-02T12:00:00Z')

function key(fields: Partial<KeyOnDoor> = {}): KeyOnDoor {
  return {
    access_method: 'mobile_key',
    acs_credential_id: 'k',
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
  expect(guestDoors([key(fields)], NOW, true)).toMatchObject([{ status }])
})

test('a door with several keys shows the one the guest can use now, and of those the longest', () => {
  const later = key({ starts_at: '2025-08-05T15:00:00.000Z', ends_at: '2025-08-06T11:00:00.000Z' })
  const next = key({ starts_at: '2025-08-04T15:00:00.000Z', ends_at: '2025-08-05T11:00:00.000Z' })
  const over = key({ ends_at: '2025-08-02T11:00:00.000Z' })
  expect(guestDoors([over, later, next], NOW, true)).toMatchObject([
    { status: 'not_yet_valid', starts_at: next.starts_at },
  ])
  const longer = key({ ends_at: '2025-08-09T11:00:00.000Z' })
  expect(guestDoors([later, key(), longer, over], NOW, true)).toMatchObject([
    { status: 'ready', ends_at: longer.ends_at },
  ])
  expect(guestDoors([longer, key({ ends_at: null }), key()], NOW, true)).toMatchObject([{ ends_at: null }])
})

test('doors stand in the order of their names, numbers by value', () => {
  const names = ['Room 10', 'gym', 'Room 9']
  const doors = guestDoors(
    names.map((display_name) => key({ display_name, acs_entrance_id: display_name })),
    NOW,
    true,
  )
  expect(doors.map((door) => door.display_name)).toEqual(['gym', 'Room 9', 'Room 10'])
})

test('a mobile key opens a virtual door with the page as the phone, a real one in an app; a cloud key asks the system', () => {
  const cloud = key({ access_method: 'cloud_key', acs_credential_id: 'c' })
  expect(guestDoors([key()], NOW, true)).toMatchObject([{ opens_with: 'phone' }])
  expect(guestDoors([key()], NOW, false)).toMatchObject([{ opens_with: 'app' }])
  expect(guestDoors([key(), cloud], NOW, true)).toMatchObject([{ opens_with: 'phone', acs_credential_id: 'k' }])
  expect(guestDoors([key(), cloud], NOW, false)).toMatchObject([{ opens_with: 'cloud', acs_credential_id: 'c' }])
  // A key that is over is never the handier one.
  const over = { ...cloud, ends_at: '2025-08-02T11:00:00.000Z' }
  expect(guestDoors([over, key()], NOW, false)).toMatchObject([{ opens_with: 'app', status: 'ready' }])
})

test('the stay reaches from the first start to the last end of what is not over', () => {
  const over = key({ acs_entrance_id: 'x', starts_at: '2025-07-01T15:00:00.000Z', ends_at: '2025-07-02T11:00:00.000Z' })
  const next = key({ acs_entrance_id: 'b', time_zone: 'Europe/Berlin', ends_at: '2025-08-05T11:00:00.000Z' })
  const stay = (...keys: KeyOnDoor[]) => stayOf(guestDoors(keys, NOW, true))
  expect(stay(over, key(), next)).toEqual({
    starts_at: '2025-08-01T15:00:00.000Z',
    ends_at: '2025-08-05T11:00:00.000Z',
    time_zone: 'Europe/Berlin',
  })
  expect(stay(key(), key({ acs_entrance_id: 'b', ends_at: null })).ends_at).toBeNull()
  expect(stay(over)).toMatchObject({ ends_at: over.ends_at })
  expect(stay()).toEqual({ starts_at: null, ends_at: null, time_zone: null })
})
