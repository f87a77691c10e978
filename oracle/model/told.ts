/** What a system knows: the state it was last told, which alone its online doors, keypads and phones go by. */
import type { Verdict, Window } from './facts.ts'
import { outsideAll, outsideWindow, refusal, UNDETERMINED, type Entry } from './locks.ts'
import { doorFacts, systemFacts, type Mode } from './systems.ts'

export interface ToldKey {
  key: string
  mode: Mode
  holder: string
  code: string | null
  /** The registered card it was assigned to. */
  card: string | null
  entries: readonly Entry[]
  /** Its own windows. */
  windows: readonly Window[]
  ends: number
}

export interface ToldHolder {
  holder: string
  isSuspended: boolean
  access: readonly Entry[]
  /** null: the documents leave it open. */
  isSubscribed: boolean | null
}

export interface Told {
  keys: ReadonlyMap<string, ToldKey>
  holders: ReadonlyMap<string, ToldHolder>
  /** Which mobile keys lie on which phone. */
  phones: ReadonlyMap<string, ReadonlySet<string>>
}

export const NOTHING_TOLD: Told = { keys: new Map(), holders: new Map(), phones: new Map() }

/** What a system knows, as text: two that are equal read equal. */
export function fingerprint(told: Told): string {
  const plain = [...told.keys.values(), ...told.holders.values()].map((one) => JSON.stringify(one)).sort()
  const phones = [...told.phones].map(([phone, keys]) => `${phone}:${[...keys].sort().join()}`).sort()
  return [...plain, ...phones].join('\n')
}

/** May this credential open this online door? */
export function judgeTold(
  told: Told,
  provider: string,
  key: ToldKey,
  door: string,
  now: number,
  hadAccess: (holder: string, door: string) => boolean,
): Verdict {
  const system = systemFacts(provider)
  const holder = told.holders.get(key.holder)
  if (holder === undefined) return refusal('revoked', 'unknown_credential', 'not_issued')
  // Unlocking from afar asks for the method's own doors and window, whatever else its person may open.
  const entries = system.opens === 'person' && key.mode !== 'cloud_key' ? holder.access : key.entries
  const reasons = new Set<string>()
  if (holder.isSuspended) reasons.add('suspended')
  if (holder.isSubscribed === false) reasons.add('not_subscribed')
  if (!doorFacts(door).modes.includes(key.mode)) reasons.add('no_access_to_entrance')
  const asCredential = outsideAll(key.windows, now)
  if (asCredential !== null) reasons.add(asCredential)
  const here = entries.filter((entry) => entry.door === door)
  const outside = here.map((entry) => outsideWindow(entry, now))
  if (here.length === 0) {
    reasons.add('no_access_to_entrance')
    // What has ended is taken away: the door may say either.
    if (hadAccess(key.holder, door)) reasons.add('expired').add('revoked')
  } else if (!outside.includes(null)) {
    for (const reason of outside) if (reason !== null) reasons.add(reason)
    if (reasons.has('expired')) reasons.add('no_access_to_entrance')
  }
  if (reasons.size > 0) return { opens: false, reasons }
  return holder.isSubscribed === null ? UNDETERMINED : { opens: true, reasons }
}
