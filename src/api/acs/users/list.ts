import { listAcsUsers } from '../../../store/acs-users.ts'
import { operation } from '../../operation.ts'
import { keyset, page, pageRequest } from '../../page.ts'
import { instantParam } from '../../people.ts'
import { scopeOf, showUsers } from '../access.ts'
import type { Params as AnyParams } from '../../validation.ts'

export interface ListParams {
  acs_system_id?: string
  user_identity_id?: string
  user_identity_email_address?: string
  user_identity_phone_number?: string
  created_before?: string
  search?: string
}

/**
 * null asks for users of identities without that datum. The published schema knows texts alone, and a query string
 * cannot tell null from an empty text, so both arrive as the empty one.
 */
export function nullAsEmpty(params: AnyParams): AnyParams {
  const shown = { ...params }
  for (const key of ['user_identity_email_address', 'user_identity_phone_number'])
    if (shown[key] === null) shown[key] = ''
  return shown
}

export function orNull(text: string | undefined): string | null | undefined {
  return text === '' ? null : text
}

export const listAcsUsersOperation = operation<ListParams>({
  path: '/acs/users/list',
  normalize: nullAsEmpty,
  async handle(params, call) {
    const request = pageRequest({ ...params })
    const rows = await listAcsUsers(
      call.services.store,
      call.workspaceId,
      {
        scope: scopeOf(call),
        is_managed: true,
        acs_system_id: params.acs_system_id,
        user_identity_id: params.user_identity_id,
        user_identity_email_address: orNull(params.user_identity_email_address),
        user_identity_phone_number: orNull(params.user_identity_phone_number),
        created_before:
          params.created_before === undefined ? undefined : instantParam('created_before', params.created_before),
        search: params.search,
      },
      (next) => keyset(request, 'acs_user_id', next),
    )
    const shown = page(rows, request, { ...params }, call, (row) => ({
      created_at: row.created_at,
      id: row.acs_user_id,
    }))
    return { acs_users: await showUsers(call, shown.rows), pagination: shown.pagination }
  },
})
