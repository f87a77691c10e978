import { operation } from '../../../operation.ts'
import { arm, withModelName } from './arm.ts'

interface Params {
  acs_encoder_id: string
  error_code?: string
  acs_credential_id_on_seam?: string | null
}

export const nextCredentialScanWillFail = operation<Params>({
  path: '/acs/encoders/simulate/next_credential_scan_will_fail',
  isSandboxOnly: true,
  normalize: withModelName,
  async handle({ acs_encoder_id, error_code = 'no_credential_on_encoder', acs_credential_id_on_seam = null }, call) {
    await arm(call, acs_encoder_id, 'armed_scan', {
      outcome: 'fail',
      error_code,
      acs_credential_id: acs_credential_id_on_seam,
    })
  },
})
