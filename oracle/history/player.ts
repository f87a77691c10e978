/** Sends people to doors, and compares what happens there with what the model says. */
import type { Presentation, Verdict } from '../model/facts.ts'
import { providerOf } from '../model/systems.ts'
import { Changes } from './change.ts'
import type { Operation } from './operations.ts'
import { compare, type Found } from './outcome.ts'

export class Player extends Changes {
  async play(operation: Operation): Promise<Found | null> {
    if (operation.do === 'unlock') return await this.unlock(operation)
    return await this.change(operation)
  }

  /** Presentations one after the other, in one call; what each leaves at a lock or on a card the model follows. */
  async show(operations: readonly Operation[]): Promise<Found | null> {
    const shown: { at: number; presentation: Presentation; verdict: Verdict }[] = []
    const presentations: object[] = []
    for (const [at, operation] of operations.entries()) {
      const presentation = await this.presentation(operation)
      if (presentation === null) continue
      const acs_entrance_id = this.workspace.doorId(presentation.door)
      if (acs_entrance_id === undefined) continue
      const verdict = this.world.expect(presentation)
      if (verdict.opens === null) {
        this.outcome.undetermined++
        continue
      }
      this.world.seen(presentation, verdict.opens)
      shown.push({ at, presentation, verdict })
      presentations.push({ acs_entrance_id, ...this.inHand(presentation) })
    }
    if (presentations.length === 0) return null
    const { door_attempts } = await this.workspace.must('/sandbox/doors/present', { presentations })
    for (const [i, { at, presentation, verdict }] of shown.entries()) {
      const { opened, reason } = (door_attempts as { opened: boolean; reason: string }[])[i] ?? {
        opened: false,
        reason: 'no answer',
      }
      this.note(presentation, { opened, reason })
      const found = compare(verdict, { opened, reason })
      if (found !== null) return { ...found, at }
    }
    return null
  }

  /** Unlocks from afar: an operation of its own, that asks the system. */
  protected async unlock(operation: Operation): Promise<Found | null> {
    const presentation = await this.presentation(operation)
    if (presentation?.by !== 'remote') return null
    const { door, key } = presentation
    const acs_entrance_id = this.workspace.doorId(door)
    if (acs_entrance_id === undefined) return null
    const verdict = this.world.expect(presentation)
    if (verdict.opens === null) {
      this.outcome.undetermined++
      return null
    }
    const got = await this.unlockDoor(key, acs_entrance_id)
    this.note(presentation, got)
    this.world.seen(presentation, got.opened)
    return compare(verdict, got)
  }

  protected note(presentation: Presentation, got: { opened: boolean; reason: string }): void {
    this.outcome.presentations.push({ provider: providerOf(presentation.door), by: presentation.by, ...got })
    this.did()
  }

  protected async presentation(operation: Operation): Promise<Presentation | null> {
    switch (operation.do) {
      case 'show_card': {
        const card = await this.card(operation.card)
        return card === null ? null : { by: 'card', card: card.label, door: operation.door }
      }
      case 'enter_code': {
        const { method, door } = operation
        const code =
          'digits' in method
            ? method.digits
            : 'credential' in method
              ? this.credentials.get(method.credential)?.code
              : this.codes.get(this.method(method)?.label ?? '')
        return code == null ? null : { by: 'code', code, door }
      }
      case 'show_phone':
        return this.phones.has(operation.phone) ? { by: 'phone', phone: operation.phone, door: operation.door } : null
      case 'unlock': {
        const method = this.method(operation.method)
        return method === undefined ? null : { by: 'remote', key: method.label, door: operation.door }
      }
      default:
        return null
    }
  }

  protected async unlockDoor(key: string, acs_entrance_id: string): Promise<{ opened: boolean; reason: string }> {
    const access_method_id = this.methods.get(key)?.id
    const answer = await this.workspace.call('/access_methods/unlock_door', { access_method_id, acs_entrance_id })
    if (answer.status !== 200) return { opened: false, reason: `answered ${answer.status}` }
    let attempt = await this.attempt(answer.body)
    if (attempt.status === 'pending') {
      await this.workspace.must('/sandbox/settle', {})
      attempt = await this.attempt(answer.body)
    }
    const opened = attempt.status === 'success'
    return { opened, reason: opened ? 'granted' : `attempt ${attempt.status} ${attempt.error}` }
  }

  /** What is held to the door, in the words of the operation. */
  protected inHand(presentation: Presentation): object {
    switch (presentation.by) {
      case 'card': {
        const card = this.known.get(presentation.card)
        return card?.number != null ? { card_number: card.number } : { card_id: card?.id }
      }
      case 'code':
        return { code: presentation.code }
      case 'phone':
        return { device_id: this.phones.get(presentation.phone) }
      case 'remote':
        return {}
    }
  }
}
