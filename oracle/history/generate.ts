/** Makes random histories in which interesting states are frequent. Pure: a seed and a number give one history. */
import { doorFacts, providerOf, systemFacts } from '../model/systems.ts'
import type { FaultName, MethodRef, Operation } from './operations.ts'
import { DAY, HOUR, MINUTE, SECOND, type GenerateOptions } from './plan.ts'
import { WithGrants } from './plan-grants.ts'

export function generate(options: GenerateOptions): Operation[] {
  return new Generator(options).run()
}

class Generator extends WithGrants {
  run(): Operation[] {
    const random = this.random
    for (const system of this.focus) {
      const names = system.doors.map(({ name }) => `${system.provider}/${name}`)
      // Few doors, so that grants meet at them; of a hotel always a guest door.
      const chosen = random.some(names, random.int(2, 4))
      const guest = names.filter((name) => doorFacts(name).isGuestDoor)
      if (guest.length > 0 && !chosen.some((name) => guest.includes(name))) chosen[0] = random.pick(guest)
      this.doors.push(...chosen)
    }
    for (let n = random.int(2, 4); n > 0; n--) this.person()
    for (let n = random.int(1, 3); n > 0; n--) this.grant()
    while (this.shown < this.presentations) {
      this.step()
      if (random.chance(0.6)) this.look(random.int(3, 14))
      else this.sweep(random.int(120, 360))
    }
    return this.operations
  }

