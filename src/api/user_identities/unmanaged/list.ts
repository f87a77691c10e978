import { presentUnmanagedUserIdentity } from '../../../domain/present/user-identity.ts'
import { listUserIdentities } from '../../../store/user-identities.ts'
import { operation } from '../../operation.ts'
import { keyset, page, pageRequest } from '../../page.ts'
import { instantParam } from '../../people.ts'
import { ownIdentityOf } from '../access.ts'

export const listUnmanagedUserIdentities = operation<{ search?: string; created_before?: string }>({
  path: '/user_identities/unmanaged/list',
  async handle(params, call) {
    const request = pageRequest({ ...params })
    const own = ownIdentityOf(call)
    const { search, created_before } = params
    const rows = await listUserIdentities(
      call.services.store,
      call.workspaceId,
      {
        is_managed: false,
        ...(own === undefined ? {} : { user_identity_ids: own === null ? [] : [own] }),
        ...(search === undefined ? {} : { search }),
        ...(created_before === undefined ? {} : { created_before: instantParam('created_before', created_before) }),
      },
      (next) => keyset(request, 'user_identity_id', next),
    )
    const shown = page(rows, request, { ...params }, call, (row) => ({
      created_at: row.created_at,
      id: row.user_identity_id,
    }))
    return {
      user_identities: shown.rows.map((identity) => presentUnmanagedUserIdentity(identity, identity.acs_users)),
      pagination: shown.pagination,
    }
  },
})
