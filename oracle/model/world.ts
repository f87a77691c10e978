/**
 * The oracle's picture of a workspace: it takes the history of API calls as facts and says what must happen when
 * somebody stands at a door. Written from the documents; it shares nothing with the server.
 */
import type { Fact, MethodFact, Presentation, Reach, Verdict, Window } from './facts.ts'
import { Locks, refusal, UNDETERMINED, type Entry, type Written } from './locks.ts'
import { Stay, StayNumbers, type StayNumber } from './stays.ts'
import { covered, doorFacts, providerOf, systemFacts, type Mode } from './systems.ts'
import { fingerprint, judgeTold, NOTHING_TOLD, type Told, type ToldHolder, type ToldKey } from './told.ts'

interface Grant {
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
interface Key {
  key: string
  provider: string
  mode: Mode
  holder: string
  /** The grants that share it; empty for one created directly. */
  grants: Set<Grant>
  own: { doors: ReadonlySet<string>; from: number; to: number } | null
  /** Given once; a key that two grants share keeps it when the first of them goes. */
  stay: Stay | null
  /** Something of it was written on a card or issued to phones. */
  isWritten: boolean
  /** The one door of a PIN that belongs to one door. */
  door: string | null
  code: string | null
  /** The registered card it is assigned to. */
  card: string | null
  /** How often its end has come: the system's credential is removed then, and what was written of it is void there. */
  ends: number
  isGone: boolean
}

interface Card {
  provider: string
  /** null = blank. */
  written: Written | null
  /** Nobody can tell what is on it. */
  isMurky: boolean
}

interface System {
  reach: Reach
  told: Told
  suspended: Set<string>
  /** holder -> group -> that group's doors. */
  memberships: Map<string, Map<string, readonly string[]>>
}

export class World {
  now = 0
  readonly #spaces = new Map<string, readonly string[]>()
  readonly #grants = new Map<string, Grant>()
  readonly #keys = new Map<string, Key>()
  readonly #keysOfHolder = new Map<string, Set<Key>>()
  readonly #users = new Map<string, { provider: string; isGone: boolean }>()
  readonly #cards = new Map<string, Card>()
  readonly #phones = new Map<string, string>()
  readonly #systems = new Map<string, System>()
  readonly #locks = new Locks()
  readonly #numbers = new StayNumbers()
  /** Mobile keys as they lie on phones: what was written when they were last issued. */
  readonly #issued = new Map<string, Written>()
  readonly #serials = new Map<string, number>()
  /** `holder door` of every access that ever was. */
  readonly #everHad = new Set<string>()

