import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { SeamWebhook } from '../../test/clients/sdks.ts'
import { systemIds } from '../system-clock.ts'
import { makeWebhookSecret, messageId, signatureHeaders } from './sign.ts'

const body = '{"event_id":"6f1d8a52-0c3b-4a1e-9f77-2b1c0d9e8f70","event_type":"access_method.issued"}'

test('the official verifier accepts either set of headers', () => {
  const secret = makeWebhookSecret(systemIds)
  const headers = signatureHeaders([secret], 'msg_1', Date.now(), body)
  const named = (prefix: string) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith(prefix)))
  for (const prefix of ['svix-', 'webhook-']) {
    expect(new SeamWebhook(secret).verify(body, named(prefix))).toEqual(JSON.parse(body))
  }
})

test('the official verifier refuses another secret, another body and an old time', () => {
  const secret = makeWebhookSecret(systemIds)
  const headers = signatureHeaders([secret], 'msg_1', Date.now(), body)
  expect(() => new SeamWebhook(makeWebhookSecret(systemIds)).verify(body, headers)).toThrow()
  expect(() => new SeamWebhook(secret).verify(`${body} `, headers)).toThrow()
  const old = signatureHeaders([secret], 'msg_1', Date.now() - 6 * 60_000, body)
  expect(() => new SeamWebhook(secret).verify(body, old)).toThrow()
})

test('with two secrets the message is right under either, and under no third', () => {
  const [fresh, previous] = [makeWebhookSecret(systemIds), makeWebhookSecret(systemIds)]
  const headers = signatureHeaders([fresh, previous], 'msg_1', Date.now(), body)
  expect(headers['svix-signature']).toMatch(/^v1,\S+ v1,\S+$/)
  for (const secret of [fresh, previous])
    expect(new SeamWebhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
  expect(() => new SeamWebhook(makeWebhookSecret(systemIds)).verify(body, headers)).toThrow()
})

test('a secret is base64 of 32 bytes', () => {
  const secret = makeWebhookSecret({ ...systemIds, bytes: (length) => randomBytes(length) })
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
})

test('one delivery has one message id', () => {
  const id = messageId('6f1d8a52-0c3b-4a1e-9f77-2b1c0d9e8f70')
  expect(id).toBe('msg_6f1d8a520c3b4a1e9f772b1c0d9e8f70')
})
