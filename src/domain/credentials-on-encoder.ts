/** What a scan says: the card as it is, the credential as it should be, and what differs (access-systems.md 7.3). */
import type { AcsCredentialRecord, Json } from './records.ts'

/** The content of a card in our ids. */
export interface CardOnEncoder {
  card_number: string
  starts_at: string | null
  ends_at: string | null
  acs_entrance_ids: string[]
  is_issued: boolean
  created_at: string | null
  /** The provider's flags on the wire, e.g. `{visionline_metadata: {...}}`. */
  metadata: Json
}

export interface ScanWarning {
  warning_code: 'acs_credential_on_encoder_out_of_sync' | 'acs_credential_on_seam_not_found'
  warning_message: string
}

/** Names the properties in which the card differs from its credential; `doors` are those the credential opens now. */
export function differences(card: CardOnEncoder, credential: AcsCredentialRecord, doors: readonly string[]): string[] {
  const found: string[] = []
  if (!sameInstant(card.starts_at, credential.starts_at)) found.push('starts_at')
  if (!sameInstant(card.ends_at, credential.ends_at)) found.push('ends_at')
  if (credential.card_number !== null && credential.card_number.toLowerCase() !== card.card_number.toLowerCase())
    found.push('card_number')
  if (credential.is_issued !== card.is_issued) found.push('is_issued')
  const written = [...card.acs_entrance_ids].sort().join()
  if (written !== [...doors].sort().join()) found.push('acs_entrances')
  return found
}

export function outOfSync(properties: readonly string[]): ScanWarning {
  return {
    warning_code: 'acs_credential_on_encoder_out_of_sync',
    warning_message: `The card differs from its credential in the following properties: ${properties.join(', ')}. Encode the card again to bring it up to date.`,
  }
}

export const NOT_ON_SEAM: ScanWarning = {
  warning_code: 'acs_credential_on_seam_not_found',
  warning_message: 'No credential of this workspace belongs to the card on the encoder.',
}

/** `acs_credential_on_encoder` of a scan's result. */
export function presentCardOnEncoder(card: CardOnEncoder): Json {
  const { created_at, is_issued, starts_at, ends_at, card_number, metadata } = card
  return { created_at, is_issued, starts_at, ends_at, card_number, ...metadata }
}

function sameInstant(a: string | null, b: string | null): boolean {
  return a === b || (a !== null && b !== null && Date.parse(a) === Date.parse(b))
}
