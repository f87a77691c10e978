import { presentUserIdentity } from '../../domain/present/user-identity.ts'
import { listUserIdentities } from '../../store/user-identities.ts'
import { operation } from '../operation.ts'
import { keyset, page, pageRequest } from '../page.ts'
import { instantParam } from '../people.ts'
import { ownIdentityOf } from './access.ts'

interface Params {
  user_identity_ids?: string[]
  search?: string
  created_before?: string
  credential_manager_acs_system_id?: string
}

export const listUserIdentitiesOperation = operation<Params>({
  path: '/user_identities/list',
  async handle(params, call) {
    const request = pageRequest({ ...params })
    const own = ownIdentityOf(call)
    const asked = params.user_identity_ids?.map((id) => id.toLowerCase())
    const ids = own === undefined ? asked : own === null || asked?.includes(own) === false ? [] : [own]
    const rows = await listUserIdentities(
      call.services.store,
      call.workspaceId,
      {
        is_managed: true,
        ...(ids === undefined ? {} : { user_identity_ids: ids }),
        ...(params.search === undefined ? {} : { search: params.search }),
        ...(params.created_before === undefined
          ? {}
          : { created_before: instantParam('created_before', params.created_before) }),
        ...(params.credential_manager_acs_system_id === undefined
          ? {}
          : { acs_system_id: params.credential_manager_acs_system_id }),
      },
      (next) => keyset(request, 'user_identity_id', next),
    )
    const shown = page(rows, request, { ...params }, call, (row) => ({
      created_at: row.created_at,
      id: row.user_identity_id,
    }))
    return {
      user_identities: shown.rows.map((identity) => presentUserIdentity(identity, identity.acs_users)),
      pagination: shown.pagination,
    }
  },
})
