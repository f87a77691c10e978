import { operation } from '../../../operation.ts'
import { arm, withModelName } from './arm.ts'

interface Params {
  acs_encoder_id: string
  error_code?: string
  /** Only the encoding of this credential fails. */
  acs_credential_id?: string | null
}

export const nextCredentialEncodeWillFail = operation<Params>({
  path: '/acs/encoders/simulate/next_credential_encode_will_fail',
  isSandboxOnly: true,
  normalize: withModelName,
  async handle({ acs_encoder_id, error_code = 'no_credential_on_encoder', acs_credential_id = null }, call) {
    await arm(call, acs_encoder_id, 'armed_encode', { outcome: 'fail', error_code, acs_credential_id })
  },
})