  constructor(providers: Iterable<string>, now: number) {
    this.now = now
    for (const provider of providers)
      this.#systems.set(provider, {
        reach: 'ok',
        told: NOTHING_TOLD,
        suspended: new Set(),
        memberships: new Map(),
      })
  }

  take(fact: Fact): void {
    switch (fact.fact) {
      case 'now':
        this.now = fact.now
        return
      case 'settled':
        for (const [provider, system] of this.#systems) {
          if (system.reach === 'ok') this.#tell(provider)
        }
        return
      case 'reach':
        this.#system(fact.provider).reach = fact.reach
        return
      case 'space':
        this.#spaces.set(fact.space, fact.doors)
        return
      case 'grant': {
        const { person, spaces, from, to, key } = fact
        const stay = key === null ? new Stay() : this.#stayOf(key)
        const doors = new Set(fact.doors)
        const grant: Grant = { person, doors, spaces, from, to, reservation: key, stay, isDeleted: false }
        this.#grants.set(fact.grant, grant)
        return
      }
      case 'grant_window':
        this.#move(this.#grant(fact.grant), fact)
        return
      case 'grant_doors':
        this.#grant(fact.grant).doors = new Set(fact.doors)
        return
      case 'grant_deleted': {
        const grant = this.#grant(fact.grant)
        grant.isDeleted = true
        for (const key of this.#keys.values()) {
          if (key.grants.delete(grant) && key.grants.size === 0) key.isGone = true
        }
        return
      }
      case 'methods':
        this.#takeMethods(this.#grant(fact.grant), fact.methods)
        return
      case 'method_deleted':
      case 'credential_deleted':
        this.#key(fact.fact === 'method_deleted' ? fact.method : fact.credential).isGone = true
        return
      case 'user':
        this.#users.set(fact.user, { provider: fact.provider, isGone: false })
        return
      case 'user_deleted': {
        const user = this.#users.get(fact.user)
        if (user !== undefined) user.isGone = true
        for (const key of this.#keysOfHolder.get(fact.user) ?? []) key.isGone = true
        return
      }
      case 'suspended': {
        const { suspended } = this.#system(fact.provider)
        if (fact.isSuspended) suspended.add(fact.holder)
        else suspended.delete(fact.holder)
        return
      }
      case 'membership': {
        const { memberships } = this.#system(fact.provider)
        const groups = memberships.get(fact.holder) ?? new Map<string, readonly string[]>()
        memberships.set(fact.holder, groups)
        if (fact.isMember) groups.set(fact.group, fact.doors)
        else groups.delete(fact.group)
        return
      }
      case 'credential': {
        const { provider, mode, user, from, to, stay } = fact
        const key = this.#addKey(fact.credential, provider, mode, user)
        const joined = typeof stay === 'object' ? this.#key(stay.joins).stay : null
        key.own = { doors: new Set(fact.doors), from, to }
        key.stay = stay === 'new' ? new Stay() : joined
        key.code = fact.code ?? null
        return
      }
      case 'credential_window':
        Object.assign(this.#key(fact.credential).own ?? {}, { from: fact.from, to: fact.to })
        return
      case 'written':
        this.#write(this.#key(fact.key), fact.card)
        return
      case 'murky':
        this.#card(fact.card).isMurky = true
        return
      case 'blank':
        this.#cards.set(fact.card, { provider: fact.provider, written: null, isMurky: false })
        return
      case 'assigned':
        this.#key(fact.key).card = fact.card
        return
      case 'phone':
        this.#phones.set(fact.phone, fact.person)
        return
      case 'phone_gone':
        this.#phones.delete(fact.phone)
        return
    }
  }

  /** What must happen now. */
  expect(presentation: Presentation): Verdict {
    switch (presentation.by) {
      case 'card':
        return this.#expectCard(presentation.card, presentation.door)
      case 'code':
        return this.#expectCode(presentation.code, presentation.door)
      case 'phone':
        return this.#expectPhone(presentation.phone, presentation.door)
      case 'remote':
        return this.#expectRemote(presentation.key, presentation.door)
    }
  }

  /** It happened: what a lock, and a card, keep of it. */
  seen(presentation: Presentation, opened: boolean): void {
    if (presentation.by !== 'card' && presentation.by !== 'phone') return
    const { door } = presentation
    const provider = providerOf(door)
    if (doorFacts(door).decides === 'card') {
      if (opened) this.#locks.use(this.#shown(presentation), door, this.now)
    } else if (presentation.by === 'card') this.#refresh(provider, presentation.card)
  }

  /** The doors a method covers, as the documents have them. */
  doorsOf(key: string): ReadonlySet<string> {
    return new Set(this.#entries(this.#key(key)).map(({ door }) => door))
  }

  /** On which systems this grant must have a method of this mode, and how many a request makes there. */
  mustHave(grant: string, mode: Mode): Map<string, number> {
    const wanted = this.#wanted(this.#grant(grant))
    const counts = new Map<string, number>()
    for (const provider of this.#systems.keys()) {
      const { size } = covered(provider, mode, wanted)
      if (size > 0) counts.set(provider, mode === 'code' && systemFacts(provider).pinIsForOneDoor ? size : 1)
    }
    return counts
  }

  /** Can the system be reached, so that it has been told everything? */
  isTold(provider: string): boolean {
    return this.#system(provider).reach === 'ok'
  }

  #expectCard(label: string, door: string): Verdict {
    const card = this.#card(label)
    const provider = providerOf(door)
    if (card.provider !== provider) return refusal('unknown_credential', 'wrong_format')
    if (doorFacts(door).decides === 'card') {
      if (card.isMurky) return UNDETERMINED
      return card.written === null ? refusal('blank_card') : this.#locks.judge(card.written, door, this.now)
    }
    const { told } = this.#system(provider)
    if (systemFacts(provider).cards === 'assigned') {
      const keys = [...told.keys.values()].filter((one) => one.card === label)
      if (this.#isUnsure(provider)) return UNDETERMINED
      if (keys.length === 0) return refusal('not_issued', 'revoked', 'unknown_credential')
      return anyOf(keys.map((key) => this.#judge(told, provider, key, door)))
    }
    if (card.isMurky || this.#isUnsure(provider)) return UNDETERMINED
    if (card.written === null) return refusal('blank_card')
    const key = told.keys.get(card.written.key)
    return key?.ends !== card.written.ends
      ? refusal('revoked', 'unknown_credential')
      : this.#judge(told, provider, key, door)
  }

  #expectCode(code: string, door: string): Verdict {
    const provider = providerOf(door)
    if (this.#isUnsure(provider)) return UNDETERMINED
    const { told } = this.#system(provider)
    const candidates = [...told.keys.values()].filter((key) => key.mode === 'code' && key.code === code)
    if (!doorFacts(door).modes.includes('code')) return { opens: false, reasons: null }
    if (candidates.length === 0) return refusal('unknown_credential', 'revoked', 'expired')
    const verdict = anyOf(candidates.map((key) => this.#judge(told, provider, key, door)))
    // Of several with this PIN, those that are gone included, the door may tell of any.
    const hadIt = [...this.#keys.values()].some(
      (key) => key.provider === provider && key.code === code && (key.isGone || key.ends > 0),
    )
    return verdict.opens === false && hadIt ? refusal('revoked', ...(verdict.reasons ?? [])) : verdict
  }

  #expectPhone(phone: string, door: string): Verdict {
    const provider = providerOf(door)
    if (this.#isUnsure(provider)) return UNDETERMINED
    if (doorFacts(door).decides === 'card') {
      const shown = this.#shown({ by: 'phone', phone, door })
      const verdict = anyOf(shown.map((written) => this.#judgeOnPhone(provider, written, door)))
      return this.#isOnlyKey(provider, phone) ? verdict : { ...verdict, reasons: null }
    }
    const { told } = this.#system(provider)
    const keys = [...(told.phones.get(phone) ?? [])].flatMap((key) => told.keys.get(key) ?? [])
    const verdict = anyOf(keys.map((key) => this.#judge(told, provider, key, door)))
    return this.#isOnlyKey(provider, phone) ? verdict : { ...verdict, reasons: null }
  }

  /** A phone that shows several keys, or one that is gone, is refused for any of their reasons. */
  #isOnlyKey(provider: string, phone: string): boolean {
    const keys = [...(this.#keysOfHolder.get(this.#phones.get(phone) ?? '') ?? [])]
    const mobile = keys.filter((key) => key.provider === provider && key.mode === 'mobile_key')
    return mobile.length === 1 && mobile[0]?.isGone === false && mobile[0].ends === 0
  }

  #expectRemote(label: string, door: string): Verdict {
    const provider = providerOf(door)
    const { told, reach } = this.#system(provider)
    if (this.#isUnsure(provider)) return UNDETERMINED
    const key = told.keys.get(label)
    if (reach === 'unsure') return UNDETERMINED
    // Nothing reaches a system that is away; the operation itself checks what it may before it asks.
    if (reach !== 'ok' || key === undefined || key.mode !== 'cloud_key') return { opens: false, reasons: null }
    const entries = this.#entries(this.#key(label))
    const isCovered = entries.some((entry) => entry.door === door && entry.from <= this.now && this.now < entry.to)
    const verdict = this.#judge(told, provider, key, door)
    return isCovered ? { ...verdict, reasons: null } : { opens: false, reasons: null }
  }

  #judge(told: Told, provider: string, key: ToldKey, door: string): Verdict {
    return judgeTold(told, provider, key, door, this.now, (holder, door) => this.#everHad.has(`${holder} ${door}`))
  }

  /** Unlike plastic a phone is reached: a suspended user's keys are withheld there. */
  #judgeOnPhone(provider: string, written: Written, door: string): Verdict {
    const verdict = this.#locks.judge(written, door, this.now)
    const isSuspended = this.#system(provider).told.holders.get(written.holder)?.isSuspended === true
    return isSuspended && systemFacts(provider).knowsPeople ? refusal('suspended', ...(verdict.reasons ?? [])) : verdict
  }

  /** What the door reads: the card, or every mobile key of its system that lies on the phone. */
  #shown(presentation: { by: 'card'; card: string } | { by: 'phone'; phone: string; door: string }): Written[] {
    if (presentation.by === 'card') {
      const { written } = this.#card(presentation.card)
      return written === null ? [] : [written]
    }
    const { told } = this.#system(providerOf(presentation.door))
    return [...(told.phones.get(presentation.phone) ?? [])].flatMap((key) => this.#issued.get(key) ?? [])
  }

  /** An online door of a system with cards in the field writes on the card what the system knows now. */
  #refresh(provider: string, label: string): void {
    const card = this.#card(label)
    if (card.provider !== provider || !systemFacts(provider).refreshesCards || card.written === null) return
    if (this.#isUnsure(provider)) {
      card.isMurky = true
      return
    }
    const { told } = this.#system(provider)
    const { written } = card
    const holder = told.holders.get(written.holder)
    const key = told.keys.get(written.key)
    if (key?.ends !== written.ends || holder === undefined) card.written = { ...written, ended: 'revoked' }
    else if (holder.isSuspended) card.written = { ...written, ended: 'suspended' }
    else {
      const stays = this.#number(provider, [this.#key(written.key)], () => holder.access).get(written.key) ?? new Map()
      card.written = { ...written, entries: holder.access, stays, windows: key.windows, ended: null }
    }
    card.isMurky = false
  }

  #write(key: Key, label: string): void {
    const { provider, holder } = key
    const system = systemFacts(provider)
    const { told } = this.#system(provider)
    const entries = this.#carried(provider, told, { holder, entries: this.#entries(key) })
    const stays = this.#number(provider, [key], () => entries).get(key.key) ?? new Map()
    // A suspended person's card is written as such; where credentials stand for themselves none is written.
    const isSuspended = told.holders.get(holder)?.isSuspended === true
    const ended = isSuspended && system.opens === 'person' ? 'suspended' : null
    let serial: number | null = null
    if (system.hasUserLineage) {
      serial = (this.#serials.get(holder) ?? 0) + 1
      this.#serials.set(holder, serial)
    }
    this.#cards.set(label, {
      provider,
      written: { key: key.key, holder, entries, stays, windows: windowsOf(key), ends: key.ends, serial, ended },
      isMurky: this.#isUnsure(provider),
    })
  }

  /** Everything due has been done: the system knows what it should, and phones have it. */
  #tell(provider: string): void {
    const system = this.#system(provider)
    for (const key of this.#keys.values()) {
      if (key.provider !== provider || (!key.isGone && !this.#isOver(key))) continue
      // A registered card goes back to the pool when its credential ends.
      key.card = null
      if (system.told.keys.has(key.key)) key.ends++
    }
    const told = this.#snapshot(provider)
    system.told = told
    const mobile = [...told.keys.values()].filter(({ mode }) => mode === 'mobile_key')
    if (mobile.length === 0) return
    const entriesOf = new Map(mobile.map((one) => [one.key, this.#carried(provider, told, one)]))
    const numbers = this.#number(
      provider,
      mobile.map(({ key }) => this.#key(key)),
      ({ key }) => entriesOf.get(key) ?? [],
    )
    const written = mobile.map(({ key, holder, windows, ends }): Written => {
      const entries = entriesOf.get(key) ?? []
      return { key, holder, entries, stays: numbers.get(key) ?? new Map(), windows, ends, serial: null, ended: null }
    })
    for (const one of written) this.#issued.set(one.key, one)
  }

  #snapshot(provider: string): Told {
    const system = this.#system(provider)
    const keys = new Map<string, ToldKey>()
    const holders = new Map<string, ToldHolder>()
    const phones = new Map<string, Set<string>>()
    const names = new Set<string>(system.memberships.keys())
    for (const [name, user] of this.#users) if (user.provider === provider && !user.isGone) names.add(name)
    for (const key of this.#keys.values()) {
      if (key.provider !== provider || key.isGone) continue
      names.add(key.holder)
      if (this.#isOver(key)) continue
      const { mode, holder, code, card } = key
      const windows = windowsOf(key)
      const entries = this.#entries(key)
      const { ends } = key
      keys.set(key.key, { key: key.key, mode, holder, code, card, entries, windows, ends })
    }
    for (const holder of names) {
      if (this.#users.get(holder)?.isGone === true) continue
      const access = this.#access(provider, holder)
      for (const { door } of access) this.#everHad.add(`${holder} ${door}`)
      const isSuspended = system.suspended.has(holder)
      holders.set(holder, { holder, isSuspended, access, isSubscribed: this.#isSubscribed(provider, holder) })
    }
    for (const [phone, person] of this.#phones) {
      const mine = [...keys.values()].filter((key) => key.mode === 'mobile_key' && key.holder === person)
      if (mine.length > 0) phones.set(phone, new Set(mine.map(({ key }) => key)))
    }
    return { keys, holders, phones }
  }

  /** What a holder may open on a system: the doors of all his credentials, each in its window, and his groups'. */
  #access(provider: string, holder: string): Entry[] {
    const keys = [...(this.#keysOfHolder.get(holder) ?? [])].filter(
      (key) => key.provider === provider && !key.isGone && !this.#isOver(key),
    )
    const own = keys.flatMap((key) => this.#entries(key))
    if (!systemFacts(provider).peopleJoinGroups) return [...own, ...this.#byGroups(provider, holder)]
    const now = own.filter(({ from, to }) => from <= this.now && this.now < to)
    return [...now.map(({ door }) => always(door)), ...this.#byGroups(provider, holder)]
  }

  #byGroups(provider: string, holder: string): Entry[] {
    const groups = this.#system(provider).memberships.get(holder) ?? new Map<string, readonly string[]>()
    return [...groups.values()].flat().map(always)
  }

  /** What goes on a card or phone for this credential. */
  #carried(provider: string, told: Told, { holder, entries }: Pick<ToldKey, 'holder' | 'entries'>): readonly Entry[] {
    if (systemFacts(provider).opens === 'person') return told.holders.get(holder)?.access ?? []
    return [...entries, ...this.#byGroups(provider, holder).map((entry) => ({ ...entry, isStaff: true as const }))]
  }

  #isSubscribed(provider: string, holder: string): boolean | null {
    if (!systemFacts(provider).hasSubscriptions || this.#users.has(holder)) return true
    const windows = [...(this.#keysOfHolder.get(holder) ?? [])]
      .filter((key) => key.provider === provider && !key.isGone && !this.#isOver(key))
      .flatMap((key) => this.#entries(key))
    if (windows.some(({ from, to }) => from <= this.now && this.now < to)) return true
    // Between two windows, or for a group's doors outside every window, the documents say neither.
    const hasGroups = (this.#system(provider).memberships.get(holder)?.size ?? 0) > 0
    const starts = Math.min(...windows.map(({ from }) => from))
    return hasGroups || starts <= this.now ? null : false
  }

  #entries(key: Key): Entry[] {
    if (key.own !== null) {
      const { doors, from, to } = key.own
      return [...doors].map((door) => ({ door, from, to }))
    }
    return [...key.grants].flatMap((grant) => {
      const doors = covered(key.provider, key.mode, this.#wanted(grant))
      return [...doors]
        .filter((door) => key.door === null || key.door === door)
        .map((door) => ({ door, from: grant.from, to: grant.to }))
    })
  }

  #wanted(grant: Grant): Set<string> {
    return new Set([...grant.doors, ...grant.spaces.flatMap((space) => this.#spaces.get(space) ?? [])])
  }

  /** Its grants have ended, and took it with them; one that was created directly stays, and opens nothing. */
  #isOver(key: Key): boolean {
    return key.own === null && [...key.grants].every(({ to }) => to <= this.now)
  }

  #takeMethods(grant: Grant, methods: readonly MethodFact[]): void {
    const present = new Set(methods.map(({ method }) => method))
    for (const key of this.#keys.values()) {
      if (!key.grants.has(grant) || present.has(key.key)) continue
      key.grants.delete(grant)
      if (key.grants.size === 0) key.isGone = true
    }
    for (const { method, mode, provider, door, code } of methods) {
      const key = this.#keys.get(method) ?? this.#addKey(method, provider, mode, grant.person)
      if (key.grants.size === 0) key.stay ??= stayIn(provider, grant)
      key.grants.add(grant)
      key.isGone = false
      key.door = door ?? null
      key.code = code ?? key.code
    }
  }

  #addKey(label: string, provider: string, mode: Mode, holder: string): Key {
    const key: Key = {
      key: label,
      provider,
      mode,
      holder,
      grants: new Set(),
      own: null,
      stay: null,
      isWritten: false,
      door: null,
      code: null,
      card: null,
      ends: 0,
      isGone: false,
    }
    this.#keys.set(label, key)
    const keys = this.#keysOfHolder.get(holder) ?? new Set()
    this.#keysOfHolder.set(holder, keys.add(key))
    return key
  }

  #move(grant: Grant, { from, to }: Window): void {
    // What had ended and goes on again is a new stay, unless others of its reservation are there.
    if (grant.to <= this.now && to > this.now) {
      grant.stay = grant.reservation === null ? new Stay() : this.#stayOf(grant.reservation)
      for (const key of this.#keys.values())
        if (key.grants.has(grant) && this.#isOver(key)) key.stay = stayIn(key.provider, grant)
    }
    grant.from = from
    grant.to = to
  }

  /** Grants that share a key while one of them is live are one stay; afterwards the key begins a new one. */
  #stayOf(reservation: string): Stay {
    const live = [...this.#grants.values()].find(
      (grant) => grant.reservation === reservation && !grant.isDeleted && grant.to > this.now,
    )
    return live?.stay ?? new Stay()
  }

  /** These keys are written at one moment: what numbers do their stays have at the guest doors of each? */
  #number(
    provider: string,
    keys: readonly Key[],
    entriesOf: (key: Key) => readonly Entry[],
  ): Map<string, Map<string, StayNumber>> {
    const guestDoors = new Map(keys.map((key) => [key, guestDoorsOf(provider, entriesOf(key))]))
    const written = keys.filter((key) => key.stay !== null && (guestDoors.get(key)?.length ?? 0) > 0)
    const stays = new Map<Stay, Set<string>>()
    for (const key of written) {
      if (key.stay === null) continue
      const doors = stays.get(key.stay) ?? new Set()
      stays.set(key.stay, new Set([...doors, ...(guestDoors.get(key) ?? [])]))
    }
    const isAnew = new Map([...stays.keys()].map((stay) => [stay, !this.#isCarried(provider, stay)]))
    const fresh = [...stays].filter(
      ([stay, doors]) => isAnew.get(stay) === true || [...doors].some((door) => stay.at(door) === null),
    )
    if (fresh.length > 0) {
      const number = this.#numbers.next(provider, fresh.length)
      for (const [stay, doors] of fresh) stay.write(provider, doors, number, isAnew.get(stay) === true)
    }
    for (const key of written) key.isWritten = true
    return new Map(
      keys.map(({ key, stay }, index) => {
        const doors = guestDoors.get(keys[index] as Key) ?? []
        return [
          key,
          new Map(doors.flatMap((door) => (stay?.at(door) == null ? [] : [[door, stay.at(door) as StayNumber]]))),
        ]
      }),
    )
  }

  /** Does something that was written carry this stay at the system, and is still known there? */
  #isCarried(provider: string, stay: Stay): boolean {
    const { told } = this.#system(provider)
    return [...this.#keys.values()].some(
      (key) => key.stay === stay && key.provider === provider && key.isWritten && told.keys.has(key.key),
    )
  }

  /** Some of what changed may have reached the system, and nobody knows what. */
  #isUnsure(provider: string): boolean {
    return this.#system(provider).reach === 'unsure' && this.#hasNews(provider)
  }

  /** Does the system not know yet what it should? */
  #hasNews(provider: string): boolean {
    return fingerprint(this.#system(provider).told) !== fingerprint(this.#snapshot(provider))
  }

  #system(provider: string): System {
    const system = this.#systems.get(provider)
    if (system === undefined) throw new Error(`the model was not told of a system ${provider}`)
    return system
  }

  #grant(label: string): Grant {
    const grant = this.#grants.get(label)
    if (grant === undefined) throw new Error(`the model was not told of a grant ${label}`)
    return grant
  }

  #key(label: string): Key {
    const key = this.#keys.get(label)
    if (key === undefined) throw new Error(`the model was not told of a method or credential ${label}`)
    return key
  }

  #card(label: string): Card {
    const card = this.#cards.get(label)
    if (card === undefined) throw new Error(`the model was not told of a card ${label}`)
    return card
  }
}

function always(door: string): Entry {
  return { door, from: -Infinity, to: Infinity }
}

function guestDoorsOf(provider: string, entries: readonly Entry[]): string[] {
  if (!systemFacts(provider).hasStays) return []
  return entries.flatMap(({ door, isStaff }) => (isStaff !== true && doorFacts(door).isGuestDoor ? [door] : []))
}

/** Where a card opens what its person may open, a grant without a reservation is a resident's: it is no stay. */
function stayIn(provider: string, { reservation, stay }: Grant): Stay | null {
  return reservation === null && systemFacts(provider).opens === 'person' ? null : stay
}

function windowsOf({ own, grants }: Key): Window[] {
  const sources: Iterable<Window> = own !== null ? [own] : grants
  return [...sources].map(({ from, to }) => ({ from, to }))
}

/** One of several that are shown is enough. */
function anyOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return refusal('unknown_credential', 'not_issued', 'revoked')
  if (verdicts.some(({ opens }) => opens === true)) return { opens: true, reasons: new Set() }
  if (verdicts.some(({ opens }) => opens === null)) return UNDETERMINED
  return { opens: false, reasons: new Set(verdicts.flatMap(({ reasons }) => [...(reasons ?? [])])) }
}
