/** Doors and encoders: what a system says of them beside what is held. Pure; see compare.ts. */
import { isDeepStrictEqual } from 'node:util'
import type { ReportedEncoder, ReportedEntrance } from '../../systems/kit/driver.ts'
import type { AcsEncoderRecord, AcsEntranceRecord, Problem } from '../records.ts'
import type { Findings, Held } from './findings.ts'
import { isRemovedEncoder, isRemovedEntrance } from './marks.ts'

/** The columns of a door that its system decides. */
export function entranceFields(reported: ReportedEntrance): Partial<AcsEntranceRecord> {
  const { display_name, can_unlock_with, can_belong_to_reservation, is_locked } = reported
  return {
    display_name,
    can_unlock_with_code: can_unlock_with.code,
    can_unlock_with_card: can_unlock_with.card,
    can_unlock_with_mobile_key: can_unlock_with.mobile_key,
    can_unlock_with_cloud_key: can_unlock_with.cloud_key,
    can_belong_to_reservation,
    is_locked,
  }
}

/** The warnings a door has now; one that it had before keeps its time. */
export function entranceWarnings(reported: ReportedEntrance, known: readonly Problem[], now: string): Problem[] {
  return (reported.warnings ?? []).map(({ warning_code, message }) => {
    const same = known.find((one) => one.warning_code === warning_code && one.message === message)
    return same ?? { created_at: now, warning_code, message }
  })
}

export function compareEntrances(
  state: readonly ReportedEntrance[] | undefined,
  held: readonly AcsEntranceRecord[],
  now: string,
  newId: () => string,
): Findings['entrances'] {
  const findings: Findings['entrances'] = { added: [], changed: [], removed: [], back: [] }
  if (state === undefined) return findings
  const known = new Map(held.map((row) => [row.external_id, row]))
  const there = new Set(state.map((one) => one.external_id))
  for (const reported of state) {
    const row = known.get(reported.external_id)
    if (row === undefined) {
      findings.added.push({ acs_entrance_id: newId(), reported })
      continue
    }
    if (isRemovedEntrance(row)) findings.back.push(row)
    const wished: Partial<AcsEntranceRecord> = {
      ...entranceFields(reported),
      metadata: { ...row.metadata, ...plain(reported.metadata) },
      warnings: entranceWarnings(reported, row.warnings, now),
    }
    const fields = Object.fromEntries(
      Object.entries(wished).filter(([key, value]) => !isDeepStrictEqual(row[key as keyof AcsEntranceRecord], value)),
    )
    if (Object.keys(fields).length > 0) findings.changed.push({ row, fields })
  }
  findings.removed = held.filter((row) => !there.has(row.external_id) && !isRemovedEntrance(row))
  return findings
}

/** As it will come back from the database. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

export function compareEncoders(
  state: readonly ReportedEncoder[] | undefined,
  held: readonly AcsEncoderRecord[],
): Findings['encoders'] {
  const findings: Findings['encoders'] = { added: [], renamed: [], removed: [], back: [] }
  if (state === undefined) return findings
  const known = new Map(held.map((row) => [row.external_id, row]))
  const there = new Set(state.map((one) => one.external_id))
  for (const reported of state) {
    const row = known.get(reported.external_id)
    if (row === undefined) {
      findings.added.push(reported)
      continue
    }
    if (isRemovedEncoder(row)) findings.back.push(row)
    if (row.display_name !== reported.display_name) findings.renamed.push({ row, display_name: reported.display_name })
  }
  findings.removed = held.filter((row) => !there.has(row.external_id) && !isRemovedEncoder(row))
  return findings
}

/** The doors that are at the system once the findings are taken over. */
export interface Doors {
  /** Our ids by the system's. */
  ids: ReadonlyMap<string, string>
  there: ReadonlySet<string>
  back: ReadonlySet<string>
}

export function doorsAt(held: Held, entrances: Findings['entrances']): Doors {
  const removed = new Set(entrances.removed)
  const back = new Set(entrances.back)
  const rows = held.entrances.filter((row) => (!isRemovedEntrance(row) || back.has(row)) && !removed.has(row))
  const ids = new Map(rows.map((row) => [row.external_id, row.acs_entrance_id]))
  for (const { acs_entrance_id, reported } of entrances.added) ids.set(reported.external_id, acs_entrance_id)
  return { ids, there: new Set(ids.values()), back: new Set(entrances.back.map((row) => row.acs_entrance_id)) }
}
