import { toIso } from '../../clock.ts'
import { ChangeSet } from '../../domain/changes.ts'
import { beingDeleted } from '../../domain/user-identities/delete.ts'
import { deleteUserIdentity, IDENTITY_DELETION } from '../../provisioning/identity-deletion.ts'
import { operation } from '../operation.ts'
import { requireUserIdentity } from './access.ts'

/** A job finishes the deletion if this process does not live to do so; until then it leaves it alone. */
const BACKSTOP_MS = 15_000

/** Grants, users and credentials at access systems, client sessions, Instant Keys and phones go with the identity. */
export const deleteUserIdentityOperation = operation<{ user_identity_id: string }>({
  path: '/user_identities/delete',
  async handle(params, call) {
    const { store, workspaces, provisioning } = call.services
    const id = await call.decide(async () => {
      const { user_identity_id, version, warnings } = await requireUserIdentity(call, params)
      const others = warnings.filter((warning) => warning.warning_code !== 'being_deleted')
      const changes = new ChangeSet().update('user_identity', 'user_identity_id', {
        user_identity_id,
        version,
        warnings: [...others, beingDeleted(call.now)],
      })
      changes.job(IDENTITY_DELETION, user_identity_id, toIso(call.nowMs + BACKSTOP_MS))
      return { changes, result: user_identity_id }
    })
    const systems = await deleteUserIdentity(call.workspaceId, id, {
      store,
      workspaces,
      definitionOf: (provider) => provisioning.definitionOf(provider),
    })
    await call.services.whenProvisioned(call.workspaceId, systems)
  },
})
