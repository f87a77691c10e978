/** What is granted: to whom, where, when, by what, and how that changes. */
import { doorFacts, providerOf, systemFacts } from '../model/systems.ts'
import type { Operation } from './operations.ts'
import { type PlannedGrant } from './plan.ts'
import { WithCards } from './plan-cards.ts'

export class WithGrants extends WithCards {
  protected person(): string {
    const as = this.name('p')
    this.people.push(as)
    this.do({ do: 'person', as })
    return as
  }

  protected grant(): void {
    const random = this.random
    const stay = this.liveStay()
    const isJoiner = stay !== undefined && random.chance(0.45)
    const spaces = this.spaces.size > 0 && random.chance(0.15) ? [random.pick([...this.spaces.keys()])] : []
    let doors = this.someDoors()
    if (isJoiner) {
      const guest = stay.doors.filter((door) => doorFacts(door).isGuestDoor)
      const free = doors.filter((door) => !doorFacts(door).isGuestDoor)
      doors = [...random.some(guest, random.chance(0.6) ? guest.length : 1), ...free]
    }
    const from = isJoiner && random.chance(0.7) ? stay.from : this.start()
    const to = isJoiner && random.chance(0.6) ? stay.to : this.end(from)
    const hasGuestDoor = [...doors, ...this.doorsOfSpaces(spaces)].some((door) => doorFacts(door).isGuestDoor)
    const needsKey = doors.some((door) => systemFacts(providerOf(door)).demandsReservationKey)
    const fresh = hasGuestDoor && random.chance(needsKey ? 0.98 : 0.5) ? this.name('K') : null
    this.makeGrant({
      person: random.pick(this.people),
      doors,
      spaces,
      modes: this.someModes(doors, random.weighted({ '1': 6, '2': 3, '3': 1 }) as unknown as number),
      key: isJoiner ? stay.key : fresh,
      from,
      to,
    })
  }

  protected makeGrant(planned: Omit<PlannedGrant, 'as' | 'isDeleted'>): void {
    const as = this.name('g')
    const grant = { as, ...planned, isDeleted: false }
    this.grants.push(grant)
    const { person, doors, spaces, modes, key, from, to } = grant
    const isNow = from <= this.now && this.random.chance(0.7)
    const code = modes.includes('code') && this.random.chance(0.2) ? this.random.pick(['4711', '2580', '90125']) : null
    this.do({
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
    if (isNow) grant.from = this.now
    this.note(grant.from)
    if (to !== null) this.note(to)
    this.maybeWrite(grant)
  }

  protected retime(): void {
    const random = this.random
    const grant = this.anyGrant()
    if (grant === undefined) return
    const what = random.weighted({ extend: 5, shorten: 3, start: 3, both: 2 })
    const operation: Extract<Operation, { do: 'retime' }> = { do: 'retime', grant: grant.as }
    if (what === 'start' || what === 'both') operation.from = grant.from = this.start()
    if (what !== 'start') {
      const base = Math.max(this.now, grant.from)
      const to = what === 'extend' && grant.to !== null ? Math.max(grant.to, base) + this.span() : base + this.span()
      operation.to = grant.to = random.chance(0.07) ? null : to
    }
    this.do(operation)
    this.note(grant.from)
    if (grant.to !== null) this.note(grant.to)
    this.maybeWrite(grant)
  }

  /** The guests change rooms: what the old stay had goes, and the same key begins anew. */
  protected move(): void {
    const stay = this.liveStay()
    if (stay === undefined) return
    const grants = this.grants.filter((grant) => !grant.isDeleted && grant.key === stay.key)
    for (const grant of grants) {
      grant.isDeleted = true
      this.do({ do: 'delete_grant', grant: grant.as })
    }
    for (const { person, modes, from, to } of grants.slice(0, 2)) {
      const start = Math.max(from, this.now)
      const end = to !== null && to <= start ? start + this.span() : to
      this.makeGrant({
        person,
        doors: this.someDoors(),
        spaces: [],
        modes: [...modes],
        key: stay.key,
        from: start,
        to: end,
      })
    }
  }

  protected space(): void {
    const random = this.random
    if (this.spaces.size < 2 && random.chance(0.6)) {
      const as = this.name('s')
      const doors = this.someDoors().slice(0, 2)
      this.spaces.set(as, doors)
      return this.do({ do: 'space', as, doors: [...doors] })
    }
    if (this.spaces.size === 0) return
    const [space, doors] = random.pick([...this.spaces])
    if (random.chance(0.5)) {
      const door = random.pick(this.doors)
      if (!doors.includes(door)) doors.push(door)
      return this.do({ do: 'space_add', space, doors: [door] })
    }
    if (doors.length === 0) return
    const [door] = doors.splice(random.int(0, doors.length - 1), 1)
    this.do({ do: 'space_remove', space, doors: [door ?? ''] })
  }
}
