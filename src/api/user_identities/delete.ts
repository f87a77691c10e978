import { toIso } from '../../clock.ts'
import { ChangeSet } from '../../domain/changes.ts'
import { beingDeleted } from '../../domain/user-identities/delete.ts'
import { eraseIdentity, IDENTITY_ERASURE } from '../../provisioning/erasure.ts'
import { deleteUserIdentity, IDENTITY_DELETION } from '../../provisioning/identity-deletion.ts'
import { knownNames } from '../../store/erasure.ts'
import { ApiError, errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { requireUserIdentity } from './access.ts'

/** A job finishes the deletion if this process does not live to do so; until then it leaves it alone. */
const BACKSTOP_MS = 15_000

interface DeleteParams {
  user_identity_id: string
  erase?: unknown
}

/**
 * Grants, users and credentials at access systems, client sessions, Instant Keys and phones go with the identity. With
 * `erase` (ours, outside the contract) no name and no contact of the person stays anywhere, the audit log included.
 */
export const deleteUserIdentityOperation = operation<DeleteParams>({
  path: '/user_identities/delete',
  accepts: ['erase'],
  async handle(params, call) {
    const { store, workspaces, provisioning, sealer } = call.services
    const erase = readErase(params.erase)
    if (erase && (await isErasableAfterwards(call, params.user_identity_id))) return
    const id = await call.decide(async () => {
      const { user_identity_id, version, warnings } = await requireUserIdentity(call, params)
      const others = warnings.filter((warning) => warning.warning_code !== 'being_deleted')
      const changes = new ChangeSet().update('user_identity', 'user_identity_id', {
        user_identity_id,
        version,
        warnings: [...others, beingDeleted(call.now)],
      })
      const job = erase ? IDENTITY_ERASURE : IDENTITY_DELETION
      changes.job(job, user_identity_id, toIso(call.nowMs + BACKSTOP_MS))
      return { changes, result: user_identity_id }
    })
    const definitionOf = provisioning.definitionOf.bind(provisioning)
    const whenProvisioned = (systems: readonly string[]) => call.services.whenProvisioned(call.workspaceId, systems)
    const tools = { store, workspaces, definitionOf, sealer, whenProvisioned }
    if (erase) await eraseIdentity(call.workspaceId, id, tools, call.author)
    else await whenProvisioned(await deleteUserIdentity(call.workspaceId, id, tools, null, call.author))
  },
})

function readErase(value: unknown): boolean {
  if (value === undefined || value === false || value === 'false') return false
  if (value === true || value === 'true') return true
  throw errors.invalidField('erase', 'Must be true or false')
}

/** Erases somebody who was deleted before, and of whom the audit log still knows the name. Answers whether it was so. */
async function isErasableAfterwards(call: Call, user_identity_id: string): Promise<boolean> {
  const { store, workspaces, provisioning, sealer } = call.services
  const id = user_identity_id.toLowerCase()
  try {
    await requireUserIdentity(call, { user_identity_id })
    return false
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
    if ((await store.get(call.workspaceId, 'user_identity', 'user_identity_id', id)) !== undefined) throw error
    if ((await knownNames(store, call.workspaceId, id)).length === 0) throw error
    const definitionOf = provisioning.definitionOf.bind(provisioning)
    await eraseIdentity(call.workspaceId, id, { store, workspaces, definitionOf, sealer }, call.author)
    return true
  }
}
