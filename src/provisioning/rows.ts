/** Rows of a system that are to be told: groups, users and credentials, and which of them can be told together. */
import type { AcsAccessGroupRecord, AcsCredentialRecord, AcsUserRecord } from '../domain/records.ts'
import type { AppliedChange } from '../systems/kit/driver.ts'
import type { SystemError } from '../systems/kit/errors.ts'
import type { DueGroups } from './desired.ts'

/** Also the name of its table; its id column is called the same, with `_id` behind. */
export type Kind = 'acs_access_group' | 'acs_user' | 'acs_credential'
export type Row = AcsAccessGroupRecord | AcsUserRecord | AcsCredentialRecord

/** One row, and what the system answered to its wish. */
export interface Told {
  kind: Kind
  row: Row
  applied: AppliedChange | null
  error: SystemError | null
  /** Of a user: the groups it was told of, where groups are joined when their time comes. */
  due?: DueGroups | undefined
  /** False: it needed no asking. */
  wasAsked: boolean
}

/** The row's own id. */
export function rowId(kind: Kind, row: Row): string {
  return (row as unknown as Record<string, string>)[`${kind}_id`] ?? ''
}

/** Groups that may have become empty: those that users leave, and those made for grants that are to be told. */
export function groupsLeft(rows: readonly { kind: Kind; row: Row }[]): string[] {
  const left = rows.flatMap(({ kind, row }): string[] => {
    if (kind === 'acs_access_group') return (row as AcsAccessGroupRecord).is_managed ? [rowId(kind, row)] : []
    if (kind !== 'acs_user') return []
    const { acs_access_group_ids: wanted, is_deleting, reported } = row as AcsUserRecord
    const told = (reported?.['acs_access_group_ids'] as string[] | undefined) ?? []
    return is_deleting ? [...told, ...wanted] : told.filter((id) => !wanted.includes(id))
  })
  return [...new Set(left)]
}

/** Rows that need not know of each other: those of one kind, and deletions of one kind. */
export function phasesOf(rows: readonly { kind: Kind; row: Row }[]): { kind: Kind; row: Row }[][] {
  const phases: { kind: Kind; row: Row }[][] = []
  for (const one of rows) {
    const last = phases.at(-1)
    const first = last?.[0]
    if (last !== undefined && first?.kind === one.kind && first.row.is_deleting === one.row.is_deleting) last.push(one)
    else phases.push([one])
  }
  return phases
}
