/** What the model keeps of a workspace, and what follows from it for people and doors. */
import type { Reach, Window } from './facts.ts'
import { Locks, type Entry, type Written } from './locks.ts'
import type { Stay } from './stays.ts'
import { StayNumbers } from './stays.ts'
import { covered, systemFacts, type Mode } from './systems.ts'
import { fingerprint, NOTHING_TOLD, type Told, type ToldHolder, type ToldKey } from './told.ts'

export interface Grant {
  person: string
  doors: ReadonlySet<string>
  spaces: readonly string[]
  from: number
  to: number
  reservation: string | null
  stay: Stay
  isDeleted: boolean
}

/** A credential: behind an access method, or created directly. */
export interface Key {
  key: string
  provider: string
  mode: Mode
  holder: string
  /** The grants that share it; empty for one created directly. */
  grants: Set<Grant>
  own: { doors: ReadonlySet<string>; from: number; to: number } | null
  /** Given once; a key that two grants share keeps it when the first of them goes. */
  stay: Stay | null
  /** The one door of a PIN that belongs to one door. */
  door: string | null
  code: string | null
  /** The registered card it is assigned to. */
  card: string | null
  /** How often its end has come: the system's credential is removed then, and what was written of it is void there. */
  ends: number
  hasEnded: boolean
  isGone: boolean
  /** Somebody deleted it: it goes for good, though it is listed until its system has heard of it. */
  isDeleted: boolean
}

export interface Card {
  provider: string
  /** null = blank. */
  written: Written | null
  /** Nobody can tell what is on it. */
  isMurky: boolean
}

export interface System {
  reach: Reach
  told: Told
  suspended: Set<string>
  /** holder -> group -> that group's doors. */
  memberships: Map<string, Map<string, readonly string[]>>
}

export class Records {
  now = 0
  protected readonly spaces = new Map<string, readonly string[]>()
  protected readonly grants = new Map<string, Grant>()
  protected readonly keys = new Map<string, Key>()
  protected readonly keysOfHolder = new Map<string, Set<Key>>()
  protected readonly users = new Map<string, { provider: string; isGone: boolean }>()
  protected readonly cards = new Map<string, Card>()
  protected readonly phones = new Map<string, string>()
  protected readonly systems = new Map<string, System>()
  protected readonly locks = new Locks()
  protected readonly numbers = new StayNumbers()
  /** Mobile keys as they lie on phones: what was written when they were last issued. */
  protected readonly issued = new Map<string, Written>()
  protected readonly serials = new Map<string, number>()
  /** `holder door` of every access that ever was. */
  protected readonly everHad = new Set<string>()

  constructor(providers: Iterable<string>, now: number) {
    this.now = now
    for (const provider of providers)
      this.systems.set(provider, {
        reach: 'ok',
        told: NOTHING_TOLD,
        suspended: new Set(),
        memberships: new Map(),
      })
  }

  /** The doors a method covers, as the documents have them. */
  doorsOf(key: string): ReadonlySet<string> {
    return new Set(this.entries(this.key(key)).map(({ door }) => door))
  }

  /** On which systems this grant must have a method of this mode, and how many a request makes there. */
  mustHave(grant: string, mode: Mode): Map<string, number> {
    const wanted = this.wanted(this.grant(grant))
    const counts = new Map<string, number>()
    for (const provider of this.systems.keys()) {
      const { size } = covered(provider, mode, wanted)
      if (size > 0) counts.set(provider, mode === 'code' && systemFacts(provider).pinIsForOneDoor ? size : 1)
    }
    return counts
  }

  /** Can the system be reached, so that it has been told everything? */
  isTold(provider: string): boolean {
    return this.system(provider).reach === 'ok'
  }

  protected snapshot(provider: string): Told {
    const system = this.system(provider)
    const keys = new Map<string, ToldKey>()
    const holders = new Map<string, ToldHolder>()
    const phones = new Map<string, Set<string>>()
    const names = new Set<string>(system.memberships.keys())
    for (const [name, user] of this.users) if (user.provider === provider && !user.isGone) names.add(name)
    for (const key of this.keys.values()) {
      if (key.provider !== provider || key.isGone) continue
      names.add(key.holder)
      if (this.isOver(key)) continue
      const { mode, holder, code, card } = key
      const windows = windowsOf(key)
      const entries = this.entries(key)
      const { ends } = key
      keys.set(key.key, { key: key.key, mode, holder, code, card, entries, windows, ends })
    }
    for (const holder of names) {
      if (this.users.get(holder)?.isGone === true) continue
      const access = this.access(provider, holder)
      for (const { door } of access) this.everHad.add(`${holder} ${door}`)
      const isSuspended = system.suspended.has(holder)
      holders.set(holder, { holder, isSuspended, access, isSubscribed: this.isSubscribed(provider, holder) })
    }
    for (const [phone, person] of this.phones) {
      const mine = [...keys.values()].filter((key) => key.mode === 'mobile_key' && key.holder === person)
      if (mine.length > 0) phones.set(phone, new Set(mine.map(({ key }) => key)))
    }
    return { keys, holders, phones }
  }

