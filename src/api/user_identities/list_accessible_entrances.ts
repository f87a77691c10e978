import { presentAcsEntrance } from '../../domain/present/acs-entrance.ts'
import { listAcsEntrances } from '../../store/acs-entrances.ts'
import { everything } from '../acs/access.ts'
import { operation } from '../operation.ts'
import { requireUserIdentity } from './access.ts'

/** Entrances of the identity's live grants, and those its users at access systems may open. */
export const listAccessibleEntrancesOfIdentity = operation<{ user_identity_id: string }>({
  path: '/user_identities/list_accessible_entrances',
  async handle(params, call) {
    const { user_identity_id } = await requireUserIdentity(call, params)
    const entrances = await listAcsEntrances(
      call.services.store,
      call.workspaceId,
      { scope: { kind: 'identity', user_identity_id, connected_account_ids: [] } },
      everything('acs_entrance_id'),
    )
    return { acs_entrances: entrances.map(presentAcsEntrance) }
  },
})
