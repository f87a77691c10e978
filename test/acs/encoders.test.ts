import { expect, test } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'
import { createUser, credentialOf, encode, ended, issuesOf } from './support.ts'

const UNKNOWN = '11111111-1111-4111-8111-111111111111'

async function cardAt(server: TestServer): Promise<{ acs_encoder_id: string; acs_credential_id: string }> {
  const { acs_user_id } = await createUser(server, 'salto_space')
  const { acs_credential } = await server.ok('/acs/credentials/create', { acs_user_id, access_method: 'card' })
  return {
    acs_encoder_id: await server.encoder('salto_space'),
    acs_credential_id: acs_credential.acs_credential_id as string,
  }
}

async function scan(server: TestServer, acs_encoder_id: string): Promise<Reply['body']> {
  return ended(
    server,
    (await server.ok('/acs/encoders/scan_credential', { acs_encoder_id }))['action_attempt'] as Reply['body'],
  )
}

test('an encode can be made to fail once, under both names of the empty encoder', async () => {
  await using server = await startTestServer()
  const { acs_encoder_id, acs_credential_id } = await cardAt(server)
  const arm = (params: object) =>
    server.ok('/acs/encoders/simulate/next_credential_encode_will_fail', { acs_encoder_id, ...params })
  const attempt = () => encode(server, { acs_encoder_id, acs_credential_id })
  await arm({})
  expect(await attempt()).toMatchObject({
    status: 'error',
    result: null,
    error: { type: 'no_credential_on_encoder', alias_type: 'no_card_on_encoder' },
  })
  await arm({ error_code: 'no_card_on_encoder' })
  expect((await attempt())['error'].type).toBe('no_credential_on_encoder')
  await arm({ error_code: 'encoding_interrupted' })
  expect((await attempt())['error'].type).toBe('encoding_interrupted')
  for (const error_code of ['uncategorized_error', 'action_attempt_expired']) {
    await arm({ error_code, acs_credential_id })
    expect((await attempt())['error'].type).toBe(error_code)
  }
  expect((await credentialOf(server, acs_credential_id)).is_issued).toBe(false)
  await arm({ error_code: 'encoding_interrupted' })
  await server.ok('/acs/encoders/simulate/next_credential_encode_will_succeed', {
    acs_encoder_id,
    scenario: 'credential_is_issued',
  })
  expect(await attempt()).toMatchObject({
    status: 'success',
    result: { acs_credential_id, is_issued: true },
    error: null,
  })

  const wrong = await server.post('/acs/encoders/simulate/next_credential_encode_will_fail', {
    acs_encoder_id,
    error_code: 'nonsense',
  })
  expect(wrong.status).toBe(400)
  const unknown = await server.post('/acs/encoders/simulate/next_credential_encode_will_fail', {
    acs_encoder_id: UNKNOWN,
  })
  expect(unknown.body['error'].type).toBe('acs_encoder_not_found')
})

test('a scan shows the card beside what it should be, and can be made to end in every documented way', async () => {
  await using server = await startTestServer()
  const { acs_encoder_id, acs_credential_id } = await cardAt(server)
  await encode(server, { acs_encoder_id, acs_credential_id })
  const { card_number } = await credentialOf(server, acs_credential_id)
  expect(await scan(server, acs_encoder_id)).toMatchObject({
    status: 'success',
    result: {
      acs_credential_on_encoder: { card_number, is_issued: true },
      acs_credential_on_seam: { acs_credential_id },
      warnings: [],
    },
  })
  const simulate = (params: object) =>
    server.ok('/acs/encoders/simulate/next_credential_scan_will_succeed', { acs_encoder_id, ...params })
  await simulate({ acs_credential_id_on_seam: acs_credential_id })
  expect((await scan(server, acs_encoder_id))['result'].acs_credential_on_seam.acs_credential_id).toBe(
    acs_credential_id,
  )
  await simulate({ scenario: 'credential_on_encoder_needs_update' })
  expect((await scan(server, acs_encoder_id))['result'].warnings[0].warning_code).toBe(
    'acs_credential_on_encoder_out_of_sync',
  )
  await simulate({ scenario: 'credential_does_not_exist_on_seam' })
  expect((await scan(server, acs_encoder_id))['result']).toMatchObject({
    acs_credential_on_seam: null,
    warnings: [{ warning_code: 'acs_credential_on_seam_not_found' }],
  })
  await simulate({ scenario: 'credential_on_encoder_is_empty' })
  expect((await scan(server, acs_encoder_id))['result']).toEqual({
    acs_credential_on_encoder: null,
    acs_credential_on_seam: null,
    warnings: [],
  })
  for (const error_code of ['no_credential_on_encoder', 'uncategorized_error', 'action_attempt_expired']) {
    await server.ok('/acs/encoders/simulate/next_credential_scan_will_fail', { acs_encoder_id, error_code })
    expect(await scan(server, acs_encoder_id)).toMatchObject({
      status: 'error',
      result: null,
      error: { type: error_code },
    })
  }
  expect((await scan(server, acs_encoder_id))['status']).toBe('success')
})