  protected step(): void {
    const random = this.random
    if (this.fault !== null && this.fault.left-- <= 0) {
      const { provider, encoder } = this.fault
      this.do({ do: 'fault', provider, fault: 'none', ...(encoder === undefined ? {} : { encoder }) })
      this.fault = null
      return
    }
    if (this.shown >= this.restartAt && !this.operations.some((one) => one.do === 'restart')) {
      this.do({ do: 'restart', how: random.chance(0.5) ? 'kill' : 'stop' })
      return
    }
    const live = this.grants.filter(({ isDeleted, to }) => !isDeleted && (to === null || to > this.now))
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
      user: this.users.length < 4 ? 5 : 1,
      credential: this.users.length > 0 ? 8 : 0,
      end_credential: 2,
      delete_credential: 2,
      delete_user: 1,
      phone: this.phones.length < 4 ? 4 : 1,
      drop_phone: 1,
      space: 3,
      move: 4,
      fault: this.fault === null ? 5 : 0,
      person: this.people.length < 6 ? 1 : 0,
    })
    switch (kind) {
      case 'grant':
        return this.grant()
      case 'clock':
        return this.clock()
      case 'person':
        return void this.person()
      case 'retime':
        return this.retime()
      case 'redoor': {
        const grant = this.anyGrant()
        if (grant === undefined) return
        grant.doors = this.someDoors()
        this.do({ do: 'redoor', grant: grant.as, doors: grant.doors })
        return this.maybeWrite(grant)
      }
      case 'delete_grant': {
        const grant = this.anyGrant()
        if (grant === undefined) return
        grant.isDeleted = true
        return this.do({ do: 'delete_grant', grant: grant.as })
      }
      case 'request': {
        const grant = this.anyGrant()
        if (grant === undefined) return
        const modes = this.someModes(grant.doors, 1)
        grant.modes.push(...modes)
        this.do({ do: 'request', grant: grant.as, modes })
        return this.maybeWrite(grant)
      }
      case 'delete_method': {
        const method = this.anyMethod()
        if (method !== undefined) this.do({ do: 'delete_method', method })
        return
      }
      case 'write': {
        const grant = this.anyGrant()
        if (grant !== undefined) this.write(grant)
        return
      }
      case 'place':
        return this.place()
      case 'suspend':
        return this.suspend()
      case 'group':
        return this.group()
      case 'user': {
        const as = this.name('u')
        const { provider } = random.pick(this.focus)
        this.users.push({ as, provider, isDeleted: false })
        return this.do({ do: 'user', as, provider })
      }
      case 'credential':
        return this.credential()
      case 'end_credential': {
        if (this.credentials.length === 0) return
        return this.do({ do: 'end_credential', credential: random.pick(this.credentials).as, to: this.later() })
      }
      case 'delete_credential': {
        if (this.credentials.length === 0) return
        return this.do({ do: 'delete_credential', credential: random.pick(this.credentials).as })
      }
      case 'delete_user': {
        const users = this.users.filter(({ isDeleted }) => !isDeleted)
        if (users.length === 0) return
        const user = random.pick(users)
        user.isDeleted = true
        return this.do({ do: 'delete_user', user: user.as })
      }
      case 'phone': {
        const as = this.name('t')
        const person = random.pick(this.people)
        this.phones.push({ as, person })
        return this.do({ do: 'phone', as, person })
      }
      case 'drop_phone': {
        if (this.phones.length === 0) return
        return this.do({ do: 'drop_phone', phone: random.pick(this.phones).as })
      }
      case 'space':
        return this.space()
      case 'move':
        return this.move()
      case 'fault':
        return this.breakSomething()
    }
  }

  protected suspend(): void {
    const random = this.random
    if (this.suspended.size > 0 && random.chance(0.5)) {
      const one = random.pick([...this.suspended])
      this.suspended.delete(one)
      const [who = '', provider = ''] = one.split(' ')
      return this.do({ do: 'unsuspend', who, provider })
    }
    const who = this.someone()
    if (who === undefined) return
    this.suspended.add(`${who.as} ${who.provider}`)
    this.do({ do: 'suspend', who: who.as, provider: who.provider })
  }

  protected group(): void {
    const random = this.random
    if (this.memberships.size > 0 && random.chance(0.4)) {
      const one = random.pick([...this.memberships])
      this.memberships.delete(one)
      const [who = '', group = ''] = one.split('\t')
      return this.do({ do: 'leave_group', who, group })
    }
    const who = this.someone()
    if (who === undefined) return
    const { groups, opens } = systemFacts(who.provider)
    if (groups.length === 0 || opens === 'nothing') return
    const group = `${who.provider}/${random.pick(groups)}`
    this.memberships.add(`${who.as}\t${group}`)
    this.do({ do: 'join_group', who: who.as, group })
  }

  protected credential(): void {
    const random = this.random
    const users = this.users.filter(({ isDeleted }) => !isDeleted)
    if (users.length === 0) return
    const { as: user, provider } = random.pick(users)
    const system = systemFacts(provider)
    const as = this.name('c')
    if (system.opens === 'person') {
      const modes = system.doors.flatMap((door) => door.modes).filter((mode) => mode === 'card' || mode === 'code')
      const mode = modes.length === 0 ? undefined : random.pick(modes)
      if (mode === undefined || (mode === 'card' && system.cards !== 'encoded')) return
      this.credentials.push({ as, user, provider, mode, doors: [], isGuest: false })
      this.do({ do: 'credential', as, user, provider, mode, doors: [], from: null, to: null, guest: 'staff' })
      if (mode === 'card') this.writeCredential(as, provider)
      return
    }
    // The joiner rules of guest cards are documented in full for Visionline.
    if (provider !== 'visionline') return
    const doors = random.some(
      this.doors.filter((door) => providerOf(door) === provider),
      random.int(1, 3),
    )
    const guests = this.credentials.filter((one) => one.isGuest && one.provider === provider)
    const kind = random.weighted({ staff: 2, override: 4, join: guests.length > 0 ? 5 : 0 })
    const from = this.start()
    const to = this.end(from) ?? from + DAY
    const guest = kind === 'join' ? { joins: random.pick(guests).as } : kind
    this.credentials.push({ as, user, provider, mode: 'card', doors, isGuest: kind !== 'staff' })
    this.do({ do: 'credential', as, user, provider, mode: 'card', doors, from, to, guest })
    this.note(Math.max(from, this.now))
    this.note(to)
    if (random.chance(0.85)) this.writeCredential(as, provider)
  }

  protected clock(): void {
    const random = this.random
    const ahead = [...this.instants].filter((instant) => instant > this.now).sort((a, b) => a - b)
    const kind = random.weighted({ boundary: ahead.length > 0 ? 8 : 0, small: 2, beyond: 1 })
    let to: number
    if (kind === 'boundary') {
      const boundary = random.chance(0.75) ? (ahead[0] ?? 0) : random.pick(ahead)
      to = boundary + Number(random.weighted({ '0': 5, '-1': 4, '1': 2, '-1000': 1, '-999': 1, '1000': 1, '60000': 1 }))
    } else if (kind === 'small') to = this.now + random.pick([1, 2, SECOND, 30 * SECOND, 5 * MINUTE])
    else to = this.now + random.pick([HOUR, DAY, 3 * DAY, 10 * DAY])
    // While a system is away the server tries it again all the way: a long one takes its time.
    if (this.fault !== null && !random.chance(0.2)) to = Math.min(to, this.now + 6 * HOUR)
    if (to <= this.now) to = this.now + 1
    this.now = to
    this.do({ do: 'clock', to })
  }

  protected breakSomething(): void {
    const random = this.random
    const { provider, encoders } = random.pick(this.focus)
    const fault = random.weighted<FaultName>({ offline: 5, slow: 1, answer_lost: 2, busy: 2, refuse: 2, none: 0 })
    const times = fault === 'answer_lost' || random.chance(0.3) ? random.int(1, 3) : undefined
    const encoder =
      encoders.length > 0 && fault !== 'slow' && random.chance(0.25)
        ? `${provider}/${random.pick(encoders)}`
        : undefined
    this.fault = { provider, left: random.int(1, 4), ...(encoder === undefined ? {} : { encoder }) }
    this.do({
      do: 'fault',
      provider,
      fault,
      ...(times === undefined ? {} : { times }),
      ...(encoder === undefined ? {} : { encoder }),
    })
    if (encoder === undefined) return
    const grant = this.anyGrant()
    if (grant === undefined || !grant.modes.includes('card')) return
    const what: MethodRef = { grant: grant.as, mode: 'card', provider, nth: 0 }
    const as = this.name('c')
    this.do({ do: 'encode', as, what, encoder })
    this.cards.push({ ref: { made: as }, provider, doors: this.doorsOfGrant(grant), grant })
  }
}
