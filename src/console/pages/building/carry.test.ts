import { expect, test } from 'vitest'
import { actOf, dragItem, dropped, fits, isSame, takenBy, type Carried, type Target } from './carry.ts'

const card: Carried = { kind: 'card', card_id: 'c1' }
const blank: Carried = { kind: 'blank', card_format: 'rfid48' }
const phone: Carried = { kind: 'phone', device_id: 'p1' }
const code: Carried = { kind: 'code', acs_credential_id: 'k1' }
const all = [card, blank, phone, code]
const door: Target = { kind: 'door', acs_entrance_id: 'd1' }
const encoder: Target = { kind: 'encoder', acs_encoder_id: 'e1' }
const codeOf = (id: string): string | undefined => (id === 'k1' ? '4711' : undefined)
const params = (carried: Carried, target: Target): unknown => actOf(carried, target, codeOf)

test('each thing does at a door or on an encoder what a person would do with it there', () => {
  expect(params(card, door)).toEqual({
    path: '/sandbox/doors/present_card',
    params: { acs_entrance_id: 'd1', card_id: 'c1' },
  })
  expect(params(phone, door)).toEqual({
    path: '/sandbox/doors/present_phone',
    params: { acs_entrance_id: 'd1', device_id: 'p1' },
  })
  expect(params(code, door)).toEqual({
    path: '/sandbox/doors/enter_code',
    params: { acs_entrance_id: 'd1', code: '4711' },
  })
  expect(params(card, encoder)).toEqual({
    path: '/sandbox/encoders/place_card',
    params: { acs_encoder_id: 'e1', card_id: 'c1' },
  })
  expect(params(blank, encoder)).toEqual({
    path: '/sandbox/encoders/place_card',
    params: { acs_encoder_id: 'e1', card_format: 'rfid48' },
  })
  expect([params(phone, encoder), params(code, encoder), params(blank, door)]).toEqual([null, null, null])
  expect(params({ ...code, acs_credential_id: 'gone' }, door)).toBeNull()
})

test('what a target takes is what it can act on', () => {
  for (const carried of all)
    for (const target of [door, encoder]) {
      const [type = ''] = Object.keys(dragItem(carried))
      expect(takenBy(target.kind).includes(type)).toBe(params(carried, target) !== null)
      expect(fits(carried, target.kind)).toBe(params(carried, target) !== null)
    }
})

test('what is dragged is what is dropped, nothing foreign is, and no code is dragged', () => {
  for (const carried of all) {
    const [[type = '', text = ''] = []] = Object.entries(dragItem(carried))
    expect(dropped(type, text)).toEqual(carried)
    expect(dropped(type, '')).toBeNull()
    expect(text).not.toContain('4711')
  }
  expect(dropped('text/plain', 'c1')).toBeNull()
})

test('one thing is itself alone', () => {
  expect(isSame(card, { kind: 'card', card_id: 'c1' })).toBe(true)
  expect(isSame(card, { kind: 'card', card_id: 'c2' })).toBe(false)
  expect(isSame(card, { kind: 'phone', device_id: 'c1' })).toBe(false)
  expect(isSame(null, card)).toBe(false)
})
