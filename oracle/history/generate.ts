/** Makes random histories in which interesting states are frequent. Pure: a seed and a number give one history. */
import { doorFacts, providerOf, systemFacts, type Mode, type SystemFacts } from '../model/systems.ts'
import type { CardRef, FaultName, MethodRef, Operation } from './operations.ts'
import { Random } from './random.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

interface PlannedGrant {
  as: string
  person: string
  doors: string[]
  spaces: string[]
  modes: Mode[]
  key: string | null
  from: number
  to: number | null
  isDeleted: boolean
}

interface PlannedCredential {
  as: string
  user: string
  provider: string
  mode: Mode
  doors: string[]
  isGuest: boolean
}

interface PlannedCard {
  ref: CardRef
  provider: string
  doors: string[]
  /** What it was made for; null for a blank, or a credential of its own. */
  grant: PlannedGrant | null
}

export interface GenerateOptions {
  seed: number
  /** Which history of this seed. */
  number: number
  /** The systems that the sandbox really has. */
  systems: readonly SystemFacts[]
  /** About how many presentations it makes. */
  presentations: number
}

export function generate(options: GenerateOptions): Operation[] {
  return new Generator(options).run()
}

class Generator {
  readonly #random: Random
  readonly #operations: Operation[] = []
  readonly #presentations: number
  readonly #focus: SystemFacts[]
  readonly #doors: string[] = []
  readonly #people: string[] = []
  readonly #spaces = new Map<string, string[]>()
  readonly #grants: PlannedGrant[] = []
  readonly #credentials: PlannedCredential[] = []
  readonly #users: { as: string; provider: string; isDeleted: boolean }[] = []
  readonly #phones: { as: string; person: string }[] = []
  readonly #cards: PlannedCard[] = []
  readonly #suspended = new Set<string>()
  readonly #memberships = new Set<string>()
  readonly #touched = new Set<string>()
  readonly #instants = new Set<number>()
  readonly #restartAt: number
  #fault: { provider: string; encoder?: string; left: number } | null = null
  #now = 0
  #made = 0
  #shown = 0

  constructor({ seed, number, systems, presentations }: GenerateOptions) {
    this.#random = new Random(seed, number)
    this.#presentations = presentations
    const usable = systems.filter(({ opens }) => opens !== 'nothing')
    const first = usable[number % usable.length]
    const others = usable.filter((one) => one !== first)
    const more = this.#random.chance(0.4) ? this.#random.int(1, 2) : 0
    this.#focus = [...(first === undefined ? [] : [first]), ...this.#random.some(others, more)]
    // A restart holds up every history that runs beside this one.
    this.#restartAt = number % 12 === 7 ? this.#random.int(1, Math.ceil(presentations / 2)) : Infinity
  }

  run(): Operation[] {
    const random = this.#random
    for (const system of this.#focus) {
      const names = system.doors.map(({ name }) => `${system.provider}/${name}`)
      // Few doors, so that grants meet at them; of a hotel always a guest door.
      const chosen = random.some(names, random.int(2, 4))
      const guest = names.filter((name) => doorFacts(name).isGuestDoor)
      if (guest.length > 0 && !chosen.some((name) => guest.includes(name))) chosen[0] = random.pick(guest)
      this.#doors.push(...chosen)
    }
    for (let n = random.int(2, 4); n > 0; n--) this.#person()
    for (let n = random.int(1, 3); n > 0; n--) this.#grant()
    while (this.#shown < this.#presentations) {
      this.#step()
      if (random.chance(0.6)) this.#look(random.int(3, 14))
      else this.#sweep(random.int(120, 360))
    }
    return this.#operations
  }

