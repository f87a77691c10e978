/** What a history has made so far at the server, and how it is spoken of to the model. */
import type { Fact } from '../model/facts.ts'
import type { Mode } from '../model/systems.ts'
import { World } from '../model/world.ts'
import type { CardRef, MethodRef } from './operations.ts'
import type { Outcome } from './outcome.ts'
import { EPOCH, ServerFailure, type Workspace } from './workspace.ts'

export interface Method {
  id: string
  label: string
  mode: Mode
  provider: string
  door: string | null
}

export interface PlayedGrant {
  id: string
  person: string
  /** Every method it ever had, in order of appearance. */
  methods: Method[]
  /** Labels of those it has now. */
  listed: ReadonlySet<string>
  modes: Mode[]
  /** Modes of which somebody deleted a method. */
  deletedModes: Set<Mode>
  spaces: string[]
  from: number
  to: number
  /** Its end had come once. */
  wasOver: boolean
  isDeleted: boolean
}

/** A card in somebody's hand. */
export interface PlayedCard {
  provider: string
  /** What the model calls it. */
  label: string
  /** null until something was written on it. */
  number: string | null
  /** Known once it lay on an encoder. */
  id: string | null
}

export interface PlayedCredential {
  id: string
  /** What the model calls it. */
  label: string
  provider: string
  code: string | null
  from: number
}

export interface Pending {
  attemptId: string
  key: string
  provider: string
  /** The plastic it is about, where that is known before it ends. */
  card: PlayedCard | null
}

/** The hands of the player: everything that was made, by the names that the history gives it. */
export class Played {
  readonly outcome: Outcome = { done: 0, undetermined: 0, presentations: [], refused: new Map(), disagreement: null }
  protected readonly workspace: Workspace
  protected readonly world: World
  protected readonly people = new Map<string, string>()
  protected readonly spaces = new Map<string, { id: string; doors: Set<string> }>()
  protected readonly grants = new Map<string, PlayedGrant>()
  protected readonly methods = new Map<string, Method>()
  protected readonly users = new Map<string, { id: string; provider: string }>()
  protected readonly credentials = new Map<string, PlayedCredential>()
  protected readonly codes = new Map<string, string>()
  protected readonly cards = new Map<string, PlayedCard>()
  protected readonly known = new Map<string, PlayedCard>()
  /** What lies on an encoder that somebody touched; null = nothing. */
  protected readonly encoders = new Map<string, PlayedCard | null>()
  /** The plastic a method or credential was written on last. */
  protected readonly plastic = new Map<string, PlayedCard>()
  protected readonly phones = new Map<string, string>()
  protected pending: Pending[] = []
  /** Systems with a fault; and whether there was one when methods were last read. */
  protected readonly troubled = new Set<string>()
  protected isTroubled = false
  protected now = EPOCH

  constructor(workspace: Workspace) {
    this.workspace = workspace
    this.world = new World(
      workspace.systems.map(({ provider }) => provider),
      EPOCH,
    )
  }

  protected take(fact: Fact): void {
    this.world.take(fact)
  }

  /** @returns null when the server refused; the history goes on as if it had not been asked */
  protected async ask(path: string, body: object): Promise<Record<string, unknown> | null> {
    const answer = await this.workspace.call(path, body)
    if (answer.status === 200) return answer.body
    const error = answer.body['error'] as { type?: string; title?: string; message?: string } | undefined
    // Nobody else is there: giving up over a race is a failure of its own.
    const isGivenUp = error?.message?.startsWith('Other requests keep changing') === true
    if (answer.status >= 500 || isGivenUp)
      throw new ServerFailure(`${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
    const reason = `${path} ${answer.status} ${error?.type}: ${error?.message?.slice(0, 90)}`
    this.outcome.refused.set(reason, (this.outcome.refused.get(reason) ?? 0) + 1)
    return null
  }

  protected async attempt(
    body: Record<string, unknown>,
  ): Promise<{ id: string; status: string; cardNumber: string | null; error: string }> {
    const { action_attempt_id } = body['action_attempt'] as { action_attempt_id: string }
    const { action_attempt } = await this.workspace.must('/action_attempts/get', { action_attempt_id })
    const { status, result, error } = action_attempt as {
      status: string
      result: { card_number?: string } | null
      error: { type: string } | null
    }
    return { id: action_attempt_id, status, cardNumber: result?.card_number ?? null, error: error?.type ?? '' }
  }

  protected refusedAttempt(what: string, attempt: { status: string; error: string }): void {
    const reason = `attempt ${what}: ${attempt.status} ${attempt.error}`
    this.outcome.refused.set(reason, (this.outcome.refused.get(reason) ?? 0) + 1)
  }

  protected method({ grant, mode, provider, nth }: MethodRef): Method | undefined {
    return this.grants.get(grant)?.methods.filter((one) => one.mode === mode && one.provider === provider)[nth]
  }

  protected async card(ref: CardRef): Promise<PlayedCard | null> {
    if ('made' in ref) return this.cards.get(ref.made) ?? null
    if (this.workspace.systemId(ref.pool) === undefined) return null
    const number = (await this.workspace.pool(ref.pool))[ref.nth]
    return number === undefined ? null : this.meet(ref.pool, number, null)
  }

  /** A card that the model does not know yet is blank, or unassigned. */
  protected meet(provider: string, number: string | null, id: string | null): PlayedCard {
    const known = [...this.known.values()].find(
      (card) =>
        card.provider === provider && ((number !== null && card.number === number) || (id !== null && card.id === id)),
    )
    if (known !== undefined) {
      known.number ??= number
      known.id ??= id
      return known
    }
    const card = { provider, label: `${provider}|${this.known.size}`, number, id }
    this.known.set(card.label, card)
    this.take({ fact: 'blank', provider, card: card.label })
    return card
  }

  protected async acsUser(who: string, provider: string): Promise<string | undefined> {
    const user = this.users.get(who)
    if (user !== undefined) return user.provider === provider ? user.id : undefined
    const user_identity_id = this.people.get(who)
    const acs_system_id = this.workspace.systemId(provider)
    if (user_identity_id === undefined || acs_system_id === undefined) return undefined
    const { acs_users } = await this.workspace.must('/acs/users/list', { user_identity_id, acs_system_id })
    return (acs_users as { acs_user_id: string }[])[0]?.acs_user_id
  }

  protected did(): null {
    this.outcome.done++
    return null
  }
}

/** An instant of a history; `otherwise` where it says none. */
export function instant(sinceEpoch: number | null, otherwise: number): number {
  return sinceEpoch === null ? otherwise : EPOCH + sinceEpoch
}

export function iso(sinceEpoch: number): string {
  return new Date(EPOCH + sinceEpoch).toISOString()
}
