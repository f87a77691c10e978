import { operation } from '../../../operation.ts'
import { arm } from './arm.ts'

interface Params {
  acs_encoder_id: string
  scenario?: string
  acs_credential_id_on_seam?: string | null
}

export const nextCredentialScanWillSucceed = operation<Params>({
  path: '/acs/encoders/simulate/next_credential_scan_will_succeed',
  isSandboxOnly: true,
  async handle({ acs_encoder_id, scenario = 'credential_exists_on_seam', acs_credential_id_on_seam = null }, call) {
    await arm(call, acs_encoder_id, 'armed_scan', {
      outcome: 'succeed',
      scenario,
      acs_credential_id: acs_credential_id_on_seam,
    })
  },
})
