// What a person does at an encoder or from afar while the system is away ends at once, with the reason.
import { expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'

const NOW = '2030-03-04T12:00:00.000Z'

test('an encoding at a system that cannot be reached ends as encoder_not_online, and works once it is back', async () => {
  await using server = await startTestServer({ frozenAt: NOW })
  const acs_system_id = await server.systemOf('visionline')
  const acs_encoder_id = await server.encoder('visionline')
  const grant = async (reservation_key: string): Promise<string> => {
    const { access_grant } = await server.ok('/access_grants/create', {
      user_identity: { full_name: 'Guest' },
      acs_entrance_ids: [await server.entrance('visionline', 'Room 101')],
      requested_access_methods: [{ mode: 'card' }],
      reservation_key,
    })
    return access_grant.access_method_ids[0]
  }
  const encode = async (access_method_id: string) => {
    const { action_attempt } = await server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })
    await server.settle()
    return (await server.ok('/action_attempts/get', { action_attempt_id: action_attempt.action_attempt_id }))[
      'action_attempt'
    ]
  }
  const before = await grant('before')
  await server.settle()
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'offline' })
  const meanwhile = await grant('meanwhile')
  for (const access_method_id of [before, meanwhile])
    expect(await encode(access_method_id)).toMatchObject({ status: 'error', error: { type: 'encoder_not_online' } })
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'none' })
  await server.settle()
  for (const access_method_id of [before, meanwhile])
    expect(await encode(access_method_id)).toMatchObject({ status: 'success' })
})

test('opening a door from afar at a system that cannot be reached fails at once', async () => {
  await using server = await startTestServer({ frozenAt: NOW })
  const acs_entrance_id = await server.entrance('salto_ks', 'Office')
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Member' },
    acs_entrance_ids: [acs_entrance_id],
    requested_access_methods: [{ mode: 'cloud_key' }],
  })
  await server.settle()
  await server.ok('/sandbox/systems/set_fault', {
    acs_system_id: await server.systemOf('salto_ks'),
    fault: 'offline',
  })
  const { action_attempt } = await server.ok('/access_methods/unlock_door', {
    access_method_id: access_grant.access_method_ids[0],
    acs_entrance_id,
  })
  await server.settle()
  expect(
    (await server.ok('/action_attempts/get', { action_attempt_id: action_attempt.action_attempt_id }))[
      'action_attempt'
    ],
  ).toMatchObject({ status: 'error' })
})
