import { addRequests, type MethodRequest } from '../../domain/grants/materialise.ts'
import type { GrantFacts } from '../../domain/grants/facts.ts'
import { loadGrantFacts } from '../../store/access-grants.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { requireLivingGrant, showGrant, toolsOf } from './access.ts'
import { checkRequests, checkReservationRules } from './input.ts'

interface Params {
  access_grant_id: string
  requested_access_methods: MethodRequest[]
}

export const requestAccessMethods = operation<Params>({
  path: '/access_grants/request_access_methods',
  async handle(params, call) {
    const { access_grant_id } = await requireLivingGrant(call, params)
    await requestMethods(call, access_grant_id, params.requested_access_methods)
    return { access_grant: await showGrant(call, access_grant_id) }
  },
})

/**
 * Appends requested methods to a grant and makes them. Answers with what the grant then is; `check` may still refuse
 * that, with nothing written.
 */
export async function requestMethods(
  call: Call,
  accessGrantId: string,
  requests: readonly MethodRequest[],
  check?: (facts: GrantFacts) => void,
): Promise<Pick<GrantFacts, 'grant' | 'methods'>> {
  checkRequests(requests)
  const modes = requests.map((request) => request.mode)
  return call.decide(async () => {
    const { store, provisioning } = call.services
    const definitionOf = (provider: string) => provisioning.definitionOf(provider)
    const facts = await loadGrantFacts(store, call.workspaceId, accessGrantId, definitionOf, { requests })
    if (facts === undefined) throw errors.notFound('access_grant', { access_grant_id: accessGrantId })
    const { grant } = facts
    if (grant.is_deleting) throw errors.beingDeleted('access_grant', { access_grant_id: accessGrantId })
    if (grant.is_ended || (grant.ends_at !== null && grant.ends_at <= call.now)) {
      throw errors.invalidField(
        'access_grant_id',
        'The access grant has ended: move its ends_at first, or create another one',
      )
    }
    // A guest card may be asked for now at doors that demand a reservation; the rest of the rules held at create.
    if (grant.reservation_key === null) {
      const doors = grant.door_ids.flatMap((id) => facts.doors.get(id) ?? [])
      const { starts_at, ends_at } = grant
      await checkReservationRules(call, {
        starts_at,
        ends_at,
        reservation_key: null,
        doors,
        modes,
        access_grant_id: accessGrantId,
      })
    }
    const changes = addRequests(facts, requests, call.now, toolsOf(call))
    check?.(facts)
    return { changes, result: { grant, methods: facts.methods } }
  })
}
