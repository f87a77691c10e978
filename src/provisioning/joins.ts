/**
 * Cards and mobile keys that further ones of their stay join (access-systems.md 6.3): those that were written or issued
 * already, by the system's ids. Which card is the first of a stay is decided by them, so they are read in the turn in
 * which the next one is made.
 */
import type { AcsCredentialRecord, AcsSystemRecord } from '../domain/records.ts'
import type { Store } from '../store/store.ts'
import type { AppliedChange, DesiredChange, DesiredCredential } from '../systems/kit/driver.ts'

type Joinable = Pick<AcsCredentialRecord, 'stay_key' | 'acs_credential_id'> & { external_id: string }

export class Joins {
  readonly #joinable: Joinable[]

  constructor(joinable: readonly Joinable[] = []) {
    this.#joinable = [...joinable]
  }

  /** The wish with the others of its stay, the likeliest to be valid first. */
  fill(wish: DesiredCredential): DesiredCredential {
    const { stay, reference } = wish
    if (stay === null) return wish
    const others = this.#joinable.filter((one) => one.stay_key === stay.key && one.acs_credential_id !== reference)
    return { ...wish, stay: { ...stay, joins: others.map((one) => one.external_id) } }
  }

  /** A key that was just issued is joined by those that follow in the same run; a card is not, before it is written. */
  learn(change: DesiredChange, { external_id }: AppliedChange): void {
    if (change.kind !== 'put_credential' || external_id === null) return
    const { stay, reference, mode } = change.credential
    if (stay === null || mode === 'card' || this.#joinable.some((one) => one.acs_credential_id === reference)) return
    this.#joinable.push({ stay_key: stay.key, acs_credential_id: reference, external_id })
  }
}

/** Reads what can be joined in the stays of these rows: one statement, or none where no row is of a stay. */
export async function loadJoins(
  store: Store,
  system: Pick<AcsSystemRecord, 'workspace_id' | 'acs_system_id'>,
  rows: readonly object[],
): Promise<Joins> {
  const keys = rows.flatMap((row) => ('stay_key' in row && typeof row.stay_key === 'string' ? [row.stay_key] : []))
  if (keys.length === 0) return new Joins()
  return new Joins(
    await store.read<Joinable>(
      system.workspace_id,
      `SELECT stay_key, acs_credential_id, external_id FROM acs_credential
        WHERE workspace_id = $1 AND acs_system_id = $2 AND stay_key = ANY($3)
          AND was_issued AND external_id IS NOT NULL AND NOT is_deleting
        ORDER BY is_issued DESC, ends_at DESC NULLS FIRST, created_at, acs_credential_id`,
      [system.acs_system_id, [...new Set(keys)]],
    ),
  )
}
