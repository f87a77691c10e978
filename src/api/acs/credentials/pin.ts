/** PINs of credentials made one by one: wished for, or chosen here, as the system's definition says. */
import { fitsRule, generateCode } from '../../../domain/codes/choose.ts'
import { pinsTaken } from '../../../store/acs-credentials.ts'
import type { SystemDefinition } from '../../../systems/kit/definition.ts'
import { errors } from '../../errors.ts'
import type { Call } from '../../operation.ts'
import { codeInUse } from '../changes.ts'

/** Refuses a wished PIN that this system would not take. @throws ApiError 400 on `code`. */
export function checkWishedCode(code: string, definition: SystemDefinition): void {
  const { pin, display_name } = definition
  if (pin === undefined) throw errors.invalidField('code', `${display_name} has no PINs`)
  if (pin.maker === 'system') {
    throw errors.invalidField(
      'code',
      `${display_name} makes its own PINs: leave the code out, and read it from the credential`,
    )
  }
  if (!fitsRule(code, pin)) throw errors.invalidField('code', `Must have ${pin.minLength} to ${pin.maxLength} digits`)
}

/** The PIN of a new credential: the wished one if it is free on the doors, else one that is; null where the system makes it. */
export async function pinFor(
  call: Call,
  definition: SystemDefinition,
  wished: string | undefined,
  doorIds: readonly string[],
  window: string,
): Promise<string | null> {
  if (wished !== undefined) checkWishedCode(wished, definition)
  const { pin } = definition
  if (pin === undefined || pin.maker === 'system') return null
  const taken = await pinsTaken(call.services.store, call.workspaceId, doorIds, window, null)
  if (wished !== undefined) {
    const clash = taken.find((one) => one.code === wished)
    if (clash !== undefined) throw codeInUse(clash.display_name)
    return wished
  }
  const codes = new Set(taken.map((one) => one.code))
  const code = generateCode(pin, (one) => codes.has(one), call.services.ids)
  if (code === null)
    throw errors.invalidField(
      'code',
      'No code is free on these doors at that time: delete credentials that are no longer needed',
    )
  return code
}
