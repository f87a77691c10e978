// From the grant to the door: what was granted opens inside its window, and nothing else ever does.
import { describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'

const MORNING = '2030-06-01T09:00:00.000Z'
const STARTS = '2030-06-01T15:00:00.000Z'
const ENDS = '2030-06-04T11:00:00.000Z'

interface Guest {
  access_grant_id: string
  access_method_id: string
  card_id: string
}

async function grantWithCard(server: TestServer, provider: string, doors: string[], more: object = {}): Promise<Guest> {
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Guest' },
    acs_entrance_ids: await Promise.all(doors.map((door) => server.entrance(provider, door))),
    requested_access_methods: [{ mode: 'card' }],
    starts_at: STARTS,
    ends_at: ENDS,
    ...more,
  })
  const access_method_id: string = access_grant.access_method_ids[0]
  const known = new Set(await cardsOf(server, provider))
  const { action_attempt } = await server.ok('/access_methods/encode', {
    access_method_id,
    acs_encoder_id: await server.encoder(provider),
  })
  await server.settle()
  const { action_attempt: ended } = await server.ok('/action_attempts/get', {
    action_attempt_id: action_attempt.action_attempt_id,
  })
  expect(ended).toMatchObject({ status: 'success' })
  const card_id = (await cardsOf(server, provider)).find((id) => !known.has(id)) ?? ''
  return { access_grant_id: access_grant.access_grant_id, access_method_id, card_id }
}

/** Cards with something written on them. */
async function cardsOf(server: TestServer, provider: string): Promise<string[]> {
  const { cards } = await server.ok('/sandbox/cards/list', { acs_system_id: await server.systemOf(provider) })
  return cards
    .filter((card: { written: unknown }) => card.written !== null)
    .map((card: { card_id: string }) => card.card_id)
}

async function present(server: TestServer, provider: string, door: string, card_id: string): Promise<string> {
  const { door_attempt } = await server.ok('/sandbox/doors/present_card', {
    acs_entrance_id: await server.entrance(provider, door),
    card_id,
  })
  expect(door_attempt.opened).toBe(door_attempt.reason === 'granted')
  return door_attempt.reason
}

describe('Salto Space', () => {
  test('a card opens its doors inside the window alone', async () => {
    await using server = await startTestServer({ frozenAt: MORNING })
    const { card_id } = await grantWithCard(server, 'salto_space', ['Main Entrance', 'Room 101'])
    const at = (door: string) => present(server, 'salto_space', door, card_id)
    expect([await at('Main Entrance'), await at('Room 101')]).toEqual(['not_yet_valid', 'not_yet_valid'])
    await server.advance('2030-06-01T14:59:59.999Z')
    expect(await at('Room 101')).toBe('not_yet_valid')
    await server.advance(STARTS)
    expect([await at('Main Entrance'), await at('Room 101')]).toEqual(['granted', 'granted'])
    expect([await at('Room 102'), await at('Gym')]).toEqual(['no_access_to_entrance', 'no_access_to_entrance'])
    await server.advance('2030-06-04T10:59:59.999Z')
    expect(await at('Room 101')).toBe('granted')
    await server.advance(ENDS)
    expect(await at('Room 101')).toBe('expired')
    expect(await at('Main Entrance')).not.toBe('granted')
  })

  test('a deleted grant closes online doors at once, and the room when a newer stay is used there', async () => {
    await using server = await startTestServer({ frozenAt: MORNING })
    const first = await grantWithCard(server, 'salto_space', ['Main Entrance', 'Room 101'], {
      reservation_key: 'stay-1',
    })
    await server.advance(STARTS)
    expect(await present(server, 'salto_space', 'Room 101', first.card_id)).toBe('granted')
    await server.ok('/access_grants/delete', { access_grant_id: first.access_grant_id })
    // The room reads the card alone, as the maker documents: plastic opens until something newer was there.
    expect(await present(server, 'salto_space', 'Room 101', first.card_id)).toBe('granted')
    const second = await grantWithCard(server, 'salto_space', ['Room 101'], { reservation_key: 'stay-2' })
    expect(await present(server, 'salto_space', 'Room 101', second.card_id)).toBe('granted')
    expect(await present(server, 'salto_space', 'Room 101', first.card_id)).toBe('overridden')
    expect(await present(server, 'salto_space', 'Main Entrance', first.card_id)).toBe('revoked')
  })
})

