/** The forms of keys and tokens (core.md 1.6): `<prefix><short>_<long>`, of which the long part is stored as a hash. */
import { createHash } from 'node:crypto'
import { BASE58, type Ids } from '../ids.ts'

export type TokenKind = 'api_key' | 'sandbox_api_key' | 'personal_access_token' | 'client_session' | 'publishable_key'

export interface Token {
  /** The whole token, shown to its owner. */
  text: string
  /** Stored in clear, to find it by. */
  short: string
  /** SHA-256 of the whole token, hex. */
  hash: string
}

const PREFIX: Record<TokenKind, string> = {
  api_key: 'seam_',
  sandbox_api_key: 'seam_test',
  personal_access_token: 'seam_at1',
  client_session: 'seam_cst1',
  publishable_key: 'seam_pk1',
}

export function makeToken(kind: TokenKind, ids: Ids): Token {
  let short = ids.text(kind === 'sandbox_api_key' ? 4 : 8, BASE58)
  // The SDKs tell keys apart by their first letters: an API key must not look like another kind.
  if (kind === 'api_key' && /^(at|cst|pk|test)/.test(short)) short = `q${short.slice(1)}`
  return parseToken(`${PREFIX[kind]}${short}_${ids.text(24, BASE58)}`)
}

/** The parts of a token as given; anything goes, so that an owner may fix a key (LOCKSTITCH_SANDBOX_API_KEY). */
export function parseToken(text: string): Token {
  const at = text.lastIndexOf('_')
  return { text, short: text.slice(0, at === -1 ? undefined : at), hash: hashToken(text) }
}

export function hashToken(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
