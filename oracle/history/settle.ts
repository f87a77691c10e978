/** After each change: all due work is done, and the model hears what the grants' methods are by now. */
import { providerOf, systemFacts, type Mode } from '../model/systems.ts'
import type { Found } from './outcome.ts'
import { Played, type Method, type Pending } from './played.ts'
import { ServerFailure } from './workspace.ts'

const MODES: readonly Mode[] = ['card', 'code', 'mobile_key', 'cloud_key']

export class Settling extends Played {
  /** Everything due is done; then the model hears what the grants' methods are by now, and that all has been told. */
  protected async settle(...changed: string[]): Promise<Found | null> {
    await this.workspace.must('/sandbox/settle', {})
    // What waited for a system in trouble may have come true, whatever was asked for now.
    const grants = this.isTroubled
      ? [...this.grants].flatMap(([label, { isDeleted }]) => (isDeleted ? [] : [label]))
      : changed
    this.isTroubled = this.troubled.size > 0
    for (const label of grants) await this.listMethods(label)
    for (const pending of this.pending.splice(0)) await this.resume(pending)
    this.take({ fact: 'settled' })
    for (const label of grants) {
      const wrong = this.wrongMethods(label)
      if (wrong !== null) return wrong
    }
    return this.did()
  }

  protected async listMethods(label: string): Promise<void> {
    const grant = this.grants.get(label)
    if (grant === undefined || grant.isDeleted) return
    const { access_methods } = await this.workspace.must('/access_methods/list', { access_grant_id: grant.id })
    const listed = access_methods as { access_method_id: string; mode: Mode; code?: string }[]
    const known = new Map<string, Method[]>()
    for (const method of this.methods.values()) known.set(method.id, [...(known.get(method.id) ?? []), method])
    const fresh: Method[] = []
    for (const { access_method_id: id, mode } of listed) {
      const before = known.get(id) ?? []
      const there = await this.identify(label, id, mode, before)
      known.set(id, there)
      fresh.push(...there.filter((method) => !grant.methods.includes(method)))
    }
    // Rows made at one frozen moment come in any order: the same history must number them the same way.
    const order = ({ mode, provider, door }: Method): string => [mode, provider, door].join(' ')
    for (const method of fresh.sort((a, b) => order(a).localeCompare(order(b)))) {
      if (method.label === '') {
        const { mode, provider } = method
        const nth = grant.methods.filter((one) => one.mode === mode && one.provider === provider).length
        method.label = `${label}.${mode}@${provider}#${nth}`
        this.methods.set(method.label, method)
      }
      grant.methods.push(method)
    }
    grant.listed = new Set(listed.flatMap(({ access_method_id: id }) => (known.get(id) ?? []).map((one) => one.label)))
    this.take({
      fact: 'methods',
      grant: label,
      methods: listed.flatMap(({ access_method_id: id, code }) =>
        (known.get(id) ?? []).map(({ label: method, provider, mode, door }) => {
          if (code !== undefined) this.codes.set(method, code)
          return {
            method,
            mode,
            provider,
            ...(door === null ? {} : { door }),
            ...(code === undefined ? {} : { code }),
          }
        }),
      ),
    })
  }

  /** On which systems a method is, by the doors it covers: a PIN is one method wherever it is the same. */
  protected async identify(grant: string, id: string, mode: Mode, before: readonly Method[]): Promise<Method[]> {
    const at = (provider: string, door: string | null): Method =>
      before.find((one) => one.provider === provider) ?? { id, label: '', mode, provider, door }
    const possible = [...this.world.mustHave(grant, mode).keys()]
    const [only] = possible
    const isAtOne =
      possible.length === 1 && only !== undefined && !(mode === 'code' && systemFacts(only).pinIsForOneDoor)
    if (isAtOne && before.length <= 1) return [at(only, null)]
    if (mode !== 'code' && before.length > 0) return [...before]
    const { batch } = await this.workspace.must('/access_methods/get_related', {
      access_method_ids: [id],
      include: ['acs_entrances'],
    })
    const doors = (batch as { acs_entrances: { acs_entrance_id: string }[] }).acs_entrances.flatMap(
      ({ acs_entrance_id }) => this.workspace.doorName(acs_entrance_id) ?? [],
    )
    if (doors.length === 0) {
      if (before.length > 0) return [...before]
      throw new ServerFailure(`a ${mode} of ${grant} covers no door`)
    }
    return [...new Set(doors.map(providerOf))].map((provider) => {
      const isForOne = mode === 'code' && systemFacts(provider).pinIsForOneDoor
      return at(provider, isForOne ? (doors.find((door) => providerOf(door) === provider) ?? null) : null)
    })
  }

  /**
   * A grant has, for each mode it asks for, a method on every system where one of its doors can be opened so, and no
   * others (core.md 6.2). Of a mode that somebody deleted a method of, and of a grant that was over, only surplus counts.
   */
  protected wrongMethods(label: string): Found | null {
    const grant = this.grants.get(label)
    if (grant === undefined || grant.isDeleted || grant.to <= this.now) return null
    for (const mode of MODES) {
      const asked = grant.modes.filter((one) => one === mode).length
      const must = this.world.mustHave(label, mode)
      for (const { provider } of this.workspace.systems) {
        if (!this.world.isTold(provider)) continue
        const there = grant.methods.filter(
          (one) => one.mode === mode && one.provider === provider && grant.listed.has(one.label),
        ).length
        const each = must.get(provider) ?? 0
        const isLimited = systemFacts(provider).onePerPerson.includes(mode)
        const mayLack =
          grant.deletedModes.has(mode) || grant.wasOver || (isLimited && this.hasAnother(label, mode, provider))
        const least = asked === 0 || mayLack ? 0 : each
        const most = isLimited ? Math.min(each, asked) : asked * each
        if (there >= least && there <= most) continue
        return {
          kind: there < least ? 'missing method' : 'surplus method',
          expected: `${least === most ? most : `${least} to ${most}`} ${mode} of ${label} at ${provider}`,
          got: String(there),
        }
      }
    }
    return null
  }

  /** Did another grant of the same person ever have such a key? */
  protected hasAnother(label: string, mode: Mode, provider: string): boolean {
    const person = this.grants.get(label)?.person
    return [...this.grants].some(
      ([other, grant]) =>
        other !== label &&
        grant.person === person &&
        grant.methods.some((one) => one.mode === mode && one.provider === provider),
    )
  }

  protected async resume(pending: Pending): Promise<void> {
    const { action_attempt } = await this.workspace.must('/action_attempts/get', {
      action_attempt_id: pending.attemptId,
    })
    const attempt = action_attempt as { status: string; result: { card_number?: string } | null }
    if (attempt.status === 'pending') {
      this.pending.push(pending)
      return
    }
    if (attempt.status === 'success' && attempt.result?.card_number != null) {
      const card = this.meet(pending.provider, attempt.result.card_number, null)
      this.plastic.set(pending.key, card)
      this.take({ fact: 'written', key: pending.key, card: card.label })
      // Written at some moment in between: what stood on it then, nobody says.
      this.take({ fact: 'murky', card: card.label })
    }
  }
}
