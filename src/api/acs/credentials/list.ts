import { listAcsCredentials } from '../../../store/acs-credentials.ts'
import { operation } from '../../operation.ts'
import { keyset, page, pageRequest } from '../../page.ts'
import { instantParam } from '../../people.ts'
import { everything, scopeOf, showCredential } from '../access.ts'

interface Params {
  acs_system_id?: string
  acs_user_id?: string
  user_identity_id?: string
  is_multi_phone_sync_credential?: boolean
  created_before?: string
  search?: string
}

export const listAcsCredentialsOperation = operation<Params>({
  path: '/acs/credentials/list',
  async handle(params, call) {
    const request = pageRequest({ ...params })
    const { acs_system_id, acs_user_id, user_identity_id, is_multi_phone_sync_credential, created_before, search } =
      params
    const rows = await listAcsCredentials(
      call.services.store,
      call.workspaceId,
      {
        scope: scopeOf(call),
        is_managed: true,
        acs_system_id,
        acs_user_id,
        user_identity_id,
        is_multi_phone_sync_credential,
        created_before: created_before === undefined ? undefined : instantParam('created_before', created_before),
        search,
      },
      (next) => keyset(request, 'acs_credential_id', next),
    )
    const shown = page(rows, request, { ...params }, call, (row) => ({
      created_at: row.created_at,
      id: row.acs_credential_id,
    }))
    return { acs_credentials: shown.rows.map((row) => showCredential(call, row)), pagination: shown.pagination }
  },
})

export const listUnmanagedAcsCredentials = operation<Params>({
  path: '/acs/credentials/unmanaged/list',
  async handle({ acs_system_id, acs_user_id, user_identity_id, search }, call) {
    const filters = { scope: scopeOf(call), is_managed: false, acs_system_id, acs_user_id, user_identity_id, search }
    const rows = await listAcsCredentials(
      call.services.store,
      call.workspaceId,
      filters,
      everything('acs_credential_id'),
    )
    return { acs_credentials: rows.map((row) => showCredential(call, row)) }
  },
})
