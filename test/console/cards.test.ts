// Cards and links where people look for them: on a credential's page, at the encoders of a system, on a person's page.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { FLOW, openConsole, type ConsoleTest } from './support.ts'

vi.setConfig({ ...FLOW, hookTimeout: 300_000 })

let console: ConsoleTest
beforeAll(async () => {
  console = await openConsole()
})
afterAll(() => console[Symbol.asyncDispose]())

interface Card {
  acs_system_id: string
  acs_credential_id: string
}

/** A card for a guest of Room 101 that nobody has written yet. */
async function cardFor(full_name: string): Promise<Card> {
  const { server } = console
  const acs_system_id = await server.systemOf('visionline')
  const { acs_user } = await server.ok('/acs/users/create', { acs_system_id, full_name })
  const { acs_credential } = await server.ok('/acs/credentials/create', {
    acs_user_id: acs_user.acs_user_id,
    access_method: 'card',
    allowed_acs_entrance_ids: [await server.entrance('visionline', 'Room 101')],
    visionline_metadata: { override: true },
  })
  await server.settle()
  return { acs_system_id, acs_credential_id: acs_credential.acs_credential_id as string }
}

const dialog = () => console.page.getByRole('dialog')

test('a card is written from its own page, after a failure that is told in words, and read back', async () => {
  const { page, server } = console
  const { acs_system_id, acs_credential_id } = await cardFor('Grace Hopper')
  await console.go(`/access-systems/${acs_system_id}/credentials/${acs_credential_id}`)
  await page.getByRole('button', { name: 'Encode', exact: true }).click()
  await dialog().getByText('Encode a card for Grace Hopper').waitFor()
  await dialog().getByText('Sandbox: let the next one fail').click()
  await dialog().getByRole('button', { name: 'Arm' }).click()
  await page.getByText('will fail').waitFor()
  await dialog().getByRole('button', { name: 'Encode', exact: true }).click()
  await dialog().getByText('There is no card on the encoder').waitFor()
  await console.checkAccessibility()
  await console.screenshot('credential-encode-failed')
  await dialog().getByRole('button', { name: 'Retry' }).click()
  await dialog().getByRole('button', { name: 'Encode', exact: true }).click()
  await dialog().getByText('The card is written').waitFor()
  await dialog().getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Encode again' }).waitFor()
  const { acs_credential } = await server.ok('/acs/credentials/get', { acs_credential_id })
  expect(acs_credential.is_issued).toBe(true)

  await page.getByRole('button', { name: 'Scan' }).click()
  await dialog().getByRole('button', { name: 'Scan', exact: true }).click()
  await dialog().getByText('Up to date').waitFor()
  await dialog().getByText('Grace Hopper').waitFor()
  await dialog().getByText('Issued', { exact: true }).waitFor()
  await console.checkAccessibility()
  await console.screenshot('scanned')

  // Taken back from here, after a question.
  await dialog().getByRole('button', { name: 'Revoke', exact: true }).click()
  await dialog().getByText('Revoke this card?').waitFor()
  await console.checkAccessibility()
  await dialog().getByRole('button', { name: 'Keep it' }).click()
  expect((await server.post('/acs/credentials/get', { acs_credential_id })).status).toBe(200)
  await dialog().getByRole('button', { name: 'Revoke', exact: true }).click()
  await dialog().getByRole('button', { name: 'Revoke the card' }).click()
  await dialog().getByText('The card is revoked').waitFor()
  await console.screenshot('scanned-revoked')
  await server.settle()
  expect((await server.post('/acs/credentials/get', { acs_credential_id })).status).toBe(404)
  await dialog().getByRole('button', { name: 'Done' }).click()
})

test('at the encoders, the card that waits is found and written, and a scan without a card says so', async () => {
  const { page, server } = console
  const { acs_system_id, acs_credential_id } = await cardFor('Ada Lovelace')
  await console.go(`/access-systems/${acs_system_id}/encoders`)
  await page.getByRole('button', { name: 'Encode a waiting card' }).click()
  // What is written already waits no longer.
  await dialog().getByRole('option').first().waitFor()
  expect(await dialog().getByRole('option').count()).toBe(1)
  await dialog().getByRole('option').click()
  await dialog().getByText('For Ada Lovelace: Room 101').waitFor()
  await console.checkAccessibility()
  await console.screenshot('encode-waiting')
  await dialog().getByRole('button', { name: 'Continue' }).click()
  await dialog().getByRole('button', { name: 'Encode', exact: true }).click()
  await dialog().getByText('The card is written').waitFor()
  await dialog().getByRole('button', { name: 'Done' }).click()
  expect((await server.ok('/acs/credentials/get', { acs_credential_id })).acs_credential.is_issued).toBe(true)
  await page.getByRole('button', { name: 'Encode a waiting card' }).click()
  await dialog().getByText('No card waits to be written.').waitFor()
  await page.keyboard.press('Escape')

  // By the row's menu: at that encoder.
  const acs_encoder_id = await server.encoder('visionline')
  await server.ok('/sandbox/encoders/remove_card', { acs_encoder_id })
  await page
    .getByRole('button', { name: /^Actions of/ })
    .first()
    .click()
  await page.getByRole('menuitem', { name: 'Scan a card' }).click()
  await dialog().getByText('Sandbox: let the next one fail').click()
  await dialog().getByRole('button', { name: 'Arm' }).click()
  await page.getByText('will fail').waitFor()
  await dialog().getByRole('button', { name: 'Scan', exact: true }).click()
  await dialog().getByText('There is no card on the encoder').waitFor()
  await dialog().getByRole('button', { name: 'Retry' }).waitFor()
  await dialog().getByRole('button', { name: 'Close' }).last().click()
})

