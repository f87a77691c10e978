// Community: an apartment house whose staff are in groups and whose residents carry their unit.
import { expect, test } from 'vitest'
import { behavesLikeDormakaba } from './dormakaba.ts'
import { behavesLikeAHotel, FrontDesk } from './hotel.ts'

const provider = 'dormakaba_community'
const rooms = ['Unit 101', 'Unit 102', 'Unit 103'] as const

behavesLikeAHotel({ provider, rooms, common: 'Lobby', hasMobileKeys: true, isReservationRequired: true })
behavesLikeDormakaba({ provider, rooms })

test('its units and common areas have access point profiles, and its users a type', async () => {
  await using desk = await FrontDesk.open(provider)
  const entrances = await desk.seam.acs.entrances.list({ acs_system_id: await desk.system() })
  expect(entrances.map((door) => [door.display_name, door.dormakaba_community_metadata?.access_point_profile])).toEqual(
    [
      ...[101, 102, 103, 104].map((number) => [`Unit ${number}`, 'Unit']),
      ['Lobby', 'Common Area'],
      ['Gym', 'Common Area'],
    ],
  )
  const user = await desk.seam.acs.users.get({ acs_user_id: await desk.user() })
  expect(user.external_type).toBe('dormakaba_community_user')
})
