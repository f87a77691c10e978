/** PINs of credentials made one by one: wished for, or chosen here, as the system's definition says. */
import { generateCode } from '../../../domain/codes/choose.ts'
import type { AcsCredentialRecord } from '../../../domain/records.ts'
import { personalCodesOf, pinsTaken } from '../../../store/acs-credentials.ts'
import type { SystemDefinition } from '../../../systems/kit/definition.ts'
import { fitsRule, ruleInWords } from '../../../systems/kit/pin.ts'
import { errors } from '../../errors.ts'
import type { Call } from '../../operation.ts'
import { codeInUse } from '../changes.ts'

/** Refuses a wished PIN that this system would not take. @throws ApiError 400 on `code`. */
export function checkWishedCode(code: string, definition: SystemDefinition): void {
  const { pin, display_name } = definition
  if (pin === undefined) throw errors.invalidField('code', `${display_name} has no PINs: leave the code out`)
  if (pin.maker === 'system') {
    throw errors.invalidField(
      'code',
      `${display_name} makes its own PINs: leave the code out, and read it from the credential`,
    )
  }
  if (!fitsRule(code, pin)) throw errors.invalidField('code', ruleInWords(pin))
}

/** Whose PIN it is. */
type Holder = Pick<AcsCredentialRecord, 'acs_system_id' | 'acs_user_id'>

/** PINs that other people have on the system, where one belongs to one person. */
async function codesOfOthers(call: Call, definition: SystemDefinition, holder: Holder): Promise<Set<string | null>> {
  if (definition.pin?.isPersonal !== true) return new Set()
  const codes = await personalCodesOf(call.services.store, call.workspaceId, holder.acs_system_id)
  return new Set(codes.filter((one) => one.acs_user_id !== holder.acs_user_id).map((one) => one.code))
}

/** Refuses a PIN that belongs to somebody else on the system. @throws ApiError 400 on `field`. */
export async function refuseCodeOfAnother(
  call: Call,
  definition: SystemDefinition,
  code: string,
  holder: Holder,
  field = 'code',
): Promise<void> {
  if (!(await codesOfOthers(call, definition, holder)).has(code)) return
  const why = `Somebody else has this code, and on ${definition.display_name} a PIN belongs to one person`
  throw errors.invalidField(field, `${why}: choose another code`)
}

/** The PIN of a new credential: the wished one if it is free on the doors, else one that is; null where the system makes it. */
export async function pinFor(
  call: Call,
  definition: SystemDefinition,
  wished: string | undefined,
  doorIds: readonly string[],
  window: string,
  holder: Holder,
): Promise<string | null> {
  if (wished !== undefined) checkWishedCode(wished, definition)
  const { pin } = definition
  if (pin === undefined || pin.maker === 'system') return null
  const taken = await pinsTaken(call.services.store, call.workspaceId, doorIds, window, null)
  if (wished !== undefined) {
    const clash = taken.find((one) => one.code === wished)
    if (clash !== undefined) throw codeInUse(clash.display_name)
    await refuseCodeOfAnother(call, definition, wished, holder)
    return wished
  }
  const codes = new Set(taken.map((one) => one.code))
  const others = await codesOfOthers(call, definition, holder)
  const code = generateCode(pin, (one) => codes.has(one) || others.has(one), call.services.ids)
  if (code === null)
    throw errors.invalidField(
      'code',
      'No code is free on these doors at that time: delete credentials that are no longer needed',
    )
  return code
}
