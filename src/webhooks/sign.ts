/** The signature of a webhook (core.md section 12; the Standard Webhooks scheme, whose verifier the SDKs ship). */
import { createHmac } from 'node:crypto'
import type { Ids } from '../ids.ts'

/** A new secret: `whsec_` and the key in base64, as every verifier expects it. */
export function makeWebhookSecret(ids: Ids): string {
  return `whsec_${ids.bytes(32).toString('base64')}`
}

/** Names one message to its receiver. The same for every try of a delivery, so that a receiver can tell repeats. */
export function messageId(webhookDeliveryId: string): string {
  return `msg_${webhookDeliveryId.replaceAll('-', '')}`
}

/**
 * The headers that prove a message: its id, the time it was signed (seconds) and the signature over both and the body.
 * Receivers refuse a signature more than five minutes off their own clock: `signedAtMs` is the machine's time, never
 * that of a sandbox, and every try is signed anew. With several secrets there are as many signatures, separated by
 * spaces: a receiver takes the message when any of them is right.
 */
export function signatureHeaders(
  secrets: readonly string[],
  id: string,
  signedAtMs: number,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(signedAtMs / 1000))
  const signed = `${id}.${timestamp}.${body}`
  const signature = secrets
    .map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
    .join(' ')
  return {
    'svix-id': id,
    'svix-timestamp': timestamp,
    'svix-signature': signature,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
  }
}
