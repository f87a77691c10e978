/** Plastic: cards are encoded, assigned, and laid on encoders. */
import { providerOf, systemFacts } from '../model/systems.ts'
import type { CardRef, MethodRef } from './operations.ts'
import type { PlannedGrant } from './plan.ts'
import { Looking } from './plan-looks.ts'

export class WithCards extends Looking {
  protected maybeWrite(grant: PlannedGrant): void {
    if (grant.modes.includes('card') && this.random.chance(0.75)) this.write(grant)
  }

  /** Encodes or assigns one card of this grant. */
  protected write(grant: PlannedGrant): void {
    const random = this.random
    if (!grant.modes.includes('card')) return
    const doors = this.doorsOfGrant(grant)
    const providers = [...new Set(doors.map(providerOf))].filter((one) => systemFacts(one).cards !== 'none')
    if (providers.length === 0) return
    const provider = random.pick(providers)
    const count = grant.modes.filter((mode) => mode === 'card').length
    const method: MethodRef = { grant: grant.as, mode: 'card', provider, nth: random.int(0, count - 1) }
    if (systemFacts(provider).cards === 'assigned') {
      const card: CardRef = { pool: provider, nth: random.int(0, 3) }
      this.cards.push({ ref: card, provider, doors, grant })
      return this.do({ do: 'assign', method, card })
    }
    this.encode(method, provider, doors, grant)
  }

  protected writeCredential(credential: string, provider: string): void {
    const doors = this.credentials.find(({ as }) => as === credential)?.doors ?? []
    this.encode({ credential }, provider, doors, null)
  }

  protected encode(
    what: MethodRef | { credential: string },
    provider: string,
    doors: string[],
    grant: PlannedGrant | null,
  ): void {
    const encoders = systemFacts(provider).encoders.map((name) => `${provider}/${name}`)
    if (encoders.length === 0) return
    const untouched = encoders.filter((encoder) => !this.touched.has(encoder))
    const encoder = this.random.pick(untouched.length > 0 && this.random.chance(0.8) ? untouched : encoders)
    const as = this.name('c')
    this.do({ do: 'encode', as, what, encoder })
    this.cards.push({ ref: { made: as }, provider, doors, grant })
  }

  protected place(): void {
    const random = this.random
    const encoders = this.focus.flatMap(({ provider, encoders }) => encoders.map((name) => `${provider}/${name}`))
    if (encoders.length === 0) return
    const encoder = random.pick(encoders)
    // The last untouched encoder of a system is touched rarely: fresh blanks come from there.
    const provider = providerOf(encoder)
    const others = encoders.filter((one) => providerOf(one) === provider && one !== encoder)
    if (others.every((one) => this.touched.has(one)) && random.chance(0.7)) return
    this.touched.add(encoder)
    if (random.chance(0.12)) return this.do({ do: 'unplace', encoder })
    const mine = this.cards.filter((card) => card.provider === provider)
    const { cardFormats } = systemFacts(provider)
    const as = this.name('c')
    if (mine.length > 0 && (cardFormats.length === 0 || random.chance(0.7))) {
      const { ref, doors, grant } = random.pick(mine)
      this.do({ do: 'place', as, encoder, card: ref })
      this.cards.push({ ref: { made: as }, provider, doors, grant })
    } else if (cardFormats.length > 0) {
      this.do({ do: 'place', as, encoder, card: { blank: random.pick(cardFormats) } })
      this.cards.push({ ref: { made: as }, provider, doors: [], grant: null })
    }
    const writable = this.grants.filter((grant) => grant.modes.includes('card') && !grant.isDeleted)
    if (writable.length === 0 || random.chance(0.2)) return
    const grant = random.pick(writable)
    const doors = this.doorsOfGrant(grant)
    const what: MethodRef = { grant: grant.as, mode: 'card', provider, nth: 0 }
    const written = this.name('c')
    this.do({ do: 'encode', as: written, what, encoder })
    this.cards.push({ ref: { made: written }, provider, doors, grant })
  }
}
