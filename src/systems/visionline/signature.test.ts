// Golden vectors: computed from the documented rule, apart from this code.
import { expect, test } from 'vitest'
import { CONTENT_TYPE, canonicalJson, contentMd5, pathOf, signatureOf, type Signed } from './signature.ts'

const BODY = '{"doorOperations":[{"doors":["101"],"operation":"guest"}],"expireTime":"20260603T1100","format":"rfid48"}'
const GOLDEN: Signed = {
  method: 'POST',
  contentMd5: '2s0ytbbyyiRpye/D8WJw0Q==',
  contentType: CONTENT_TYPE,
  date: 'Mon, 01 Jun 2026 15:00:00 GMT',
  dateHeader: 'Date',
  path: '/api/v1/cards?action=encode&autoJoin=true&encoder=1',
}

test('the body and its MD5 are those of the golden vector', () => {
  const order = {
    format: 'rfid48',
    expireTime: '20260603T1100',
    doorOperations: [{ operation: 'guest', doors: ['101'] }],
  }
  expect(canonicalJson(order)).toBe(BODY)
  expect(contentMd5(BODY)).toBe(GOLDEN.contentMd5)
})

test('the path carries its query in order, written as it is signed', () => {
  expect(pathOf('/api/v1/cards', { encoder: '1', autoJoin: 'true', action: 'encode' })).toBe(GOLDEN.path)
  expect(pathOf('/api/v1/cards', { encoder: 'Front Desk & Co' })).toBe('/api/v1/cards?encoder=Front%20Desk%20%26%20Co')
  expect(pathOf('/api/v1/sessions')).toBe('/api/v1/sessions')
})

test.each([
  ['Date', 'W7MtVpdIFdLLoBPZpIYGloGREnk='],
  ['X-Aah-Date', 'fEUHHif+A7itNjC9SpLdui63Xhs='],
] as const)('signed with the header %s', (dateHeader, signature) => {
  expect(signatureOf('ACCESSKEY', { ...GOLDEN, dateHeader })).toBe(signature)
})

test.each<Partial<Signed>>([
  { method: 'GET' },
  { contentMd5: '' },
  { contentType: 'application/json' },
  { date: 'Mon, 01 Jun 2026 15:00:01 GMT' },
  { path: '/api/v1/cards?action=encode&encoder=1&autoJoin=true' },
])('another request has another signature: %o', (differing) => {
  expect(signatureOf('ACCESSKEY', { ...GOLDEN, ...differing })).not.toBe('W7MtVpdIFdLLoBPZpIYGloGREnk=')
})
