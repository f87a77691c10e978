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

test('"acs_system_ids" of another system finds none of the encoders', async () => {
  await using server = await startTestServer()
  const all = await server.ok('/acs/encoders/list', { acs_system_ids: [await server.systemOf('salto_space')] })
  expect(all['acs_encoders'].length).toBeGreaterThan(0)
  const none = await server.ok('/acs/encoders/list', { acs_system_ids: ['11111111-1111-4111-8111-111111111111'] })
  expect(none['acs_encoders']).toEqual([])
  expect((await server.ok('/acs/encoders/list', { acs_system_ids: [] }))['acs_encoders']).toEqual([])
})
