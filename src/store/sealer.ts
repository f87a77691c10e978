/** Secrets that must be shown again (client session tokens, webhook secrets, logins) rest encrypted: AES-256-GCM. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Ids } from '../ids.ts'

export class Sealer {
  readonly #keys: readonly Buffer[]
  readonly #ids: Ids

  /** `key` is 32 bytes and seals; what earlier keys sealed is opened with `previous`. */
  constructor(key: Buffer, ids: Ids, previous: readonly Buffer[] = []) {
    this.#keys = [key, ...previous]
    if (this.#keys.some((one) => one.length !== 32))
      throw new Error('LOCKSTITCH_SECRET_KEY must be 32 bytes in base64 or hex. Make one with: openssl rand -base64 32')
    this.#ids = ids
  }

  seal(text: string): string {
    const nonce = this.#ids.bytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#newest(), nonce)
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`
  }

  /** @throws Error when the text was sealed with another key or has been altered. */
  open(sealed: string): string {
    for (const key of this.#keys) {
      const text = openWith(key, sealed)
      if (text !== null) return text
    }
    throw new Error(
      'A sealed secret cannot be opened: it was sealed with another key than LOCKSTITCH_SECRET_KEY and LOCKSTITCH_PREVIOUS_SECRET_KEYS, or was altered.',
    )
  }

  /** Whether the newest key sealed it. */
  isNewest(sealed: string): boolean {
    return openWith(this.#newest(), sealed) !== null
  }

  #newest(): Buffer {
    return this.#keys[0] as Buffer
  }
}

/** Null when another key sealed it, or it was altered. @throws Error for what nobody sealed */
function openWith(key: Buffer, sealed: string): string | null {
  if (!sealed.startsWith('v1.')) throw new Error('a sealed secret has an unknown form')
  const bytes = Buffer.from(sealed.slice(3), 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(12, 28))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
