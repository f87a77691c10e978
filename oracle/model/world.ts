/**
 * The oracle's picture of a workspace: it takes the history of API calls as facts and says what must happen when
 * somebody stands at a door. Written from the documents; it shares nothing with the server.
 */
import type { Fact, MethodFact, Window } from './facts.ts'
import { Stay } from './stays.ts'
import { systemFacts, type Mode } from './systems.ts'
import { Expecting } from './expect.ts'
import type { Grant, Key } from './records.ts'

export class World extends Expecting {
  take(fact: Fact): void {
    switch (fact.fact) {
      case 'now':
        this.now = fact.now
        return
      case 'settled':
        for (const [provider, system] of this.systems) {
          this.noteEnds(provider)
          if (system.reach === 'ok') this.tell(provider)
        }
        return
      case 'reach':
        this.system(fact.provider).reach = fact.reach
        return
      case 'space':
        this.spaces.set(fact.space, fact.doors)
        return
      case 'grant': {
        const { person, spaces, from, to, key } = fact
        const stay = key === null ? new Stay() : this.stayOf(key)
        const doors = new Set(fact.doors)
        const grant: Grant = { person, doors, spaces, from, to, reservation: key, stay, isDeleted: false }
        this.grants.set(fact.grant, grant)
        return
      }
      case 'grant_window':
        this.move(this.grant(fact.grant), fact)
        return
      case 'grant_doors':
        this.grant(fact.grant).doors = new Set(fact.doors)
        return
      case 'grant_deleted': {
        const grant = this.grant(fact.grant)
        grant.isDeleted = true
        for (const key of this.keys.values()) {
          if (key.grants.delete(grant) && key.grants.size === 0) key.isGone = true
        }
        return
      }
      case 'methods':
        this.takeMethods(this.grant(fact.grant), fact.methods)
        return
      case 'method_deleted':
      case 'credential_deleted': {
        const key = this.key(fact.fact === 'method_deleted' ? fact.method : fact.credential)
        key.isDeleted = true
        key.isGone = true
        return
      }
      case 'user':
        this.users.set(fact.user, { provider: fact.provider, isGone: false })
        return
      case 'user_deleted': {
        const user = this.users.get(fact.user)
        if (user !== undefined) user.isGone = true
        for (const key of this.keysOfHolder.get(fact.user) ?? []) key.isGone = true
        return
      }
      case 'suspended': {
        const { suspended } = this.system(fact.provider)
        if (fact.isSuspended) suspended.add(fact.holder)
        else suspended.delete(fact.holder)
        return
      }
      case 'membership': {
        const { memberships } = this.system(fact.provider)
        const groups = memberships.get(fact.holder) ?? new Map<string, readonly string[]>()
        memberships.set(fact.holder, groups)
        if (fact.isMember) groups.set(fact.group, fact.doors)
        else groups.delete(fact.group)
        return
      }
      case 'credential': {
        const { provider, mode, user, from, to, stay } = fact
        const key = this.addKey(fact.credential, provider, mode, user)
        const joined = typeof stay === 'object' ? this.key(stay.joins).stay : null
        key.own = { doors: new Set(fact.doors), from, to }
        key.stay = stay === 'new' ? new Stay() : joined
        key.code = fact.code ?? null
        return
      }
      case 'credential_window':
        Object.assign(this.key(fact.credential).own ?? {}, { from: fact.from, to: fact.to })
        return
      case 'written':
        this.write(this.key(fact.key), fact.card)
        return
      case 'murky':
        this.card(fact.card).isMurky = true
        return
      case 'blank':
        this.cards.set(fact.card, { provider: fact.provider, written: null, isMurky: false })
        return
      case 'assigned':
        this.key(fact.key).card = fact.card
        return
      case 'phone':
        this.phones.set(fact.phone, fact.person)
        return
      case 'phone_gone':
        this.phones.delete(fact.phone)
        return
    }
  }

  protected takeMethods(grant: Grant, methods: readonly MethodFact[]): void {
    const present = new Set(methods.map(({ method }) => method))
    for (const key of this.keys.values()) {
      if (!key.grants.has(grant) || present.has(key.key)) continue
      key.grants.delete(grant)
      if (key.grants.size === 0) key.isGone = true
    }
    for (const { method, mode, provider, door, code } of methods) {
      const key = this.keys.get(method) ?? this.addKey(method, provider, mode, grant.person)
      if (key.grants.size === 0) key.stay ??= stayIn(provider, grant)
      key.grants.add(grant)
      key.isGone = key.isDeleted
      key.door = door ?? null
      key.code = code ?? key.code
    }
  }

  protected addKey(label: string, provider: string, mode: Mode, holder: string): Key {
    const key: Key = {
      key: label,
      provider,
      mode,
      holder,
      grants: new Set(),
      own: null,
      stay: null,
      door: null,
      code: null,
      card: null,
      ends: 0,
      hasEnded: false,
      isGone: false,
      isDeleted: false,
    }
    this.keys.set(label, key)
    const keys = this.keysOfHolder.get(holder) ?? new Set()
    this.keysOfHolder.set(holder, keys.add(key))
    return key
  }

  protected move(grant: Grant, { from, to }: Window): void {
    // What had ended and goes on again is a new stay, unless others of its reservation are there.
    if (grant.to <= this.now && to > this.now) {
      grant.stay = grant.reservation === null ? new Stay() : this.stayOf(grant.reservation)
      for (const key of this.keys.values())
        if (key.grants.has(grant) && this.isOver(key)) key.stay = stayIn(key.provider, grant)
    }
    grant.from = from
    grant.to = to
  }

  /** Grants that share a key while one of them is live are one stay; afterwards the key begins a new one. */
  protected stayOf(reservation: string): Stay {
    const live = [...this.grants.values()].find(
      (grant) => grant.reservation === reservation && !grant.isDeleted && grant.to > this.now,
    )
    return live?.stay ?? new Stay()
  }
}

/** Where a card opens what its person may open, a grant without a reservation is a resident's: it is no stay. */
function stayIn(provider: string, { reservation, stay }: Grant): Stay | null {
  return reservation === null && systemFacts(provider).opens === 'person' ? null : stay
}
