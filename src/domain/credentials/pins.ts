/**
 * PINs that stand on doors. A claim is one row per door; the database lets one PIN stand once per door at any instant
 * (pin_claim), so what is decided here cannot be overtaken.
 */
import type { ChangeSet } from '../changes.ts'
import type { AcsCredentialRecord, PinClaimRecord } from '../records.ts'

/** A window as PostgreSQL's `tstzrange`; null = without start or end. */
export function during(window: { starts_at: string | null; ends_at: string | null }): string {
  const text = (at: string | null): string => (at === null ? '' : `"${at}"`)
  return `[${text(window.starts_at)},${text(window.ends_at)})`
}

export type Claimant = Pick<AcsCredentialRecord, 'acs_credential_id' | 'code' | 'starts_at' | 'ends_at'>

/** Lets the claims of a credential follow its PIN, time and doors; `standing` are those it holds now. */
export function settleClaims(
  changes: ChangeSet,
  credential: Claimant,
  doorIds: readonly string[],
  standing: readonly Pick<PinClaimRecord, 'acs_credential_id' | 'acs_entrance_id'>[],
): void {
  const { acs_credential_id, code } = credential
  const wanted = new Set(code === null ? [] : doorIds)
  for (const claim of standing) {
    if (claim.acs_credential_id !== acs_credential_id || wanted.has(claim.acs_entrance_id)) continue
    changes.delete('pin_claim', { acs_credential_id, acs_entrance_id: claim.acs_entrance_id })
  }
  if (code === null) return
  for (const acs_entrance_id of wanted) {
    const claim = { acs_credential_id, acs_entrance_id, code, during: during(credential) }
    const has = standing.some(
      (one) => one.acs_credential_id === acs_credential_id && one.acs_entrance_id === acs_entrance_id,
    )
    if (has) changes.update('pin_claim', ['acs_credential_id', 'acs_entrance_id'], claim)
    else changes.insert('pin_claim', claim)
  }
}
