// "Programming Salto Space Card-based Credentials": its samples in Python and JavaScript, call by call, its cURL block
// by bash itself, and what its sentences promise.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { sdkGenerations, type SdkGeneration, type SeamClient } from '../clients/sdks.ts'
import type { TestServer } from '../support/server.ts'
import { asPrinted, DOCUMENT_DAY, eventsOf, hurriedSeam, ISO, presentCard, startDocumentServer } from './support.ts'

type NewCredential = Parameters<SeamClient['acs']['credentials']['create']>[0]

async function accessGroups(seam: SeamClient, acs_system_id: string, ...names: string[]): Promise<string[]> {
  const groups = await seam.acs.accessGroups.list({ acs_system_id })
  return names.map((name) => groups.find((group) => group.name === name)?.acs_access_group_id ?? `no group ${name}`)
}

/** Steps 1 to 3 of the document, for the tests of its sentences. */
async function janeWithCard(server: TestServer, sdk: SdkGeneration, ...groups: string[]) {
  const seam = hurriedSeam(server, sdk)
  const acs_system_id = await server.systemOf('salto_space')
  const jane = await seam.acs.users.create({ full_name: 'Jane Doe', phone_number: '+15555550100', acs_system_id })
  const { acs_user_id } = jane
  for (const acs_access_group_id of await accessGroups(seam, acs_system_id, ...groups)) {
    await seam.acs.users.addToAccessGroup({ acs_user_id, acs_access_group_id })
  }
  const card = await newCard(seam, acs_user_id, { assign_new_key: true })
  return { seam, acs_system_id, acs_user_id, card, acs_encoder_id: await server.encoder('salto_space', 'Front Desk') }
}

function newCard(seam: SeamClient, acs_user_id: string, salto_space_metadata: object) {
  return seam.acs.credentials.create(
    asPrinted<NewCredential>({ acs_user_id, access_method: 'card', salto_space_metadata }),
  )
}

