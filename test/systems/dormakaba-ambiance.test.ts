// Ambiance: a hotel whose staff are in groups and whose guests carry their rooms.
import { expect, test } from 'vitest'
import { behavesLikeDormakaba } from './dormakaba.ts'
import { behavesLikeAHotel, FrontDesk } from './hotel.ts'

const provider = 'dormakaba_ambiance'
const rooms = ['Room 101', 'Room 102', 'Room 103'] as const

behavesLikeAHotel({ provider, rooms, common: 'Lobby', hasMobileKeys: true, isReservationRequired: true })
behavesLikeDormakaba({ provider, rooms })

test('its rooms and common areas are its access points', async () => {
  await using desk = await FrontDesk.open(provider)
  const entrances = await desk.seam.acs.entrances.list({ acs_system_id: await desk.system() })
  expect(entrances.map((door) => [door.display_name, door.can_belong_to_reservation])).toEqual([
    ...[101, 102, 103, 104].map((number) => [`Room ${number}`, true]),
    ['Lobby', false],
    ['Gym', false],
  ])
  for (const door of entrances) expect(door.dormakaba_ambiance_metadata?.access_point_name).toBe(door.display_name)
})
