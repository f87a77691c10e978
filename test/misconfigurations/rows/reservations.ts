/** Reservations: grants that share a key are one stay (core.md 6.5). */
import type { Door, Mode, System } from '../ground.ts'
import { invalid, refused, row, type AnyRow, type Context } from '../row.ts'

const guestDoors = (system: System): Door[] => system.doors.filter((door) => door.can_belong_to_reservation)
const stays = (system: System): boolean => guestDoors(system).length > 1 && system.can.modes.length > 0
const guestMode = (system: System): Mode => system.can.modes.find((mode) => guestDoors(system)[0]?.takes[mode]) as Mode

/** A grant that establishes a stay on the first guest door. */
async function stay({ ground, system }: Context, doors: Door[], more: object = {}) {
  const reservation_key = ground.unique('booking')
  await ground.grant(doors, [guestMode(system)], { reservation_key, ...more })
  return { reservation_key }
}

const join = ({ ground, system }: Context, doors: Door[], more: object) =>
  ground.post('/access_grants/create', ground.grantParams(doors, [guestMode(system)], more))

export const reservations: AnyRow[] = [
  row({
    name: 'a guest card without a reservation where the system demands one',
    on: (system) => system.can.needsReservation,
    when: ({ ground, system }) => {
      const { reservation_key: _key, ...without } = ground.grantParams(guestDoors(system).slice(0, 1), ['card'])
      return ground.post('/access_grants/create', without)
    },
    then: refused(400, 'validation_error'),
    fault: 'reservation',
    remedy: /Add a reservation_key/,
  }),
  row({
    name: 'a reservation on doors that belong to none',
    on: (system) => system.doors.some((door) => !door.can_belong_to_reservation) && system.can.modes.length > 0,
    when: ({ ground, system }) => {
      const door = system.doors.find((one) => !one.can_belong_to_reservation) as Door
      return ground.post(
        '/access_grants/create',
        ground.grantParams([door], ['card'], { reservation_key: 'booking-1' }),
      )
    },
    then: refused(400, 'validation_error'),
    fault: 'reservation',
    remedy: /Remove reservation_key or include/,
  }),
  row({
    name: 'a reservation that moves to another room while its grants stand',
    on: stays,
    given: (context: Context) => stay(context, guestDoors(context.system).slice(0, 1)),
    when: (context) =>
      join(context, guestDoors(context.system).slice(1, 2), { reservation_key: context.reservation_key }),
    then: refused(409, 'conflict'),
    fault: 'doors for this reservation',
    remedy: /delete the existing access grants first/,
  }),
  row({
    name: 'a second guest with more rooms than the first',
    on: stays,
    given: (context: Context) => stay(context, guestDoors(context.system).slice(0, 1)),
    when: (context) =>
      join(context, guestDoors(context.system).slice(0, 2), { reservation_key: context.reservation_key }),
    then: refused(409, 'conflict'),
    fault: 'reservation-capable doors',
    remedy: /must use the same or a subset/,
  }),
  row({
    name: 'a second guest whose time does not touch that of the first',
    on: stays,
    given: (context: Context) =>
      stay(context, guestDoors(context.system).slice(0, 1), {
        starts_at: '2026-04-01T15:00:00Z',
        ends_at: '2026-04-03T11:00:00Z',
      }),
    when: (context) =>
      join(context, guestDoors(context.system).slice(0, 1), {
        reservation_key: context.reservation_key,
        starts_at: '2026-04-03T11:00:00Z',
        ends_at: '2026-04-05T11:00:00Z',
      }),
    then: refused(409, 'conflict'),
    fault: 'same reservation',
    remedy: /must have overlapping time frames/,
  }),
  row({
    name: 'an update that moves one guest of a stay out of its time',
    on: stays,
    given: async (context: Context) => {
      const { ground, system } = context
      const doors = guestDoors(system).slice(0, 1)
      const times = { starts_at: '2026-04-01T15:00:00Z', ends_at: '2026-04-03T11:00:00Z' }
      const { reservation_key } = await stay(context, doors, times)
      return { grant: await ground.grant(doors, [guestMode(system)], { reservation_key, ...times }) }
    },
    when: ({ ground, grant }) =>
      ground.post('/access_grants/update', {
        access_grant_id: grant['access_grant_id'],
        starts_at: '2026-04-10T15:00:00Z',
        ends_at: '2026-04-12T11:00:00Z',
      }),
    then: refused(409, 'conflict'),
    fault: 'same reservation',
    remedy: /must have overlapping time frames/,
  }),
  row({
    name: 'a reservation whose key consists of blanks',
    on: stays,
    when: (context) => join(context, guestDoors(context.system).slice(0, 1), { reservation_key: '  ' }),
    then: invalid('reservation_key'),
    fault: 'reservation_key',
    remedy: /Must not consist only of whitespace/,
  }),
  row({
    name: 'a reservation called `reservation_id`',
    when: ({ ground, system }) => {
      const { reservation_key: _key, ...without } = ground.grantParams(system.doors.slice(0, 1), ['card'])
      return ground.post('/access_grants/create', { ...without, reservation_id: 'booking-1' })
    },
    then: invalid('reservation_id'),
    fault: '"reservation_id"',
    remedy: /send `reservation_key` instead/,
  }),
]
