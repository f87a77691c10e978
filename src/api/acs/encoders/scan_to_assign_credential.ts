import { ChangeSet } from '../../../domain/changes.ts'
import { presentActionAttempt } from '../../../domain/present/action-attempt.ts'
import type { Json } from '../../../domain/records.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { wishesOf, type UserParams } from '../access.ts'
import { userIn } from '../membership.ts'
import { readerOf, requestAtEncoder } from './request.ts'

interface Params extends UserParams {
  acs_encoder_id: string
  /** Wishes in the provider's words, e.g. `detect_new_tags`: an unknown tag is registered first. */
  [metadata: `${string}_metadata`]: Json | undefined
}

/** Gives the registered card that is held to the reader to a user, or to the user of an identity, found or created. */
export const scanToAssignCredential = operation<Params>({
  path: '/acs/encoders/scan_to_assign_credential',
  async handle(params, call) {
    const attempt = await call.decide(async () => {
      const { encoder, system, definition } = await readerOf(call, params.acs_encoder_id)
      if (definition.card !== 'assign') {
        throw errors.invalidField(
          'acs_encoder_id',
          `${definition.display_name} does not assign registered cards: create a card credential and encode it instead`,
        )
      }
      const changes = new ChangeSet()
      const { acs_user_id } = await userIn(call, changes, system, params)
      const input = { acs_user_id, options: wishesOf(params, definition) }
      return { changes, result: await requestAtEncoder(call, changes, 'SCAN_TO_ASSIGN_CREDENTIAL', encoder, input) }
    })
    return { action_attempt: presentActionAttempt(attempt) }
  },
})
