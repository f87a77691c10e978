/**
 * Orders of succession. A stay gets its number on a door when its first key is made, and its joiners carry the same;
 * a lock keeps the highest number it has seen and refuses lower ones. Counted per door, as the locks do, so that no
 * two doors wait for one counter.
 */
import type { VirtualTransaction } from '../virtual.ts'
import { KIND, type Holder, type Mark, type Seen } from './records.ts'
import { marksAt } from './lock.ts'

export function guestLineage(entranceId: string): string {
  return `guest:${entranceId}`
}

export function userLineage(userId: string): string {
  return `user:${userId}`
}

/** The record of the number that `key` has in a lineage. */
export function holderId(lineage: string, key: string): string {
  return `${lineage}|${key}`
}

/**
 * The number that `key` has in `lineage`, given on first asking; `reference` is from now on one of its carriers. When
 * none of the carriers is live any more, the key starts anew: a reservation's name may be used again after it is over.
 */
export async function numberIn(
  records: VirtualTransaction,
  lineage: string,
  key: string,
  reference: string,
  isLive: (reference: string) => Promise<boolean>,
): Promise<number> {
  const id = holderId(lineage, key)
  const [holder, last] = await Promise.all([
    records.get<Holder>(KIND.holder, id),
    records.get<Seen>(KIND.lineage, lineage),
  ])
  if (holder?.references.includes(reference) === true) return holder.number
  if (holder !== undefined && (await Promise.all(holder.references.map(isLive))).includes(true)) {
    records.put(KIND.holder, id, { ...holder, references: [...holder.references, reference] }, lineage)
    return holder.number
  }
  const number = (last?.number ?? 0) + 1
  records.put(KIND.lineage, lineage, { number } satisfies Seen)
  records.put(KIND.holder, id, { number, references: [reference] } satisfies Holder, lineage)
  return number
}

function seenId(entranceId: string, lineage: string): string {
  return `${entranceId}|${lineage}`
}

/** What a lock has seen of the lineages of these marks. */
export async function seenAt(
  records: VirtualTransaction,
  entranceId: string,
  marks: readonly Mark[],
): Promise<Map<string, number>> {
  const here = marksAt(marks, entranceId)
  const seen = await Promise.all(here.map((mark) => records.get<Seen>(KIND.seen, seenId(entranceId, mark.lineage))))
  return new Map(here.map((mark, i) => [mark.lineage, seen[i]?.number ?? 0]))
}

/** A lock that opened learns the numbers; answers with the references that this has ended there. */
export async function teach(
  records: VirtualTransaction,
  entranceId: string,
  marks: readonly Mark[],
  seen: ReadonlyMap<string, number>,
): Promise<string[]> {
  const ended: string[] = []
  for (const mark of marksAt(marks, entranceId)) {
    const before = seen.get(mark.lineage) ?? 0
    if (mark.number <= before) continue
    records.put(KIND.seen, seenId(entranceId, mark.lineage), { number: mark.number } satisfies Seen)
    const holders = await records.find<Holder>(KIND.holder, mark.lineage)
    // Those below what the lock had seen before were ended earlier.
    const now = holders.filter((holder) => holder.number >= before && holder.number < mark.number)
    ended.push(...now.flatMap((holder) => holder.references))
  }
  return [...new Set(ended)]
}

/** How many keys carry this number, and whether some lock has seen a higher one. */
export async function standingOf(
  records: VirtualTransaction,
  marks: readonly Mark[],
): Promise<{ carriers: number; isOverridden: boolean }> {
  let carriers = 0
  let isOverridden = false
  for (const mark of marks) {
    if (mark.entrance_id === null) continue
    const [holders, seen] = await Promise.all([
      records.find<Holder>(KIND.holder, mark.lineage),
      records.get<Seen>(KIND.seen, seenId(mark.entrance_id, mark.lineage)),
    ])
    carriers = Math.max(carriers, holders.find((holder) => holder.number === mark.number)?.references.length ?? 0)
    isOverridden ||= (seen?.number ?? 0) > mark.number
  }
  return { carriers, isOverridden }
}
