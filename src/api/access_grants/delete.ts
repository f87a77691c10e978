import { ChangeSet } from '../../domain/changes.ts'
import { deleteGrant } from '../../domain/grants/end.ts'
import { loadGrantFacts, methodsOfGrants } from '../../store/access-grants.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { askAgain, requireGrant, takingDown, tellTakingDown, type TakingDown } from './access.ts'

/** Deletes a grant; asked for again while systems have not confirmed it, they are asked again at once. */
export const deleteAccessGrant = operation<{ access_grant_id: string }>({
  path: '/access_grants/delete',
  async handle(params, call) {
    const { access_grant_id, is_deleting } = await requireGrant(call, params)
    const left = is_deleting ? await again(call, access_grant_id) : await remove(call, access_grant_id)
    await tellTakingDown(call, 'access_grant_id', [left])
  },
})

function again(call: Call, id: string): Promise<TakingDown> {
  return askAgain(call, () => methodsOfGrants(call.services.store, call.workspaceId, [id]))
}

async function remove(call: Call, access_grant_id: string): Promise<TakingDown> {
  const left = await call.decide(async () => {
    const facts = await loadGrantFacts(call.services.store, call.workspaceId, access_grant_id, (provider) =>
      call.services.provisioning.definitionOf(provider),
    )
    if (facts === undefined) throw errors.notFound('access_grant', { access_grant_id })
    if (facts.grant.is_deleting) return { changes: new ChangeSet(), result: null }
    const changes = deleteGrant(facts, call.now)
    return { changes, result: takingDown(changes) }
  })
  // Somebody else was first.
  return left ?? again(call, access_grant_id)
}