describe.each(sdkGenerations)('document 5, $name', (sdk) => {
  test('the JavaScript sample', async () => {
    await using server = await startDocumentServer()
    const seam = server.seam(sdk)
    const systemId = await server.systemOf('salto_space')
    const groupIds = await accessGroups(seam, systemId, 'All Guests', 'Floor 1')

    const buildingA = await seam.acs.systems.get({ acs_system_id: systemId })

    const janeUser = await seam.acs.users.create({
      full_name: 'Jane Doe',
      phone_number: '+15555550100',
      acs_system_id: buildingA.acs_system_id,
    })

    for (const accessGroupId of groupIds) {
      await seam.acs.users.addToAccessGroup({ acs_user_id: janeUser.acs_user_id, acs_access_group_id: accessGroupId })
    }

    const cardCredential = await seam.acs.credentials.create(
      asPrinted<NewCredential>({
        acs_user_id: janeUser.acs_user_id,
        access_method: 'card',
        salto_space_metadata: { assign_new_card: true },
      }),
    )
    expect(cardCredential).toMatchObject({
      acs_credential_id: expect.any(String),
      acs_user_id: janeUser.acs_user_id,
      access_method: 'card',
      is_issued: false,
    })

    const encoder = (await seam.acs.encoders.list({ acs_system_ids: [buildingA.acs_system_id] }))[0]
    expect(encoder?.display_name).toBe('Front Desk')

    const encodingActionAttempt = await seam.acs.encoders.encodeCredential({
      acs_credential_id: cardCredential.acs_credential_id,
      acs_encoder_id: encoder?.acs_encoder_id ?? '',
    })

    const polled = await seam.actionAttempts.get({ action_attempt_id: encodingActionAttempt.action_attempt_id })
    expect(polled).toMatchObject({
      status: 'success',
      action_attempt_id: encodingActionAttempt.action_attempt_id,
      action_type: 'ENCODE_CREDENTIAL',
      result: {
        acs_credential_id: cardCredential.acs_credential_id,
        card_number: expect.stringMatching(/./),
        is_issued: true,
        issued_at: DOCUMENT_DAY,
      },
      error: null,
    })
  })

  test('the Python sample, whose client gets the attempt while it is pending', async () => {
    await using server = await startDocumentServer()
    const seam = server.seam(sdk)
    const systemId = await server.systemOf('salto_space')
    const access_group_ids = await accessGroups(seam, systemId, 'All Guests', 'Floor 1')

    const building_a = await seam.acs.systems.get({ acs_system_id: systemId })
    const jane_user = await seam.acs.users.create({
      full_name: 'Jane Doe',
      phone_number: '+15555550100',
      acs_system_id: building_a.acs_system_id,
    })
    for (const access_group_id of access_group_ids) {
      await seam.acs.users.addToAccessGroup({
        acs_user_id: jane_user.acs_user_id,
        acs_access_group_id: access_group_id,
      })
    }
    const card_credential = await seam.acs.credentials.create({
      acs_user_id: jane_user.acs_user_id,
      access_method: 'card',
      salto_space_metadata: { assign_new_key: true },
    })
    expect(card_credential).toMatchObject({
      acs_user_id: jane_user.acs_user_id,
      access_method: 'card',
      is_issued: false,
      issued_at: null,
    })
    const [encoder] = await seam.acs.encoders.list({ acs_system_ids: [building_a.acs_system_id] })
    const encoding_action_attempt = await seam.acs.encoders.encodeCredential(
      {
        acs_credential_id: card_credential.acs_credential_id,
        acs_encoder_id: encoder?.acs_encoder_id ?? '',
      },
      { waitForActionAttempt: false },
    )
    expect(encoding_action_attempt).toMatchObject({
      status: 'pending',
      action_type: 'ENCODE_CREDENTIAL',
      result: null,
      error: null,
    })
    await server.settle()
    const polled = await seam.actionAttempts.get({
      action_attempt_id: encoding_action_attempt.action_attempt_id,
    })
    expect(polled).toMatchObject({
      status: 'success',
      action_attempt_id: encoding_action_attempt.action_attempt_id,
      action_type: 'ENCODE_CREDENTIAL',
      result: {
        acs_credential_id: card_credential.acs_credential_id,
        card_number: expect.stringMatching(/./),
        is_issued: true,
        issued_at: expect.stringMatching(ISO),
      },
      error: null,
    })
    const issued = await seam.acs.credentials.get({ acs_credential_id: card_credential.acs_credential_id })
    expect(issued).toMatchObject({ is_issued: true, issued_at: DOCUMENT_DAY })
    expect(issued.card_number).toBe((polled.result as { card_number: string }).card_number)
    const told = await eventsOf(seam, ['acs_credential.issued', 'acs_credential.reissued'])
    expect(told).toMatchObject([
      { event_type: 'acs_credential.issued', acs_credential_id: card_credential.acs_credential_id },
    ])
  })

  test('a user can only have one card at a time: a second is refused until the first is deleted', async () => {
    await using server = await startDocumentServer()
    const { seam, acs_user_id, card } = await janeWithCard(server, sdk, 'All Guests')
    await expect(newCard(seam, acs_user_id, { assign_new_key: true })).rejects.toMatchObject({
      code: 'invalid_input',
      statusCode: 400,
    })
    await expect(newCard(seam, acs_user_id, { assign_new_card: true })).rejects.toMatchObject({ code: 'invalid_input' })
    await seam.acs.credentials.delete({ acs_credential_id: card.acs_credential_id })
    const second = await newCard(seam, acs_user_id, { assign_new_key: true })
    expect(second.acs_credential_id).not.toBe(card.acs_credential_id)
    expect(second.is_issued).toBe(false)
  })

  test('one card at a time holds for access grants too, which say so', async () => {
    await using server = await startDocumentServer()
    const seam = hurriedSeam(server, sdk)
    const { user_identity_id } = await seam.userIdentities.create({ full_name: 'Jane Doe' })
    const requested_access_methods = [{ mode: 'card' as const }]
    const [first, second] = [
      await seam.accessGrants.create({
        user_identity_id,
        acs_entrance_ids: [await server.entrance('salto_space', 'Room 101')],
        requested_access_methods,
      }),
      await seam.accessGrants.create({
        user_identity_id,
        acs_entrance_ids: [await server.entrance('salto_space', 'Room 102')],
        requested_access_methods,
      }),
    ]
    expect(first).toMatchObject({ access_method_ids: [expect.any(String)], errors: [] })
    expect(second).toMatchObject({
      access_method_ids: [],
      errors: [{ error_code: 'cannot_create_requested_access_methods' }],
    })
    await seam.accessMethods.delete({ access_method_id: first.access_method_ids[0] ?? '' })
    const { access_grant_id } = second
    await seam.accessGrants.requestAccessMethods({ access_grant_id, requested_access_methods })
    expect(await seam.accessMethods.list({ access_grant_id })).toMatchObject([
      { mode: 'card', is_encoding_required: true },
    ])
  })

  test('deleting the credential and creating a new one replaces a lost card', async () => {
    await using server = await startDocumentServer()
    const { seam, acs_user_id, card, acs_encoder_id } = await janeWithCard(server, sdk, 'All Guests')
    await seam.acs.encoders.encodeCredential({ acs_credential_id: card.acs_credential_id, acs_encoder_id })
    const lost = await seam.acs.credentials.get({ acs_credential_id: card.acs_credential_id })
    const mainEntrance = await server.entrance('salto_space', 'Main Entrance')
    expect(await presentCard(server, mainEntrance, lost.card_number)).toBe('opened')

    await seam.acs.credentials.delete({ acs_credential_id: card.acs_credential_id })
    const { acs_credential_id } = await newCard(seam, acs_user_id, { assign_new_key: true })
    await seam.acs.encoders.encodeCredential({ acs_credential_id, acs_encoder_id })

    const replacement = await seam.acs.credentials.get({ acs_credential_id })
    expect(replacement).toMatchObject({ is_issued: true, card_number: expect.any(String) })
    expect(replacement.card_number).not.toBe(lost.card_number)
    expect(await presentCard(server, mainEntrance, replacement.card_number)).toBe('opened')
    expect(await presentCard(server, mainEntrance, lost.card_number)).not.toBe('opened')
    await expect(seam.acs.credentials.get({ acs_credential_id: card.acs_credential_id })).rejects.toMatchObject({
      code: 'acs_credential_not_found',
    })
  })

  test.each([{ assign_new_key: false }, { assign_new_card: false }])(
    'after a change of groups, %o brings the same card up to date',
    async (salto_space_metadata) => {
      await using server = await startDocumentServer()
      const { seam, acs_system_id, acs_user_id, card, acs_encoder_id } = await janeWithCard(server, sdk, 'All Guests')
      await seam.acs.encoders.encodeCredential({ acs_credential_id: card.acs_credential_id, acs_encoder_id })
      const { card_number } = await seam.acs.credentials.get({ acs_credential_id: card.acs_credential_id })
      const room101 = await server.entrance('salto_space', 'Room 101')

      const [floor1 = ''] = await accessGroups(seam, acs_system_id, 'Floor 1')
      await seam.acs.users.addToAccessGroup({ acs_user_id, acs_access_group_id: floor1 })
      // An offline lock knows what the card says, and the card says nothing of the new group yet.
      expect(await presentCard(server, room101, card_number)).toBe('no_access_to_entrance')

      const { acs_credential_id } = await newCard(seam, acs_user_id, salto_space_metadata)
      await seam.acs.encoders.encodeCredential({ acs_credential_id, acs_encoder_id })
      expect(await seam.acs.credentials.get({ acs_credential_id })).toMatchObject({ is_issued: true, card_number })
      expect(await presentCard(server, room101, card_number)).toBe('opened')

      expect(await seam.acs.credentials.list({ acs_user_id })).toHaveLength(1)
      const told = await eventsOf(seam, ['acs_credential.issued', 'acs_credential.reissued'])
      expect(told.map((event) => event.event_type)).toEqual(['acs_credential.issued', 'acs_credential.reissued'])
    },
  )

  test('a card can be written again with a new credential, and the former one is over', async () => {
    await using server = await startDocumentServer()
    const { seam, acs_system_id, card, acs_encoder_id } = await janeWithCard(server, sdk, 'All Guests')
    await seam.acs.encoders.encodeCredential({ acs_credential_id: card.acs_credential_id, acs_encoder_id })
    const { card_number } = await seam.acs.credentials.get({ acs_credential_id: card.acs_credential_id })
    const { cards } = await server.ok('/sandbox/cards/list', { acs_system_id })
    const plastic = cards.find((one: { card_number: string }) => one.card_number === card_number)

    const john = await seam.acs.users.create({ full_name: 'John Doe', acs_system_id })
    const johns = await newCard(seam, john.acs_user_id, { assign_new_key: true })
    await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_id: plastic.card_id })
    await seam.acs.encoders.encodeCredential({ acs_credential_id: johns.acs_credential_id, acs_encoder_id })

    expect(await seam.acs.credentials.get({ acs_credential_id: johns.acs_credential_id })).toMatchObject({
      is_issued: true,
      card_number,
    })
    expect(await seam.acs.credentials.get({ acs_credential_id: card.acs_credential_id })).toMatchObject({
      is_issued: false,
    })
    expect(await eventsOf(seam, ['acs_credential.invalidated'])).toMatchObject([
      { acs_credential_id: card.acs_credential_id },
    ])
  })

  test('the encoder scans a card: its content beside the credential, and what differs after a change', async () => {
    await using server = await startDocumentServer()
    const { seam, acs_system_id, acs_user_id, card, acs_encoder_id } = await janeWithCard(server, sdk, 'All Guests')
    const { acs_credential_id } = card
    await seam.acs.encoders.encodeCredential({ acs_credential_id, acs_encoder_id })
    const { card_number } = await seam.acs.credentials.get({ acs_credential_id })

    const scanned = await seam.acs.encoders.scanCredential({ acs_encoder_id })
    expect(scanned).toMatchObject({
      status: 'success',
      action_type: 'SCAN_CREDENTIAL',
      result: {
        acs_credential_on_encoder: { card_number, is_issued: true, created_at: DOCUMENT_DAY },
        acs_credential_on_seam: { acs_credential_id, acs_user_id, card_number, is_issued: true },
        warnings: [],
      },
    })

    const ends_at = '2025-07-01T11:00:00.000Z'
    await seam.acs.credentials.update({ acs_credential_id, ends_at })
    const afterNewEnd = await seam.acs.encoders.scanCredential({ acs_encoder_id })
    expect(afterNewEnd.result).toMatchObject({
      acs_credential_on_encoder: { card_number, ends_at: null },
      acs_credential_on_seam: { acs_credential_id, ends_at },
      warnings: [
        {
          warning_code: 'acs_credential_on_encoder_out_of_sync',
          warning_message: expect.stringMatching(/: ends_at\b(?!,)/),
        },
      ],
    })

    await seam.acs.encoders.encodeCredential({ acs_credential_id, acs_encoder_id })
    const inSync = await seam.acs.encoders.scanCredential({ acs_encoder_id })
    expect(inSync.result).toMatchObject({ acs_credential_on_encoder: { card_number, ends_at }, warnings: [] })

    const [floor1 = ''] = await accessGroups(seam, acs_system_id, 'Floor 1')
    await seam.acs.users.addToAccessGroup({ acs_user_id, acs_access_group_id: floor1 })
    const afterNewGroup = await seam.acs.encoders.scanCredential({ acs_encoder_id })
    expect(afterNewGroup.result).toMatchObject({
      warnings: [
        {
          warning_code: 'acs_credential_on_encoder_out_of_sync',
          warning_message: expect.stringContaining('acs_entrances'),
        },
      ],
    })
  })
})

