// "Creating and Encoding Card Access Methods": its samples call by call, its webhook, its errors, and the rule that one
// access method stands on one card.
import { describe, expect, test } from 'vitest'
import { sdkGenerations, type SdkGeneration, type SeamClient } from '../clients/sdks.ts'
import type { TestServer } from '../support/server.ts'
import { startReceiver } from '../support/webhook-receiver.ts'
import {
  asPrinted,
  DOCUMENT_DAY,
  eventsOf,
  hurriedSeam,
  ISO,
  presentCard,
  startDocumentServer,
  UUID,
} from './support.ts'

/** The document's step 1. */
async function createAccessGrant(seam: SeamClient, acs_system_id: string) {
  const entrances = await seam.acs.entrances.list({ acs_system_id })
  return seam.accessGrants.create({
    user_identity: { full_name: 'Jane Doe', email_address: '[email protected]', phone_number: '+15555551000' },
    acs_entrance_ids: [entrances[0]?.acs_entrance_id ?? '', entrances[1]?.acs_entrance_id ?? ''],
    requested_access_methods: [{ mode: 'card' }],
    starts_at: '2025-08-01T15:00:00.000Z',
    ends_at: '2025-08-04T11:00:00.000Z',
  })
}

/** Steps 1 and 2, for the tests of the document's sentences. */
async function cardToEncode(server: TestServer, sdk: SdkGeneration) {
  const seam = hurriedSeam(server, sdk)
  const acs_system_id = await server.systemOf('salto_space')
  const accessGrant = await createAccessGrant(seam, acs_system_id)
  const access_method_id = accessGrant.access_method_ids[0] ?? ''
  const acs_encoder_id = await server.encoder('salto_space', 'Front Desk')
  return { seam, acs_system_id, accessGrant, access_method_id, acs_encoder_id }
}

/** The card with this number, as it lies in the sandbox. */
async function plastic(server: TestServer, card_number: unknown): Promise<string> {
  const { cards } = await server.ok('/sandbox/cards/list')
  return cards.find((card: { card_number: unknown }) => card.card_number === card_number).card_id as string
}

function cardNumberOf(attempt: { result: unknown }): string {
  return (attempt.result as { card_number: string }).card_number
}

