import { deleteGrant } from '../../domain/grants/end.ts'
import { loadGrantFacts } from '../../store/access-grants.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { requireGrant, takenDown, tellWhatStillOpens } from './access.ts'

export const deleteAccessGrant = operation<{ access_grant_id: string }>({
  path: '/access_grants/delete',
  async handle(params, call) {
    const { access_grant_id } = await requireGrant(call, params)
    const { systems, credentials } = await call.decide(async () => {
      const facts = await loadGrantFacts(call.services.store, call.workspaceId, access_grant_id, (provider) =>
        call.services.provisioning.definitionOf(provider),
      )
      if (facts === undefined) throw errors.notFound('access_grant', params)
      const changes = deleteGrant(facts, call.now)
      const systems = changes.jobs.flatMap((job) => (job.kind === 'provision' ? [job.key] : []))
      return { changes, result: { systems, credentials: takenDown(changes) } }
    })
    await call.services.whenProvisioned(call.workspaceId, systems)
    await tellWhatStillOpens(call, 'access_grant_id', credentials)
  },
})
