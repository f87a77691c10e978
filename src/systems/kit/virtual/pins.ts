/** PINs as a virtual system takes or makes them. */
import type { DesiredCredential, DriverHost } from '../driver.ts'
import { SystemError } from '../errors.ts'
import { fitsRule, ruleInWords, type PinRule } from '../pin.ts'
import type { VirtualTransaction } from '../virtual.ts'
import type { VirtualModel } from './model.ts'
import { isLive, KIND, type VirtualCredential } from './records.ts'

/** PINs that a system makes have four digits unless it needs more; one is sought this often. */
const USUAL_PIN_LENGTH = 4
const PIN_TRIES = 5000

/**
 * The PIN a credential gets: the one wished for, the one it has, or a fresh one. `meets`: whether another credential opens
 * a door that this one opens too, at the same time: there a keypad could not tell them apart. @throws SystemError when it
 * cannot be had
 */
export async function pinFor(
  model: VirtualModel,
  host: DriverHost,
  records: VirtualTransaction,
  wish: DesiredCredential,
  known: VirtualCredential | undefined,
  meets: (other: VirtualCredential) => Promise<boolean>,
): Promise<string> {
  const pin = model.definition.pin
  if (pin === undefined) throw new SystemError('unsupported', `${model.definition.display_name} has no PINs.`)
  const had = isLive(known) ? known.code : null
  if (wish.code !== null && wish.code !== had) {
    if (pin.maker === 'system')
      throw new SystemError('rejected', `${model.definition.display_name} makes its own PINs and takes none.`)
    if (!fitsRule(wish.code, pin)) throw new SystemError('rejected', `The system refused the PIN. ${ruleInWords(pin)}.`)
    const others = await records.find<VirtualCredential>(KIND.credential, `pin:${wish.code}`)
    for (const other of others) {
      if (!isLive(other) || other.reference === wish.reference) continue
      const clashes = pin.isPersonal === true ? other.user_id !== wish.user_id : await meets(other)
      if (clashes) throw new SystemError('conflict', 'Another person has this PIN. Choose another one.')
    }
    return wish.code
  }
  return had ?? freshPin(host, records, pin, wish.reference)
}

/** A PIN that nobody has: four digits unless the system needs more, none that repeats one digit. */
async function freshPin(
  host: DriverHost,
  records: VirtualTransaction,
  rule: PinRule & { maker: string },
  reference: string,
): Promise<string> {
  const length = Math.min(Math.max(rule.minLength, USUAL_PIN_LENGTH), rule.maxLength)
  for (let i = 0; i < PIN_TRIES; i++) {
    const code = Array.from({ length }, () => String(host.random(10))).join('')
    if (/^(\d)\1*$/.test(code) || !fitsRule(code, rule)) continue
    const [taken, others] = await Promise.all([
      records.get(KIND.pin, code),
      // Where callers choose PINs too, theirs have no record of their own.
      rule.maker === 'system' ? [] : records.find<VirtualCredential>(KIND.credential, `pin:${code}`),
    ])
    if (taken !== undefined || others.some(isLive)) continue
    // The record of the number itself makes sure that two made at once differ.
    records.put(KIND.pin, code, { credential_reference: reference })
    return code
  }
  throw new SystemError('conflict', 'The system found no free PIN. Delete credentials that are over, and try again.')
}