describe.each(sdkGenerations)('document 2, $name', (sdk) => {
  test('steps 1 to 4, confirmed by polling and by a webhook', async () => {
    await using server = await startDocumentServer()
    await using receiver = await startReceiver()
    const seam = server.seam(sdk)
    const webhook = await seam.webhooks.create({ url: receiver.url })
    const acs_system_id = await server.systemOf('salto_space')

    const access_grant = await createAccessGrant(seam, acs_system_id)
    expect(access_grant).toMatchObject({
      access_grant_id: expect.stringMatching(UUID),
      user_identity_id: expect.stringMatching(UUID),
      starts_at: '2025-08-01T15:00:00.000Z',
      ends_at: '2025-08-04T11:00:00.000Z',
      requested_access_methods: [
        {
          display_name: 'Plastic Card',
          mode: 'card',
          created_at: expect.stringMatching(ISO),
          created_access_method_ids: [expect.stringMatching(UUID)],
        },
      ],
    })
    const access_method_id = access_grant.requested_access_methods[0]?.created_access_method_ids[0] ?? ''
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_encoding_required: true,
      is_card_encoding_required: true,
      is_issued: false,
      issued_at: null,
    })

    const encoders = await seam.acs.encoders.list({ acs_system_ids: [acs_system_id] })
    expect(encoders).toContainEqual(
      expect.objectContaining({ acs_encoder_id: expect.stringMatching(UUID), display_name: 'Front Desk' }),
    )
    const encoder = encoders[0]

    await server.advance('2025-06-16T16:56:00.000Z')
    const encoding_action_attempt = await seam.accessMethods.encode(
      { access_method_id, acs_encoder_id: encoder?.acs_encoder_id ?? '' },
      { waitForActionAttempt: false },
    )
    const { action_attempt_id } = encoding_action_attempt
    expect(encoding_action_attempt).toEqual({
      status: 'pending',
      action_attempt_id: expect.stringMatching(UUID),
      action_type: 'ENCODE_ACCESS_METHOD',
      result: null,
      error: null,
    })

    await server.settle()
    expect(await seam.actionAttempts.get({ action_attempt_id })).toMatchObject({
      status: 'success',
      action_attempt_id,
      action_type: 'ENCODE_ACCESS_METHOD',
      result: {
        access_method_id,
        card_number: expect.stringMatching(/./),
        is_issued: true,
        issued_at: '2025-06-16T16:56:00.000Z',
      },
      error: null,
    })

    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      access_method_id,
      is_encoding_required: false,
      is_card_encoding_required: false,
      is_issued: true,
      issued_at: '2025-06-16T16:56:00.000Z',
    })

    const [delivery] = await receiver.waitFor(1, 'access_method.issued')
    const { text, headers } = delivery ?? { text: '', headers: {} }
    const verified = new sdk.SeamWebhook(webhook.secret ?? '').verify(text, headers as Record<string, string>)
    const system = await seam.acs.systems.get({ acs_system_id })
    expect(verified).toMatchObject({
      event_id: expect.stringMatching(UUID),
      event_description: 'An access method was issued.',
      event_type: 'access_method.issued',
      workspace_id: server.workspaceId,
      created_at: expect.stringMatching(ISO),
      occurred_at: '2025-06-16T16:56:00.000Z',
      acs_system_id,
      access_method_id,
      connected_account_id: system.connected_account_id,
    })
    expect(() =>
      new sdk.SeamWebhook(webhook.secret ?? '').verify(`${text} `, headers as Record<string, string>),
    ).toThrow()
    expect(receiver.received.map(({ event }) => event.event_type)).not.toContain('access_method.reissued')
  })

  test('step 3 as its sentence says it: /acs/encoders/encode_credential starts the same', async () => {
    await using server = await startDocumentServer()
    const { seam, access_method_id, acs_encoder_id } = await cardToEncode(server, sdk)
    const attempt = await seam.acs.encoders.encodeCredential({ access_method_id, acs_encoder_id })
    expect(attempt).toMatchObject({ status: 'success', action_type: 'ENCODE_ACCESS_METHOD' })
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_encoding_required: false,
      is_issued: true,
      issued_at: DOCUMENT_DAY,
    })
  })

  test('re-encoding a card sends access_method.reissued instead of access_method.issued', async () => {
    await using server = await startDocumentServer()
    await using receiver = await startReceiver()
    const { seam, accessGrant, access_method_id, acs_encoder_id } = await cardToEncode(server, sdk)
    const { secret = '' } = await seam.webhooks.create({
      url: receiver.url,
      event_types: ['access_method.issued', 'access_method.reissued'],
    })
    const card_number = cardNumberOf(await seam.accessMethods.encode({ access_method_id, acs_encoder_id }))

    const ends_at = '2025-08-05T11:00:00.000Z'
    await seam.accessGrants.update({ access_grant_id: accessGrant.access_grant_id, ends_at })
    await server.settle()
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_encoding_required: true,
      is_card_encoding_required: true,
      is_issued: false,
      issued_at: null,
    })

    await server.advance('2025-06-16T17:00:00.000Z')
    const again = await seam.accessMethods.encode({ access_method_id, acs_encoder_id })
    expect(cardNumberOf(again)).toBe(card_number)
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_encoding_required: false,
      is_issued: true,
      issued_at: '2025-06-16T17:00:00.000Z',
    })
    const [reissued] = await receiver.waitFor(1, 'access_method.reissued')
    const headers = reissued?.headers as Record<string, string>
    expect(new sdk.SeamWebhook(secret).verify(reissued?.text ?? '', headers)).toMatchObject({
      event_type: 'access_method.reissued',
      access_method_id,
    })
    await server.settle()
    expect(receiver.received.map(({ event }) => event.event_type)).toEqual([
      'access_method.issued',
      'access_method.reissued',
    ])

    const room101 = await server.entrance('salto_space', 'Room 101')
    await server.advance('2025-08-05T10:59:00.000Z')
    expect(await presentCard(server, room101, card_number)).toBe('opened')
  })

  test('the listed errors: each is named, changes nothing, and can be followed by a success', async () => {
    await using server = await startDocumentServer()
    const { seam, access_method_id, acs_encoder_id } = await cardToEncode(server, sdk)
    const encode = () => seam.accessMethods.encode({ access_method_id, acs_encoder_id })
    const failsWith = (code: string, alias_type?: string) =>
      expect(encode()).rejects.toMatchObject({
        name: 'SeamActionAttemptFailedError',
        code,
        message: expect.stringMatching(/\w/),
        actionAttempt: {
          status: 'error',
          action_type: 'ENCODE_ACCESS_METHOD',
          result: null,
          error: { type: code, ...(alias_type === undefined ? {} : { alias_type }) },
        },
      })
    type WillFail = Parameters<SeamClient['acs']['encoders']['simulate']['nextCredentialEncodeWillFail']>[0]
    const willFail = (error_code: string) =>
      seam.acs.encoders.simulate.nextCredentialEncodeWillFail(asPrinted<WillFail>({ acs_encoder_id, error_code }))

    await server.ok('/sandbox/encoders/remove_card', { acs_encoder_id })
    await failsWith('no_card_on_encoder', 'no_credential_on_encoder')

    await willFail('no_credential_on_encoder')
    await failsWith('no_credential_on_encoder', 'no_card_on_encoder')

    await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_format: 'hid_prox' })
    await failsWith('incompatible_card_format')

    await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_format: 'mifare_desfire' })
    await willFail('uncategorized_error')
    await failsWith('uncategorized_error')

    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_encoding_required: true,
      is_issued: false,
      issued_at: null,
    })
    expect(await eventsOf(seam, ['access_method.issued', 'acs_credential.issued'])).toEqual([])
    expect(await encode()).toMatchObject({ status: 'success' })
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_encoding_required: false,
      is_issued: true,
    })
  })

  test('an access method that was written to a card cannot be used for another card', async () => {
    await using server = await startDocumentServer()
    const { seam, accessGrant, access_method_id, acs_encoder_id } = await cardToEncode(server, sdk)
    const card_number = cardNumberOf(await seam.accessMethods.encode({ access_method_id, acs_encoder_id }))
    const card_id = await plastic(server, card_number)

    await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_format: 'mifare_desfire' })
    // Nothing is left to write, so no attempt begins; asked for by its credential, the encoder finds another card.
    await expect(seam.accessMethods.encode({ access_method_id, acs_encoder_id })).rejects.toMatchObject({
      code: 'invalid_input',
      statusCode: 400,
    })
    const related = await seam.accessMethods.getRelated({ access_method_ids: [access_method_id] })
    const acs_credential_id = related.acs_credentials?.[0]?.acs_credential_id ?? ''
    await expect(seam.acs.encoders.encodeCredential({ acs_credential_id, acs_encoder_id })).rejects.toMatchObject({
      code: 'credential_cannot_be_reissued',
    })

    // Nor when its own card waits to be written again.
    await seam.accessGrants.update({
      access_grant_id: accessGrant.access_grant_id,
      ends_at: '2025-08-05T11:00:00.000Z',
    })
    await expect(seam.accessMethods.encode({ access_method_id, acs_encoder_id })).rejects.toMatchObject({
      name: 'SeamActionAttemptFailedError',
      code: 'credential_cannot_be_reissued',
    })
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({ is_encoding_required: true })

    await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_id })
    const again = await seam.accessMethods.encode({ access_method_id, acs_encoder_id })
    expect(cardNumberOf(again)).toBe(card_number)
  })

  test('a card can be re-encoded with a new access method', async () => {
    await using server = await startDocumentServer()
    const { seam, access_method_id, acs_encoder_id } = await cardToEncode(server, sdk)
    const card_number = cardNumberOf(await seam.accessMethods.encode({ access_method_id, acs_encoder_id }))
    const room102 = await server.entrance('salto_space', 'Room 102')
    const next = await seam.accessGrants.create({
      user_identity: { full_name: 'John Doe' },
      acs_entrance_ids: [room102],
      requested_access_methods: [{ mode: 'card' }],
      starts_at: '2025-08-01T15:00:00.000Z',
      ends_at: '2025-08-04T11:00:00.000Z',
    })
    const nextMethodId = next.access_method_ids[0] ?? ''

    await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_id: await plastic(server, card_number) })
    const written = await seam.accessMethods.encode({ access_method_id: nextMethodId, acs_encoder_id })
    expect(written).toMatchObject({ status: 'success', result: { access_method_id: nextMethodId, card_number } })
    expect(await seam.accessMethods.get({ access_method_id: nextMethodId })).toMatchObject({ is_issued: true })
    // What stood on the card before opens nothing any more, and says so.
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({ is_issued: false })

    await server.advance('2025-08-01T15:00:00.000Z')
    expect(await presentCard(server, room102, card_number)).toBe('opened')
    expect(await presentCard(server, await server.entrance('salto_space', 'Room 101'), card_number)).toBe(
      'no_access_to_entrance',
    )
  })

  test('a lost card is replaced by a further access method of the same grant', async () => {
    await using server = await startDocumentServer()
    const { seam, accessGrant, access_method_id, acs_encoder_id } = await cardToEncode(server, sdk)
    const { access_grant_id } = accessGrant
    const lost = cardNumberOf(await seam.accessMethods.encode({ access_method_id, acs_encoder_id }))

    await seam.accessMethods.delete({ access_method_id })
    const requested_access_methods = [{ mode: 'card' as const }]
    await seam.accessGrants.requestAccessMethods({ access_grant_id, requested_access_methods })
    const [replacement, ...others] = await seam.accessMethods.list({ access_grant_id })
    expect(others).toEqual([])
    expect(replacement).toMatchObject({ mode: 'card', is_encoding_required: true, is_issued: false })
    const encoded = await seam.accessMethods.encode({
      access_method_id: replacement?.access_method_id ?? '',
      acs_encoder_id,
    })
    expect(cardNumberOf(encoded)).not.toBe(lost)

    const room101 = await server.entrance('salto_space', 'Room 101')
    await server.advance('2025-08-01T15:00:00.000Z')
    expect(await presentCard(server, room101, cardNumberOf(encoded))).toBe('opened')
    // The offline lock learns from the new card that the lost one is over.
    expect(await presentCard(server, room101, lost)).not.toBe('opened')
  })

  test('a further card takes a further access method', async () => {
    await using server = await startDocumentServer()
    const { seam, acs_system_id, access_method_id, acs_encoder_id } = await cardToEncode(server, sdk)
    const first = cardNumberOf(await seam.accessMethods.encode({ access_method_id, acs_encoder_id }))
    const entrances = await seam.acs.entrances.list({ acs_system_id })
    const friend = await seam.accessGrants.create({
      user_identity: { full_name: 'John Doe' },
      acs_entrance_ids: [entrances[0]?.acs_entrance_id ?? ''],
      requested_access_methods: [{ mode: 'card' }],
      starts_at: '2025-08-01T15:00:00.000Z',
      ends_at: '2025-08-04T11:00:00.000Z',
    })
    const second = await seam.accessMethods.encode({
      access_method_id: friend.access_method_ids[0] ?? '',
      acs_encoder_id,
    })
    expect(cardNumberOf(second)).not.toBe(first)
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({ is_issued: true })
  })
})
