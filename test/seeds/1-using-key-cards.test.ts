// "Using Key Cards": its JavaScript samples in order, once on a system that encodes cards and once on one that assigns
// them, through to the door.
import { describe, expect, test } from 'vitest'
import { sdkGenerations, type SdkGeneration } from '../clients/sdks.ts'
import type { TestServer } from '../support/server.ts'
import { assignCard, DOCUMENT_DAY, hurriedSeam, presentCard, startDocumentServer } from './support.ts'

/** The document's step 2, with the times it prints. */
async function grantOfDocument(server: TestServer, sdk: SdkGeneration, entrances: string[]) {
  const seam = server.seam(sdk)
  const { user_identity_id } = await seam.userIdentities.create({ full_name: 'Jane Doe' })
  const accessGrant = await seam.accessGrants.create({
    user_identity_id,
    acs_entrance_ids: entrances,
    requested_access_methods: [{ mode: 'card' }],
    starts_at: '2025-07-13T15:00:00.000Z',
    ends_at: '2025-07-16T11:00:00.000Z',
  })
  expect(accessGrant).toMatchObject({
    user_identity_id,
    requested_access_methods: [{ mode: 'card' }],
    starts_at: '2025-07-13T15:00:00.000Z',
    ends_at: '2025-07-16T11:00:00.000Z',
  })
  return accessGrant
}

