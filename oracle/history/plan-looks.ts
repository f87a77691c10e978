/** Somebody stands at a door: a few people after a change, or everything that anybody ever held at every door in use. */
import { providerOf, systemFacts } from '../model/systems.ts'
import type { Operation } from './operations.ts'
import { Plan, type PlannedGrant } from './plan.ts'

export class Looking extends Plan {
  protected look(count: number): void {
    const random = this.random
    const codes = this.grants.filter(({ modes }) => modes.includes('code'))
    const cloud = this.grants.filter(({ modes }) => modes.includes('cloud_key'))
    for (let n = 0; n < count; n++) {
      const by = random.weighted({
        card: this.cards.length > 0 ? 8 : 0,
        code: codes.length > 0 ? 5 : 0,
        phone: this.phones.length > 0 ? 4 : 0,
        remote: cloud.length > 0 ? 2 : 0,
        digits: 0.05,
        credential: this.credentials.some(({ mode }) => mode === 'code') ? 1 : 0,
      })
      const operation = this.presentation(by, codes, cloud)
      if (operation === null) continue
      this.shown++
      this.do(operation)
    }
  }

  /** Everything that anybody ever held, old and gone included, at every door in use: a broad sample, in any order. */
  protected sweep(count: number): void {
    const random = this.random
    // Now and then somebody is not there: the first use of what he holds comes later. What is over is shown less often.
    const isThere = (grant: PlannedGrant | null = null): boolean =>
      random.chance(grant === null || this.isOn(grant) ? 0.85 : 0.4)
    const shown: Operation[] = []
    for (const { ref, provider, grant } of this.cards)
      if (isThere(grant)) for (const door of this.near(provider)) shown.push({ do: 'show_card', card: ref, door })
    for (const grant of this.grants.filter(({ modes }) => modes.includes('code'))) {
      const method = isThere(grant) ? this.methodOf(grant, 'code') : null
      if (method !== null) for (const door of this.near(method.provider)) shown.push({ do: 'enter_code', method, door })
    }
    for (const { as } of this.phones)
      if (isThere()) for (const door of this.doors) shown.push({ do: 'show_phone', phone: as, door })
    for (const { as, mode, provider } of this.credentials)
      if (mode === 'code' && isThere())
        for (const door of this.near(provider)) shown.push({ do: 'enter_code', method: { credential: as }, door })
    for (const operation of random.some(shown, count)) {
      this.shown++
      this.do(operation)
    }
    this.look(random.int(2, 8))
  }

  protected presentation(
    by: 'card' | 'code' | 'phone' | 'remote' | 'digits' | 'credential',
    codes: PlannedGrant[],
    cloud: PlannedGrant[],
  ): Operation | null {
    const random = this.random
    switch (by) {
      case 'card': {
        // Cards that should open are more interesting, but the oldest are not forgotten.
        const open = this.cards.filter(({ grant }) => grant !== null && this.isOn(grant))
        const recent = this.cards.slice(-6)
        const from = open.length > 0 && random.chance(0.65) ? open : random.chance(0.6) ? recent : this.cards
        const { ref, provider, doors } = random.pick(from)
        return { do: 'show_card', card: ref, door: this.doorFor(provider, doors) }
      }
      case 'code': {
        const grant = this.recent(codes)
        const method = this.methodOf(grant, 'code')
        if (method === null) return null
        return { do: 'enter_code', method, door: this.doorFor(method.provider, this.doorsOfGrant(grant)) }
      }
      case 'phone': {
        const { as, person } = random.pick(this.phones)
        const grants = this.grants.filter((grant) => grant.person === person && grant.modes.includes('mobile_key'))
        const doors = grants.length === 0 ? [] : this.doorsOfGrant(this.recent(grants))
        const door = doors.length === 0 ? random.pick(this.doors) : random.pick(doors)
        return { do: 'show_phone', phone: as, door: this.doorFor(providerOf(door), doors) }
      }
      case 'remote': {
        const grant = this.recent(cloud)
        const method = this.methodOf(grant, 'cloud_key')
        if (method === null) return null
        return { do: 'unlock', method, door: this.doorFor(method.provider, this.doorsOfGrant(grant)) }
      }
      case 'digits':
        return {
          do: 'enter_code',
          method: { digits: String(random.int(1000, 999_999)) },
          door: random.pick(this.doors),
        }
      case 'credential': {
        const credential = random.pick(this.credentials.filter(({ mode }) => mode === 'code'))
        return {
          do: 'enter_code',
          method: { credential: credential.as },
          door: this.doorFor(credential.provider, []),
        }
      }
    }
  }

  /** Mostly a door that it should open, often another of the same system, now and then any. */
  protected doorFor(provider: string, doors: readonly string[]): string {
    const random = this.random
    const own = doors.filter((door) => providerOf(door) === provider)
    const near = this.near(provider)
    if (own.length > 0 && random.chance(0.7)) return random.pick(own)
    if (near.length > 0 && random.chance(0.9)) return random.pick(near)
    const any = random.chance(0.5) ? systemFacts(provider) : random.pick(this.focus)
    return `${any.provider}/${random.pick(any.doors).name}`
  }
}