  #step(): void {
    const random = this.#random
    if (this.#fault !== null && this.#fault.left-- <= 0) {
      const { provider, encoder } = this.#fault
      this.#do({ do: 'fault', provider, fault: 'none', ...(encoder === undefined ? {} : { encoder }) })
      this.#fault = null
      return
    }
    if (this.#shown >= this.#restartAt && !this.#operations.some((one) => one.do === 'restart')) {
      this.#do({ do: 'restart', how: random.chance(0.5) ? 'kill' : 'stop' })
      return
    }
    const live = this.#grants.filter(({ isDeleted, to }) => !isDeleted && (to === null || to > this.#now))
    const few = live.length < 3
    const kind = random.weighted({
      grant: few ? 30 : live.length > 9 ? 3 : 13,
      clock: 22,
      retime: 10,
      redoor: 4,
      delete_grant: live.length > 2 ? 7 : 1,
      request: 3,
      delete_method: 4,
      write: 12,
      place: 4,
      suspend: 4,
      group: 4,
      user: this.#users.length < 4 ? 5 : 1,
      credential: this.#users.length > 0 ? 8 : 0,
      end_credential: 2,
      delete_credential: 2,
      delete_user: 1,
      phone: this.#phones.length < 4 ? 4 : 1,
      drop_phone: 1,
      space: 3,
      move: 4,
      fault: this.#fault === null ? 5 : 0,
      person: this.#people.length < 6 ? 1 : 0,
    })
    switch (kind) {
      case 'grant':
        return this.#grant()
      case 'clock':
        return this.#clock()
      case 'person':
        return void this.#person()
      case 'retime':
        return this.#retime()
      case 'redoor': {
        const grant = this.#anyGrant()
        if (grant === undefined) return
        grant.doors = this.#someDoors()
        this.#do({ do: 'redoor', grant: grant.as, doors: grant.doors })
        return this.#maybeWrite(grant)
      }
      case 'delete_grant': {
        const grant = this.#anyGrant()
        if (grant === undefined) return
        grant.isDeleted = true
        return this.#do({ do: 'delete_grant', grant: grant.as })
      }
      case 'request': {
        const grant = this.#anyGrant()
        if (grant === undefined) return
        const modes = this.#someModes(grant.doors, 1)
        grant.modes.push(...modes)
        this.#do({ do: 'request', grant: grant.as, modes })
        return this.#maybeWrite(grant)
      }
      case 'delete_method': {
        const method = this.#anyMethod()
        if (method !== undefined) this.#do({ do: 'delete_method', method })
        return
      }
      case 'write': {
        const grant = this.#anyGrant()
        if (grant !== undefined) this.#write(grant)
        return
      }
      case 'place':
        return this.#place()
      case 'suspend':
        return this.#suspend()
      case 'group':
        return this.#group()
      case 'user': {
        const as = this.#name('u')
        const { provider } = random.pick(this.#focus)
        this.#users.push({ as, provider, isDeleted: false })
        return this.#do({ do: 'user', as, provider })
      }
      case 'credential':
        return this.#credential()
      case 'end_credential': {
        if (this.#credentials.length === 0) return
        return this.#do({ do: 'end_credential', credential: random.pick(this.#credentials).as, to: this.#later() })
      }
      case 'delete_credential': {
        if (this.#credentials.length === 0) return
        return this.#do({ do: 'delete_credential', credential: random.pick(this.#credentials).as })
      }
      case 'delete_user': {
        const users = this.#users.filter(({ isDeleted }) => !isDeleted)
        if (users.length === 0) return
        const user = random.pick(users)
        user.isDeleted = true
        return this.#do({ do: 'delete_user', user: user.as })
      }
      case 'phone': {
        const as = this.#name('t')
        const person = random.pick(this.#people)
        this.#phones.push({ as, person })
        return this.#do({ do: 'phone', as, person })
      }
      case 'drop_phone': {
        if (this.#phones.length === 0) return
        return this.#do({ do: 'drop_phone', phone: random.pick(this.#phones).as })
      }
      case 'space':
        return this.#space()
      case 'move':
        return this.#move()
      case 'fault':
        return this.#breakSomething()
    }
  }

  // What is granted

  #person(): string {
    const as = this.#name('p')
    this.#people.push(as)
    this.#do({ do: 'person', as })
    return as
  }

  #grant(): void {
    const random = this.#random
    const stay = this.#liveStay()
    const isJoiner = stay !== undefined && random.chance(0.45)
    const spaces = this.#spaces.size > 0 && random.chance(0.15) ? [random.pick([...this.#spaces.keys()])] : []
    let doors = this.#someDoors()
    if (isJoiner) {
      const guest = stay.doors.filter((door) => doorFacts(door).isGuestDoor)
      const free = doors.filter((door) => !doorFacts(door).isGuestDoor)
      doors = [...random.some(guest, random.chance(0.6) ? guest.length : 1), ...free]
    }
    const from = isJoiner && random.chance(0.7) ? stay.from : this.#start()
    const to = isJoiner && random.chance(0.6) ? stay.to : this.#end(from)
    const hasGuestDoor = [...doors, ...this.#doorsOfSpaces(spaces)].some((door) => doorFacts(door).isGuestDoor)
    const needsKey = doors.some((door) => systemFacts(providerOf(door)).demandsReservationKey)
    const fresh = hasGuestDoor && random.chance(needsKey ? 0.98 : 0.5) ? this.#name('K') : null
    this.#makeGrant({
      person: random.pick(this.#people),
      doors,
      spaces,
      modes: this.#someModes(doors, random.weighted({ '1': 6, '2': 3, '3': 1 }) as unknown as number),
      key: isJoiner ? stay.key : fresh,
      from,
      to,
    })
  }

  #makeGrant(planned: Omit<PlannedGrant, 'as' | 'isDeleted'>): void {
    const as = this.#name('g')
    const grant = { as, ...planned, isDeleted: false }
    this.#grants.push(grant)
    const { person, doors, spaces, modes, key, from, to } = grant
    const isNow = from <= this.#now && this.#random.chance(0.7)
    const code =
      modes.includes('code') && this.#random.chance(0.2) ? this.#random.pick(['4711', '2580', '90125']) : null
    this.#do({
      do: 'grant',
      as,
      person,
      doors: [...doors],
      spaces: [...spaces],
      modes: [...modes],
      ...(code === null ? {} : { code }),
      key,
      from: isNow ? null : from,
      to,
    })
    if (isNow) grant.from = this.#now
    this.#note(grant.from)
    if (to !== null) this.#note(to)
    this.#maybeWrite(grant)
  }

  #retime(): void {
    const random = this.#random
    const grant = this.#anyGrant()
    if (grant === undefined) return
    const what = random.weighted({ extend: 5, shorten: 3, start: 3, both: 2 })
    const operation: Extract<Operation, { do: 'retime' }> = { do: 'retime', grant: grant.as }
    if (what === 'start' || what === 'both') operation.from = grant.from = this.#start()
    if (what !== 'start') {
      const base = Math.max(this.#now, grant.from)
      const to = what === 'extend' && grant.to !== null ? Math.max(grant.to, base) + this.#span() : base + this.#span()
      operation.to = grant.to = random.chance(0.07) ? null : to
    }
    this.#do(operation)
    this.#note(grant.from)
    if (grant.to !== null) this.#note(grant.to)
    this.#maybeWrite(grant)
  }

  /** The guests change rooms: what the old stay had goes, and the same key begins anew. */
  #move(): void {
    const stay = this.#liveStay()
    if (stay === undefined) return
    const grants = this.#grants.filter((grant) => !grant.isDeleted && grant.key === stay.key)
    for (const grant of grants) {
      grant.isDeleted = true
      this.#do({ do: 'delete_grant', grant: grant.as })
    }
    for (const { person, modes, from, to } of grants.slice(0, 2)) {
      const start = Math.max(from, this.#now)
      const end = to !== null && to <= start ? start + this.#span() : to
      this.#makeGrant({
        person,
        doors: this.#someDoors(),
        spaces: [],
        modes: [...modes],
        key: stay.key,
        from: start,
        to: end,
      })
    }
  }

  #space(): void {
    const random = this.#random
    if (this.#spaces.size < 2 && random.chance(0.6)) {
      const as = this.#name('s')
      const doors = this.#someDoors().slice(0, 2)
      this.#spaces.set(as, doors)
      return this.#do({ do: 'space', as, doors: [...doors] })
    }
    if (this.#spaces.size === 0) return
    const [space, doors] = random.pick([...this.#spaces])
    if (random.chance(0.5)) {
      const door = random.pick(this.#doors)
      if (!doors.includes(door)) doors.push(door)
      return this.#do({ do: 'space_add', space, doors: [door] })
    }
    if (doors.length === 0) return
    const [door] = doors.splice(random.int(0, doors.length - 1), 1)
    this.#do({ do: 'space_remove', space, doors: [door ?? ''] })
  }

  #suspend(): void {
    const random = this.#random
    if (this.#suspended.size > 0 && random.chance(0.5)) {
      const one = random.pick([...this.#suspended])
      this.#suspended.delete(one)
      const [who = '', provider = ''] = one.split(' ')
      return this.#do({ do: 'unsuspend', who, provider })
    }
    const who = this.#someone()
    if (who === undefined) return
    this.#suspended.add(`${who.as} ${who.provider}`)
    this.#do({ do: 'suspend', who: who.as, provider: who.provider })
  }

  #group(): void {
    const random = this.#random
    if (this.#memberships.size > 0 && random.chance(0.4)) {
      const one = random.pick([...this.#memberships])
      this.#memberships.delete(one)
      const [who = '', group = ''] = one.split('\t')
      return this.#do({ do: 'leave_group', who, group })
    }
    const who = this.#someone()
    if (who === undefined) return
    const { groups, opens } = systemFacts(who.provider)
    if (groups.length === 0 || opens === 'nothing') return
    const group = `${who.provider}/${random.pick(groups)}`
    this.#memberships.add(`${who.as}\t${group}`)
    this.#do({ do: 'join_group', who: who.as, group })
  }

  #credential(): void {
    const random = this.#random
    const users = this.#users.filter(({ isDeleted }) => !isDeleted)
    if (users.length === 0) return
    const { as: user, provider } = random.pick(users)
    const system = systemFacts(provider)
    const as = this.#name('c')
    if (system.opens === 'person') {
      const modes = system.doors.flatMap((door) => door.modes).filter((mode) => mode === 'card' || mode === 'code')
      const mode = modes.length === 0 ? undefined : random.pick(modes)
      if (mode === undefined || (mode === 'card' && system.cards !== 'encoded')) return
      this.#credentials.push({ as, user, provider, mode, doors: [], isGuest: false })
      this.#do({ do: 'credential', as, user, provider, mode, doors: [], from: null, to: null, guest: 'staff' })
      if (mode === 'card') this.#writeCredential(as, provider)
      return
    }
    // The joiner rules of guest cards are documented in full for Visionline.
    if (provider !== 'visionline') return
    const doors = random.some(
      this.#doors.filter((door) => providerOf(door) === provider),
      random.int(1, 3),
    )
    const guests = this.#credentials.filter((one) => one.isGuest && one.provider === provider)
    const kind = random.weighted({ staff: 2, override: 4, join: guests.length > 0 ? 5 : 0 })
    const from = this.#start()
    const to = this.#end(from) ?? from + DAY
    const guest = kind === 'join' ? { joins: random.pick(guests).as } : kind
    this.#credentials.push({ as, user, provider, mode: 'card', doors, isGuest: kind !== 'staff' })
    this.#do({ do: 'credential', as, user, provider, mode: 'card', doors, from, to, guest })
    this.#note(Math.max(from, this.#now))
    this.#note(to)
    if (random.chance(0.85)) this.#writeCredential(as, provider)
  }

  // Cards

  #maybeWrite(grant: PlannedGrant): void {
    if (grant.modes.includes('card') && this.#random.chance(0.75)) this.#write(grant)
  }

  /** Encodes or assigns one card of this grant. */
  #write(grant: PlannedGrant): void {
    const random = this.#random
    if (!grant.modes.includes('card')) return
    const doors = this.#doorsOfGrant(grant)
    const providers = [...new Set(doors.map(providerOf))].filter((one) => systemFacts(one).cards !== 'none')
    if (providers.length === 0) return
    const provider = random.pick(providers)
    const count = grant.modes.filter((mode) => mode === 'card').length
    const method: MethodRef = { grant: grant.as, mode: 'card', provider, nth: random.int(0, count - 1) }
    if (systemFacts(provider).cards === 'assigned') {
      const card: CardRef = { pool: provider, nth: random.int(0, 3) }
      this.#cards.push({ ref: card, provider, doors, grant })
      return this.#do({ do: 'assign', method, card })
    }
    this.#encode(method, provider, doors, grant)
  }

  #writeCredential(credential: string, provider: string): void {
    const doors = this.#credentials.find(({ as }) => as === credential)?.doors ?? []
    this.#encode({ credential }, provider, doors, null)
  }

  #encode(
    what: MethodRef | { credential: string },
    provider: string,
    doors: string[],
    grant: PlannedGrant | null,
  ): void {
    const encoders = systemFacts(provider).encoders.map((name) => `${provider}/${name}`)
    if (encoders.length === 0) return
    const untouched = encoders.filter((encoder) => !this.#touched.has(encoder))
    const encoder = this.#random.pick(untouched.length > 0 && this.#random.chance(0.8) ? untouched : encoders)
    const as = this.#name('c')
    this.#do({ do: 'encode', as, what, encoder })
    this.#cards.push({ ref: { made: as }, provider, doors, grant })
  }

  #place(): void {
    const random = this.#random
    const encoders = this.#focus.flatMap(({ provider, encoders }) => encoders.map((name) => `${provider}/${name}`))
    if (encoders.length === 0) return
    const encoder = random.pick(encoders)
    // The last untouched encoder of a system is touched rarely: fresh blanks come from there.
    const provider = providerOf(encoder)
    const others = encoders.filter((one) => providerOf(one) === provider && one !== encoder)
    if (others.every((one) => this.#touched.has(one)) && random.chance(0.7)) return
    this.#touched.add(encoder)
    if (random.chance(0.12)) return this.#do({ do: 'unplace', encoder })
    const mine = this.#cards.filter((card) => card.provider === provider)
    const { cardFormats } = systemFacts(provider)
    const as = this.#name('c')
    if (mine.length > 0 && (cardFormats.length === 0 || random.chance(0.7))) {
      const { ref, doors, grant } = random.pick(mine)
      this.#do({ do: 'place', as, encoder, card: ref })
      this.#cards.push({ ref: { made: as }, provider, doors, grant })
    } else if (cardFormats.length > 0) {
      this.#do({ do: 'place', as, encoder, card: { blank: random.pick(cardFormats) } })
      this.#cards.push({ ref: { made: as }, provider, doors: [], grant: null })
    }
    const writable = this.#grants.filter((grant) => grant.modes.includes('card') && !grant.isDeleted)
    if (writable.length === 0 || random.chance(0.2)) return
    const grant = random.pick(writable)
    const doors = this.#doorsOfGrant(grant)
    const what: MethodRef = { grant: grant.as, mode: 'card', provider, nth: 0 }
    const written = this.#name('c')
    this.#do({ do: 'encode', as: written, what, encoder })
    this.#cards.push({ ref: { made: written }, provider, doors, grant })
  }

  // Time and trouble

  #clock(): void {
    const random = this.#random
    const ahead = [...this.#instants].filter((instant) => instant > this.#now).sort((a, b) => a - b)
    const kind = random.weighted({ boundary: ahead.length > 0 ? 8 : 0, small: 2, beyond: 1 })
    let to: number
    if (kind === 'boundary') {
      const boundary = random.chance(0.75) ? (ahead[0] ?? 0) : random.pick(ahead)
      to = boundary + Number(random.weighted({ '0': 5, '-1': 4, '1': 2, '-1000': 1, '-999': 1, '1000': 1, '60000': 1 }))
    } else if (kind === 'small') to = this.#now + random.pick([1, 2, SECOND, 30 * SECOND, 5 * MINUTE])
    else to = this.#now + random.pick([HOUR, DAY, 3 * DAY, 10 * DAY])
    // While a system is away the server tries it again all the way: a long one takes its time.
    if (this.#fault !== null && !random.chance(0.2)) to = Math.min(to, this.#now + 6 * HOUR)
    if (to <= this.#now) to = this.#now + 1
    this.#now = to
    this.#do({ do: 'clock', to })
  }

  #breakSomething(): void {
    const random = this.#random
    const { provider, encoders } = random.pick(this.#focus)
    const fault = random.weighted<FaultName>({ offline: 5, slow: 1, answer_lost: 2, busy: 2, refuse: 2, none: 0 })
    const times = fault === 'answer_lost' || random.chance(0.3) ? random.int(1, 3) : undefined
    const encoder =
      encoders.length > 0 && fault !== 'slow' && random.chance(0.25)
        ? `${provider}/${random.pick(encoders)}`
        : undefined
    this.#fault = { provider, left: random.int(1, 4), ...(encoder === undefined ? {} : { encoder }) }
    this.#do({
      do: 'fault',
      provider,
      fault,
      ...(times === undefined ? {} : { times }),
      ...(encoder === undefined ? {} : { encoder }),
    })
    if (encoder === undefined) return
    const grant = this.#anyGrant()
    if (grant === undefined || !grant.modes.includes('card')) return
    const what: MethodRef = { grant: grant.as, mode: 'card', provider, nth: 0 }
    const as = this.#name('c')
    this.#do({ do: 'encode', as, what, encoder })
    this.#cards.push({ ref: { made: as }, provider, doors: this.#doorsOfGrant(grant), grant })
  }

  // Somebody stands at a door

  #look(count: number): void {
    const random = this.#random
    const codes = this.#grants.filter(({ modes }) => modes.includes('code'))
    const cloud = this.#grants.filter(({ modes }) => modes.includes('cloud_key'))
    for (let n = 0; n < count; n++) {
      const by = random.weighted({
        card: this.#cards.length > 0 ? 8 : 0,
        code: codes.length > 0 ? 5 : 0,
        phone: this.#phones.length > 0 ? 4 : 0,
        remote: cloud.length > 0 ? 2 : 0,
        digits: 0.05,
        credential: this.#credentials.some(({ mode }) => mode === 'code') ? 1 : 0,
      })
      const operation = this.#presentation(by, codes, cloud)
      if (operation === null) continue
      this.#shown++
      this.#do(operation)
    }
  }

  /** Everything that anybody ever held, old and gone included, at every door in use: a broad sample, in any order. */
  #sweep(count: number): void {
    const random = this.#random
    // Now and then somebody is not there: the first use of what he holds comes later.
    const isThere = (): boolean => random.chance(0.8)
    const shown: Operation[] = []
    for (const { ref, provider } of this.#cards)
      if (isThere()) for (const door of this.#near(provider)) shown.push({ do: 'show_card', card: ref, door })
    for (const grant of this.#grants.filter(({ modes }) => modes.includes('code'))) {
      const method = isThere() ? this.#methodOf(grant, 'code') : null
      if (method !== null)
        for (const door of this.#near(method.provider)) shown.push({ do: 'enter_code', method, door })
    }
    for (const { as } of this.#phones)
      if (isThere()) for (const door of this.#doors) shown.push({ do: 'show_phone', phone: as, door })
    for (const { as, mode, provider } of this.#credentials)
      if (mode === 'code' && isThere())
        for (const door of this.#near(provider)) shown.push({ do: 'enter_code', method: { credential: as }, door })
    for (const operation of random.some(shown, count)) {
      this.#shown++
      this.#do(operation)
    }
    this.#look(random.int(2, 8))
  }

  /** The doors in use of a system. */
  #near(provider: string): string[] {
    return this.#doors.filter((door) => providerOf(door) === provider)
  }

  #presentation(
    by: 'card' | 'code' | 'phone' | 'remote' | 'digits' | 'credential',
    codes: PlannedGrant[],
    cloud: PlannedGrant[],
  ): Operation | null {
    const random = this.#random
    switch (by) {
      case 'card': {
        // Cards that should open are more interesting, but the oldest are not forgotten.
        const open = this.#cards.filter(({ grant }) => grant !== null && this.#isOn(grant))
        const recent = this.#cards.slice(-6)
        const from = open.length > 0 && random.chance(0.65) ? open : random.chance(0.6) ? recent : this.#cards
        const { ref, provider, doors } = random.pick(from)
        return { do: 'show_card', card: ref, door: this.#doorFor(provider, doors) }
      }
      case 'code': {
        const grant = this.#recent(codes)
        const method = this.#methodOf(grant, 'code')
        if (method === null) return null
        return { do: 'enter_code', method, door: this.#doorFor(method.provider, this.#doorsOfGrant(grant)) }
      }
      case 'phone': {
        const { as, person } = random.pick(this.#phones)
        const grants = this.#grants.filter((grant) => grant.person === person && grant.modes.includes('mobile_key'))
        const doors = grants.length === 0 ? [] : this.#doorsOfGrant(this.#recent(grants))
        const door = doors.length === 0 ? random.pick(this.#doors) : random.pick(doors)
        return { do: 'show_phone', phone: as, door: this.#doorFor(providerOf(door), doors) }
      }
      case 'remote': {
        const grant = this.#recent(cloud)
        const method = this.#methodOf(grant, 'cloud_key')
        if (method === null) return null
        return { do: 'unlock', method, door: this.#doorFor(method.provider, this.#doorsOfGrant(grant)) }
      }
      case 'digits':
        return {
          do: 'enter_code',
          method: { digits: String(random.int(1000, 999_999)) },
          door: random.pick(this.#doors),
        }
      case 'credential': {
        const credential = random.pick(this.#credentials.filter(({ mode }) => mode === 'code'))
        return {
          do: 'enter_code',
          method: { credential: credential.as },
          door: this.#doorFor(credential.provider, []),
        }
      }
    }
  }

  /** Mostly a door that it should open, often another of the same system, now and then any. */
  #doorFor(provider: string, doors: readonly string[]): string {
    const random = this.#random
    const own = doors.filter((door) => providerOf(door) === provider)
    const near = this.#near(provider)
    if (own.length > 0 && random.chance(0.7)) return random.pick(own)
    if (near.length > 0 && random.chance(0.9)) return random.pick(near)
    const any = random.chance(0.5) ? systemFacts(provider) : random.pick(this.#focus)
    return `${any.provider}/${random.pick(any.doors).name}`
  }

  // Choosing

  #anyGrant(): PlannedGrant | undefined {
    const all = this.#grants.filter((grant) => !grant.isDeleted)
    const going = all.filter(({ to }) => to === null || to > this.#now)
    const live = going.length > 0 && this.#random.chance(0.85) ? going : all
    return live.length === 0 ? undefined : this.#random.pick(live)
  }

  #recent(grants: PlannedGrant[]): PlannedGrant {
    const open = grants.filter((grant) => this.#isOn(grant))
    if (open.length > 0 && this.#random.chance(0.7)) return this.#random.pick(open)
    return this.#random.pick(this.#random.chance(0.6) ? grants.slice(-3) : grants)
  }

  /** Inside its window now. */
  #isOn({ isDeleted, from, to }: PlannedGrant): boolean {
    return !isDeleted && from <= this.#now && (to === null || this.#now < to)
  }

  #anyMethod(): MethodRef | undefined {
    const grant = this.#anyGrant()
    if (grant === undefined || grant.modes.length === 0) return undefined
    return this.#methodOf(grant, this.#random.pick(grant.modes)) ?? undefined
  }

  #methodOf(grant: PlannedGrant, mode: Mode): MethodRef | null {
    const doors = this.#doorsOfGrant(grant).filter((door) => doorFacts(door).modes.includes(mode))
    if (doors.length === 0) return null
    const provider = providerOf(this.#random.pick(doors))
    const count = grant.modes.filter((one) => one === mode).length
    const isForOneDoor = mode === 'code' && systemFacts(provider).pinIsForOneDoor
    return { grant: grant.as, mode, provider, nth: this.#random.int(0, isForOneDoor ? 2 : count - 1) }
  }

  /** Somebody whom a system knows. */
  #someone(): { as: string; provider: string } | undefined {
    const users = this.#users.filter(({ isDeleted }) => !isDeleted)
    if (users.length > 0 && this.#random.chance(0.35)) return this.#random.pick(users)
    const grant = this.#anyGrant()
    const doors = grant === undefined ? [] : this.#doorsOfGrant(grant)
    if (grant === undefined || doors.length === 0) return undefined
    return { as: grant.person, provider: providerOf(this.#random.pick(doors)) }
  }

  #liveStay(): (PlannedGrant & { key: string }) | undefined {
    const live = this.#grants.filter(
      (grant): grant is PlannedGrant & { key: string } =>
        grant.key !== null && !grant.isDeleted && (grant.to === null || grant.to > this.#now),
    )
    return live.length === 0 ? undefined : this.#random.pick(live)
  }

  #someDoors(): string[] {
    const random = this.#random
    const systems = random.chance(0.8) ? [random.pick(this.#focus)] : this.#focus
    return systems.flatMap(({ provider }) =>
      random.some(
        this.#doors.filter((door) => providerOf(door) === provider),
        random.int(1, 3),
      ),
    )
  }

  #someModes(doors: readonly string[], count: number): Mode[] {
    const possible = [...new Set(doors.flatMap((door) => [...doorFacts(door).modes]))].sort()
    if (possible.length === 0) return ['card']
    const modes = this.#random.some(possible, Number(count))
    return this.#random.chance(0.04) ? [...modes, this.#random.pick(modes)] : modes
  }

  #doorsOfGrant(grant: PlannedGrant): string[] {
    return [...grant.doors, ...this.#doorsOfSpaces(grant.spaces)]
  }

  #doorsOfSpaces(spaces: readonly string[]): string[] {
    return spaces.flatMap((space) => this.#spaces.get(space) ?? [])
  }

  #start(): number {
    const random = this.#random
    if (random.chance(0.5)) return this.#now
    return random.chance(0.25) ? Math.max(0, this.#now - HOUR) : this.#later()
  }

  #end(from: number): number | null {
    if (this.#random.chance(0.08)) return null
    return Math.max(from, this.#now) + this.#span()
  }

  /** An instant ahead: often one that something else begins or ends at. */
  #later(): number {
    const ahead = [...this.#instants].filter((instant) => instant > this.#now)
    if (ahead.length > 0 && this.#random.chance(0.4)) return this.#random.pick(ahead)
    return this.#now + this.#span()
  }

  #span(): number {
    const random = this.#random
    const span = random.pick([30 * SECOND, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY])
    return span + Number(random.weighted({ '0': 6, '1': 1, '-1': 1, '1000': 1, '-1000': 1, '500': 1, '999': 1 }))
  }

  #note(instant: number): void {
    this.#instants.add(instant)
  }

  #name(kind: string): string {
    return `${kind}${++this.#made}`
  }

  #do(operation: Operation): void {
    this.#operations.push(operation)
  }
}