test('document 5, the cURL block as bash runs it', async () => {
  await using server = await startDocumentServer()
  const systemId = await server.systemOf('salto_space')
  const groupIds = await accessGroups(server.seam(), systemId, 'All Guests', 'Floor 1')
  const block = bashBlock()
    .replaceAll('https://connect.getseam.com', server.url)
    .replaceAll('11111111-1111-1111-1111-111111111111', systemId)
    .replaceAll('44444444-4444-4444-4444-333333333333', groupIds[0] ?? '')
    .replaceAll('44444444-4444-4444-4444-444444444444', groupIds[1] ?? '')
  expect(block).not.toMatch(/getseam|11111111|44444444/)
  const poll = block.slice(block.indexOf('# To confirm that the encoding succeeded'))
  // The document prints the credential, and the attempt as it is once polling has seen it succeed.
  const script = `{
${block}
echo "\${card_credential}" "\${encoding_action_attempt}"
curl -X 'POST' '${server.url}/sandbox/settle' -H "Authorization: Bearer \${SEAM_API_KEY}" -H 'Content-Type: application/json' -d '{}'
${poll}
} | jq --slurp .`
  const { stdout } = await promisify(execFile)('bash', ['-c', `set -o pipefail\n${script}`], {
    env: { PATH: process.env['PATH'] ?? '', SEAM_API_KEY: server.apiKey },
  })
  const answers = JSON.parse(stdout) as Record<string, Record<string, unknown>>[]
  const [added, addedToo, polled, credential, started, settled, polledAgain] = answers
  expect(answers).toHaveLength(7)
  expect([added, addedToo, settled]).toEqual([
    expect.objectContaining({ ok: true }),
    expect.objectContaining({ ok: true }),
    { ok: true },
  ])

  const acs_credential_id = credential?.['acs_credential']?.['acs_credential_id']
  const action_attempt_id = started?.['action_attempt']?.['action_attempt_id']
  const [jane] = await server.seam().acs.users.list({ acs_system_id: systemId })
  expect(jane).toMatchObject({ full_name: 'Jane Doe', phone_number: '+15555550100' })
  expect(credential).toMatchObject({
    acs_credential: { acs_credential_id, acs_user_id: jane?.acs_user_id, access_method: 'card', is_issued: false },
  })
  expect(started).toMatchObject({ action_attempt: { status: 'pending', action_type: 'ENCODE_CREDENTIAL' }, ok: true })
  expect(polled).toMatchObject({ action_attempt: { action_attempt_id, action_type: 'ENCODE_CREDENTIAL' }, ok: true })
  expect(polledAgain).toMatchObject({
    action_attempt: {
      status: 'success',
      action_attempt_id,
      action_type: 'ENCODE_CREDENTIAL',
      result: {
        acs_credential_id,
        card_number: expect.stringMatching(/./),
        is_issued: true,
        issued_at: expect.stringMatching(ISO),
      },
      error: null,
    },
    ok: true,
  })
  expect(await server.seam().acs.users.listAccessibleEntrances({ acs_user_id: jane?.acs_user_id ?? '' })).toHaveLength(
    4,
  )
})

/** The fenced block of the document's tab "cURL (bash)". */
function bashBlock(): string {
  const text = readFileSync(join(import.meta.dirname, 'fixtures/5-salto-space-card-credentials.md'), 'utf8')
  const block = /\{% tab title="cURL \(bash\)" %\}[\s\S]*?```bash\n([\s\S]*?)```/.exec(text)?.[1]
  if (block === undefined) throw new Error('the document has no bash block')
  return block
}
