import { presentAcsEntrance } from '../../../domain/present/acs-entrance.ts'
import { listAccessibleEntrances } from '../../../store/acs-entrances.ts'
import { operation } from '../../operation.ts'
import { requireCredential } from '../access.ts'

export const listEntrancesOfCredential = operation<{ acs_credential_id: string }>({
  path: '/acs/credentials/list_accessible_entrances',
  async handle(params, call) {
    const { acs_credential_id } = await requireCredential(call, params.acs_credential_id)
    const entrances = await listAccessibleEntrances(call.services.store, call.workspaceId, { acs_credential_id })
    return { acs_entrances: entrances.map(presentAcsEntrance) }
  },
})
