import { ENCODER_DEADLINE_MS, requestAttempt } from '../../domain/attempts/request.ts'
import { ChangeSet } from '../../domain/changes.ts'
import { presentActionAttempt } from '../../domain/present/action-attempt.ts'
import { isEncoderBusy } from '../../store/attempts.ts'
import { refuseSuspended } from '../acs/encoders/request.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { credentialBehind, refuseLost, requireLivingMethod } from './access.ts'

interface Params {
  access_method_id: string
  acs_encoder_id: string
}

/** Asks an encoder to write a card; the answer is an attempt that ends when somebody has laid a card on it, or nobody has. */
export const encodeAccessMethod = operation<Params>({
  path: '/access_methods/encode',
  async handle(params, call) {
    const { store, ids } = call.services
    const acs_encoder_id = params.acs_encoder_id.toLowerCase()
    const attempt = await call.decide(async () => {
      const [method, encoder, isBusy] = await Promise.all([
        requireLivingMethod(call, params.access_method_id),
        store.get(call.workspaceId, 'acs_encoder', 'acs_encoder_id', acs_encoder_id),
        isEncoderBusy(store, call.workspaceId, acs_encoder_id),
      ])
      if (encoder === undefined) throw errors.notFound('acs_encoder', { acs_encoder_id })
      if (method.mode !== 'card') {
        throw errors.invalidField(
          'access_method_id',
          `Only a card can be encoded; this access method is a ${method.mode}`,
        )
      }
      refuseLost(method)
      if (!method.is_encoding_required) {
        throw errors.invalidField(
          'access_method_id',
          method.is_assignment_required
            ? 'This access system does not encode cards: assign a registered one with /access_methods/assign_card'
            : 'Its card is encoded and up to date. For a further card, request another access method',
        )
      }
      const credential = await credentialBehind(call, method)
      if (credential === undefined) {
        throw errors.invalidField(
          'access_method_id',
          'Nothing is left to encode: its access grant has ended. Move its ends_at into the future with /access_grants/update, or make another access grant',
        )
      }
      if (encoder.acs_system_id !== credential.acs_system_id) {
        throw errors.invalidField(
          'acs_encoder_id',
          'The encoder belongs to another access system than the access method: /acs/encoders/list with the acs_system_id of its doors shows those that can write it',
        )
      }
      await refuseSuspended(call, 'access_method_id', credential)
      const changes = new ChangeSet()
      const { access_method_id } = method
      const { acs_credential_id } = credential
      const result = requestAttempt(changes, {
        workspace_id: call.workspaceId,
        action_type: 'ENCODE_ACCESS_METHOD',
        input: { access_method_id, acs_credential_id, acs_encoder_id },
        acs_encoder_id,
        isEncoderBusy: isBusy,
        deadlineMs: ENCODER_DEADLINE_MS,
        now: call.now,
        nowMs: call.nowMs,
        ids,
      })
      return { changes, result }
    })
    return { action_attempt: presentActionAttempt(attempt) }
  },
})
