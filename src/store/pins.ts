/**
 * Which PINs stand on doors. A busy door holds thousands, so nothing reads all of them: it is asked about the PINs in
 * question alone, each by the index of the constraint that keeps it unique.
 */
import { candidateCodes } from '../domain/codes/choose.ts'
import { codePlaces, type Door, type FreeCodes, type PersonalCode } from '../domain/grants/facts.ts'
import type { PinClaimRecord } from '../domain/records.ts'
import type { Ids } from '../ids.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { PinRule } from '../systems/kit/pin.ts'
import type { Store } from './store.ts'

/** The PINs that these credentials hold on doors. */
export function claimsOf(
  store: Store,
  workspaceId: string,
  credentialIds: readonly string[],
): Promise<PinClaimRecord[]> {
  return store.getMany(workspaceId, 'pin_claim', 'acs_credential_id', credentialIds)
}

/** Where these PINs are held on the doors during a window (a `tstzrange`). */
export function claimsOfCodes(
  store: Store,
  workspaceId: string,
  doorIds: readonly string[],
  window: string,
  codes: readonly string[],
): Promise<PinClaimRecord[]> {
  if (doorIds.length === 0 || codes.length === 0) return Promise.resolve([])
  return store.read(
    workspaceId,
    'SELECT * FROM pin_claim WHERE workspace_id = $1 AND acs_entrance_id = ANY($2) AND code = ANY($3) AND during && $4::tstzrange',
    [doorIds, codes, window],
  )
}

/** The name of a door where a credential other than `exceptId` holds the PIN during the window, if there is one. */
export async function doorWithCode(
  store: Store,
  workspaceId: string,
  doorIds: readonly string[],
  window: string,
  code: string,
  exceptId: string | null,
): Promise<string | undefined> {
  const claims = await claimsOfCodes(store, workspaceId, doorIds, window, [code])
  const claim = claims.find((one) => one.acs_credential_id !== exceptId)
  if (claim === undefined) return undefined
  const door = await store.get(workspaceId, 'acs_entrance', 'acs_entrance_id', claim.acs_entrance_id)
  return door?.display_name
}

/** Who has these PINs on a system where one belongs to one person. */
export function personalCodesOf(
  store: Store,
  workspaceId: string,
  acsSystemId: string,
  codes: readonly string[],
): Promise<PersonalCode[]> {
  if (codes.length === 0) return Promise.resolve([])
  return store.read(
    workspaceId,
    `SELECT acs_system_id, code, acs_user_id FROM acs_credential
      WHERE workspace_id = $1 AND acs_system_id = $2 AND is_code_personal AND code = ANY($3)`,
    [acsSystemId, codes],
  )
}

/** So many candidates are looked at first, and eight times as many each time that was not enough. */
const FIRST_LOOK = 64
const LARGEST_LOOK = 4096

/**
 * Candidates that are free, in their order. The scalar subqueries are worked off one candidate after the other, until
 * enough were free: at a door where nine of ten PINs are taken that is ten looks into the index for each.
 */
const FREE = `SELECT c.code FROM unnest($2::text[]) WITH ORDINALITY AS c(code, n)
   WHERE (SELECT true FROM unnest($3::uuid[]) AS d(id), LATERAL (
            SELECT 1 FROM pin_claim p WHERE p.workspace_id = $1 AND p.acs_entrance_id = d.id AND p.code = c.code AND p.during && $4::tstzrange LIMIT 1) held LIMIT 1) IS NULL
     AND (SELECT true FROM unnest($5::uuid[]) AS s(id), LATERAL (
            SELECT 1 FROM acs_credential k WHERE k.workspace_id = $1 AND k.acs_system_id = s.id AND k.is_code_personal AND k.code = c.code LIMIT 1) held LIMIT 1) IS NULL
   LIMIT $6`

export interface FreePlace {
  acs_entrance_ids: readonly string[]
  /** Systems among theirs where a PIN belongs to one person. */
  personal_system_ids: readonly string[]
  rule: PinRule
}

/** Up to `most` PINs by the rule that nobody has on any of the doors during the window (a `tstzrange`); fewer when no more are left. */
export async function freeCodes(
  store: Pick<Store, 'read'>,
  workspaceId: string,
  place: FreePlace,
  window: string,
  most: number,
  ids: Ids,
): Promise<string[]> {
  const candidates = candidateCodes(place.rule, ids)
  const free: string[] = []
  for (let look = FIRST_LOOK; free.length < most; look = Math.min(look * 8, LARGEST_LOOK)) {
    const codes: string[] = []
    while (codes.length < look) {
      const { value } = candidates.next()
      if (value === undefined) break
      codes.push(value)
    }
    if (codes.length === 0) break
    const rows = await store.read<{ code: string }>(workspaceId, FREE, [
      codes,
      place.acs_entrance_ids,
      window,
      place.personal_system_ids,
      most - free.length,
    ])
    free.push(...rows.map((row) => row.code))
  }
  return free
}

type DefinitionOf = (provider: string) => SystemDefinition

/** PINs to choose from for a grant of these doors. */
export function freeCodesAt(
  store: Store,
  workspaceId: string,
  doors: ReadonlyMap<string, Door>,
  definitionOf: DefinitionOf,
  window: string,
  most: number,
): Promise<FreeCodes[]> {
  const personal = personalSystems(doors, definitionOf)
  return Promise.all(
    codePlaces(doors.values(), definitionOf).map(async ({ acs_system_ids, acs_entrance_ids, rule }) => {
      const personal_system_ids = acs_system_ids.filter((id) => personal.has(id))
      const place = { acs_entrance_ids, personal_system_ids, rule }
      return { acs_system_ids, codes: await freeCodes(store, workspaceId, place, window, most, store.ids) }
    }),
  )
}

/** Who has these PINs on those systems of the doors where one belongs to one person. */
export async function personalCodesAt(
  store: Store,
  workspaceId: string,
  doors: ReadonlyMap<string, Door>,
  definitionOf: DefinitionOf,
  codes: readonly string[],
): Promise<PersonalCode[]> {
  const holders = await Promise.all(
    [...personalSystems(doors, definitionOf)].map((id) => personalCodesOf(store, workspaceId, id, codes)),
  )
  return holders.flat()
}

function personalSystems(doors: ReadonlyMap<string, Door>, definitionOf: DefinitionOf): Set<string> {
  const personal = [...doors.values()].filter((door) => definitionOf(door.provider).pin?.isPersonal === true)
  return new Set(personal.map((door) => door.acs_system_id))
}