  /** What a holder may open on a system: the doors of all his credentials, each in its window, and his groups'. */
  protected access(provider: string, holder: string): Entry[] {
    const keys = [...(this.keysOfHolder.get(holder) ?? [])].filter(
      (key) => key.provider === provider && !key.isGone && !this.isOver(key),
    )
    const own = keys.flatMap((key) => this.entries(key))
    if (!systemFacts(provider).peopleJoinGroups) return [...own, ...this.byGroups(provider, holder)]
    const now = own.filter(({ from, to }) => from <= this.now && this.now < to)
    return [...now.map(({ door }) => always(door)), ...this.byGroups(provider, holder)]
  }

  /** The other stays of the key's person that give this door, where its own grants do not. */
  protected otherStaysAt(key: Key, door: string): Stay[] {
    const gives = (one: Key): boolean => this.entries(one).some((entry) => entry.door === door)
    if (gives(key)) return []
    const others = [...(this.keysOfHolder.get(key.holder) ?? [])].filter(
      ({ provider, isGone, stay }) => provider === key.provider && !isGone && stay !== null && stay !== key.stay,
    )
    return [...new Set(others.filter(gives).flatMap(({ stay }) => stay ?? []))]
  }

  protected byGroups(provider: string, holder: string): Entry[] {
    const groups = this.system(provider).memberships.get(holder) ?? new Map<string, readonly string[]>()
    return [...groups.values()].flat().map(always)
  }

  /** What goes on a card or phone for this credential. */
  protected carried(
    provider: string,
    told: Told,
    { holder, entries }: Pick<ToldKey, 'holder' | 'entries'>,
  ): readonly Entry[] {
    if (systemFacts(provider).opens === 'person') return told.holders.get(holder)?.access ?? []
    return [...entries, ...this.byGroups(provider, holder).map((entry) => ({ ...entry, isStaff: true as const }))]
  }

  protected isSubscribed(provider: string, holder: string): boolean | null {
    if (!systemFacts(provider).hasSubscriptions || this.users.has(holder)) return true
    const windows = [...(this.keysOfHolder.get(holder) ?? [])]
      .filter((key) => key.provider === provider && !key.isGone && !this.isOver(key))
      .flatMap((key) => this.entries(key))
    if (windows.some(({ from, to }) => from <= this.now && this.now < to)) return true
    // Between two windows, or for a group's doors outside every window, the documents say neither.
    const hasGroups = (this.system(provider).memberships.get(holder)?.size ?? 0) > 0
    const starts = Math.min(...windows.map(({ from }) => from))
    return hasGroups || starts <= this.now ? null : false
  }

  protected entries(key: Key): Entry[] {
    if (key.own !== null) {
      const { doors, from, to } = key.own
      return [...doors].map((door) => ({ door, from, to }))
    }
    return [...key.grants].flatMap((grant) => {
      const doors = covered(key.provider, key.mode, this.wanted(grant))
      return [...doors]
        .filter((door) => key.door === null || key.door === door)
        .map((door) => ({ door, from: grant.from, to: grant.to }))
    })
  }

  protected wanted(grant: Grant): Set<string> {
    return new Set([...grant.doors, ...grant.spaces.flatMap((space) => this.spaces.get(space) ?? [])])
  }

  /** Its grants have ended, and took it with them; one that was created directly stays, and opens nothing. */
  protected isOver(key: Key): boolean {
    return key.own === null && [...key.grants].every(({ to }) => to <= this.now)
  }

  /** Some of what changed may have reached the system, and nobody knows what. */
  protected isUnsure(provider: string): boolean {
    return this.system(provider).reach === 'unsure' && this.hasNews(provider)
  }

  /** Does the system not know yet what it should? */
  protected hasNews(provider: string): boolean {
    return fingerprint(this.system(provider).told) !== fingerprint(this.snapshot(provider))
  }

  protected system(provider: string): System {
    const system = this.systems.get(provider)
    if (system === undefined) throw new Error(`the model was not told of a system ${provider}`)
    return system
  }

  protected grant(label: string): Grant {
    const grant = this.grants.get(label)
    if (grant === undefined) throw new Error(`the model was not told of a grant ${label}`)
    return grant
  }

  protected key(label: string): Key {
    const key = this.keys.get(label)
    if (key === undefined) throw new Error(`the model was not told of a method or credential ${label}`)
    return key
  }

  protected card(label: string): Card {
    const card = this.cards.get(label)
    if (card === undefined) throw new Error(`the model was not told of a card ${label}`)
    return card
  }
}

export function always(door: string): Entry {
  return { door, from: -Infinity, to: Infinity }
}

export function windowsOf({ own, grants }: Key): Window[] {
  const sources: Iterable<Window> = own !== null ? [own] : grants
  return [...sources].map(({ from, to }) => ({ from, to }))
}
