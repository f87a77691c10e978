/** What is asked of an encoder becomes an action attempt; what cannot come true at all is refused at once. */
import { ENCODER_DEADLINE_MS, requestAttempt } from '../../../domain/attempts/request.ts'
import type { ChangeSet } from '../../../domain/changes.ts'
import type {
  AcsCredentialRecord,
  AcsEncoderRecord,
  AcsSystemRecord,
  ActionAttemptRecord,
  Json,
} from '../../../domain/records.ts'
import { isEncoderBusy } from '../../../store/attempts.ts'
import { carriesDoors, type SystemDefinition } from '../../../systems/kit/definition.ts'
import { errors } from '../../errors.ts'
import type { Call } from '../../operation.ts'
import { definitionOf, requireEncoder, requireSystem, sameSystem } from '../access.ts'

export interface Reader {
  encoder: AcsEncoderRecord
  system: AcsSystemRecord
  definition: SystemDefinition
}

export async function readerOf(call: Call, acsEncoderId: string): Promise<Reader> {
  const encoder = await requireEncoder(call, acsEncoderId)
  const system = await requireSystem(call, encoder.acs_system_id)
  return { encoder, system, definition: definitionOf(call, system.provider) }
}

/** Adds an attempt at an encoder; at a busy one it is a failed one (domain/attempts/request.ts). */
export async function requestAtEncoder(
  call: Call,
  changes: ChangeSet,
  action_type: string,
  encoder: AcsEncoderRecord,
  input: Json,
): Promise<ActionAttemptRecord> {
  const { acs_encoder_id } = encoder
  return requestAttempt(changes, {
    workspace_id: call.workspaceId,
    action_type,
    input: { acs_encoder_id, ...input },
    acs_encoder_id,
    isEncoderBusy: await isEncoderBusy(call.services.store, call.workspaceId, acs_encoder_id),
    deadlineMs: ENCODER_DEADLINE_MS,
    now: call.now,
    nowMs: call.nowMs,
    ids: call.services.ids,
  })
}

/** Whether this credential can be written with this encoder. @throws ApiError 400 on `field`. */
export function checkEncodable(field: string, credential: AcsCredentialRecord, { encoder, definition }: Reader): void {
  if (credential.access_method !== 'card') {
    throw errors.invalidField(field, `Only a card is encoded, and this is a ${credential.access_method}`)
  }
  sameSystem('acs_encoder_id', encoder, credential.acs_system_id)
  if (definition.card !== 'encode') {
    throw errors.invalidField(
      field,
      `${definition.display_name} does not encode cards: assign a registered card instead`,
    )
  }
}

/**
 * Suspending blocks all of a user's credentials (access-systems.md 4), and an offline lock would not know of it: where
 * cards carry their doors themselves, none is written for a suspended user.
 * @throws ApiError 400 on `field`
 */
export async function refuseSuspended(
  call: Call,
  field: string,
  { acs_user_id, acs_system_id }: AcsCredentialRecord,
): Promise<void> {
  if (acs_user_id === null) return
  const user = await call.services.store.get(call.workspaceId, 'acs_user', 'acs_user_id', acs_user_id)
  if (user?.is_suspended !== true) return
  const { provider } = await requireSystem(call, acs_system_id)
  if (!carriesDoors(definitionOf(call, provider))) return
  throw errors.invalidField(
    field,
    'Its user is suspended, and the card would open all the same: lift the suspension with /acs/users/unsuspend first',
  )
}
