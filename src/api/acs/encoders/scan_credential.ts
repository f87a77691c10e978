import { ChangeSet } from '../../../domain/changes.ts'
import { presentActionAttempt } from '../../../domain/present/action-attempt.ts'
import type { Json } from '../../../domain/records.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { wishesOf } from '../access.ts'
import { readerOf, requestAtEncoder } from './request.ts'

interface Params {
  acs_encoder_id: string
  /** Wishes in the provider's words, e.g. `detect_new_tags`: an unknown tag is registered first. */
  [metadata: `${string}_metadata`]: Json | undefined
}

/** Reads the card at an encoder, and shows it beside what it should be. */
export const scanCredential = operation<Params>({
  path: '/acs/encoders/scan_credential',
  async handle(params, call) {
    const attempt = await call.decide(async () => {
      const { encoder, definition } = await readerOf(call, params.acs_encoder_id)
      if (definition.card === undefined)
        throw errors.invalidField('acs_encoder_id', `${definition.display_name} has no cards to scan`)
      const changes = new ChangeSet()
      const input = { options: wishesOf(params, definition) }
      return { changes, result: await requestAtEncoder(call, changes, 'SCAN_CREDENTIAL', encoder, input) }
    })
    return { action_attempt: presentActionAttempt(attempt) }
  },
})