describe('Visionline', () => {
  test('a card opens its doors inside the window alone', async () => {
    await using server = await startTestServer({ frozenAt: MORNING })
    const { card_id } = await grantWithCard(server, 'visionline', ['Guest Lock 1', 'Main Entrance'], {
      reservation_key: 'stay',
    })
    const at = (door: string) => present(server, 'visionline', door, card_id)
    expect(await at('Guest Lock 1')).toBe('not_yet_valid')
    await server.advance(STARTS)
    expect([await at('Guest Lock 1'), await at('Main Entrance')]).toEqual(['granted', 'granted'])
    expect([await at('Guest Lock 2'), await at('Room 101')]).toEqual(['no_access_to_entrance', 'no_access_to_entrance'])
    await server.advance(ENDS)
    expect([await at('Guest Lock 1'), await at('Main Entrance')]).toEqual(['expired', 'expired'])
  })

  test('a newer stay ends the older cards at its door on first use; a joiner of the same stay opens beside the first', async () => {
    await using server = await startTestServer({ frozenAt: MORNING })
    const first = await grantWithCard(server, 'visionline', ['Guest Lock 1'], { reservation_key: 'stay-1' })
    const joiner = await grantWithCard(server, 'visionline', ['Guest Lock 1'], { reservation_key: 'stay-1' })
    await server.advance(STARTS)
    const at = (guest: Guest) => present(server, 'visionline', 'Guest Lock 1', guest.card_id)
    expect([await at(first), await at(joiner), await at(first)]).toEqual(['granted', 'granted', 'granted'])
    const newer = await grantWithCard(server, 'visionline', ['Guest Lock 1'], { reservation_key: 'stay-2' })
    // Offline: the lock learns of the newer stay from its card.
    expect(await at(first)).toBe('granted')
    expect(await at(newer)).toBe('granted')
    expect([await at(first), await at(joiner), await at(newer)]).toEqual(['overridden', 'overridden', 'granted'])
    const { events } = await server.ok('/events/list', {
      since: '2020-01-01',
      access_method_id: first.access_method_id,
    })
    expect(events.map((event: { event_type: string }) => event.event_type)).toContain('access_method.revoked')
    expect(
      (await server.ok('/access_methods/get', { access_method_id: first.access_method_id }))['access_method'],
    ).toMatchObject({ is_issued: false })
    // A grant that is gone leaves its plastic: nothing newer has been used since.
    await server.ok('/access_grants/delete', { access_grant_id: newer.access_grant_id })
    expect(await at(newer)).toBe('granted')
  })
})

