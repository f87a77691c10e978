import { ChangeSet } from '../../../domain/changes.ts'
import { presentActionAttempt } from '../../../domain/present/action-attempt.ts'
import type { AccessMethodRecord, AcsCredentialRecord, ActionAttemptRecord } from '../../../domain/records.ts'
import { credentialsOfMethod } from '../../../store/acs-credentials.ts'
import { errors } from '../../errors.ts'
import { operation, type Call } from '../../operation.ts'
import { requireAnyCredential, sameCustomer } from '../access.ts'
import { checkEncodable, readerOf, refuseSuspended, requestAtEncoder } from './request.ts'

export interface EncodeParams {
  acs_encoder_id: string
  acs_credential_id?: string
  access_method_id?: string
}

/** Writes a credential, or the one behind an access method, on the card at the encoder. Both routes do the same (core.md 14, rows 5 and 6). */
export function requestEncode(call: Call, params: EncodeParams): Promise<ActionAttemptRecord> {
  const { acs_credential_id, access_method_id } = params
  if (acs_credential_id !== undefined && access_method_id !== undefined) {
    throw errors.invalidInput({ path: [], message: 'Specify only one of `acs_credential_id` and `access_method_id`' })
  }
  return call.decide(async () => {
    const reader = await readerOf(call, params.acs_encoder_id)
    const changes = new ChangeSet()
    if (access_method_id !== undefined) {
      const { method, credential } = await cardOfMethod(call, access_method_id, reader.encoder.acs_system_id)
      checkEncodable('access_method_id', credential, reader)
      await refuseSuspended(call, 'access_method_id', credential)
      if (!method.is_encoding_required && !credential.needs_to_be_reissued) {
        throw errors.invalidField(
          'access_method_id',
          'Needs no encoding: its card was written. Request a further access method for another card',
        )
      }
      const input = { acs_credential_id: credential.acs_credential_id, access_method_id: method.access_method_id }
      return { changes, result: await requestAtEncoder(call, changes, 'ENCODE_ACCESS_METHOD', reader.encoder, input) }
    }
    if (acs_credential_id === undefined) {
      throw errors.invalidInput({ path: [], message: 'Must specify `acs_credential_id` or `access_method_id`' })
    }
    const credential = await requireAnyCredential(call, acs_credential_id)
    await sameCustomer(call, credential)
    checkEncodable('acs_credential_id', credential, reader)
    await refuseSuspended(call, 'acs_credential_id', credential)
    const input = {
      acs_credential_id: credential.acs_credential_id,
      ...(credential.access_method_id === null ? {} : { access_method_id: credential.access_method_id }),
    }
    return { changes, result: await requestAtEncoder(call, changes, 'ENCODE_CREDENTIAL', reader.encoder, input) }
  })
}

/** The card behind an access method: the one in the encoder's system where there are several. */
async function cardOfMethod(
  call: Call,
  accessMethodId: string,
  acsSystemId: string,
): Promise<{ method: AccessMethodRecord; credential: AcsCredentialRecord }> {
  const { store } = call.services
  const [method, credentials] = await Promise.all([
    store.get(call.workspaceId, 'access_method', 'access_method_id', accessMethodId),
    credentialsOfMethod(store, call.workspaceId, accessMethodId),
  ])
  if (method === undefined) throw errors.notFound('access_method', { access_method_id: accessMethodId })
  if (method.is_deleting) throw errors.beingDeleted('access_method', { access_method_id: accessMethodId })
  if (method.mode !== 'card')
    throw errors.invalidField('access_method_id', `Only a card is encoded, and this is a ${method.mode}`)
  const living = credentials.filter((one) => !one.is_deleting)
  const credential = living.find((one) => one.acs_system_id === acsSystemId) ?? living[0]
  if (credential === undefined) {
    throw errors.invalidField(
      'access_method_id',
      'Has no credential at an access system: delete it and request a new access method',
    )
  }
  await sameCustomer(call, credential)
  return { method, credential }
}

export const encodeCredential = operation<EncodeParams>({
  path: '/acs/encoders/encode_credential',
  async handle(params, call) {
    return { action_attempt: presentActionAttempt(await requestEncode(call, params)) }
  },
})
