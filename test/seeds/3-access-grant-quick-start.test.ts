// "Access Grant Quick Start": its samples call by call, and the events it tells to watch for.
import { describe, expect, test } from 'vitest'
import { sdkGenerations, type SeamClient } from '../clients/sdks.ts'
import { startReceiver } from '../support/webhook-receiver.ts'
import { eventsOf, ISO, startDocumentServer, UUID } from './support.ts'

const LIFECYCLE = [
  'access_grant.access_granted_to_door',
  'access_grant.access_granted_to_all_doors',
  'access_method.card_encoding_required',
  'access_method.issued',
] as const

describe.each(sdkGenerations)('document 3, $name', (sdk) => {
  test('steps 1 to 3: a card and a mobile key with an Instant Key, watched by polling and by events', async () => {
    await using server = await startDocumentServer()
    await using receiver = await startReceiver()
    const seam = server.seam(sdk)
    const { secret = '' } = await seam.webhooks.create({ url: receiver.url, event_types: [...LIFECYCLE] })
    const acs_system_id = await server.systemOf('salto_space')

    const entrances = await seam.acs.entrances.list({ acs_system_id })
    const doors = [entrances[0]?.acs_entrance_id ?? '', entrances[1]?.acs_entrance_id ?? '']
    const access_grant = await seam.accessGrants.create({
      user_identity: { full_name: 'Jane Doe', email_address: '[email protected]', phone_number: '+15555551000' },
      acs_entrance_ids: doors,
      requested_access_methods: [{ mode: 'card' }, { mode: 'mobile_key' }],
      starts_at: '2025-08-01T15:00:00.000Z',
      ends_at: '2025-08-04T11:00:00.000Z',
    })
    expect(access_grant).toMatchObject({
      access_grant_id: expect.stringMatching(UUID),
      user_identity_id: expect.stringMatching(UUID),
      starts_at: '2025-08-01T15:00:00.000Z',
      ends_at: '2025-08-04T11:00:00.000Z',
      instant_key_url: expect.stringMatching(/^http.*\/[A-Z0-9]{6,}$/),
      requested_access_methods: [
        {
          display_name: 'Plastic Card',
          mode: 'card',
          created_at: expect.stringMatching(ISO),
          created_access_method_ids: [expect.stringMatching(UUID)],
        },
        {
          display_name: 'Mobile Key',
          mode: 'mobile_key',
          created_at: expect.stringMatching(ISO),
          created_access_method_ids: [expect.stringMatching(UUID)],
        },
      ],
    })
    const [cardId = '', mobileKeyId = ''] = access_grant.requested_access_methods.map(
      (requested) => requested.created_access_method_ids[0] ?? '',
    )
    expect([...access_grant.access_method_ids].sort()).toEqual([cardId, mobileKeyId].sort())
    expect(await seam.userIdentities.get({ user_identity_id: access_grant.user_identity_id })).toMatchObject({
      full_name: 'Jane Doe',
      email_address: '[email protected]',
      phone_number: '+15555551000',
    })

    // Step 2: poll for status changes.
    await server.settle()
    expect(await seam.accessMethods.get({ access_method_id: cardId })).toMatchObject({
      access_method_id: cardId,
      display_name: 'Plastic Card',
      mode: 'card',
      created_at: expect.stringMatching(ISO),
      is_card_encoding_required: true,
      is_encoding_required: true,
      is_issued: false,
      issued_at: null,
    })
    const mobileKey = await seam.accessMethods.get({ access_method_id: mobileKeyId })
    expect(mobileKey).toMatchObject({ mode: 'mobile_key', is_issued: true, issued_at: expect.stringMatching(ISO) })

    // Step 2: monitor for lifecycle events.
    const beforeEncoding = await lifecycleOf(seam)
    expect(beforeEncoding.map((event) => event.event_type)).toEqual([
      'access_grant.access_granted_to_door',
      'access_grant.access_granted_to_door',
      'access_grant.access_granted_to_all_doors',
      'access_method.card_encoding_required',
      'access_method.issued',
    ])
    const [toDoor, toNextDoor, toAllDoors, encodingRequired, issued] = beforeEncoding
    expect([toDoor?.['acs_entrance_id'], toNextDoor?.['acs_entrance_id']].sort()).toEqual([...doors].sort())
    expect(toAllDoors).toMatchObject({ access_grant_id: access_grant.access_grant_id })
    expect(encodingRequired).toMatchObject({
      event_id: expect.stringMatching(UUID),
      event_description: 'An access method representing a physical card requires encoding.',
      event_type: 'access_method.card_encoding_required',
      acs_system_id,
      access_method_id: cardId,
      access_grant_ids: [access_grant.access_grant_id],
    })
    expect(issued).toMatchObject({ access_method_id: mobileKeyId })

    // Step 3: deliver the access methods.
    await server.advance('2025-06-16T16:55:03.924Z')
    await seam.accessMethods.encode({
      access_method_id: cardId,
      acs_encoder_id: await server.encoder('salto_space', 'Front Desk'),
    })
    expect(await seam.accessMethods.get({ access_method_id: cardId })).toMatchObject({
      access_method_id: cardId,
      display_name: 'Plastic Card',
      mode: 'card',
      created_at: expect.stringMatching(ISO),
      is_card_encoding_required: false,
      is_encoding_required: false,
      is_issued: true,
      issued_at: '2025-06-16T16:55:03.924Z',
    })
    const afterEncoding = await lifecycleOf(seam)
    expect(afterEncoding.slice(beforeEncoding.length)).toMatchObject([
      { event_type: 'access_method.issued', access_method_id: cardId },
    ])

    // The same events came as webhooks.
    const deliveries = await receiver.waitFor(afterEncoding.length)
    const verified = deliveries.map(({ text, headers }) =>
      new sdk.SeamWebhook(secret).verify(text, headers as Record<string, string>),
    )
    expect(verified).toHaveLength(afterEncoding.length)
    expect(verified).toEqual(expect.arrayContaining(afterEncoding))
  })

  test('step 3: the mobile key goes into an own app by its client session', async () => {
    await using server = await startDocumentServer()
    const seam = server.seam(sdk)
    const [room] = await seam.acs.entrances.list({ acs_system_id: await server.systemOf('salto_space') })
    const access_grant = await seam.accessGrants.create({
      user_identity: { full_name: 'Jane Doe' },
      acs_entrance_ids: [room?.acs_entrance_id ?? ''],
      requested_access_methods: [{ mode: 'mobile_key' }],
      starts_at: '2025-08-01T15:00:00.000Z',
      ends_at: '2025-08-04T11:00:00.000Z',
    })
    const { user_identity_id } = access_grant
    const mobileKey = await seam.accessMethods.get({ access_method_id: access_grant.access_method_ids[0] ?? '' })
    const clientSessionToken = mobileKey.client_session_token ?? ''
    const app = new sdk.Seam({ clientSessionToken, endpoint: server.url })
    const session = await app.clientSessions.get()
    expect(session).toMatchObject({ user_identity_id })
    expect((await app.acs.entrances.list()).map((entrance) => entrance.acs_entrance_id)).toEqual([
      room?.acs_entrance_id,
    ])
  })
})

async function lifecycleOf(seam: SeamClient) {
  return eventsOf(seam, LIFECYCLE)
}
