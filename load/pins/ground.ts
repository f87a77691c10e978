/** The building that PINs are allocated in: doors where nine of ten PINs of four digits stand in every season. */
import pg from 'pg'
import { candidateCodes } from '../../src/domain/codes/choose.ts'
import { newWorkspace } from '../../src/domain/workspaces/create.ts'
import { silentLog } from '../../src/log.ts'
import { insertUser, insertWorkspace } from '../../src/store/accounts.ts'
import { Store } from '../../src/store/store.ts'
import { systemClock, systemIds } from '../../src/system-clock.ts'
import type { Random } from '../../storm/random.ts'

export const RULE = { minLength: 4, maxLength: 4 }
/** Every PIN of four digits that may be chosen. */
export const CODE_SPACE = [...candidateCodes(RULE, systemIds)].length

const HOUR_MS = 3_600_000
const FIRST_NIGHT_MS = Date.parse('2040-06-01T00:00:00.000Z')
/** From one season's night to the next; no stay is that long. */
const SEASON_HOURS = 60 * 24

/** A PIN that stands on a door: whose it is, and in which hours since the first night. */
export interface Holding {
  acs_credential_id: string
  version: number
  door: number
  season: number
  code: number
  fromHour: number
  toHour: number
}

/** What the racing processes are told. */
export interface Ground {
  workspace_id: string
  doorIds: string[]
  seasons: number
}

/** A stay over the season's one night, up to ten days before and after it: all stays of a season overlap, no two of different seasons do. */
export function stayIn(season: number, random: Random): { fromHour: number; toHour: number } {
  const night = season * SEASON_HOURS
  return { fromHour: night - random.between(1, 240), toHour: night + random.between(1, 240) }
}

export function instantOf(hour: number): string {
  return new Date(FIRST_NIGHT_MS + hour * HOUR_MS).toISOString()
}

export function hourOf(instant: Date): number {
  return (instant.getTime() - FIRST_NIGHT_MS) / HOUR_MS
}

/** Makes a workspace with `doors` doors and fills `share` of each one's PINs, for every season; answers who holds what. */
export async function fill(
  connection: pg.ClientConfig,
  options: { doors: number; seasons: number; share: number; random: Random },
): Promise<{ ground: Ground; holdings: Holding[] }> {
  const { doors, seasons, share, random } = options
  const now = new Date().toISOString()
  const store = await Store.open({
    ...{ connection, clock: systemClock, ids: systemIds, log: silentLog },
    eventDescriptions: new Map(),
  })
  const workspace = newWorkspace({ name: 'PINs', is_sandbox: true }, systemIds, now)
  const { workspace_id } = workspace
  const userId = systemIds.uuid()
  await insertUser(store, userId, now)
  await insertWorkspace(store, workspace, userId)
  await store[Symbol.asyncDispose]()

  const [accountId, systemId] = [systemIds.uuid(), systemIds.uuid()]
  const doorIds = Array.from({ length: doors }, () => systemIds.uuid())
  const holdings: Holding[] = []
  for (let door = 0; door < doors; door++) {
    for (let season = 0; season < seasons; season++) {
      const codes = [...candidateCodes(RULE, systemIds)].slice(0, Math.floor(CODE_SPACE * share))
      for (const code of codes) {
        const stay = stayIn(season, random)
        holdings.push({ acs_credential_id: systemIds.uuid(), version: 1, door, season, code: Number(code), ...stay })
      }
    }
  }
  const client = new pg.Client(connection)
  await client.connect()
  try {
    await client.query(
      `INSERT INTO connected_account (workspace_id, connected_account_id, provider, account_type_display_name, display_name, created_at) VALUES ($1, $2, 'salto_space', 'Salto Space', 'PINs', $3)`,
      [workspace_id, accountId, now],
    )
    await client.query(
      `INSERT INTO acs_system (workspace_id, acs_system_id, connected_account_id, provider, external_id, name, created_at) VALUES ($1, $2, $3, 'salto_space', 'pins', 'PINs', $4)`,
      [workspace_id, systemId, accountId, now],
    )
    await client.query(
      `INSERT INTO acs_entrance (workspace_id, acs_entrance_id, acs_system_id, connected_account_id, external_id, display_name, can_unlock_with_code, can_unlock_with_card, can_unlock_with_mobile_key, can_unlock_with_cloud_key, can_belong_to_reservation, created_at)
       SELECT $1, d.id, $2, $3, d.n, 'Door ' || d.n, true, true, true, true, false, $5 FROM unnest($4::uuid[]) WITH ORDINALITY AS d(id, n)`,
      [workspace_id, systemId, accountId, doorIds, now],
    )
    for (let at = 0; at < holdings.length; at += 2000) {
      const part = holdings.slice(at, at + 2000)
      const rows = [
        part.map((one) => one.acs_credential_id),
        part.map((one) => doorIds[one.door]),
        part.map((one) => String(one.code)),
        part.map((one) => instantOf(one.fromHour)),
        part.map((one) => instantOf(one.toHour)),
      ]
      await client.query(
        `WITH given AS (SELECT * FROM unnest($5::uuid[], $6::uuid[], $7::text[], $8::timestamptz[], $9::timestamptz[]) AS g(id, door, code, starts_at, ends_at)),
          made AS (INSERT INTO acs_credential (workspace_id, acs_credential_id, acs_system_id, connected_account_id, access_method, acs_entrance_ids, starts_at, ends_at, code, created_at)
            SELECT $1, id, $2, $3, 'code', ARRAY[door], starts_at, ends_at, code, $4 FROM given)
         INSERT INTO pin_claim (workspace_id, acs_credential_id, acs_entrance_id, code, during)
          SELECT $1, id, door, code, tstzrange(starts_at, ends_at) FROM given`,
        [workspace_id, systemId, accountId, now, ...rows],
      )
    }
    await client.query('ANALYZE')
  } finally {
    await client.end()
  }
  return { ground: { workspace_id, doorIds, seasons }, holdings }
}
