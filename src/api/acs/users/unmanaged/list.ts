import { listAcsUsers } from '../../../../store/acs-users.ts'
import { operation } from '../../../operation.ts'
import { keyset, pageRequest } from '../../../page.ts'
import { scopeOf, showUsers } from '../../access.ts'
import { nullAsEmpty, orNull, type ListParams } from '../list.ts'

/** Users found at systems that nobody has taken over yet. The contract gives this list a limit and no pages. */
export const listUnmanagedAcsUsers = operation<ListParams>({
  path: '/acs/users/unmanaged/list',
  normalize: nullAsEmpty,
  async handle(params, call) {
    const request = pageRequest({ ...params })
    const rows = await listAcsUsers(
      call.services.store,
      call.workspaceId,
      {
        scope: scopeOf(call),
        is_managed: false,
        acs_system_id: params.acs_system_id,
        user_identity_id: params.user_identity_id,
        user_identity_email_address: orNull(params.user_identity_email_address),
        user_identity_phone_number: orNull(params.user_identity_phone_number),
        search: params.search,
      },
      (next) => keyset(request, 'acs_user_id', next),
    )
    return { acs_users: await showUsers(call, rows.slice(0, request.limit)) }
  },
})
