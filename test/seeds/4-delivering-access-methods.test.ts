// "Delivering Access Methods": what each mode has on it once it is issued, and that it opens the door.
import { describe, expect, test } from 'vitest'
import { sdkGenerations, type SdkGeneration } from '../clients/sdks.ts'
import type { TestServer } from '../support/server.ts'
import { hurriedSeam, ISO, presentCard, startDocumentServer, UUID } from './support.ts'

type Requested = { mode: 'code' | 'card' | 'mobile_key'; code?: string }

/** A grant of one access method at one door, issued as far as that goes without a person. */
async function grant(server: TestServer, sdk: SdkGeneration, door: string, requested: Requested) {
  const seam = hurriedSeam(server, sdk)
  const acs_entrance_id = await server.entrance('salto_space', door)
  const accessGrant = await seam.accessGrants.create({
    user_identity: { full_name: 'Jane Doe', email_address: '[email protected]', phone_number: '+15555551000' },
    acs_entrance_ids: [acs_entrance_id],
    requested_access_methods: [requested],
    starts_at: '2025-08-01T15:00:00.000Z',
    ends_at: '2025-08-04T11:00:00.000Z',
  })
  await server.settle()
  return { seam, accessGrant, acs_entrance_id, access_method_id: accessGrant.access_method_ids[0] ?? '' }
}

