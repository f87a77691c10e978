/** The building view: cards carried to encoders and doors by mouse and by keyboard, codes, phones, faults, the clock. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openConsole, type ConsoleTest } from './support.ts'

let console: ConsoleTest
const START = '2026-06-01T12:00:00.000Z'
const END = '2026-06-03T10:00:00.000Z'

beforeAll(async () => {
  console = await openConsole({ frozenAt: START, viewport: { width: 1440, height: 1400 } })
}, 120_000)
afterAll(() => console[Symbol.asyncDispose]())

async function guest(name: string, provider: string, door: string, mode: string, more: object = {}): Promise<string> {
  const { server } = console
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: name },
    acs_entrance_ids: [await server.entrance(provider, door)],
    requested_access_methods: [{ mode }],
    starts_at: START,
    ends_at: END,
    ...more,
  })
  await server.settle()
  return access_grant.user_identity_id as string
}

const open = async (provider: string): Promise<void> => {
  await console.go(`/building/${await console.server.systemOf(provider)}`)
  await console.page.getByRole('group', { name: 'Doors' }).getByRole('button').first().waitFor()
}
const door = (name: string) => console.page.getByRole('button', { name: new RegExp(`^(Present to )?${name}\\b`) })
const result = (text: string | RegExp) => console.page.getByRole('status').filter({ hasText: text }).first().waitFor()
const last = async (provider: string, name: string): Promise<Record<string, unknown>> => {
  const acs_entrance_id = await console.server.entrance(provider, name)
  const { door_attempts } = await console.server.ok('/sandbox/doors/list_attempts', { acs_entrance_id, limit: 1 })
  return door_attempts[0] as Record<string, unknown>
}

describe('a stay at an offline door', () => {
  test('by mouse: a card is encoded, dragged to an encoder, and to two doors', async () => {
    const { page } = console
    await guest('Ann Guest', 'visionline', 'Room 101', 'card', { reservation_key: 'building-1' })
    await open('visionline')
    await console.screenshot('building')
    await console.checkAccessibility()

    await page.getByRole('button', { name: 'Encode', exact: true }).click()
    await page.getByRole('menuitem', { name: 'At Front Desk' }).click()
    await page.getByText(/Encoding .* at Front Desk: done/).waitFor()
    const card = page.locator('[data-thing="card"]', { hasText: 'Ann Guest' })
    await card.waitFor()

    await card.dragTo(page.locator('[data-encoder]').first())
    await result(/Ann Guest’s card \d+ lies on /)
    const onEncoder = page.locator('[data-encoder] [data-thing="card"]', { hasText: 'Ann Guest' })
    await onEncoder.waitFor()
    await onEncoder.dragTo(door('Room 101'))
    await result('Room 101 opened.')
    await console.screenshot('building-opened')
    await onEncoder.dragTo(door('Room 102'))
    await result(/Room 102 stayed shut\. This credential is for other doors\./)
    expect(await last('visionline', 'Room 101')).toMatchObject({ opened: true })
    expect(await last('visionline', 'Room 102')).toMatchObject({ reason: 'no_access_to_entrance' })
    await page.getByRole('button', { name: /^Room 102\b.*last try: refused, Not this door/ }).waitFor()

    await page.getByRole('button', { name: /^More for Ann Guest/ }).click()
    await page.getByRole('menuitem', { name: 'What is written on it' }).click()
    await page.getByRole('dialog').getByRole('rowheader', { name: 'Room 101' }).waitFor()
    await page.keyboard.press('Escape')
  }, 120_000)

  test('by keyboard alone: taken in the hand, pressed at one door, presented from its menu to another', async () => {
    const { page } = console
    const hand = page.getByRole('button', { name: /^Take Ann Guest.* in the hand/ })
    await hand.focus()
    await page.keyboard.press('Space')
    await page.getByText('In the hand:').waitFor()
    await door('Room 103').focus()
    await page.keyboard.press('Enter')
    await result(/Room 103 stayed shut/)
    await page.keyboard.press('Escape')
    await page.getByText('In the hand:').waitFor({ state: 'detached' })

    await page.getByRole('button', { name: /^More for Ann Guest/ }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Present to…' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.getByLabel('Find a door').fill('room 101')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await result('Room 101 opened.')
  }, 60_000)

  test('what somebody else does at a door appears by itself', async () => {
    const { cards } = await console.server.ok('/sandbox/cards/list', {
      acs_system_id: await console.server.systemOf('visionline'),
    })
    const acs_entrance_id = await console.server.entrance('visionline', 'Room 104')
    await console.server.ok('/sandbox/doors/present_card', { acs_entrance_id, card_id: cards[0].card_id })
    await console.page.getByRole('button', { name: /^Room 104\b.*last try: refused/ }).waitFor({ timeout: 5_000 })
  }, 30_000)

  test('past its end the clock makes the door refuse, and says so', async () => {
    const { page } = console
    await page.getByRole('button', { name: 'To check-out' }).click()
    await result(/^It is /)
    await page.getByRole('button', { name: /^Take Ann Guest.* in the hand/ }).click()
    await door('Room 101').click()
    await result(/Room 101 stayed shut\. The access is over\. Extend the grant/)
    expect(await last('visionline', 'Room 101')).toMatchObject({ reason: 'expired' })
    await page.getByRole('button', { name: 'Put it down' }).click()
    await console.screenshot('building-expired')
    await console.server.freeze(START)
  }, 120_000)
})

test('a fault makes an encode fail in words, and a retry works once it is mended', async () => {
  const { page } = console
  await guest('Bo Late', 'visionline', 'Room 102', 'card', { reservation_key: 'building-2' })
  await open('visionline')
  await page.getByRole('button', { name: /Fault of Encoder 1/ }).click()
  await page.getByRole('option', { name: 'Offline' }).click()
  await result('Encoder 1: offline.')
  await page.getByRole('button', { name: 'Encode', exact: true }).click()
  await page.getByRole('menuitem', { name: 'At Encoder 1' }).click()
  await page.getByText(/Encoding .* at Encoder 1: failed/).waitFor()
  await page.getByText('The encoder is not online.').waitFor()
  await console.screenshot('building-fault')
  await page.getByRole('button', { name: 'Mend all' }).click()
  await result('Visionline: works.')
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.getByText(/Encoding .* at Encoder 1: done/).waitFor()
  await page.locator('[data-thing="card"]', { hasText: 'Bo Late' }).waitFor()
}, 120_000)

test('a phone opens the door of its key', async () => {
  const { page, server } = console
  const user_identity_id = await guest('Cy Phone', 'visionline', 'Guest Lock 1', 'mobile_key', {
    reservation_key: 'building-3',
  })
  await server.ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
  await server.settle()
  await open('visionline')
  const phone = page.locator('[data-thing="phone"]', { hasText: 'Cy Phone' })
  await phone.getByText('One key: Guest Lock 1').waitFor()
  await phone.dragTo(door('Guest Lock 1'))
  await result('Guest Lock 1 opened.')
}, 60_000)

test('a code is typed on the keypad, and one that is wrong is refused', async () => {
  const { page } = console
  await guest('Di Code', 'salto_ks', 'Office', 'code')
  await open('salto_ks')
  await door('Office').click()
  await page.getByRole('dialog', { name: 'Office' }).waitFor()
  await console.screenshot('building-door')
  await page.getByRole('button', { name: 'Type a code' }).click()
  const keypad = page.getByRole('dialog', { name: 'Keypad of Office' })
  for (const digit of '000000') await keypad.getByRole('button', { name: digit, exact: true }).click()
  await keypad.getByRole('button', { name: 'Enter' }).click()
  await keypad.getByText(/Office stayed shut/).waitFor()
  await keypad.getByRole('button', { name: 'Type the code of Di Code' }).click()
  await page.keyboard.press('Tab')
  await keypad.getByRole('button', { name: 'Enter' }).click()
  await keypad.getByText('Office opened.').waitFor()
  await console.screenshot('building-keypad')
  await console.checkAccessibility()
  await keypad.getByRole('button', { name: 'Done' }).click()
  expect(await last('salto_ks', 'Office')).toMatchObject({ opened: true })
}, 120_000)
