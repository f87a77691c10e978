/** PINs of credentials made one by one: wished for, or chosen here, as the system's definition says. */
import type { AcsCredentialRecord } from '../../../domain/records.ts'
import { doorWithCode, freeCodes, personalCodesOf } from '../../../store/pins.ts'
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

/** Refuses a PIN that belongs to somebody else on the system. @throws ApiError 400 on `field`. */
export async function refuseCodeOfAnother(
  call: Call,
  definition: SystemDefinition,
  code: string,
  holder: Holder,
  field = 'code',
): Promise<void> {
  if (definition.pin?.isPersonal !== true) return
  const holders = await personalCodesOf(call.services.store, call.workspaceId, holder.acs_system_id, [code])
  if (holders.every((one) => one.acs_user_id === holder.acs_user_id)) return
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
  const { store, ids } = call.services
  if (wished !== undefined) {
    const door = await doorWithCode(store, call.workspaceId, doorIds, window, wished, null)
    if (door !== undefined) throw codeInUse(door)
    await refuseCodeOfAnother(call, definition, wished, holder)
    return wished
  }
  const place = {
    acs_entrance_ids: doorIds,
    personal_system_ids: pin.isPersonal === true ? [holder.acs_system_id] : [],
    rule: pin,
  }
  const [code] = await freeCodes(store, call.workspaceId, place, window, 1, ids)
  if (code === undefined)
    throw errors.invalidField(
      'code',
      'No code is free on these doors at that time: delete credentials that are no longer needed',
    )
  return code
}