describe.each(sdkGenerations)('document 4, $name', (sdk) => {
  test('a PIN code: the access method includes the code', async () => {
    await using server = await startDocumentServer()
    const { seam, acs_entrance_id, access_method_id } = await grant(server, sdk, 'Parking', {
      mode: 'code',
      code: '1234',
    })
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      access_method_id,
      display_name: 'PIN Code',
      mode: 'code',
      created_at: expect.stringMatching(ISO),
      is_issued: true,
      issued_at: expect.stringMatching(ISO),
      code: '1234',
    })
    const enter = async (code: string) =>
      (await server.ok('/sandbox/doors/enter_code', { acs_entrance_id, code })).door_attempt.opened as boolean
    expect(await enter('1234')).toBe(false)
    await server.advance('2025-08-01T15:00:00.000Z')
    expect(await enter('1234')).toBe(true)
    expect(await enter('4321')).toBe(false)
    await server.advance('2025-08-04T11:00:00.000Z')
    expect(await enter('1234')).toBe(false)
  })

  test('a PIN code nobody chose is made here', async () => {
    await using server = await startDocumentServer()
    const { seam, acs_entrance_id, access_method_id } = await grant(server, sdk, 'Parking', { mode: 'code' })
    const { code, is_issued } = await seam.accessMethods.get({ access_method_id })
    expect({ code, is_issued }).toEqual({ code: expect.stringMatching(/^\d{4,9}$/), is_issued: true })
    await server.advance('2025-08-01T15:00:00.000Z')
    const { door_attempt } = await server.ok('/sandbox/doors/enter_code', { acs_entrance_id, code })
    expect(door_attempt).toMatchObject({ opened: true, access_method_id })
  })

  test('a plastic key card: encoded, issued, and scanned before it is handed over', async () => {
    await using server = await startDocumentServer()
    const { seam, accessGrant, acs_entrance_id, access_method_id } = await grant(server, sdk, 'Room 101', {
      mode: 'card',
    })
    const acs_encoder_id = await server.encoder('salto_space', 'Front Desk')
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_encoding_required: true,
      is_issued: false,
    })
    const encoded = await seam.accessMethods.encode({ access_method_id, acs_encoder_id })
    expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({
      is_encoding_required: false,
      is_issued: true,
    })

    const { card_number } = encoded.result as unknown as { card_number: string }
    const window = { starts_at: '2025-08-01T15:00:00.000Z', ends_at: '2025-08-04T11:00:00.000Z' }
    expect(await seam.acs.encoders.scanCredential({ acs_encoder_id })).toMatchObject({
      status: 'success',
      action_type: 'SCAN_CREDENTIAL',
      result: {
        acs_credential_on_encoder: { card_number, is_issued: true, ...window },
        acs_credential_on_seam: {
          acs_credential_id: expect.stringMatching(UUID),
          card_number,
          is_issued: true,
          ...window,
        },
        warnings: [],
      },
    })

    const ends_at = '2025-08-05T11:00:00.000Z'
    await seam.accessGrants.update({ access_grant_id: accessGrant.access_grant_id, ends_at })
    await server.settle()
    const scanned = await seam.acs.encoders.scanCredential({ acs_encoder_id })
    expect(scanned.result).toMatchObject({
      acs_credential_on_encoder: { card_number, ...window },
      acs_credential_on_seam: { ends_at },
      warnings: [
        {
          warning_code: 'acs_credential_on_encoder_out_of_sync',
          warning_message: expect.stringContaining('ends_at'),
        },
      ],
    })
    const [warning] = (scanned.result as { warnings: { warning_message: string }[] }).warnings
    expect(warning?.warning_message).not.toMatch(/starts_at|card_number|acs_entrances/)

    await seam.accessMethods.encode({ access_method_id, acs_encoder_id })
    const inSync = await seam.acs.encoders.scanCredential({ acs_encoder_id })
    expect(inSync.result).toMatchObject({ acs_credential_on_encoder: { card_number, ends_at }, warnings: [] })
    await server.advance('2025-08-05T10:00:00.000Z')
    expect(await presentCard(server, acs_entrance_id, card_number)).toBe('opened')
  })

  test('a mobile key: its client session, and the Instant Key that comes with it', async () => {
    await using server = await startDocumentServer()
    const { seam, accessGrant, acs_entrance_id, access_method_id } = await grant(server, sdk, 'Room 101', {
      mode: 'mobile_key',
    })
    const mobileKey = await seam.accessMethods.get({ access_method_id })
    expect(mobileKey).toMatchObject({
      access_method_id,
      display_name: 'Mobile Key',
      mode: 'mobile_key',
      created_at: expect.stringMatching(ISO),
      is_issued: true,
      issued_at: expect.stringMatching(ISO),
      client_session_id: expect.stringMatching(UUID),
      client_session_token: expect.stringMatching(/^seam_cst/),
      instant_key_url: expect.stringMatching(/^http.*\/[A-Z0-9]{6,}$/),
    })
    const { client_session_id = '' } = mobileKey as { client_session_id?: string }
    const { client_session_token, instant_key_url = '' } = mobileKey
    expect(accessGrant).toMatchObject({ client_session_id, client_session_token, instant_key_url })
    const { access_grant_id } = accessGrant
    expect(await seam.accessGrants.get({ access_grant_id })).toMatchObject({ client_session_token, instant_key_url })
    expect(await seam.clientSessions.get({ client_session_id })).toMatchObject({
      token: client_session_token,
      user_identity_id: accessGrant.user_identity_id,
    })

    const page = await fetch(instant_key_url)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)])
    expect(await page.text()).toMatch(/<!doctype html>/i)

    const phone = await seam.phones.simulate.createSandboxPhone({ user_identity_id: accessGrant.user_identity_id })
    await server.settle()
    const present = async () =>
      (await server.ok('/sandbox/doors/present_phone', { acs_entrance_id, device_id: phone.device_id })).door_attempt
    expect(await present()).toMatchObject({ opened: false, reason: 'not_yet_valid' })
    await server.advance('2025-08-01T15:00:00.000Z')
    expect(await present()).toMatchObject({ opened: true, access_method_id })
  })

  test('the Instant Key of a card-only grant is none', async () => {
    await using server = await startDocumentServer()
    const { accessGrant } = await grant(server, sdk, 'Room 101', { mode: 'card' })
    expect(accessGrant).not.toHaveProperty('instant_key_url')
  })
})
