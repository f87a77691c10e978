// Phones: copies of mobile keys come with a phone and go with it.
import { expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'

test('a phone gets a copy of each mobile key and loses it when it is deactivated', async () => {
  await using server = await startTestServer()
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id: await server.systemOf('salto_ks') })
  const door = acs_entrances.find((one: { can_unlock_with_mobile_key: boolean }) => one.can_unlock_with_mobile_key)
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane Doe' },
    acs_entrance_ids: [door.acs_entrance_id],
    requested_access_methods: [{ mode: 'mobile_key' }],
  })
  const { user_identity_id } = access_grant
  await server.settle()
  const mobileKeys = async (): Promise<Record<string, string | boolean>[]> => {
    const { acs_credentials } = await server.ok('/acs/credentials/list')
    return acs_credentials.filter((one: { access_method: string }) => one.access_method === 'mobile_key')
  }
  const [parent] = await mobileKeys()
  const acs_credential_id = parent?.['acs_credential_id'] as string
  const create = { user_identity_id, custom_sdk_installation_id: 'install-1' }
  const { phone } = await server.ok('/phones/simulate/create_sandbox_phone', create)
  expect(phone).toMatchObject({ device_type: 'android_phone', display_name: 'Samsung Galaxy S10', errors: [] })
  // One installation is one phone.
  const same = await server.ok('/phones/simulate/create_sandbox_phone', create)
  expect(same['phone']).toEqual(phone)
  const ios = await server.ok('/phones/simulate/create_sandbox_phone', {
    user_identity_id,
    phone_metadata: { operating_system: 'ios', device_model: 'iPhone' },
  })
  expect(ios['phone']).toMatchObject({ device_type: 'ios_phone', display_name: 'iPhone' })

  const copies = (await mobileKeys()).filter((one) => one['parent_acs_credential_id'] === acs_credential_id)
  expect(copies).toHaveLength(2)
  for (const copy of copies) expect(copy['is_issued']).toBe(true)
  const holding = await server.ok('/phones/list', { acs_credential_id })
  expect(holding['phones']).toHaveLength(2)
  const owned = await server.ok('/phones/list', { owner_user_identity_id: user_identity_id })
  expect(owned['phones']).toHaveLength(2)

  const { device_id } = phone
  const opened = await server.ok('/sandbox/doors/present_phone', { acs_entrance_id: door.acs_entrance_id, device_id })
  expect(opened['door_attempt']).toMatchObject({ opened: true })
  await server.ok('/phones/deactivate', { device_id })
  expect((await server.post('/phones/get', { device_id })).body['error'].type).toBe('phone_not_found')
  expect((await server.post('/phones/deactivate', { device_id })).status).toBe(404)
  expect(await mobileKeys()).toHaveLength(2)
  const rest = await server.ok('/acs/credentials/get', { acs_credential_id })
  expect(rest['acs_credential'].is_issued).toBe(true)
  const rows = await server.sql<{ payload: object }>("SELECT payload FROM event WHERE event_type = 'phone.deactivated'")
  expect(rows).toHaveLength(1)
  expect(rows[0]?.payload).toMatchObject({ device_id })
})

test('a phone belongs to its identity', async () => {
  await using server = await startTestServer()
  const { user_identity: jane } = await server.ok('/user_identities/create', { full_name: 'Jane' })
  const { user_identity: john } = await server.ok('/user_identities/create', { full_name: 'John' })
  const { phone } = await server.ok('/phones/simulate/create_sandbox_phone', {
    user_identity_id: jane.user_identity_id,
    custom_sdk_installation_id: 'one',
  })
  const taken = await server.post('/phones/simulate/create_sandbox_phone', {
    user_identity_id: john.user_identity_id,
    custom_sdk_installation_id: 'one',
  })
  expect([taken.status, taken.body['error'].type]).toEqual([409, 'phone_already_exists'])
  expect(taken.body['error'].data.device_id).toBe(phone.device_id)
  const token = async (user_identity_id: string): Promise<string> =>
    (await server.ok('/client_sessions/create', { user_identity_id }))['client_session'].token
  const { device_id } = phone
  const foreign = await server.post('/phones/deactivate', { device_id }, await token(john.user_identity_id))
  expect(foreign.status).toBe(404)
  expect((await server.post('/phones/deactivate', { device_id }, await token(jane.user_identity_id))).status).toBe(200)
  expect((await server.ok('/phones/list'))['phones']).toEqual([])
  const nobody = { user_identity_id: '11111111-1111-4111-8111-111111111111' }
  const unknown = await server.post('/phones/simulate/create_sandbox_phone', nobody)
  expect(unknown.body['error'].type).toBe('user_identity_not_found')
  expect((await server.post('/phones/deactivate', { device_id: 'x' })).status).toBe(404)
})