test('an encoder does one thing at a time', async () => {
  await using server = await startTestServer()
  const { acs_encoder_id, acs_credential_id } = await cardAt(server)
  await server.settle()
  await server.ok('/sandbox/systems/set_fault', {
    acs_system_id: await server.systemOf('salto_space'),
    fault: 'slow',
    delay_ms: 400,
  })
  const replies = await Promise.all(
    Array.from({ length: 5 }, () =>
      server.ok('/acs/encoders/encode_credential', { acs_encoder_id, acs_credential_id }),
    ),
  )
  const attempts = replies.map((reply) => reply['action_attempt'] as Reply['body'])
  expect(attempts.filter((attempt) => attempt['status'] === 'pending')).toHaveLength(1)
  for (const attempt of attempts.filter((one) => one['status'] === 'error'))
    expect(attempt['error'].message).toContain('busy')
})

test('what cannot be encoded is refused at once', async () => {
  await using server = await startTestServer()
  const { acs_encoder_id, acs_credential_id } = await cardAt(server)
  const post = (params: object) => server.post('/acs/encoders/encode_credential', params)
  expect((await post({ acs_encoder_id })).body['error'].message).toBe(
    'Must specify `acs_credential_id` or `access_method_id`',
  )
  expect((await post({ acs_encoder_id, acs_credential_id, access_method_id: UNKNOWN })).status).toBe(400)
  expect((await post({ acs_encoder_id, acs_credential_id: UNKNOWN })).body['error'].type).toBe(
    'acs_credential_not_found',
  )
  expect((await post({ acs_encoder_id, access_method_id: UNKNOWN })).body['error'].type).toBe('access_method_not_found')
  expect((await post({ acs_encoder_id: UNKNOWN, acs_credential_id })).body['error'].type).toBe('acs_encoder_not_found')
  const foreign = await post({ acs_encoder_id: await server.encoder('visionline'), acs_credential_id })
  expect(issuesOf(foreign, 'acs_encoder_id')).toHaveLength(1)
  const { acs_user_id } = await createUser(server, 'salto_ks')
  const { acs_credential } = await server.ok('/acs/credentials/create', { acs_user_id, access_method: 'code' })
  const pin = await post({
    acs_encoder_id: await server.encoder('salto_ks'),
    acs_credential_id: acs_credential.acs_credential_id,
  })
  expect(issuesOf(pin, 'acs_credential_id')[0]).toContain('Only a card')
  const assign = await server.post('/acs/encoders/scan_to_assign_credential', { acs_encoder_id, acs_user_id })
  expect(issuesOf(assign, 'acs_encoder_id')[0]).toContain('encode')
})

test('a tag scanned at the reader is assigned to the user of an identity', async () => {
  await using server = await startTestServer()
  const acs_encoder_id = await server.encoder('salto_ks')
  const { user_identity } = await server.ok('/user_identities/create', {
    full_name: 'Jane',
    email_address: 'jane@example.com',
  })
  const { user_identity_id } = user_identity
  const { action_attempt } = await server.ok('/acs/encoders/scan_to_assign_credential', {
    acs_encoder_id,
    user_identity_id,
  })
  expect(action_attempt).toMatchObject({
    status: 'pending',
    action_type: 'SCAN_TO_ASSIGN_CREDENTIAL',
    result: null,
    error: null,
  })
  const attempt = await ended(server, action_attempt as Reply['body'])
  expect(attempt).toMatchObject({
    status: 'success',
    result: { access_method: 'card', card_number: expect.any(String) },
  })
  const [credential] = (await server.ok('/acs/credentials/list', { user_identity_id }))['acs_credentials']
  expect(credential).toMatchObject({ acs_credential_id: attempt['result'].acs_credential_id, is_issued: true })
})

test('encoding an access method by its credential or by its own id is the same', async () => {
  await using server = await startTestServer()
  const acs_encoder_id = await server.encoder('salto_space')
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane Doe' },
    acs_entrance_ids: [
      await server.entrance('salto_space', 'Room 101'),
      await server.entrance('salto_space', 'Main Entrance'),
    ],
    requested_access_methods: [{ mode: 'card' }],
  })
  const [access_method_id] = access_grant.access_method_ids
  await server.settle()
  const attempt = await encode(server, { acs_encoder_id, access_method_id })
  expect(attempt).toMatchObject({
    status: 'success',
    action_type: 'ENCODE_ACCESS_METHOD',
    result: { access_method_id, is_issued: true },
  })
  expect((await server.ok('/access_methods/get', { access_method_id }))['access_method']).toMatchObject({
    is_issued: true,
    is_encoding_required: false,
  })
  const again = await server.post('/acs/encoders/encode_credential', { acs_encoder_id, access_method_id })
  expect(issuesOf(again, 'access_method_id')).toHaveLength(1)

  const { acs_credential_id, acs_user_id } = attempt['result']
  const { acs_access_groups } = await server.ok('/acs/access_groups/list', { search: 'Amenities' })
  await server.ok('/acs/users/add_to_access_group', {
    acs_user_id,
    acs_access_group_id: acs_access_groups[0].acs_access_group_id,
  })
  expect((await server.ok('/access_methods/get', { access_method_id }))['access_method'].is_encoding_required).toBe(
    true,
  )
  expect(await encode(server, { acs_encoder_id, acs_credential_id })).toMatchObject({
    status: 'success',
    action_type: 'ENCODE_CREDENTIAL',
  })
  expect((await server.ok('/access_methods/get', { access_method_id }))['access_method'].is_encoding_required).toBe(
    false,
  )
})
