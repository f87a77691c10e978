/** What a history has planned so far, and how the next operation chooses from it. */
import { doorFacts, providerOf, systemFacts, type Mode, type SystemFacts } from '../model/systems.ts'
import type { CardRef, MethodRef, Operation } from './operations.ts'
import { Random } from './random.ts'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export interface PlannedGrant {
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

export interface PlannedCredential {
  as: string
  user: string
  provider: string
  mode: Mode
  doors: string[]
  isGuest: boolean
}

export interface PlannedCard {
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

export class Plan {
  protected readonly random: Random
  protected readonly operations: Operation[] = []
  protected readonly presentations: number
  protected readonly focus: SystemFacts[]
  protected readonly doors: string[] = []
  protected readonly people: string[] = []
  protected readonly spaces = new Map<string, string[]>()
  protected readonly grants: PlannedGrant[] = []
  protected readonly credentials: PlannedCredential[] = []
  protected readonly users: { as: string; provider: string; isDeleted: boolean }[] = []
  protected readonly phones: { as: string; person: string }[] = []
  protected readonly cards: PlannedCard[] = []
  protected readonly suspended = new Set<string>()
  protected readonly memberships = new Set<string>()
  protected readonly touched = new Set<string>()
  protected readonly instants = new Set<number>()
  protected readonly restartAt: number
  protected fault: { provider: string; encoder?: string; left: number } | null = null
  protected now = 0
  protected made = 0
  protected shown = 0

  constructor({ seed, number, systems, presentations }: GenerateOptions) {
    this.random = new Random(seed, number)
    this.presentations = presentations
    const usable = systems.filter(({ opens }) => opens !== 'nothing')
    const first = usable[number % usable.length]
    const others = usable.filter((one) => one !== first)
    const more = this.random.chance(0.4) ? this.random.int(1, 2) : 0
    this.focus = [...(first === undefined ? [] : [first]), ...this.random.some(others, more)]
    // A restart holds up every history that runs beside this one.
    this.restartAt = number % 12 === 7 ? this.random.int(1, Math.ceil(presentations / 2)) : Infinity
  }

  /** The doors in use of a system. */
  protected near(provider: string): string[] {
    return this.doors.filter((door) => providerOf(door) === provider)
  }

  protected anyGrant(): PlannedGrant | undefined {
    const all = this.grants.filter((grant) => !grant.isDeleted)
    const going = all.filter(({ to }) => to === null || to > this.now)
    const live = going.length > 0 && this.random.chance(0.85) ? going : all
    return live.length === 0 ? undefined : this.random.pick(live)
  }

  protected recent(grants: PlannedGrant[]): PlannedGrant {
    const open = grants.filter((grant) => this.isOn(grant))
    if (open.length > 0 && this.random.chance(0.7)) return this.random.pick(open)
    return this.random.pick(this.random.chance(0.6) ? grants.slice(-3) : grants)
  }

  /** Inside its window now. */
  protected isOn({ isDeleted, from, to }: PlannedGrant): boolean {
    return !isDeleted && from <= this.now && (to === null || this.now < to)
  }

  protected anyMethod(): MethodRef | undefined {
    const grant = this.anyGrant()
    if (grant === undefined || grant.modes.length === 0) return undefined
    return this.methodOf(grant, this.random.pick(grant.modes)) ?? undefined
  }

  protected methodOf(grant: PlannedGrant, mode: Mode): MethodRef | null {
    const doors = this.doorsOfGrant(grant).filter((door) => doorFacts(door).modes.includes(mode))
    if (doors.length === 0) return null
    const provider = providerOf(this.random.pick(doors))
    const count = grant.modes.filter((one) => one === mode).length
    const isForOneDoor = mode === 'code' && systemFacts(provider).pinIsForOneDoor
    return { grant: grant.as, mode, provider, nth: this.random.int(0, isForOneDoor ? 2 : count - 1) }
  }

  /** Somebody whom a system knows. */
  protected someone(): { as: string; provider: string } | undefined {
    const users = this.users.filter(({ isDeleted }) => !isDeleted)
    if (users.length > 0 && this.random.chance(0.35)) return this.random.pick(users)
    const grant = this.anyGrant()
    const doors = grant === undefined ? [] : this.doorsOfGrant(grant)
    if (grant === undefined || doors.length === 0) return undefined
    return { as: grant.person, provider: providerOf(this.random.pick(doors)) }
  }

  protected liveStay(): (PlannedGrant & { key: string }) | undefined {
    const live = this.grants.filter(
      (grant): grant is PlannedGrant & { key: string } =>
        grant.key !== null && !grant.isDeleted && (grant.to === null || grant.to > this.now),
    )
    return live.length === 0 ? undefined : this.random.pick(live)
  }

  protected someDoors(): string[] {
    const random = this.random
    const systems = random.chance(0.8) ? [random.pick(this.focus)] : this.focus
    return systems.flatMap(({ provider }) =>
      random.some(
        this.doors.filter((door) => providerOf(door) === provider),
        random.int(1, 3),
      ),
    )
  }

  protected someModes(doors: readonly string[], count: number): Mode[] {
    const possible = [...new Set(doors.flatMap((door) => [...doorFacts(door).modes]))].sort()
    if (possible.length === 0) return ['card']
    const modes = this.random.some(possible, Number(count))
    return this.random.chance(0.04) ? [...modes, this.random.pick(modes)] : modes
  }

  protected doorsOfGrant(grant: PlannedGrant): string[] {
    return [...grant.doors, ...this.doorsOfSpaces(grant.spaces)]
  }

  protected doorsOfSpaces(spaces: readonly string[]): string[] {
    return spaces.flatMap((space) => this.spaces.get(space) ?? [])
  }

  protected start(): number {
    const random = this.random
    if (random.chance(0.5)) return this.now
    return random.chance(0.25) ? Math.max(0, this.now - HOUR) : this.later()
  }

  protected end(from: number): number | null {
    if (this.random.chance(0.08)) return null
    return Math.max(from, this.now) + this.span()
  }

  /** An instant ahead: often one that something else begins or ends at. */
  protected later(): number {
    const ahead = [...this.instants].filter((instant) => instant > this.now)
    if (ahead.length > 0 && this.random.chance(0.4)) return this.random.pick(ahead)
    return this.now + this.span()
  }

  protected span(): number {
    const random = this.random
    const span = random.pick([30 * SECOND, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY])
    return span + Number(random.weighted({ '0': 6, '1': 1, '-1': 1, '1000': 1, '-1000': 1, '500': 1, '999': 1 }))
  }

  protected note(instant: number): void {
    this.instants.add(instant)
  }

  protected name(kind: string): string {
    return `${kind}${++this.made}`
  }

  protected do(operation: Operation): void {
    this.operations.push(operation)
  }
}
