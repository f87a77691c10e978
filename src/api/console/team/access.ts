/** Who may change a team and its keys. */
import { roleIn } from '../../../store/team.ts'
import { errors } from '../../errors.ts'
import type { Call } from '../../operation.ts'
import { signedIn } from '../contract.ts'

/** Members work in a workspace; who else does, and what keys it has, is for its owners. @throws ApiError 403 */
export async function refuseOthersThanOwners(call: Call, what: string): Promise<void> {
  const role = await roleIn(call.services.store, call.workspaceId, signedIn(call).userId)
  if (role !== 'owner') throw errors.forbidden(`Only owners of this workspace ${what}: ask one of them.`)
}
