// The user's documents on access systems, run as written with the official clients.
import { describe, expect, test } from 'vitest'
import { sdkGenerations } from '../clients/sdks.ts'
import { startTestServer } from '../support/server.ts'
import { eventsOf, warnings } from './support.ts'

describe.each(sdkGenerations)('Salto Space card credentials with $name', (generation) => {
  test('user, two groups, card, encode, poll: the card is issued', async () => {
    await using server = await startTestServer()
    const seam = server.seam(generation)
    const buildingA = await seam.acs.systems.get({ acs_system_id: await server.systemOf('salto_space') })

    const janeUser = await seam.acs.users.create({
      full_name: 'Jane Doe',
      phone_number: '+15555550100',
      acs_system_id: buildingA.acs_system_id,
    })
    const groups = await seam.acs.accessGroups.list({ acs_system_id: buildingA.acs_system_id })
    const accessGroupIds = groups.slice(0, 2).map((group) => group.acs_access_group_id)
    expect(accessGroupIds).toHaveLength(2)
    for (const accessGroupId of accessGroupIds) {
      await seam.acs.users.addToAccessGroup({ acs_user_id: janeUser.acs_user_id, acs_access_group_id: accessGroupId })
    }
    const cardCredential = await seam.acs.credentials.create({
      acs_user_id: janeUser.acs_user_id,
      access_method: 'card',
      // The document's samples spell it so; the types say assign_new_key.
      salto_space_metadata: { assign_new_card: true } as object,
    })
    expect(cardCredential).toMatchObject({ access_method: 'card', is_issued: false, acs_user_id: janeUser.acs_user_id })

    const encoders = await seam.acs.encoders.list({ acs_system_ids: [buildingA.acs_system_id] })
    const [encoder] = encoders
    const encodingActionAttempt = await seam.acs.encoders.encodeCredential({
      acs_credential_id: cardCredential.acs_credential_id,
      acs_encoder_id: encoder?.acs_encoder_id ?? '',
    })
    const attempt = await seam.actionAttempts.get({ action_attempt_id: encodingActionAttempt.action_attempt_id })
    expect(attempt).toMatchObject({
      status: 'success',
      action_type: 'ENCODE_CREDENTIAL',
      result: { acs_credential_id: cardCredential.acs_credential_id, is_issued: true },
      error: null,
    })
    const issued = await seam.acs.credentials.get({ acs_credential_id: cardCredential.acs_credential_id })
    expect(issued.is_issued).toBe(true)
    expect(issued.card_number).toEqual(expect.any(String))
    expect(issued.issued_at).toEqual(expect.any(String))
    expect(warnings(issued as never)).toEqual([])
    expect(await eventsOf(server, { acs_credential_id: cardCredential.acs_credential_id })).toContain(
      'acs_credential.issued',
    )
  })
})

describe.each(sdkGenerations)('Creating and encoding card access methods with $name', (generation) => {
  test('grant, encoders of the building, encode, poll, and the errors of an encoder without a card', async () => {
    await using server = await startTestServer({ frozenAt: '2025-06-16T16:54:17.946Z' })
    const seam = server.seam(generation)
    const acs_system_id = await server.systemOf('salto_space')
    const entrances = await seam.acs.entrances.list({ acs_system_id })
    const grant = await seam.accessGrants.create({
      // The document prints the address as its mail obfuscator left it.
      user_identity: { full_name: 'Jane Doe', email_address: '[email\u00a0protected]', phone_number: '+15555551000' },
      acs_entrance_ids: entrances.slice(0, 2).map((entrance) => entrance.acs_entrance_id),
      requested_access_methods: [{ mode: 'card' }],
      starts_at: '2025-08-01T15:00:00.000Z',
      ends_at: '2025-08-04T11:00:00.000Z',
    })
    const [requested] = grant.requested_access_methods
    expect(requested).toMatchObject({ display_name: 'Plastic Card', mode: 'card' })
    const access_method_id = requested?.created_access_method_ids[0] ?? ''
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_encoding_required: true,
      is_issued: false,
    })
    const [encoder] = await seam.acs.encoders.list({ acs_system_ids: [acs_system_id] })
    const acs_encoder_id = encoder?.acs_encoder_id ?? ''

    await server.ok('/sandbox/encoders/remove_card', { acs_encoder_id })
    await expect(seam.accessMethods.encode({ access_method_id, acs_encoder_id })).rejects.toMatchObject({
      code: 'no_card_on_encoder',
    })
    await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_format: 'hid_prox' })
    await expect(seam.accessMethods.encode({ access_method_id, acs_encoder_id })).rejects.toMatchObject({
      code: 'incompatible_card_format',
    })
    await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_format: 'mifare_desfire' })
    const attempt = await seam.accessMethods.encode(
      { access_method_id, acs_encoder_id },
      { waitForActionAttempt: false },
    )
    expect(attempt).toMatchObject({ status: 'pending', action_type: 'ENCODE_ACCESS_METHOD', result: null, error: null })
    await server.settle()
    expect(await seam.actionAttempts.get({ action_attempt_id: attempt.action_attempt_id })).toMatchObject({
      status: 'success',
      action_type: 'ENCODE_ACCESS_METHOD',
      result: {
        access_method_id,
        card_number: expect.any(String) as string,
        is_issued: true,
        issued_at: '2025-06-16T16:54:17.946Z',
      },
      error: null,
    })
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_issued: true,
      issued_at: '2025-06-16T16:54:17.946Z',
    })
    expect(await eventsOf(server, { access_method_id })).toContain('access_method.issued')
  })
})

test('"acs_system_ids" of another system finds none of the encoders', async () => {
  await using server = await startTestServer()
  const all = await server.ok('/acs/encoders/list', { acs_system_ids: [await server.systemOf('salto_space')] })
  expect(all['acs_encoders'].length).toBeGreaterThan(0)
  const none = await server.ok('/acs/encoders/list', { acs_system_ids: ['11111111-1111-4111-8111-111111111111'] })
  expect(none['acs_encoders']).toEqual([])
  expect((await server.ok('/acs/encoders/list', { acs_system_ids: [] }))['acs_encoders']).toEqual([])
})
