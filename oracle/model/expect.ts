/** What must happen when somebody stands at a door, and what stays of it. */
import type { Presentation, Verdict } from './facts.ts'
import { refusal, UNDETERMINED, type Written } from './locks.ts'
import { doorFacts, providerOf, systemFacts } from './systems.ts'
import { judgeTold, type Told, type ToldKey } from './told.ts'

import { Issuing } from './issue.ts'

export class Expecting extends Issuing {
  /** What must happen now. */
  expect(presentation: Presentation): Verdict {
    switch (presentation.by) {
      case 'card':
        return this.expectCard(presentation.card, presentation.door)
      case 'code':
        return this.expectCode(presentation.code, presentation.door)
      case 'phone':
        return this.expectPhone(presentation.phone, presentation.door)
      case 'remote':
        return this.expectRemote(presentation.key, presentation.door)
    }
  }

  /** It happened: what a lock, and a card, keep of it. */
  seen(presentation: Presentation, opened: boolean): void {
    if (presentation.by !== 'card' && presentation.by !== 'phone') return
    const { door } = presentation
    const provider = providerOf(door)
    if (doorFacts(door).decides === 'card') {
      if (opened) this.locks.use(this.shown(presentation), door, this.now)
    } else if (presentation.by === 'card') this.refresh(provider, presentation.card)
  }

  protected expectCard(label: string, door: string): Verdict {
    const card = this.card(label)
    const provider = providerOf(door)
    if (card.provider !== provider) return refusal('unknown_credential', 'wrong_format')
    if (doorFacts(door).decides === 'card') {
      if (card.isMurky) return UNDETERMINED
      return card.written === null ? refusal('blank_card') : this.locks.judge(card.written, door, this.now)
    }
    const { told } = this.system(provider)
    if (systemFacts(provider).cards === 'assigned') {
      const keys = [...told.keys.values()].filter((one) => one.card === label)
      if (this.isUnsure(provider)) return UNDETERMINED
      if (keys.length === 0) return refusal('not_issued', 'revoked', 'unknown_credential')
      return anyOf(keys.map((key) => this.judge(told, provider, key, door)))
    }
    if (card.isMurky || this.isUnsure(provider)) return UNDETERMINED
    if (card.written === null) return refusal('blank_card')
    const key = told.keys.get(card.written.key)
    return key?.ends !== card.written.ends
      ? refusal('revoked', 'unknown_credential')
      : this.judge(told, provider, key, door)
  }

  protected expectCode(code: string, door: string): Verdict {
    const provider = providerOf(door)
    if (this.isUnsure(provider)) return UNDETERMINED
    const { told } = this.system(provider)
    const candidates = [...told.keys.values()].filter((key) => key.mode === 'code' && key.code === code)
    if (!doorFacts(door).modes.includes('code')) return { opens: false, reasons: null }
    if (candidates.length === 0) return refusal('unknown_credential', 'revoked', 'expired')
    const verdict = anyOf(candidates.map((key) => this.judge(told, provider, key, door)))
    // Of several with this PIN, those that are gone included, the door may tell of any.
    const hadIt = [...this.keys.values()].some(
      (key) => key.provider === provider && key.code === code && (key.isGone || key.ends > 0),
    )
    return verdict.opens === false && hadIt ? refusal('revoked', ...(verdict.reasons ?? [])) : verdict
  }

  protected expectPhone(phone: string, door: string): Verdict {
    const provider = providerOf(door)
    if (this.isUnsure(provider)) return UNDETERMINED
    if (doorFacts(door).decides === 'card') {
      const shown = this.shown({ by: 'phone', phone, door })
      const verdict = anyOf(shown.map((written) => this.judgeOnPhone(provider, written, door)))
      return this.isOnlyKey(provider, phone) ? verdict : { ...verdict, reasons: null }
    }
    const { told } = this.system(provider)
    const keys = [...(told.phones.get(phone) ?? [])].flatMap((key) => told.keys.get(key) ?? [])
    const verdict = anyOf(keys.map((key) => this.judge(told, provider, key, door)))
    return this.isOnlyKey(provider, phone) ? verdict : { ...verdict, reasons: null }
  }

  /** A phone that shows several keys, or one that is gone, is refused for any of their reasons. */
  protected isOnlyKey(provider: string, phone: string): boolean {
    const keys = [...(this.keysOfHolder.get(this.phones.get(phone) ?? '') ?? [])]
    const mobile = keys.filter((key) => key.provider === provider && key.mode === 'mobile_key')
    return mobile.length === 1 && mobile[0]?.isGone === false && mobile[0].ends === 0
  }

  protected expectRemote(label: string, door: string): Verdict {
    const provider = providerOf(door)
    const { told, reach } = this.system(provider)
    if (this.isUnsure(provider)) return UNDETERMINED
    const key = told.keys.get(label)
    if (reach === 'unsure') return UNDETERMINED
    // Nothing reaches a system that is away; the operation itself checks what it may before it asks.
    if (reach !== 'ok' || key === undefined || key.mode !== 'cloud_key') return { opens: false, reasons: null }
    const entries = this.entries(this.key(label))
    const isCovered = entries.some((entry) => entry.door === door && entry.from <= this.now && this.now < entry.to)
    const verdict = this.judge(told, provider, key, door)
    return isCovered ? { ...verdict, reasons: null } : { opens: false, reasons: null }
  }

  protected judge(told: Told, provider: string, key: ToldKey, door: string): Verdict {
    return judgeTold(told, provider, key, door, this.now, (holder, door) => this.everHad.has(`${holder} ${door}`))
  }

  /** Unlike plastic a phone is reached: a suspended user's keys are withheld there. */
  protected judgeOnPhone(provider: string, written: Written, door: string): Verdict {
    const verdict = this.locks.judge(written, door, this.now)
    const isSuspended = this.system(provider).told.holders.get(written.holder)?.isSuspended === true
    return isSuspended && systemFacts(provider).knowsPeople ? refusal('suspended', ...(verdict.reasons ?? [])) : verdict
  }

  /** What the door reads: the card, or every mobile key of its system that lies on the phone. */
  protected shown(
    presentation: { by: 'card'; card: string } | { by: 'phone'; phone: string; door: string },
  ): Written[] {
    if (presentation.by === 'card') {
      const { written } = this.card(presentation.card)
      return written === null ? [] : [written]
    }
    const { told } = this.system(providerOf(presentation.door))
    return [...(told.phones.get(presentation.phone) ?? [])].flatMap((key) => this.issued.get(key) ?? [])
  }
}

/** One of several that are shown is enough. */
function anyOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return refusal('unknown_credential', 'not_issued', 'revoked')
  if (verdicts.some(({ opens }) => opens === true)) return { opens: true, reasons: new Set() }
  if (verdicts.some(({ opens }) => opens === null)) return UNDETERMINED
  return { opens: false, reasons: new Set(verdicts.flatMap(({ reasons }) => [...(reasons ?? [])])) }
}
