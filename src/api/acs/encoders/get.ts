import { presentAcsEncoder } from '../../../domain/present/acs-encoder.ts'
import { operation } from '../../operation.ts'
import { requireEncoder } from '../access.ts'

export const getAcsEncoderOperation = operation<{ acs_encoder_id: string }>({
  path: '/acs/encoders/get',
  async handle(params, call) {
    return { acs_encoder: presentAcsEncoder(await requireEncoder(call, params.acs_encoder_id)) }
  },
})
