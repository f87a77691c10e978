/** What a webhook is sent is what `/events/get` shows, for every type of event that a sandbox makes here. */
import { expect, test } from 'vitest'
import { World } from '../sync/support.ts'
import { startReceiver, type Received } from '../support/webhook-receiver.ts'
import { makeWebhook } from './support.ts'

/**
 * All that the source can make, but `webhook.disabled` (secrets-and-disabling.test.ts), and `connected_account.created`
 * and `.successful_login`, which tell of the making of a sandbox: then it has no webhook yet.
 */
const EXPECTED = [
  'access_grant.access_granted_to_all_doors',
  'access_grant.access_granted_to_door',
  'access_grant.access_times_changed',
  'access_grant.access_to_door_lost',
  'access_grant.could_not_create_requested_access_methods',
  'access_grant.created',
  'access_grant.deleted',
  'access_method.card_assignment_required',
  'access_method.card_encoding_required',
  'access_method.created',
  'access_method.delay_in_issuing',
  'access_method.deleted',
  'access_method.failed_to_issue',
  'access_method.issued',
  'access_method.reissued',
  'access_method.revoked',
  'acs_access_group.deleted',
  'acs_credential.deleted',
  'acs_credential.invalidated',
  'acs_credential.issued',
  'acs_credential.reissued',
  'acs_encoder.added',
  'acs_encoder.removed',
  'acs_entrance.added',
  'acs_entrance.removed',
  'acs_system.added',
  'acs_system.connected',
  'acs_system.disconnected',
  'acs_user.created',
  'acs_user.deleted',
  'client_session.deleted',
  'connected_account.completed_first_sync',
  'connected_account.completed_first_sync_after_reconnection',
  'connected_account.connected',
  'connected_account.disconnected',
  'lock.access_denied',
  'lock.unlocked',
  'phone.deactivated',
  'space.created',
  'space.deleted',
  'space.device_membership_changed',
]

/** A day in a hotel at which everything happens that can. */
async function live(world: World): Promise<void> {
  const { server } = world
  const ok = (path: string, body: object = {}) => server.ok(path, body)
  const room = await world.door('Room 101')

  // Places, people, phones, sessions.
  const { space } = await ok('/spaces/create', { name: 'Wing', acs_entrance_ids: [room] })
  const { space_id } = space
  await ok('/spaces/remove_acs_entrances', { space_id, acs_entrance_ids: [room] })
  await ok('/spaces/delete', { space_id })
  const { user_identity } = await ok('/user_identities/create', { full_name: 'Jane' })
  const { user_identity_id } = user_identity
  const { phone } = await ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
  await ok('/phones/deactivate', { device_id: phone.device_id })
  const { client_session } = await ok('/client_sessions/create', { user_identity_id })
  await ok('/client_sessions/delete', { client_session_id: client_session.client_session_id })

  // A card for a stay: made, written, written again, used, refused, taken back.
  const grant = await world.grant(['card', 'mobile_key'], ['Room 101'])
  const card = await world.method(grant, 'card')
  await world.encode(card)
  const [{ card_number = '' } = {}] = await world.credentials(card)
  await server.advance('2030-06-01T15:00:01.000Z')
  await ok('/access_grants/update', { access_grant_id: grant['access_grant_id'], ends_at: '2030-06-05T11:00:00.000Z' })
  await server.settle()
  await world.encode(card)
  for (const name of ['Room 101', 'Room 102']) await world.present(name, card_number)
  const key = await world.method(grant, 'mobile_key')
  const unlock = { access_method_id: key['access_method_id'], acs_entrance_id: room }
  await server.post('/access_methods/unlock_door', unlock)
  await server.settle()
  await world.grant(['cloud_key', 'card'], ['Gym'])
  const acs_entrance_ids = [await world.door('Room 102')]
  await ok('/access_grants/update', { access_grant_id: grant['access_grant_id'], acs_entrance_ids })
  await server.settle()
  await ok('/access_grants/delete', { access_grant_id: grant['access_grant_id'] })
  await server.settle()
  await ok('/access_grants/create', {
    user_identity_id,
    acs_entrance_ids: [await server.entrance('salto_ks', 'Office')],
    requested_access_methods: [{ mode: 'card' }],
  })
  await server.settle()

  // People at the system itself.
  const { acs_user } = await ok('/acs/users/create', { acs_system_id: world.acs_system_id, full_name: 'Joe' })
  const { acs_user_id } = acs_user
  const { acs_credential } = await ok('/acs/credentials/create', {
    acs_user_id,
    access_method: 'card',
    salto_space_metadata: { assign_new_key: true },
  })
  const { acs_credential_id } = acs_credential
  const acs_encoder_id = await server.encoder('salto_space')
  const { acs_access_group_id } = await world.group('Floor 1')
  for (let i = 0; i < 2; i++) {
    await ok('/acs/encoders/encode_credential', { acs_credential_id, acs_encoder_id })
    await server.settle()
    if (i === 0) await ok('/acs/users/add_to_access_group', { acs_user_id, acs_access_group_id })
    await server.settle()
  }
  await world.edit('delete_credential', { acs_credential_id })
  await world.sync()
  await server.post('/acs/credentials/delete', { acs_credential_id })
  await server.settle()
  await world.edit('delete_group', { acs_access_group_id: (await world.group('Amenities'))['acs_access_group_id'] })
  await world.edit('remove_encoder', { acs_encoder_id })
  await world.edit('remove_entrance', { acs_entrance_id: room })
  await world.sync()
  await world.edit('restore_encoder', { acs_encoder_id })
  await world.edit('restore_entrance', { acs_entrance_id: room })
  await world.sync()
  await ok('/acs/users/delete', { acs_user_id })
  await server.settle()

  // The system is away while a stay begins, and comes back; its login is refused, and right again.
  await world.fault('offline')
  await world.grant(['card', 'mobile_key'], ['Room 103'], {
    starts_at: '2030-06-02T15:00:00.000Z',
    ends_at: '2030-06-03T11:00:00.000Z',
  })
  await server.advance('2030-06-02T15:00:01.000Z')
  await world.fault('none')
  await server.settle()
  await world.fault('unauthorized')
  await server.advance('2030-06-02T17:00:00.000Z')
  await world.fault('none')
  await world.sync()

  // Another system is connected.
  const login = {
    system_name: 'North Wing',
    pairing_token: 'ABC123',
    url: 'http://192.168.1.101:8100',
    username: 'jane',
    password: '1234',
  }
  await ok('/connected_accounts/connect', { provider: 'salto_space', login })
  await server.settle()
}

test('every type of event arrives as /events/get shows it', async () => {
  await using world = await World.of('salto_space')
  const { server } = world
  await using receiver = await startReceiver()
  const { secret } = await makeWebhook(server, receiver.url)
  await live(world)
  await server.settle()
  const byType = new Map<string, Received>()
  for (const request of receiver.received) {
    const { event } = await server.ok('/events/get', { event_id: request.event.event_id })
    expect(JSON.parse(request.text)).toEqual(event)
    expect(receiver.verify(request, secret)).toEqual(event)
    byType.set(request.event.event_type, request)
  }
  const made = [...byType.keys()]
  expect(EXPECTED.filter((type) => !made.includes(type))).toEqual([])
  expect(made.filter((type) => !EXPECTED.includes(type))).toEqual([])
}, 120_000)
