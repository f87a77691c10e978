import { operation } from '../../../operation.ts'
import { arm } from './arm.ts'

export const nextCredentialEncodeWillSucceed = operation<{ acs_encoder_id: string; scenario?: string }>({
  path: '/acs/encoders/simulate/next_credential_encode_will_succeed',
  isSandboxOnly: true,
  async handle({ acs_encoder_id, scenario = 'credential_is_issued' }, call) {
    await arm(call, acs_encoder_id, 'armed_encode', { outcome: 'succeed', scenario })
  },
})
