import { ENCODER_DEADLINE_MS, requestAttempt } from '../../domain/attempts/request.ts'
import { ChangeSet } from '../../domain/changes.ts'
import { presentActionAttempt } from '../../domain/present/action-attempt.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { credentialBehind, refuseLost, requireLivingMethod } from './access.ts'

interface Params {
  access_method_id: string
  card_number: string
}

/** Binds a card that the access system knows and nobody holds. */
export const assignCard = operation<Params>({
  path: '/access_methods/assign_card',
  async handle(params, call) {
    const attempt = await call.decide(async () => {
      const method = await requireLivingMethod(call, params.access_method_id)
      if (method.mode !== 'card') {
        throw errors.invalidField(
          'access_method_id',
          `Only a card can be assigned; this access method is a ${method.mode}`,
        )
      }
      refuseLost(method)
      if (!method.is_assignment_required) {
        throw errors.invalidField(
          'access_method_id',
          method.is_encoding_required
            ? 'This access system encodes its cards: use /access_methods/encode'
            : 'A card is assigned already. For a further card, request another access method',
        )
      }
      const credential = await credentialBehind(call, method)
      if (credential === undefined) {
        throw errors.invalidField(
          'access_method_id',
          'Nothing is left to assign: its access grant has ended. Move its ends_at into the future with /access_grants/update, or make another access grant',
        )
      }
      const changes = new ChangeSet()
      const { access_method_id } = method
      const { acs_credential_id } = credential
      const result = requestAttempt(changes, {
        workspace_id: call.workspaceId,
        action_type: 'ASSIGN_CREDENTIAL',
        // Compared without spaces and case: people copy the number from a card (core.md 7.5).
        input: { access_method_id, acs_credential_id, card_number: params.card_number.trim() },
        deadlineMs: ENCODER_DEADLINE_MS,
        now: call.now,
        nowMs: call.nowMs,
        ids: call.services.ids,
      })
      return { changes, result }
    })
    return { action_attempt: presentActionAttempt(attempt) }
  },
})
