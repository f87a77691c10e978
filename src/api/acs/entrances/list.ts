import { presentAcsEntrance } from '../../../domain/present/acs-entrance.ts'
import { listAcsEntrances } from '../../../store/acs-entrances.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { keyset, page, pageRequest } from '../../page.ts'
import { isUuid } from '../../people.ts'
import { scopeOf } from '../access.ts'

interface Params {
  acs_entrance_ids?: string[]
  acs_system_id?: string
  connected_account_id?: string
  acs_credential_id?: string
  /** Documented, and not in the published schema. */
  access_method_id?: string
  space_id?: string
  /** Deprecated name of space_id; null = entrances in no space. */
  location_id?: string | null
  customer_key?: string
  search?: string
}

export const listAcsEntrancesOperation = operation<Params>({
  path: '/acs/entrances/list',
  accepts: ['access_method_id'],
  async handle(params, call) {
    const { access_method_id } = params
    if (access_method_id !== undefined && (typeof access_method_id !== 'string' || !isUuid(access_method_id))) {
      throw errors.invalidField('access_method_id', 'Invalid uuid')
    }
    const request = pageRequest({ ...params }, 900)
    const rows = await listAcsEntrances(
      call.services.store,
      call.workspaceId,
      {
        scope: scopeOf(call),
        acs_entrance_ids: params.acs_entrance_ids,
        acs_system_id: params.acs_system_id,
        connected_account_id: params.connected_account_id,
        acs_credential_id: params.acs_credential_id,
        access_method_id,
        space_id: params.space_id ?? params.location_id,
        customer_key: params.customer_key,
        search: params.search,
      },
      (next) => keyset(request, 'acs_entrance_id', next),
    )
    const shown = page(rows, request, { ...params }, call, (row) => ({
      created_at: row.created_at,
      id: row.acs_entrance_id,
    }))
    return { acs_entrances: shown.rows.map(presentAcsEntrance), pagination: shown.pagination }
  },
})
