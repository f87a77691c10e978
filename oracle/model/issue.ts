/** What systems are told, what is written on cards and issued to phones, and the numbers that stays get thereby. */
import { type Entry, type Written } from './locks.ts'
import type { Stay } from './stays.ts'
import { type StayNumber } from './stays.ts'
import { doorFacts, systemFacts } from './systems.ts'

import { Records, windowsOf, type Key } from './records.ts'

export class Issuing extends Records {
  /** An online door of a system with cards in the field writes on the card what the system knows now. */
  protected refresh(provider: string, label: string): void {
    const card = this.card(label)
    if (card.provider !== provider || !systemFacts(provider).refreshesCards || card.written === null) return
    if (this.isUnsure(provider)) {
      card.isMurky = true
      return
    }
    const { told } = this.system(provider)
    const { written } = card
    const holder = told.holders.get(written.holder)
    const key = told.keys.get(written.key)
    if (key?.ends !== written.ends || holder === undefined) card.written = { ...written, ended: 'revoked' }
    else if (holder.isSuspended) card.written = { ...written, ended: 'suspended' }
    else {
      const stays = this.number(provider, [this.key(written.key)], () => holder.access).get(written.key) ?? new Map()
      card.written = { ...written, entries: holder.access, stays, windows: key.windows, ended: null }
    }
    card.isMurky = false
  }

  protected write(key: Key, label: string): void {
    const { provider, holder } = key
    const system = systemFacts(provider)
    const { told } = this.system(provider)
    const entries = this.carried(provider, told, { holder, entries: this.entries(key) })
    const stays = this.number(provider, [key], () => entries).get(key.key) ?? new Map()
    // A suspended person's card is written as such; where credentials stand for themselves none is written.
    const isSuspended = told.holders.get(holder)?.isSuspended === true
    const ended = isSuspended && system.opens === 'person' ? 'suspended' : null
    let serial: number | null = null
    if (system.hasUserLineage) {
      serial = (this.serials.get(holder) ?? 0) + 1
      this.serials.set(holder, serial)
    }
    this.cards.set(label, {
      provider,
      written: { key: key.key, holder, entries, stays, windows: windowsOf(key), ends: key.ends, serial, ended },
      isMurky: this.isUnsure(provider),
    })
  }

  /** The end of a key has come, whether or not its system can be reached: what lives on afterwards begins anew. */
  protected noteEnds(provider: string): void {
    const { told } = this.system(provider)
    for (const key of this.keys.values()) {
      if (key.provider !== provider) continue
      const hasEnded = key.isGone || this.isOver(key)
      if (hasEnded && !key.hasEnded) {
        // A registered card goes back to the pool when its credential ends.
        key.card = null
        if (told.keys.has(key.key)) key.ends++
      }
      key.hasEnded = hasEnded
    }
  }

  /** Everything due has been done: the system knows what it should, and phones have it. */
  protected tell(provider: string): void {
    const system = this.system(provider)
    const told = this.snapshot(provider)
    system.told = told
    const mobile = [...told.keys.values()].filter(({ mode }) => mode === 'mobile_key')
    if (mobile.length === 0) return
    const entriesOf = new Map(mobile.map((one) => [one.key, this.carried(provider, told, one)]))
    const numbers = this.number(
      provider,
      mobile.map(({ key }) => this.key(key)),
      ({ key }) => entriesOf.get(key) ?? [],
    )
    const written = mobile.map(({ key, holder, windows, ends }): Written => {
      const entries = entriesOf.get(key) ?? []
      return { key, holder, entries, stays: numbers.get(key) ?? new Map(), windows, ends, serial: null, ended: null }
    })
    for (const one of written) this.issued.set(one.key, one)
  }

  /** These keys are written at one moment: what numbers do their stays have at the guest doors of each? */
  protected number(
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
    const isAnew = (stay: Stay, door: string): boolean => !this.isCarried(provider, stay, door)
    const fresh = [...stays].filter(([stay, doors]) => [...doors].some((door) => isAnew(stay, door)))
    if (fresh.length > 0) {
      const number = this.numbers.next(provider, fresh.length)
      for (const [stay, doors] of fresh)
        stay.write(
          provider,
          [...doors].filter((door) => isAnew(stay, door)),
          number,
        )
    }
    for (const key of written) for (const door of guestDoors.get(key) ?? []) key.stay?.carry(door, key)
    return new Map(
      keys.map((key) => {
        const doors = guestDoors.get(key) ?? []
        return [key.key, new Map(doors.flatMap((door) => this.#numberAt(key, door)))]
      }),
    )
  }

  /**
   * The number of the key's stay at the door. Where a card opens whatever its person may open, a door may be there by
   * another of their reservations alone: the documents do not say whose stay the key has there.
   */
  #numberAt(key: Key, door: string): [string, StayNumber][] {
    const own = key.stay?.at(door) ?? null
    if (own === null) return []
    const others = systemFacts(key.provider).opens === 'person' ? this.otherStaysAt(key, door) : []
    if (others.length === 0) return [[door, own]]
    const numbers = [own, ...others.map((stay) => stay.at(door) ?? UNKNOWN)]
    return [
      [door, { low: Math.min(...numbers.map(({ low }) => low)), high: Math.max(...numbers.map(({ high }) => high)) }],
    ]
  }

  /** Does something that was written for this door carry the stay there, and is still known at the system? */
  protected isCarried(provider: string, stay: Stay, door: string): boolean {
    const { told } = this.system(provider)
    return [...stay.carriersAt(door)].some(([key, ends]) => told.keys.get(key)?.ends === ends)
  }
}

/** Not written yet: any number. */
const UNKNOWN: StayNumber = { low: 0, high: Infinity }

function guestDoorsOf(provider: string, entries: readonly Entry[]): string[] {
  if (!systemFacts(provider).hasStays) return []
  return entries.flatMap(({ door, isStaff }) => (isStaff !== true && doorFacts(door).isGuestDoor ? [door] : []))
}