describe('Salto KS', () => {
  test('an assigned tag, a PIN and a cloud key open inside the window, and not once the grant is gone', async () => {
    await using server = await startTestServer({ frozenAt: MORNING })
    const [door, office] = [
      await server.entrance('salto_ks', 'Front Door'),
      await server.entrance('salto_ks', 'Office'),
    ]
    const { access_grant } = await server.ok('/access_grants/create', {
      user_identity: { full_name: 'Member' },
      acs_entrance_ids: [door],
      requested_access_methods: [{ mode: 'card' }, { mode: 'code' }, { mode: 'cloud_key' }],
      starts_at: STARTS,
      ends_at: ENDS,
    })
    await server.settle()
    const { access_methods } = await server.ok('/access_methods/list', {
      access_grant_id: access_grant.access_grant_id,
    })
    const of = (mode: string) => access_methods.find((method: { mode: string }) => method.mode === mode)
    const { acs_credentials } = await server.ok('/acs/credentials/list', {
      acs_system_id: await server.systemOf('salto_ks'),
    })
    const free = acs_credentials.find(
      (one: { acs_user_id?: string; card_number?: string }) => one.acs_user_id === undefined && one.card_number,
    )
    await server.ok('/access_methods/assign_card', {
      access_method_id: of('card').access_method_id,
      card_number: free.card_number,
    })
    await server.settle()
    expect(
      (await server.ok('/access_methods/get', { access_method_id: of('card').access_method_id }))['access_method'],
    ).toMatchObject({
      is_issued: true,
      is_assignment_required: false,
    })
    expect(of('code').code).toMatch(/^\d{6}$/)

    const tag = async (entrance: string) =>
      (await server.ok('/sandbox/doors/present_card', { acs_entrance_id: entrance, card_number: free.card_number }))[
        'door_attempt'
      ].reason
    const pin = async (entrance: string) =>
      (await server.ok('/sandbox/doors/enter_code', { acs_entrance_id: entrance, code: of('code').code }))[
        'door_attempt'
      ].reason
    const unlock = async () => {
      const { action_attempt } = await server.ok('/access_methods/unlock_door', {
        access_method_id: of('cloud_key').access_method_id,
        acs_entrance_id: door,
      })
      await server.settle()
      return (await server.ok('/action_attempts/get', { action_attempt_id: action_attempt.action_attempt_id }))[
        'action_attempt'
      ].status
    }
    expect([await tag(door), await pin(door)]).not.toContain('granted')
    expect(await unlock()).toBe('error')
    await server.advance(STARTS)
    expect([await tag(door), await pin(door), await unlock()]).toEqual(['granted', 'granted', 'success'])
    expect([await tag(office), await pin(office)]).toEqual(['no_access_to_entrance', 'no_access_to_entrance'])
    await server.ok('/access_grants/delete', { access_grant_id: access_grant.access_grant_id })
    expect([await tag(door), await pin(door)]).not.toContain('granted')
    const { door_attempts } = await server.ok('/sandbox/doors/list_attempts', { acs_entrance_id: door })
    expect(door_attempts[0]).toMatchObject({ opened: false })
    expect(door_attempts.filter((one: { opened: boolean }) => one.opened).length).toBeGreaterThanOrEqual(2)
  })

  test('after its end nothing opens, and the tag is free for the next person', async () => {
    await using server = await startTestServer({ frozenAt: MORNING })
    const door = await server.entrance('salto_ks', 'Front Door')
    const { access_grant } = await server.ok('/access_grants/create', {
      user_identity: { full_name: 'Member' },
      acs_entrance_ids: [door],
      requested_access_methods: [{ mode: 'code' }],
      starts_at: STARTS,
      ends_at: ENDS,
    })
    await server.settle()
    const { access_method } = await server.ok('/access_methods/get', {
      access_method_id: access_grant.access_method_ids[0],
    })
    const pin = async () =>
      (await server.ok('/sandbox/doors/enter_code', { acs_entrance_id: door, code: access_method.code }))[
        'door_attempt'
      ].reason
    await server.advance('2030-06-02T00:00:00.000Z')
    expect(await pin()).toBe('granted')
    await server.advance(ENDS)
    expect(await pin()).not.toBe('granted')
    expect(
      (await server.ok('/access_grants/get', { access_grant_id: access_grant.access_grant_id }))['access_grant']
        .access_grant_id,
    ).toBe(access_grant.access_grant_id)
    expect(
      (await server.ok('/acs/credentials/list', { acs_system_id: await server.systemOf('salto_ks') }))[
        'acs_credentials'
      ].every((one: { acs_user_id?: string }) => one.acs_user_id === undefined),
    ).toBe(true)
  })
})
