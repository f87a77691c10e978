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

  /** Everything due has been done: the system knows what it should, and phones have it. */
  protected tell(provider: string): void {
    const system = this.system(provider)
    for (const key of this.keys.values()) {
      if (key.provider !== provider || (!key.isGone && !this.isOver(key))) continue
      // A registered card goes back to the pool when its credential ends.
      key.card = null
      if (system.told.keys.has(key.key)) key.ends++
    }
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
    const isAnew = new Map([...stays.keys()].map((stay) => [stay, !this.isCarried(provider, stay)]))
    const fresh = [...stays].filter(
      ([stay, doors]) => isAnew.get(stay) === true || [...doors].some((door) => stay.at(door) === null),
    )
    if (fresh.length > 0) {
      const number = this.numbers.next(provider, fresh.length)
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
  protected isCarried(provider: string, stay: Stay): boolean {
    const { told } = this.system(provider)
    return [...this.keys.values()].some(
      (key) => key.stay === stay && key.provider === provider && key.isWritten && told.keys.has(key.key),
    )
  }
}

function guestDoorsOf(provider: string, entries: readonly Entry[]): string[] {
  if (!systemFacts(provider).hasStays) return []
  return entries.flatMap(({ door, isStaff }) => (isStaff !== true && doorFacts(door).isGuestDoor ? [door] : []))
}