describe.each(sdkGenerations)('document 1, $name', (sdk) => {
  test('steps 1 to 4 where cards are encoded', async () => {
    await using server = await startDocumentServer()
    const seam = server.seam(sdk)

    const entrances = await seam.acs.entrances.list({ acs_system_id: await server.systemOf('salto_space') })
    const cardEntrances = entrances.filter((e) => e.can_unlock_with_card)
    expect(cardEntrances.map((e) => e.display_name)).toEqual(
      expect.arrayContaining(['Main Entrance', 'Room 101', 'Room 102']),
    )
    const room101 = await server.entrance('salto_space', 'Room 101')
    expect(cardEntrances.map((e) => e.acs_entrance_id)).toContain(room101)

    const accessGrant = await grantOfDocument(server, sdk, [room101])

    const accessMethods = await seam.accessMethods.list({ access_grant_id: accessGrant.access_grant_id })
    const card = accessMethods[0]
    expect(accessMethods).toHaveLength(1)
    expect(card).toMatchObject({
      access_method_id: accessGrant.access_method_ids[0],
      display_name: expect.stringContaining('Card'),
      mode: 'card',
      is_issued: false,
      is_encoding_required: true,
    })
    const access_method_id = card?.access_method_id ?? ''

    const actionAttempt = await seam.accessMethods.encode({
      access_method_id,
      acs_encoder_id: await server.encoder('salto_space'),
    })
    expect(actionAttempt.status).toBe('success')

    const accessMethod = await seam.accessMethods.get({ access_method_id })
    expect(accessMethod).toMatchObject({
      is_encoding_required: false,
      is_card_encoding_required: false,
      is_issued: true,
      issued_at: DOCUMENT_DAY,
    })

    const related = await seam.accessMethods.getRelated({ access_method_ids: [accessMethod.access_method_id] })
    expect(related.acs_entrances?.map((entrance) => entrance.acs_entrance_id)).toEqual([room101])

    const { card_number } = actionAttempt.result as unknown as { card_number: string }
    expect(await presentCard(server, room101, card_number)).toBe('not_yet_valid')
    await server.advance('2025-07-13T15:00:00.000Z')
    expect(await presentCard(server, room101, card_number)).toBe('opened')
    expect(await presentCard(server, await server.entrance('salto_space', 'Room 102'), card_number)).toBe(
      'no_access_to_entrance',
    )
    await server.advance('2025-07-16T11:00:00.000Z')
    expect(await presentCard(server, room101, card_number)).toBe('expired')
  })

  test('step 4 where the Access Grant includes several entrances and spaces', async () => {
    await using server = await startDocumentServer()
    const seam = server.seam(sdk)
    const { user_identity_id } = await seam.userIdentities.create({ full_name: 'Jane Doe' })
    const [room101, gym, parking] = await Promise.all(
      ['Room 101', 'Gym', 'Parking'].map((name) => server.entrance('salto_space', name)),
    )
    const space = await seam.spaces.create({ name: 'Amenities', acs_entrance_ids: [gym ?? '', parking ?? ''] })
    const accessGrant = await seam.accessGrants.create({
      user_identity_id,
      acs_entrance_ids: [room101 ?? ''],
      space_ids: [space.space_id],
      requested_access_methods: [{ mode: 'card' }],
      starts_at: '2025-07-13T15:00:00.000Z',
      ends_at: '2025-07-16T11:00:00.000Z',
    })
    const related = await seam.accessMethods.getRelated({ access_method_ids: accessGrant.access_method_ids })
    expect(related.acs_entrances?.map((entrance) => entrance.acs_entrance_id).sort()).toEqual(
      [room101, gym, parking].sort(),
    )
    expect(related.spaces?.map((one) => one.space_id)).toEqual([space.space_id])
  })

  test('step 3, assigning cards: the number of a registered card issues the access method', async () => {
    await using server = await startDocumentServer()
    const seam = server.seam(sdk)
    const office = await server.entrance('salto_ks', 'Office')
    const accessGrant = await grantOfDocument(server, sdk, [office])
    const [card] = await seam.accessMethods.list({ access_grant_id: accessGrant.access_grant_id })
    expect(card).toMatchObject({
      mode: 'card',
      is_issued: false,
      is_encoding_required: false,
      is_assignment_required: true,
      is_assigning_required: true,
    })
    const access_method_id = card?.access_method_id ?? ''

    const actionAttempt = await assignCard(seam, { access_method_id, card_number: 'ABCD1234' })

    expect(actionAttempt).toMatchObject({ status: 'success', result: { access_method_id, is_issued: true } })
    const accessMethod = await seam.accessMethods.get({ access_method_id })
    expect(accessMethod).toMatchObject({
      is_assignment_required: false,
      is_assigning_required: false,
      is_encoding_required: false,
      is_issued: true,
      issued_at: DOCUMENT_DAY,
    })

    expect(await presentCard(server, office, 'ABCD1234')).not.toBe('opened')
    await server.advance('2025-07-13T15:00:00.000Z')
    expect(await presentCard(server, office, 'ABCD1234')).toBe('opened')
    await server.advance('2025-07-16T11:00:00.000Z')
    expect(await presentCard(server, office, 'ABCD1234')).not.toBe('opened')
  })

  test('only the number of a free registered card can be assigned', async () => {
    await using server = await startDocumentServer()
    const seam = hurriedSeam(server, sdk)
    const office = await server.entrance('salto_ks', 'Office')
    const first = await grantOfDocument(server, sdk, [office])
    const access_method_id = first.access_method_ids[0] ?? ''

    await expect(assignCard(seam, { access_method_id, card_number: '99999999' })).rejects.toMatchObject({
      name: 'SeamActionAttemptFailedError',
      code: 'credential_not_found',
    })
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_assignment_required: true,
      is_issued: false,
    })

    const pool = await seam.acs.credentials.list({ acs_system_id: await server.systemOf('salto_ks') })
    const free = pool.find((credential) => credential.card_number !== null && credential.acs_user_id == null)
    const card_number = free?.card_number ?? ''
    await assignCard(seam, { access_method_id, card_number })
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_assignment_required: false,
      is_assigning_required: false,
      is_issued: true,
    })

    const second = await grantOfDocument(server, sdk, [office])
    const taken = assignCard(seam, { access_method_id: second.access_method_ids[0] ?? '', card_number })
    await expect(taken).rejects.toMatchObject({ code: 'credential_not_found' })
  })
})
