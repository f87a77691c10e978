/**
 * Looks for a PIN that two people had at one door for one time. It shares nothing with what allocates: it compares what
 * callers were told, over the whole run, and then every row that stands, with plain numbers.
 */
import pg from 'pg'
import { hourOf, type Ground } from './ground.ts'
import type { Allocation } from './journal.ts'

export interface Audit {
  /** Allocations and rows that were compared. */
  allocations: number
  standing: number
  /** PINs that two callers had been told at once, for times that overlap. */
  doubled: string[]
  /** The same in the table at the end. */
  doubledInTable: string[]
  /** PINs that somebody was told and that do not stand so, or that stand and nobody was told of. */
  unlike: string[]
}

const EXAMPLES = 1000

/** Compares everything that was told and everything that stands. */
export async function audit(
  connection: pg.ClientConfig,
  ground: Ground,
  allocations: readonly Allocation[],
): Promise<Audit> {
  const doubled: string[] = []
  for (const [place, all] of groupBy(allocations, (one) => one.door * 1e6 + one.code)) {
    all.sort((a, b) => a.heldFrom - b.heldFrom)
    all.forEach((one, i) => {
      for (let j = i + 1; j < all.length; j++) {
        const other = all[j] as Allocation
        if (other.heldFrom >= one.heldUntil) break
        if (one.fromHour < other.toHour && other.fromHour < one.toHour && doubled.length < EXAMPLES)
          doubled.push(`door ${Math.floor(place / 1e6)}, ${describe(one)} and ${describe(other)}`)
      }
    })
  }

  const rows = await standingRows(connection, ground)
  const doubledInTable: string[] = []
  for (const [place, all] of groupBy(rows, (row) => row.door * 1e6 + row.code)) {
    all.sort((a, b) => a.fromHour - b.fromHour)
    all.forEach((row, i) => {
      const next = all[i + 1]
      if (next !== undefined && next.fromHour < row.toHour && doubledInTable.length < EXAMPLES)
        doubledInTable.push(`door ${Math.floor(place / 1e6)} has one PIN twice from hour ${next.fromHour} on`)
    })
  }

  const told = new Map<string, number>()
  for (const one of allocations) {
    if (one.heldUntil !== Infinity) continue
    told.set(keyOf(one), (told.get(keyOf(one)) ?? 0) + 1)
  }
  const unlike: string[] = []
  for (const row of rows) {
    const left = (told.get(keyOf(row)) ?? 0) - 1
    told.set(keyOf(row), left)
    if (left < 0) unlike.push(`nobody was told of what stands: ${keyOf(row)}`)
    if (row.code !== row.codeOfCredential) unlike.push(`a credential has another PIN than its door: ${keyOf(row)}`)
  }
  for (const [key, left] of told) if (left > 0) unlike.push(`somebody was told what does not stand: ${key}`)
  return { allocations: allocations.length, standing: rows.length, doubled, doubledInTable, unlike }
}

interface Row {
  door: number
  code: number
  codeOfCredential: number
  fromHour: number
  toHour: number
}

async function standingRows(connection: pg.ClientConfig, ground: Ground): Promise<Row[]> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const { rows } = await client.query<{ door: string; code: string; own: string; starts: Date; ends: Date }>(
      `SELECT p.acs_entrance_id AS door, p.code, c.code AS own, lower(p.during) AS starts, upper(p.during) AS ends
         FROM pin_claim p JOIN acs_credential c USING (workspace_id, acs_credential_id)`,
    )
    return rows.map((row) => ({
      door: ground.doorIds.indexOf(row.door),
      code: Number(row.code),
      codeOfCredential: Number(row.own),
      fromHour: hourOf(row.starts),
      toHour: hourOf(row.ends),
    }))
  } finally {
    await client.end()
  }
}

function keyOf(one: { door: number; code: number; fromHour: number; toHour: number }): string {
  return `door ${one.door}, PIN ${one.code}, hours ${one.fromHour} to ${one.toHour}`
}

function describe(one: Allocation): string {
  return `PIN ${one.code} of process ${one.process} for hours ${one.fromHour} to ${one.toHour}`
}

function groupBy<T>(things: readonly T[], key: (thing: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const thing of things) {
    const group = groups.get(key(thing))
    if (group === undefined) groups.set(key(thing), [thing])
    else group.push(thing)
  }
  return groups
}
