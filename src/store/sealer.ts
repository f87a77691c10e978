/** Secrets that must be shown again (client session tokens, webhook secrets) rest encrypted: AES-256-GCM. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Ids } from '../ids.ts'

export class Sealer {
  readonly #key: Buffer
  readonly #ids: Ids

  /** `key` is 32 bytes. */
  constructor(key: Buffer, ids: Ids) {
    if (key.length !== 32)
      throw new Error('LOCKSTITCH_SECRET_KEY must be 32 bytes in base64 or hex. Make one with: openssl rand -base64 32')
    this.#key = key
    this.#ids = ids
  }

  seal(text: string): string {
    const nonce = this.#ids.bytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`
  }

  /** @throws Error when the text was sealed with another key or has been altered. */
  open(sealed: string): string {
    if (!sealed.startsWith('v1.')) throw new Error('a sealed secret has an unknown form')
    const bytes = Buffer.from(sealed.slice(3), 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12))
    decipher.setAuthTag(bytes.subarray(12, 28))
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
  }
}
