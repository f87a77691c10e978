import { deleteMethods } from '../../domain/grants/end.ts'
import { listAccessGrants, loadGrantFacts, methodsOfGrants } from '../../store/access-grants.ts'
import { ChangeSet } from '../../domain/changes.ts'
import {
  askAgain,
  customerOf,
  requireGrant,
  takingDown,
  tellTakingDown,
  toolsOf,
  type TakingDown,
} from '../access_grants/access.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { requireMethod } from './access.ts'

interface Params {
  access_method_id?: string
  access_grant_id?: string
  reservation_key?: string
}

/** Deletes one method, all of a grant, or all of a reservation's grants. The grants survive. */
export const deleteAccessMethod = operation<Params>({
  path: '/access_methods/delete',
  async handle(params, call) {
    const given = [params.access_method_id, params.access_grant_id, params.reservation_key]
    if (given.filter((one) => one !== undefined).length !== 1) {
      throw errors.invalidInput({
        path: [],
        message: 'Specify exactly one of `access_method_id`, `access_grant_id` and `reservation_key`',
      })
    }
    const { access_method_id } = params
    if (access_method_id !== undefined) {
      const method = await requireMethod(call, access_method_id)
      const left = method.is_deleting
        ? await askAgain(call, async () => [method])
        : await remove(call, method.access_grant_ids[0] ?? '', [method.access_method_id])
      return tellTakingDown(call, 'access_method_id', [left])
    }
    const left: TakingDown[] = []
    for (const id of await grantsOf(call, params)) {
      left.push(await askAgain(call, () => methodsOfGrants(call.services.store, call.workspaceId, [id])))
      left.push(await remove(call, id, null))
    }
    return tellTakingDown(call, params.access_grant_id === undefined ? 'reservation_key' : 'access_grant_id', left)
  },
})

async function grantsOf(call: Call, { access_grant_id, reservation_key }: Params): Promise<string[]> {
  if (access_grant_id !== undefined) return [(await requireGrant(call, { access_grant_id })).access_grant_id]
  const customer = customerOf(call)
  const filters = {
    ...(reservation_key === undefined ? {} : { reservation_key }),
    ...(customer === null ? {} : { customer_key: customer }),
  }
  const grants = await listAccessGrants(call.services.store, call.workspaceId, filters, () => ({
    where: '',
    tail: 'ORDER BY t.created_at, t.access_grant_id',
    values: [],
  }))
  if (grants.length === 0) throw errors.notFound('access_grant', { reservation_key })
  return grants.map((grant) => grant.access_grant_id)
}

/** Deletes methods of a grant, or all of them. */
function remove(call: Call, grantId: string, methodIds: string[] | null): Promise<TakingDown> {
  return call.decide(async () => {
    const facts = await loadGrantFacts(call.services.store, call.workspaceId, grantId, (provider) =>
      call.services.provisioning.definitionOf(provider),
    )
    const ids = facts?.methods.map((method) => method.access_method_id) ?? []
    const wanted = methodIds ?? ids
    if (facts === undefined || (methodIds !== null && !wanted.every((id) => ids.includes(id)))) {
      if (methodIds !== null) throw errors.notFound('access_method', { access_method_id: methodIds[0] })
      return { changes: new ChangeSet(), result: { systems: [], credentials: [] } }
    }
    // Named by its id, a shared method goes for all of its grants (core.md 7.7).
    const changes = deleteMethods(facts, wanted, call.now, toolsOf(call), methodIds !== null)
    return { changes, result: takingDown(changes) }
  })
}
