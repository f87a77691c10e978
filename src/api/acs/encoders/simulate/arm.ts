/** The four simulate operations each decide how one next action of an encoder ends; a later call replaces it. */
import { ChangeSet } from '../../../../domain/changes.ts'
import type { ArmedAction } from '../../../../domain/records.ts'
import { errors } from '../../../errors.ts'
import type { Call } from '../../../operation.ts'
import type { Params } from '../../../validation.ts'
import { requireAnyCredential, sameSystem } from '../../access.ts'
import { readerOf } from '../request.ts'

/** Decides the next encode or scan of the encoder. A credential that is named must exist. */
export async function arm(
  call: Call,
  acsEncoderId: string,
  field: 'armed_encode' | 'armed_scan',
  action: ArmedAction,
): Promise<void> {
  await call.decide(async () => {
    const { encoder, definition } = await readerOf(call, acsEncoderId)
    const { acs_encoder_id } = encoder
    // What can never come would wait for ever.
    if (field === 'armed_encode' && definition.card !== 'encode') {
      throw errors.invalidField(
        'acs_encoder_id',
        `${definition.display_name} does not encode cards: what its readers read is decided by next_credential_scan_will_succeed and next_credential_scan_will_fail`,
      )
    }
    const id = action.acs_credential_id
    const credential = typeof id === 'string' ? await requireAnyCredential(call, id) : null
    if (credential !== null) {
      const name = field === 'armed_encode' ? 'acs_credential_id' : 'acs_credential_id_on_seam'
      sameSystem(name, credential, encoder.acs_system_id)
    }
    const armed = { ...action, acs_credential_id: credential?.acs_credential_id ?? null }
    const changes = new ChangeSet()
    changes.update('acs_encoder', 'acs_encoder_id', { acs_encoder_id, [field]: armed })
    return { changes, result: undefined }
  })
}

/** The documents say `no_card_on_encoder`, the published models `no_credential_on_encoder` (core.md section 14, row 8). */
export function withModelName(params: Params): Params {
  return params['error_code'] === 'no_card_on_encoder' ? { ...params, error_code: 'no_credential_on_encoder' } : params
}
