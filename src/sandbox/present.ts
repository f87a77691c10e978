/** What is in a building, as it goes over the wire: with our ids in place of the system's. */
import type { Json } from '../domain/records.ts'
import { credentialIdsOf } from '../store/acs-credentials.ts'
import type { Store } from '../store/store.ts'
import type { Window } from '../systems/kit/driver.ts'
import type { PhoneKey, VirtualCard } from '../systems/kit/virtual.ts'
import { isUuid } from './places.ts'

/** Our ids of what a system names by its own. */
export interface Names {
  credentials: ReadonlyMap<string, string>
  entrances: ReadonlyMap<string, string>
  encoders: ReadonlyMap<string, string>
}

/** A reference we gave is the id of our credential. */
function ownId(reference: string | null): string | null {
  return reference !== null && isUuid(reference) ? reference : null
}

export function presentCard(acs_system_id: string, card: VirtualCard, names: Names): Json {
  return {
    card_id: card.card_id,
    acs_system_id,
    card_format: card.card_format,
    card_number: card.card_number,
    acs_credential_id:
      ownId(card.credential_reference) ?? names.credentials.get(card.credential_reference ?? '') ?? null,
    acs_encoder_id: card.encoder_id === null ? null : (names.encoders.get(card.encoder_id) ?? null),
    written: card.written === null ? null : presentWritten(card.written, names),
  }
}

/** A mobile key on a phone. */
export function presentKey(acs_system_id: string, key: PhoneKey, names: Names): Json {
  const { credential_reference, doors, ...window } = key
  return {
    acs_system_id,
    acs_credential_id: ownId(credential_reference) ?? names.credentials.get(credential_reference) ?? null,
    ...window,
    doors: withOurIds(doors, names),
  }
}

function presentWritten(written: Json, names: Names): Json {
  const doors = withOurIds(written['doors'] as ({ entrance_id: string } & Window)[], names)
  const acs_entrance_ids = [...new Set(doors.flatMap((door) => door.acs_entrance_id ?? []))]
  const stays = withOurIds(written['stays'] as { entrance_id: string; number: number }[], names)
  return { ...written, doors, stays, acs_entrance_ids }
}

function withOurIds<T extends { entrance_id: string }>(
  doors: readonly T[],
  { entrances }: Names,
): (Omit<T, 'entrance_id'> & { acs_entrance_id: string | null })[] {
  return doors.map(({ entrance_id, ...rest }) => ({ acs_entrance_id: entrances.get(entrance_id) ?? null, ...rest }))
}

/** Our ids of a system's doors and encoders, and of the credentials that are shown, by the system's. */
export async function namesOf(
  store: Store,
  workspaceId: string,
  acs_system_id: string,
  shown: readonly { credential_reference: string | null }[],
): Promise<Names> {
  const references = shown.flatMap((one) => one.credential_reference ?? []).filter((one) => !isUuid(one))
  const [credentials, entrances, encoders] = await Promise.all([
    credentialIdsOf(store, workspaceId, acs_system_id, references),
    store.read<{ external_id: string; id: string }>(
      workspaceId,
      'SELECT external_id, acs_entrance_id AS id FROM acs_entrance WHERE workspace_id = $1 AND acs_system_id = $2',
      [acs_system_id],
    ),
    store.read<{ external_id: string; id: string }>(
      workspaceId,
      'SELECT external_id, acs_encoder_id AS id FROM acs_encoder WHERE workspace_id = $1 AND acs_system_id = $2',
      [acs_system_id],
    ),
  ])
  const byExternalId = (rows: typeof entrances) => new Map(rows.map((row) => [row.external_id, row.id]))
  return { credentials, entrances: byExternalId(entrances), encoders: byExternalId(encoders) }
}
