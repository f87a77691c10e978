/** What the operations on access methods share: finding methods, and showing them. */
import { presentAccessMethod } from '../../domain/present/access-method.ts'
import type { AccessMethodRecord, AcsCredentialRecord, Json } from '../../domain/records.ts'
import { credentialsOfMethods, getAccessMethod } from '../../store/access-methods.ts'
import { customerOf, mobileKeysFor, systemsStillHolding } from '../access_grants/access.ts'
import { errors } from '../errors.ts'
import type { Call } from '../operation.ts'

/** The method with this id. @throws ApiError 404 */
export async function requireMethod(call: Call, access_method_id: string): Promise<AccessMethodRecord> {
  const method = await getAccessMethod(
    call.services.store,
    call.workspaceId,
    access_method_id.toLowerCase(),
    customerOf(call),
  )
  if (method === undefined) throw errors.notFound('access_method', { access_method_id })
  return method
}

/** A method that can still be changed and used. @throws ApiError 404 */
export async function requireLivingMethod(call: Call, access_method_id: string): Promise<AccessMethodRecord> {
  const method = await requireMethod(call, access_method_id)
  if (method.is_deleting) throw errors.beingDeleted('access_method', { access_method_id })
  return method
}

/** No card helps an access method that lost what stands behind it: its own error says why, and what does. @throws ApiError 400 */
export function refuseLost(method: AccessMethodRecord): void {
  const lost = method.errors.find((error) => error.error_code === 'failed_to_issue')
  if (lost === undefined || method.is_encoding_required || method.is_assignment_required) return
  throw errors.invalidField('access_method_id', lost.message)
}

/** Methods on the wire, in the order given. */
export async function showMethods(call: Call, methods: readonly AccessMethodRecord[]): Promise<Json[]> {
  const [keys, systems] = await Promise.all([mobileKeysFor(call, methods), systemsStillHolding(call, methods)])
  return methods.map((method) => {
    const { access_method_id } = method
    return presentAccessMethod(
      method,
      call.services.publicUrl,
      keys.get(access_method_id),
      systems.get(access_method_id),
    )
  })
}

/** The credential behind a method at one system; copies on phones are not it. */
export async function credentialBehind(
  call: Call,
  method: AccessMethodRecord,
): Promise<AcsCredentialRecord | undefined> {
  const credentials = await credentialsOfMethods(call.services.store, call.workspaceId, [method.access_method_id])
  return credentials.find((credential) => credential.parent_acs_credential_id === null && !credential.is_deleting)
}