test('a card that is read says whose it is, for which room and stay, and which piece of plastic', async () => {
  const { page, server } = console
  const acs_system_id = await server.systemOf('visionline')
  const room = await server.entrance('visionline', 'Room 102')
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Katherine Johnson' },
    acs_entrance_ids: [room],
    requested_access_methods: [{ mode: 'card' }],
    reservation_key: 'RES-4711',
  })
  // Another stay of the same person: not this card's.
  await server.ok('/access_grants/create', {
    user_identity_id: access_grant.user_identity_id,
    acs_entrance_ids: [room],
    requested_access_methods: [{ mode: 'card' }],
    reservation_key: 'RES-4712',
    starts_at: '2040-01-01T12:00:00Z',
    ends_at: '2040-01-02T12:00:00Z',
  })
  await server.settle()
  const acs_encoder_id = await server.encoder('visionline')
  await server.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_format: 'rfid48' })
  const { action_attempt } = await server.ok('/access_methods/encode', {
    access_method_id: access_grant.access_method_ids[0],
    acs_encoder_id,
  })
  await server.settle()
  const encoded = await server.ok('/action_attempts/get', { action_attempt_id: action_attempt.action_attempt_id })
  expect(encoded.action_attempt).toMatchObject({ status: 'success', error: null })
  await console.go(`/access-systems/${acs_system_id}/encoders`)
  await page
    .getByRole('button', { name: /^Actions of/ })
    .first()
    .click()
  await page.getByRole('menuitem', { name: 'Scan a card' }).click()
  await dialog().getByRole('button', { name: 'Scan', exact: true }).click()
  const fact = (name: string) => dialog().locator('dt', { hasText: name }).locator('+ dd')
  await dialog().getByText('RES-4711', { exact: true }).waitFor()
  expect(await fact('Issued to').innerText()).toBe('Katherine Johnson')
  expect(await fact('Guest room').innerText()).toBe('Room 102')
  expect(await fact('Reservation #').innerText()).toBe('RES-4711')
  expect(await fact('Sync status').innerText()).toBe('Up to date')
  expect(await fact('Serial number').innerText()).not.toBe('–')
  await console.checkAccessibility()
  await console.screenshot('scanned-stay')
  await dialog().getByRole('button', { name: 'Done' }).click()
})

test('where cards are known to the system, one is given to a user at the reader', async () => {
  const { page, server } = console
  const acs_system_id = await server.systemOf('salto_ks')
  const { acs_user } = await server.ok('/acs/users/create', {
    acs_system_id,
    full_name: 'Mary Jackson',
    email_address: 'mary@example.com',
  })
  await server.settle()
  await console.go(`/access-systems/${acs_system_id}/encoders`)
  await page.getByRole('button', { name: 'Assign a card' }).click()
  await dialog()
    .getByRole('option', { name: /Mary Jackson/ })
    .click()
  await dialog().getByText('Register the card first').click()
  await console.checkAccessibility()
  await console.screenshot('scan-to-assign')
  await dialog().getByRole('button', { name: 'Scan and assign' }).click()
  await dialog().getByText('The card is Mary Jackson’s').waitFor()
  await dialog().getByRole('button', { name: 'Done' }).click()
  const { acs_credentials } = await server.ok('/acs/credentials/list', { acs_user_id: acs_user.acs_user_id })
  expect(acs_credentials).toMatchObject([{ access_method: 'card', is_issued: true }])
})

test('a person’s Instant Keys: made, shown as link and QR code, and deleted', async () => {
  const { page, server } = console
  const { user_identity } = await server.ok('/user_identities/create', { full_name: 'Jane Doe' })
  const { user_identity_id } = user_identity
  await console.go(`/people/${String(user_identity_id)}/instant-keys`)
  await page.getByText('No Instant Keys').waitFor()
  await console.checkAccessibility()
  await page.getByRole('button', { name: 'Generate Instant Key' }).click()
  const uses = dialog().getByLabel('Phones that may open it')
  await uses.fill('0')
  await dialog().getByRole('button', { name: 'Generate' }).click()
  await dialog().getByText('Expected an integer from 1').waitFor()
  expect((await server.ok('/instant_keys/list', { user_identity_id })).instant_keys).toEqual([])
  await uses.fill('2')
  await dialog().getByRole('button', { name: 'Generate' }).click()
  await dialog().getByRole('img', { name: 'QR code of the Instant Key of Jane Doe' }).waitFor()
  await console.checkAccessibility()
  await console.screenshot('instant-key')
  const { instant_keys } = await server.ok('/instant_keys/list', { user_identity_id })
  expect(instant_keys).toHaveLength(1)
  expect(await dialog().getByLabel('Link').inputValue()).toBe(instant_keys[0].instant_key_url)
  // The link is a key: it stands in the dialog alone.
  await page.keyboard.press('Escape')
  await page.getByRole('grid', { name: 'Instant Keys' }).waitFor()
  expect(page.url()).not.toContain('/ik/')
  expect(await page.getByText(instant_keys[0].instant_key_url).count()).toBe(0)
  await console.screenshot('person-instant-keys')

  await page.getByRole('button', { name: /^Actions of/ }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete Instant Key' }).click()
  await page.getByText('No Instant Keys').waitFor()
  expect((await server.ok('/instant_keys/list', { user_identity_id })).instant_keys).toEqual([])
})
